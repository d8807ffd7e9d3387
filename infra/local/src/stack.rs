//! Brings everything up in order, waits for the word to stop, and takes it down again.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Instant,
};

use runtime::Settings;
use sandbox::{Databases, Sandbox};

use crate::{
    aws,
    cloud::{Cloud, Elsewhere},
    front,
    live::Live,
    lock,
    options::Options,
    postgres::{self, Cluster},
    servers::Servers,
};

/// Whatever can go wrong; its text is for the user.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Runs the stack until SIGTERM or Ctrl-C.
///
/// # Errors
/// Something cannot be brought up; all that was is taken down again.
pub async fn run(options: &Options, environment: &Settings) -> Result<(), AnyError> {
    let began = Instant::now();
    let live = Live::read(&options.live, environment)?;
    let elsewhere = Elsewhere::chosen(environment)?;
    let mut signals = Signals::new()?;
    let _lock = if options.ephemeral {
        None
    } else {
        Some(lock::take(&options.data)?)
    };
    let data = (!options.ephemeral).then_some(options.data.as_path());
    let given = environment.optional("TENANT_POSTGRES_URL");
    let (port, listeners) = front::listen(options.port).await?;
    // That of a stack that was killed.
    remove_ready_file(options);

    let world = Arc::new(OnceLock::<Sandbox>::new());
    let cloud = async {
        match elsewhere {
            Some(elsewhere) => Ok(elsewhere.reach(environment).await?),
            None => embedded(data, &world).await,
        }
    };
    let (cluster, cloud) = tokio::join!(cluster(given.is_some(), data), cloud);
    let cluster = cluster?;
    let brought_up = async {
        let cloud = cloud?;
        let admin_url = given.or_else(|| cluster.as_ref().map(|cluster| cluster.admin_url()));
        let databases = match &admin_url {
            Some(_) => "PostgreSQL, one database per client",
            None => "simulated; `apt-get install postgresql` makes them real",
        };
        let sandbox = open_sandbox(options, data, admin_url).await?;
        let _ = world.set(sandbox.clone());
        let servers = Servers::start(options, (port, listeners), &cloud, &sandbox, &live, databases).await?;
        tracing::info!(duration_ms = began.elapsed().as_millis(), "everything answers");
        Ok::<_, AnyError>((servers, cloud))
    };
    let outcome = tokio::select! {
        outcome = brought_up => outcome.map(Some),
        () = signals.next() => Ok(None),
    };
    let outcome = match outcome {
        Ok(Some((servers, cloud))) => {
            signals.next().await;
            servers.stop().await;
            cloud.stop().await;
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    if let Some(cluster) = cluster {
        cluster.stop().await;
    }
    remove_ready_file(options);
    outcome
}

/// It names what is not there; that it is gone already is as good.
fn remove_ready_file(options: &Options) {
    if let Some(path) = &options.ready_file {
        let _ = std::fs::remove_file(path);
    }
}

async fn cluster(given: bool, data: Option<&Path>) -> Result<Option<Cluster>, AnyError> {
    if given {
        Ok(None)
    } else {
        Ok(postgres::start(data).await?)
    }
}

async fn embedded(data: Option<&Path>, world: &Arc<OnceLock<Sandbox>>) -> Result<Cloud, AnyError> {
    let world = Arc::clone(world);
    // Mail is sent by functions, and they run only after the sandbox is there.
    let outbox = Arc::new(move |mail| match world.get() {
        Some(sandbox) => sandbox.record_mail(mail),
        None => tracing::error!("a mail came before there was anywhere to put it"),
    });
    let bound = aws::bind().await?;
    Ok(Cloud::embedded(bound.start(data, outbox).await?))
}

async fn open_sandbox(options: &Options, data: Option<&Path>, url: Option<String>) -> Result<Sandbox, AnyError> {
    let databases = match url {
        Some(admin_url) => Databases::Postgres { admin_url },
        None => Databases::Simulated,
    };
    let sandbox = Sandbox::open(sandbox::Options {
        data: data.map(|data| data.join("sandbox")),
        realistic: options.realistic,
        databases,
    });
    Ok(sandbox.await?)
}

/// The words to stop.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
