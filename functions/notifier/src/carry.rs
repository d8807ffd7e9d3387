//! One notice on one channel: in its order, tried, and given to the fallback when it does not go.

use std::time::Duration;

use domain::{
    DeliveryReason, Error, Notice, NoticeState,
    channel::{Channel, ChannelId},
    delivery_id,
};
use store::SaveOutcome;

use crate::{
    chances::{self, Next},
    delivery::Delivery,
    outcome,
};

/// So many later messages are looked at when one comes late from another channel.
const LATER: u32 = 50;
/// A row that is due later than this from now, and was tried, is probably being tried.
const IN_FLIGHT: Duration = Duration::from_secs(30);

/// What the order on a channel says.
enum Turn {
    /// It may go; and these get it too, because they heard the beginning in this channel's place.
    Go(Vec<ChannelId>),
    /// Something comes first.
    Wait,
    /// The channel has heard of later things already.
    TooLate,
    /// The channel has failed in this incident before: these get it in its place.
    Elsewhere(Vec<ChannelId>),
}

impl Delivery {
    pub(crate) async fn carry(&self, mut notice: Notice, channel: &ChannelId) -> Result<(), Error> {
        let found = notice.attempts;
        let channels = self.channels.all().await?;
        let Some(channel) = channels.iter().find(|one| one.id == *channel) else {
            outcome::dropped(&mut notice);
            notice.error = Some("there is no such channel any more".to_owned());
            return self.record(&notice, found).await.map(drop);
        };
        let also = match self.turn(&notice, channel, &channels).await? {
            Turn::Go(also) => also,
            Turn::Wait => return self.postpone(notice).await,
            Turn::TooLate => {
                outcome::dropped(&mut notice);
                notice.error = Some("the channel has been told of later things already".to_owned());
                return self.record(&notice, found).await.map(drop);
            }
            Turn::Elsewhere(heirs) => return self.hand_over(notice, found, channel, &heirs).await,
        };
        // Before the attempt is claimed: what fails here is no failure of the channel.
        let telling = self.telling(&notice, channel).await?;
        let keys = self.channels.keys(&channel.id).await?;
        let now = self.clock.now();
        chances::claimed(&mut notice, now);
        let also: Vec<Notice> = also.iter().map(|heir| instead(&notice, channel, heir, now)).collect();
        // Whoever read the row at the same moment finds it claimed, and sends nothing.
        if self.store.spread_notice(&notice, found, &also).await? == SaveOutcome::Overtaken {
            tracing::info!(notice.id = %notice.id, "somebody else delivers this notice");
            return Ok(());
        }
        for one in &also {
            self.remind(one).await;
        }
        let claimed = notice.attempts;
        let Err(error) = self.post(channel, &keys, &telling, &mut notice).await else {
            outcome::delivered(&mut notice, self.clock.now());
            return self.record(&notice, claimed).await.map(drop);
        };
        tracing::warn!(notice.id = %notice.id, channel.id = %channel.id, error = %error, "a channel did not take a notice");
        let next = chances::not_taken(&mut notice, &error, self.clock.now());
        if matches!(next, Next::FallBack { .. })
            && let Some(heir) = self.heir(&notice, channel, &channels).await?
        {
            return self.hand_over(notice, claimed, channel, &[heir]).await;
        }
        chances::settle(&mut notice, next, self.clock.now());
        let saved = self.record(&notice, claimed).await?;
        if saved == SaveOutcome::Saved && notice.state == NoticeState::Pending {
            self.remind(&notice).await;
        }
        Ok(())
    }

