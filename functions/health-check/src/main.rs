//! Checks the sites of one worker's message.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(health_check::function).await
}
