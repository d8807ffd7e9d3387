//! Sends out the sites that are due for a check.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(health_sweep::function).await
}
