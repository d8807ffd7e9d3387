//! Who is calling? The gateway's authorizer
