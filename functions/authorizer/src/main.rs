//! Who is calling? The gateway's authorizer.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(authorizer::function).await
}
