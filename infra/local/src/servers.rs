//! Everything that runs over AWS and the sandbox: functions, pollers, schedules, and what listens.

use std::{collections::BTreeMap, io::Write, time::Duration};

use sandbox::Sandbox;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    cloud::Cloud,
    contents,
    deploy::{self, Secrets},
    front::{self, Front, Gateway, Sites},
    functions::Functions,
    live::Live,
    options::Options,
    parameters::{SENDER, parameters},
    pollers,
    ready::Ready,
    schedules::Schedules,
    stack::AnyError,
    template::{self, Place, Stack},
};

/// The template, as it was when this program was built.
const TEMPLATE: &str = include_str!("../../../template.yaml");
/// How long what has been begun may take to end.
const GRACE: Duration = Duration::from_secs(3);
/// The secrets of the template that the stack itself reads and fills, by their names there.
const ADMIN_KEY: &str = "AdminKey";
const PROVIDER_TOKENS: &str = "ProviderTokens";

/// Everything that runs.
pub struct Servers {
    stop: watch::Sender<bool>,
    serving: JoinSet<()>,
    working: JoinSet<()>,
}

impl Servers {
    /// Brings up what the template says, and tells when everything answers. `databases` says to a person what stands
    /// behind the clients' databases.
    ///
    /// # Errors
    /// Something of it cannot be had.
    pub async fn start(
        options: &Options,
        (port, listeners): (u16, Vec<TcpListener>),
        cloud: &Cloud,
        sandbox: &Sandbox,
        live: &Live,
        databases: &str,
    ) -> Result<Self, AnyError> {
        let (stop, stopped) = watch::channel(false);
        let (mut serving, mut working) = (JoinSet::new(), JoinSet::new());
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let sandbox_url = format!("http://{}", listener.local_addr()?);
        front::serve(&mut serving, listener, sandbox.router(), stopped.clone());

        let mut parameters = parameters(port, &sandbox_url, live);
        parameters.extend(options.parameters.clone());
        let (stack, place) = bring_up(&parameters, cloud).await?;
        let secrets = Secrets::new(&cloud.sdk);
        fill_tokens(&secrets, secret(&stack, PROVIDER_TOKENS)?, live).await?;

        let functions = Functions::build(&stack.functions, &cloud.sdk)?;
        #[allow(
            clippy::disallowed_methods,
            reason = "the pollers are the local stack's own, not a function's"
        )]
        let client = aws_sdk_sqs::Client::new(&cloud.sdk);
        let pollers = pollers::pollers(&stack, &place, &functions, &client);
        let schedules = Schedules::new(&stack.functions, functions.clone());
        for poller in &pollers {
            poller.start(&mut working);
        }
        let gateway = Gateway::new(&stack.routes, functions);
        let router = Front::new(
            gateway,
            Sites::new(sandbox.sites(), sandbox.router()),
            schedules.clone(),
            pollers,
        )
        .router();
        for listener in listeners {
            front::serve(&mut serving, listener, router.clone(), stopped.clone());
        }
        // Last: a step that is sent again may look at a site at once.
        schedules.start(&mut working);

        let key = read(&secrets, secret(&stack, ADMIN_KEY)?, contents::first_key).await?;
        let services = services(sandbox, &sandbox_url, live, &stack);
        let ready = Ready::new(port, key, &sandbox_url, &cloud.endpoint_url, services);
        tell(options, &ready, cloud, live, databases)?;
        Ok(Self { stop, serving, working })
    }

    /// No new work; what has been begun may end within the grace.
    pub async fn stop(mut self) {
        self.working.shutdown().await;
        let _ = self.stop.send(true);
        let ended = async { while self.serving.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            self.serving.shutdown().await;
        }
    }
}

