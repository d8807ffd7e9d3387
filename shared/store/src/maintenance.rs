//! Maintenance windows.

use domain::{Error, monitoring::Maintenance};

use crate::Store;

impl Store {
    /// All windows, those that are over too until they expire, in no order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn maintenance(&self) -> Result<Vec<Maintenance>, Error> {
        self.everything(self.maintenance_table()?).await
    }
}
