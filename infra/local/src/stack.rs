//! Brings everything up in order, waits for the word to stop, and takes it down again.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use runtime::Settings;
use sandbox::{Databases, Sandbox};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    aws::{self, Embedded},
    front::{self, Front, Gateway},
    functions::Functions,
    lock,
    options::Options,
    parameters::{parameters, provider_tokens},
    pollers,
    postgres::{self, Cluster},
    ready::Ready,
    schedules::Schedules,
    template::{self, Stack},
};

/// Whatever can go wrong; its text is for the user.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// The template, as it was when this program was built.
const TEMPLATE: &str = include_str!("../../../template.yaml");
/// How long what has been begun may take to end.
const GRACE: Duration = Duration::from_secs(3);
/// The secrets of the template that the stack itself reads and fills, by their names there.
const ADMIN_KEY: &str = "AdminKey";
const PROVIDER_TOKENS: &str = "ProviderTokens";

/// Runs the stack until SIGTERM or Ctrl-C.
///
/// # Errors
/// Something cannot be brought up; all that was is taken down again.
pub async fn run(options: &Options, environment: &Settings) -> Result<(), AnyError> {
    let began = Instant::now();
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
    let (cluster, embedded) = tokio::join!(cluster(given.is_some(), data), embedded(data, &world));
    let cluster = cluster?;
    let brought_up = async {
        let embedded = embedded?;
        let admin_url = given.or_else(|| cluster.as_ref().map(|cluster| cluster.admin_url()));
        let databases = match &admin_url {
            Some(_) => "PostgreSQL, one database per client",
            None => "simulated; `apt-get install postgresql` makes them real",
        };
        let sandbox = open_sandbox(options, data, admin_url).await?;
        let _ = world.set(sandbox.clone());
        let servers = Servers::start(options, port, listeners, &embedded, &sandbox, databases).await?;
        tracing::info!(duration_ms = began.elapsed().as_millis(), "everything answers");
        Ok::<_, AnyError>((servers, embedded))
    };
    let outcome = tokio::select! {
        outcome = brought_up => outcome.map(Some),
        () = signals.next() => Ok(None),
    };
    let outcome = match outcome {
        Ok(Some((servers, embedded))) => {
            signals.next().await;
            servers.stop().await;
            embedded.stop().await;
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

async fn embedded(data: Option<&Path>, world: &Arc<OnceLock<Sandbox>>) -> Result<Embedded, AnyError> {
    let world = Arc::clone(world);
    // Mail is sent by functions, and they run only after the sandbox is there.
    let outbox = Arc::new(move |mail| match world.get() {
        Some(sandbox) => sandbox.record_mail(mail),
        None => tracing::error!("a mail came before there was anywhere to put it"),
    });
    let bound = aws::bind().await?;
    Ok(bound.start(data, outbox).await?)
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

/// Everything that runs over the embedded AWS and the sandbox.
struct Servers {
    stop: watch::Sender<bool>,
    serving: JoinSet<()>,
    working: JoinSet<()>,
}

impl Servers {
    async fn start(
        options: &Options,
        port: u16,
        listeners: Vec<TcpListener>,
        embedded: &Embedded,
        sandbox: &Sandbox,
        databases: &str,
    ) -> Result<Self, AnyError> {
        let (stop, stopped) = watch::channel(false);
        let (mut serving, mut working) = (JoinSet::new(), JoinSet::new());
        let outside = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let sandbox_url = format!("http://{}", outside.local_addr()?);
        front::serve(&mut serving, outside, sandbox.router(), stopped.clone());

        let stack = template::resolve(TEMPLATE, &parameters(port, &sandbox_url), &embedded.endpoint_url)?;
        embedded.create(&stack).await?;
        embedded.replace_secret(secret(&stack, PROVIDER_TOKENS)?, &provider_tokens())?;

        let functions = Functions::build(&stack.functions, &embedded.sdk)?;
        #[allow(
            clippy::disallowed_methods,
            reason = "the pollers are the local stack's own, not a function's"
        )]
        let client = aws_sdk_sqs::Client::new(&embedded.sdk);
        let pollers = pollers::pollers(&stack, &functions, &client).await?;
        let schedules = Schedules::new(&stack.functions, functions.clone());
        for poller in &pollers {
            poller.start(&mut working);
        }
        let gateway = Gateway::new(&stack.routes, functions);
        let router = Front::new(gateway, sandbox.sites(), schedules.clone(), pollers).router();
        for listener in listeners {
            front::serve(&mut serving, listener, router.clone(), stopped.clone());
        }
        // Last: a step that is sent again may look at a site at once.
        schedules.start(&mut working);

        let key = api_key(embedded, secret(&stack, ADMIN_KEY)?)?;
        let ready = Ready::new(port, key, &sandbox_url, &embedded.endpoint_url, sandbox.services());
        if let Some(path) = &options.ready_file {
            ready
                .write(path)
                .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        }
        let kept = if options.ephemeral {
            "not kept".into()
        } else {
            options.data.display().to_string()
        };
        // Whoever started this may have closed the other end; that is no reason to stop.
        let _ = writeln!(std::io::stdout(), "{}", ready.greeting(&kept, databases));
        Ok(Self { stop, serving, working })
    }

    /// No new work; what has been begun may end within the grace.
    async fn stop(mut self) {
        self.working.shutdown().await;
        let _ = self.stop.send(true);
        let ended = async { while self.serving.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            self.serving.shutdown().await;
        }
    }
}

fn secret<'a>(stack: &'a Stack, logical_id: &str) -> Result<&'a str, AnyError> {
    let found = stack.secrets.iter().find(|secret| secret.logical_id == logical_id);
    found
        .map(|secret| secret.name.as_str())
        .ok_or_else(|| format!("the template has no {logical_id}").into())
}

fn api_key(embedded: &Embedded, name: &str) -> Result<String, AnyError> {
    let content = embedded.read_secret(name)?.unwrap_or_default();
    let content = serde_json::from_str::<serde_json::Value>(&content)?;
    let key = content.get("key").and_then(serde_json::Value::as_str);
    Ok(format!(
        "tnt_{}",
        key.ok_or_else(|| format!("the secret {name} holds no key"))?
    ))
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
