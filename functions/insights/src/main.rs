//! Read-only views: deployments, health, templates, statistics.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(insights::function).await
}
