//! What a notice says, with the names that its sites have now.

use std::collections::HashMap;

use domain::{Client, ClientId, Error, Notice, channel::Channel, monitoring::Critical};
use notify::{Site, Telling};

use crate::delivery::Delivery;

impl Delivery {
    /// What is to be told on this channel.
    pub(crate) async fn telling(&self, notice: &Notice, channel: &Channel) -> Result<Telling, Error> {
        let id = notice.visible_id();
        if let Some(message) = &notice.message {
            let clients = self.store.clients_of(&message.sites).await?;
            let clients: HashMap<&ClientId, &Client> = clients.iter().map(|client| (&client.id, client)).collect();
            let sites = message.sites.iter().map(|id| self.site(id, clients.get(id).copied()));
            let link = format!("{}/platform/admin/incidents/{}", self.platform_url, message.incident);
            let reason = reason(clients.values().copied());
            return Ok(Telling::alert(
                &id,
                message,
                sites.collect(),
                reason,
                link,
                self.language,
            ));
        }
        Ok(match notice.monitor {
            Some(news) => Telling::monitor(&id, news, notice.created_at, self.language),
            None => Telling::test(&id, channel.name.as_str(), notice.created_at, self.language),
        })
    }

    fn site(&self, id: &ClientId, client: Option<&Client>) -> Site {
        let address = client.map(|client| self.site_url.replace("{domain}", client.domain.as_str()));
        let address = address.unwrap_or_default();
        let bare = address.split_once("://").map_or(address.as_str(), |(_, bare)| bare);
        Site {
            id: id.to_string(),
            name: client.map_or_else(|| id.to_string(), |client| client.name.to_string()),
            address: bare.to_owned(),
        }
    }
}

/// Why the sites are down, as their records say now: the reason that more than half of them have.
fn reason<'a>(clients: impl Iterator<Item = &'a Client>) -> Option<Critical> {
    let mut counts: HashMap<Critical, usize> = HashMap::new();
    let down = clients.filter_map(|client| client.watch.down);
    down.for_each(|down| *counts.entry(down.reason).or_default() += 1);
    let all: usize = counts.values().sum();
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.filter(|(_, count)| count * 2 > all).map(|(reason, _)| reason)
}
