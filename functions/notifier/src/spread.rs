//! From what the desk said to a row for each channel that is to tell it.

use domain::{
    DeliveryReason, Error, Notice, NoticeState,
    channel::{Channel, ChannelId, Facts, Routed, route},
    delivery_id,
};
use store::SaveOutcome;

use crate::{delivery::Delivery, outcome};

impl Delivery {
    /// Routes a notice, unless an earlier one of its incident still waits for that: an end has to know where the beginning went.
    pub(crate) async fn spread(&self, mut notice: Notice) -> Result<(), Error> {
        let before = notice.before();
        let earlier = self.store.notices_of(&before).await?;
        if earlier.iter().any(|one| one.state == NoticeState::Pending) {
            return self.postpone(notice).await;
        }
        let channels = self.channels.all().await?;
        let Some(facts) = self.facts(&notice, &channels).await? else {
            let found = notice.attempts;
            outcome::failed(&mut notice, "it says nothing that can be told");
            return self.record(&notice, found).await.map(drop);
        };
        let told: Vec<&Routed> = earlier.iter().filter_map(|one| one.routed.as_ref()).flatten().collect();
        let known = earlier.iter().any(|one| one.routed.is_some());
        let mut told: Vec<Routed> = told.into_iter().cloned().collect();
        if facts.is_recovery() {
            let heirs = self.heirs_of_the_gone(&before, &told, &channels).await?;
            told.extend(heirs);
        }
        let now = self.clock.now();
        let routed = route(&channels, &facts, known.then_some(&told), now);
        let deliver = |one: &Routed| notice.by(&one.channel, DeliveryReason::Routed, now);
        let deliveries: Vec<Notice> = routed.iter().map(deliver).collect();
        let found = notice.attempts;
        outcome::routed(&mut notice, routed, now);
        if self.store.spread_notice(&notice, found, &deliveries).await? == SaveOutcome::Overtaken {
            tracing::info!(notice.id = %notice.id, "somebody else routes this notice");
            return Ok(());
        }
        tracing::info!(notice.id = %notice.id, deliveries = deliveries.len(), "a notice was routed");
        for delivery in &deliveries {
            self.remind(delivery).await;
        }
        Ok(())
    }

    async fn facts(&self, notice: &Notice, channels: &[Channel]) -> Result<Option<Facts>, Error> {
        let Some(message) = &notice.message else {
            return Ok(notice.monitor.map(Facts::monitor));
        };
        // The records are read only where somebody looks at what stands in them.
        let matters = |channel: &Channel| !channel.routing.plans.is_empty() || !channel.routing.tags.is_empty();
        let clients = match channels.iter().any(matters) {
            true => self.store.clients_of(&message.sites).await?,
            false => Vec::new(),
        };
        Ok(Some(Facts::of(message, &clients)))
    }

    /// Who got in their place what channels could not deliver that are deleted by now.
    async fn heirs_of_the_gone(
        &self,
        before: &[String],
        told: &[Routed],
        channels: &[Channel],
    ) -> Result<Vec<Routed>, Error> {
        let gone = |one: &&Routed| one.hears_the_end && !channels.iter().any(|channel| channel.id == one.channel);
        let gone: Vec<&ChannelId> = told.iter().filter(gone).map(|one| &one.channel).collect();
        let rows: Vec<String> = gone
            .iter()
            .flat_map(|channel| before.iter().map(|visible| delivery_id(visible, channel)))
            .collect();
        let rows = self.store.notices_of(&rows).await?;
        let heir = |row: Notice| row.delivery.and_then(|delivery| delivery.given_to);
        let heirs = rows.into_iter().filter_map(heir).map(|channel| Routed {
            channel,
            hears_the_end: true,
        });
        Ok(heirs.collect())
    }
}
