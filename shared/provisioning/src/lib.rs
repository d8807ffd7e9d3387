//! The engine and the steps that bring a client up and take it down
