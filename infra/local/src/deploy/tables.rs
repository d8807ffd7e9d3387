//! Tables with their indexes and the attribute that lets items expire.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    types::{TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus},
};
use tokio::time::Instant;

use super::{DeployError, definition::Definition};
use crate::template::{Stack, model::Table};

/// How long a table may take to become active.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(200);

/// Makes the tables that are not there, and waits until all can be used.
pub async fn create(stack: &Stack, sdk: &SdkConfig) -> Result<(), DeployError> {
    #[allow(clippy::disallowed_methods, reason = "the local stack makes what its functions use")]
    let client = Client::new(sdk);
    let all = stack.tables.iter().map(|table| make(&client, table));
    // At once: a real table takes seconds.
    futures_util::future::try_join_all(all).await?;
    Ok(())
}

async fn make(client: &Client, table: &Table) -> Result<(), DeployError> {
    let definition = Definition::read(table)?;
    if find(client, table).await?.is_none() {
        let made = definition.create(client.create_table()).send().await;
        if let Err(error) = made {
            // Somebody else makes it at the same moment.
            let there = error
                .as_service_error()
                .is_some_and(|error| error.is_resource_in_use_exception());
            if !there {
                return Err(DeployError::refused(what(table), &error));
            }
        }
    }
    let description = active(client, table).await?;
    if !definition.fits(&description) {
        return Err(DeployError::Changed(table.name.clone()));
    }
    expire(client, table).await
}

async fn find(client: &Client, table: &Table) -> Result<Option<TableDescription>, DeployError> {
    match client.describe_table().table_name(&table.name).send().await {
        Ok(answer) => Ok(answer.table),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(DeployError::refused(what(table), &error)),
    }
}

async fn active(client: &Client, table: &Table) -> Result<TableDescription, DeployError> {
    let end = Instant::now() + PATIENCE;
    loop {
        // Not there at all is possible too: AWS describes a new table a moment late.
        if let Some(description) = find(client, table).await?
            && matches!(
                description.table_status,
                Some(TableStatus::Active | TableStatus::Updating)
            )
        {
            return Ok(description);
        }
        if Instant::now() > end {
            return Err(DeployError::Slow(table.name.clone(), PATIENCE.as_secs()));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Lets items expire; AWS refuses to be told twice.
async fn expire(client: &Client, table: &Table) -> Result<(), DeployError> {
    let Some(attribute) = &table.ttl_attribute else {
        return Ok(());
    };
    let asked = client.describe_time_to_live().table_name(&table.name).send().await;
    let asked = asked.map_err(|error| DeployError::refused(what(table), &error))?;
    let status = asked
        .time_to_live_description
        .and_then(|description| description.time_to_live_status);
    if let Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling) = status {
        return Ok(());
    }
    let specification = TimeToLiveSpecification::builder()
        .attribute_name(attribute)
        .enabled(true);
    let specification = specification
        .build()
        .map_err(|error| DeployError::malformed(what(table), error.to_string()))?;
    let update = client.update_time_to_live().table_name(&table.name);
    let update = update.time_to_live_specification(specification).send().await;
    update.map_err(|error| DeployError::refused(what(table), &error))?;
    Ok(())
}

fn what(table: &Table) -> String {
    format!("table {}", table.name)
}
