//! Holds what the providers have against the ledger, once a day.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(drift_audit::function).await
}
