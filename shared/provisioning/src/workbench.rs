//! What a step works with: the client, the ledger, the secret, the outside services.

use std::{sync::Arc, time::Duration};

use domain::{
    Client, Clock, Deployment, Entropy, Error, Instant, Operation, Outputs, Resource, ResourceEvent, ResourceKind,
    ResourceState, StepRecord,
};
use providers::{ClientMark, Http, database::Databases, github::Github, site::Site, vercel::Vercel};
use store::{ClientSecret, Queues, Secrets, Store};

use crate::{ProvisioningSettings, failure::StepFailure, site};

/// What a step says when it has not failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It is so.
    Done,
    /// Not yet: look again after this long.
    NotYet(Duration),
    /// Not before this; waiting for it counts against no deadline.
    Until(Instant),
}

/// How a step comes out.
pub type StepResult = Result<Progress, StepFailure>;

/// The outside services, with their credentials.
#[derive(Clone)]
pub struct Services {
    /// Hosting.
    pub vercel: Vercel,
    /// Databases.
    pub databases: Databases,
    /// Where the site's code is.
    pub github: Github,
    /// For the client's own site.
    pub http: Http,
    /// The first setting that is missing, if one is.
    pub missing_setting: Option<&'static str>,
}

/// What all steps share.
#[derive(Clone)]
pub struct Platform {
    /// The records.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The secrets.
    pub secrets: Secrets,
    /// What the operator set.
    pub settings: ProvisioningSettings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
}

/// What one step works with.
pub struct Workbench<'a> {
    /// What all steps share.
    pub platform: &'a Platform,
    /// The outside services.
    pub services: &'a Services,
    /// Whose.
    pub client: &'a Client,
    /// The operation as it was when the step began.
    pub operation: &'a Operation,
    /// This step's own record.
    pub step: StepRecord,
    /// What the steps hand on; written down with the step's outcome.
    pub outputs: Outputs,
    ledger: Vec<Resource>,
}

impl<'a> Workbench<'a> {
    /// Lays everything out.
    pub const fn new(
        platform: &'a Platform,
        services: &'a Services,
        client: &'a Client,
        operation: &'a Operation,
        step: StepRecord,
        outputs: Outputs,
        ledger: Vec<Resource>,
    ) -> Self {
        Self {
            platform,
            services,
            client,
            operation,
            step,
            outputs,
            ledger,
        }
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.platform.clock.now()
    }

    /// How long this step has been at it.
    pub fn elapsed(&self) -> Duration {
        self.working_since(self.step.started_at)
    }

    /// How long its undoing has been at it (in a delete, the undoing is the step).
    pub fn undo_elapsed(&self) -> Duration {
        self.working_since(self.step.undo_started_at.or(self.step.started_at))
    }

    /// How long whatever is being done now (the step or its undoing) has been at it.
    pub fn working_for(&self) -> Duration {
        if self.step.undo_started_at.is_some() {
            self.undo_elapsed()
        } else {
            self.elapsed()
        }
    }

    fn working_since(&self, start: Option<Instant>) -> Duration {
        let parked = Duration::try_from_secs_f64(self.step.parked).unwrap_or_default();
        start.map_or(Duration::ZERO, |start| self.now().since(start).saturating_sub(parked))
    }

    /// The deployment that this operation puts live.
    pub async fn deployment(&self) -> Result<Deployment, StepFailure> {
        let Some(id) = &self.outputs.deployment_id else {
            return Err(Error::internal("the operation names no deployment").into());
        };
        let found = self.platform.store.deployment(&self.client.id, id).await?;
        found.ok_or_else(|| Error::internal("the operation's deployment has no record").into())
    }

    /// The client's secret, which an earlier step has made.
    pub async fn secret(&self) -> Result<ClientSecret, StepFailure> {
        let found = self.platform.secrets.read_client(&self.client.id).await?;
        found.map(|(_, secret)| secret).ok_or_else(|| {
            StepFailure::refused(
                "secret_vanished",
                "The client's secret is not there any more. Delete the client and create it again.",
            )
        })
    }

