//! What AWS answers, as errors of the product.

use std::error::Error as StdError;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::put_item::PutItemError,
};
use domain::Error;

/// Codes that say "too much at once" or "not just now", over all three services.
const BUSY: &[&str] = &[
    "InternalServerError",
    "InternalServiceError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// An AWS call failed: passing trouble is "busy", all else is our own fault. The cause goes to the log.
pub fn aws<E, R>(error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        other => other
            .as_service_error()
            .and_then(ProvideErrorMetadata::code)
            .is_some_and(|code| BUSY.contains(&code)),
    };
    if passing {
        Error::busy(error)
    } else {
        Error::internal(error)
    }
}

/// A put found its condition unmet: somebody else was quicker, or the answer to our own was lost and the SDK sent it again.
pub fn is_unmet<R>(failure: &SdkError<PutItemError, R>) -> bool {
    failure
        .as_service_error()
        .is_some_and(PutItemError::is_conditional_check_failed_exception)
}

/// A record could not be turned into or read from an item.
pub fn shape(error: serde_dynamo::Error) -> Error {
    Error::internal(error)
}

/// A request to AWS could not be put together.
pub fn build(error: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::internal(error)
}