    /// Whether it is this notice's turn on this channel.
    async fn turn(&self, notice: &Notice, channel: &Channel, channels: &[Channel]) -> Result<Turn, Error> {
        let reason = notice.delivery.as_ref().map(|delivery| &delivery.reason);
        // What somebody asks for by hand stands in no order.
        if matches!(reason, Some(DeliveryReason::Test | DeliveryReason::Replay)) {
            return Ok(Turn::Go(Vec::new()));
        }
        let on_channel = |visible: &[String]| -> Vec<String> {
            visible
                .iter()
                .map(|visible| delivery_id(visible, &channel.id))
                .collect()
        };
        if matches!(reason, Some(DeliveryReason::Fallback(_))) {
            let later = self.store.notices_of(&on_channel(&notice.after(LATER))).await?;
            if later.iter().any(|one| one.state == NoticeState::Delivered) {
                return Ok(Turn::TooLate);
            }
            let far = self.clock.now().after(IN_FLIGHT);
            if later
                .iter()
                .any(|one| one.state == NoticeState::Pending && one.attempts > 0 && one.due_at > far)
            {
                return Ok(Turn::Wait);
            }
        }
        let earlier = self.store.notices_of(&on_channel(&notice.before())).await?;
        if earlier.iter().any(|one| one.state == NoticeState::Pending) {
            return Ok(Turn::Wait);
        }
        if !earlier.iter().any(|one| one.state == NoticeState::FellBack) {
            return Ok(Turn::Go(Vec::new()));
        }
        if !notice.is_recovery() {
            let heir = self.heir(notice, channel, channels).await?;
            return Ok(heir.map_or(Turn::Go(Vec::new()), |heir| Turn::Elsewhere(vec![heir])));
        }
        // The end goes to whoever heard something: in this channel's place, and on it.
        let mut heirs: Vec<ChannelId> = Vec::new();
        for heir in earlier.iter().filter_map(|one| one.delivery.as_ref()?.given_to.clone()) {
            if !heirs.contains(&heir) && channels.iter().any(|one| one.id == heir) {
                heirs.push(heir);
            }
        }
        let unsure = |one: &Notice| {
            one.delivery
                .as_ref()
                .is_some_and(|delivery| delivery.unsure || !delivery.reached.is_empty())
        };
        let heard = earlier
            .iter()
            .any(|one| one.state == NoticeState::Delivered || unsure(one));
        Ok(match heard || heirs.is_empty() {
            true => Turn::Go(heirs),
            false => Turn::Elsewhere(heirs),
        })
    }

    /// Gives the notice up on this channel and to these, in one transaction.
    async fn hand_over(
        &self,
        mut notice: Notice,
        found: u32,
        channel: &Channel,
        heirs: &[ChannelId],
    ) -> Result<(), Error> {
        let now = self.clock.now();
        chances::fell_back(&mut notice, heirs.first());
        let rows: Vec<Notice> = heirs.iter().map(|heir| instead(&notice, channel, heir, now)).collect();
        if self.store.spread_notice(&notice, found, &rows).await? == SaveOutcome::Overtaken {
            tracing::info!(notice.id = %notice.id, "somebody else handles this notice");
            return Ok(());
        }
        tracing::info!(notice.id = %notice.id, channel.id = %channel.id, "a notice was given to the channel's fallback");
        for row in &rows {
            self.remind(row).await;
        }
        Ok(())
    }

    /// Who gets what this channel does not deliver: the first of its fallbacks that has not failed with it as well.
    async fn heir(&self, notice: &Notice, channel: &Channel, channels: &[Channel]) -> Result<Option<ChannelId>, Error> {
        let visible = notice.visible_id();
        let mut next = channel.fallback.as_ref();
        // Fallbacks that lead round in a circle end here.
        for _ in 0..channels.len() {
            let Some(fallback) = next.and_then(|id| channels.iter().find(|one| one.id == *id)) else {
                return Ok(None);
            };
            let row = self.store.notice(&delivery_id(&visible, &fallback.id)).await?;
            let failed = row.is_some_and(|row| matches!(row.state, NoticeState::Failed | NoticeState::FellBack));
            if fallback.enabled && !failed && fallback.id != channel.id {
                return Ok(Some(fallback.id.clone()));
            }
            next = fallback.fallback.as_ref();
        }
        Ok(None)
    }
}

fn instead(notice: &Notice, channel: &Channel, heir: &ChannelId, now: domain::Instant) -> Notice {
    notice.by(heir, DeliveryReason::Fallback(channel.id.clone()), now)
}