/// Makes what the template declares, with the tokens in their secret.
///
/// # Errors
/// Something of it cannot be had.
pub async fn prepare(parameters: &BTreeMap<String, String>, cloud: &Cloud, live: &Live) -> Result<Stack, AnyError> {
    let (stack, _) = bring_up(parameters, cloud).await?;
    fill_tokens(&Secrets::new(&cloud.sdk), secret(&stack, PROVIDER_TOKENS)?, live).await?;
    Ok(stack)
}

/// Makes what the template declares, then reads the template again with the names that AWS gave it.
async fn bring_up(parameters: &BTreeMap<String, String>, cloud: &Cloud) -> Result<(Stack, Place), AnyError> {
    let nowhere = Place::new(&cloud.endpoint_url, &cloud.region);
    let declared = template::resolve(TEMPLATE, parameters, &nowhere)?;
    let deployed = deploy::deploy(&declared, SENDER, &nowhere, &cloud.sdk, &contents::content).await;
    let place = deployed.map_err(|error| match cloud.is_elsewhere() {
        true => format!(
            "{error}. That is the AWS at AWS_ENDPOINT_URL={}; unset it to use the embedded one",
            cloud.endpoint_url
        ),
        false => error.to_string(),
    })?;
    Ok((template::resolve(TEMPLATE, parameters, &place)?, place))
}

async fn fill_tokens(secrets: &Secrets, name: &str, live: &Live) -> Result<(), AnyError> {
    let fill = |current: &str| contents::provider_tokens(current, live.tokens());
    if let Some(tokens) = read(secrets, name, fill).await? {
        secrets.replace(name, &tokens).await?;
    }
    Ok(())
}

/// What a secret says, in the words of `understand`.
async fn read<T>(secrets: &Secrets, name: &str, understand: impl Fn(&str) -> Result<T, String>) -> Result<T, AnyError> {
    let found = secrets.find(name).await?;
    let value = found
        .ok_or_else(|| format!("the secret {name} is not there any more; start again"))?
        .value;
    Ok(understand(&value).map_err(|why| format!("the secret {name}: {why}"))?)
}

fn secret<'a>(stack: &'a Stack, logical_id: &str) -> Result<&'a str, AnyError> {
    let found = stack.secrets.iter().find(|secret| secret.logical_id == logical_id);
    found
        .map(|secret| secret.name.as_str())
        .ok_or_else(|| format!("the template has no {logical_id}").into())
}

/// The address of every outside service: in the sandbox, or the real one.
fn services(sandbox: &Sandbox, sandbox_url: &str, live: &Live, stack: &Stack) -> BTreeMap<String, String> {
    let paths = sandbox.services().into_iter();
    let mut all: BTreeMap<_, _> = paths
        .map(|(name, path)| (name, format!("{sandbox_url}{path}")))
        .collect();
    // The sandbox will play Supabase in a later issue; its place is known already, so that nobody has to compose it.
    all.entry("supabase".to_owned())
        .or_insert_with(|| format!("{sandbox_url}/supabase"));
    all.extend(live.addresses(stack));
    all
}

/// Says that everything answers: to a program in the ready file, to a person on standard output.
fn tell(options: &Options, ready: &Ready, cloud: &Cloud, live: &Live, databases: &str) -> Result<(), AnyError> {
    if let Some(path) = &options.ready_file {
        ready
            .write(path)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    let kept = match options.ephemeral {
        true => "not kept".to_owned(),
        false => options.data.display().to_string(),
    };
    let mut more = vec![("Databases", databases.to_owned()), ("Data", kept)];
    if cloud.is_elsewhere() {
        more.push(("AWS", format!("{}, which also gets the mail", cloud.endpoint_url)));
    }
    if !options.live.is_empty() {
        more.push((
            "Live",
            format!("{}: the real ones, at your cost", live.names().join(", ")),
        ));
    }
    if let Some(warning) = live.warning() {
        more.push(("Warning", warning.to_owned()));
    }
    // Whoever started this may have closed the other end; that is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{}", ready.greeting(&more));
    Ok(())
}