    /// The client's own site.
    pub fn site(&self, secret: &ClientSecret) -> Result<Site, StepFailure> {
        let url = self.platform.settings.site_url(self.client.domain.as_str());
        Ok(Site::new(
            self.services.http.clone(),
            url,
            site::value(secret, site::PLATFORM_TOKEN)?.clone(),
        ))
    }

    /// The mark that says "ours, for this client" on things outside.
    pub fn mark(&self) -> ClientMark {
        ClientMark::new(self.client.id.as_str())
    }

    /// The ledger's entry of a kind.
    pub fn entry(&self, kind: ResourceKind) -> Option<&Resource> {
        self.ledger.iter().find(|entry| entry.kind == kind)
    }

    /// Did anything of this kind ever begin to exist, as far as we know, without having been proven gone?
    pub fn may_exist(&self, kind: ResourceKind) -> bool {
        self.entry(kind).is_some_and(|entry| entry.state != ResourceState::Gone)
    }

    /// Writes the name and the intent down. To be called before the first call that could make the thing.
    pub async fn intend(&mut self, kind: ResourceKind, provider: &str, name: &str) -> Result<(), StepFailure> {
        let before = self.entry(kind).cloned();
        let state = before.as_ref().map_or(Ok(ResourceState::Intent), |entry| {
            entry.state.after(ResourceEvent::Intend)
        });
        let state = state.map_err(Error::internal)?;
        if before
            .as_ref()
            .is_some_and(|entry| entry.state == state && entry.operation_id == self.operation.id)
        {
            return Ok(());
        }
        let entry = Resource {
            client_id: self.client.id.clone(),
            kind,
            provider: provider.to_owned(),
            external_name: name.to_owned(),
            external_id: before
                .as_ref()
                .filter(|_| state == ResourceState::Created)
                .and_then(|entry| entry.external_id.clone()),
            state,
            operation_id: self.operation.id.clone(),
            intended_at: before
                .as_ref()
                .filter(|entry| entry.state != ResourceState::Gone)
                .map_or_else(|| self.now(), |entry| entry.intended_at),
            created_at: before
                .as_ref()
                .filter(|_| state == ResourceState::Created)
                .and_then(|entry| entry.created_at),
            gone_at: None,
        };
        self.write(entry, before.map(|entry| entry.state)).await
    }

    /// Writes down that the thing is there, under this id. Again is as good.
    pub async fn created(&mut self, kind: ResourceKind, id: &str) -> Result<(), StepFailure> {
        self.step.provider_ids.insert(kind.name().to_owned(), id.to_owned());
        let now = self.now();
        self.transition(kind, ResourceEvent::Create, |entry| {
            entry.external_id = Some(id.to_owned());
            entry.created_at.get_or_insert(now);
        })
        .await
    }

    /// Writes down that the thing is about to be removed. Says whether there is anything to remove.
    pub async fn removing(&mut self, kind: ResourceKind) -> Result<bool, StepFailure> {
        if !self.may_exist(kind) {
            return Ok(false);
        }
        self.transition(kind, ResourceEvent::Remove, |_| {}).await?;
        Ok(true)
    }

    /// Writes down that the provider does not find the thing any more.
    pub async fn gone(&mut self, kind: ResourceKind) -> Result<(), StepFailure> {
        let now = self.now();
        self.transition(kind, ResourceEvent::ProveGone, |entry| {
            entry.gone_at.get_or_insert(now);
        })
        .await
    }

    async fn transition(
        &mut self,
        kind: ResourceKind,
        event: ResourceEvent,
        change: impl FnOnce(&mut Resource),
    ) -> Result<(), StepFailure> {
        let Some(before) = self.entry(kind).cloned() else {
            return Err(Error::internal(format!("{} has no entry in the ledger", kind.name())).into());
        };
        let mut entry = before.clone();
        entry.state = entry.state.after(event).map_err(Error::internal)?;
        entry.operation_id = self.operation.id.clone();
        change(&mut entry);
        if entry == before {
            return Ok(());
        }
        self.write(entry, Some(before.state)).await
    }

    async fn write(&mut self, entry: Resource, before: Option<ResourceState>) -> Result<(), StepFailure> {
        self.platform.store.write_resource(&entry, before).await?;
        self.ledger.retain(|other| other.kind != entry.kind);
        self.ledger.push(entry);
        Ok(())
    }
}
