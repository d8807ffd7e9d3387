//! Incidents and maintenance windows.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(incidents::function).await
}
