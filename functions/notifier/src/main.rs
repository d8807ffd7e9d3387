//! Delivers what the outbox holds.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(notifier::function).await
}
