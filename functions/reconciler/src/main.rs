//! Re-sends what was lost, ends what is overdue.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(reconciler::function).await
}
