//! What channels are reached with: one secret each.

use domain::{Error, channel::ChannelId};

use crate::{ClientSecret, Secrets};

impl Secrets {
    /// A channel's secret; `None` when it does not exist.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn read_channel(&self, channel: &ChannelId) -> Result<Option<ClientSecret>, Error> {
        let found = self.read(self.channel_name(channel)).await?;
        Ok(found.map(|(_, secret)| secret))
    }

    /// Writes a channel's secret, making it if it does not exist.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn write_channel(&self, channel: &ChannelId, secret: &ClientSecret) -> Result<(), Error> {
        let description = "What one channel is reached with";
        self.write(&self.channel_name(channel), description, secret)
            .await
            .map(drop)
    }

    /// Removes a channel's secret at once; that it is not there is as good.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn delete_channel(&self, channel: &ChannelId) -> Result<(), Error> {
        self.delete(self.channel_name(channel)).await
    }

    fn channel_name(&self, channel: &ChannelId) -> String {
        format!("{}/channel/{channel}", self.prefix)
    }
}
