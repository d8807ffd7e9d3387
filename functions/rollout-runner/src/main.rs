//! The rollout runner's entry point in Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(rollout_runner::function).await
}
