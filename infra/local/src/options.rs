//! What is said on the command line.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt};

use crate::live::Provider;

/// The text of `--help`.
pub const HELP: &str = "\
The whole of Tenantry on this machine: functions, queues, tables, secrets, databases and a sandbox of the outside world.

Usage: cargo run -- [OPTIONS]

  --port N           Port on 127.0.0.1 and ::1; 0 takes any free one [8787]
  --data DIR         Where everything is kept between starts [.local]
  --ephemeral        Keep nothing
  --realistic        Deployments and databases take minutes, as the real ones do
  --ready-file PATH  Write addresses and the API key there, as JSON, when everything answers
  --live PROVIDER    Use a real outside service instead of the sandbox; again for another one:
                     vercel   with VERCEL_TOKEN, VERCEL_TEAM_ID, PLATFORM_DOMAIN
                     railway  with RAILWAY_API_KEY, RAILWAY_WORKSPACE_ID
                     github   with GITHUB_TOKEN, GITHUB_REPO
  --parameter NAME=VALUE
                     Set a parameter of template.yaml, e.g. DeleteGraceSeconds=3600; again for another one
  --help             Show this

AWS_ENDPOINT_URL in the environment: use that AWS or emulator instead of the embedded one.
TENANT_POSTGRES_URL in the environment: use that PostgreSQL server for the clients' databases.
";

/// How the stack is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Port of the front; 0 takes any free one.
    pub port: u16,
    /// Where everything is kept.
    pub data: PathBuf,
    /// Keep nothing.
    pub ephemeral: bool,
    /// Deployments and databases take minutes.
    pub realistic: bool,
    /// Where to write addresses and key when everything answers.
    pub ready_file: Option<PathBuf>,
    /// The outside services that are the real ones.
    pub live: Vec<Provider>,
    /// Parameters of the template that are to differ from what the stack sets.
    pub parameters: BTreeMap<String, String>,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Run the stack.
    Run(Options),
    /// Show the help text.
    Help,
}

impl Options {
    /// Reads the arguments, without the program's name. `in_test` says that a test runs this, which may reach nothing real.
    ///
    /// # Errors
    /// An option that does not exist, lacks its value or cannot be had; the text is for the user.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>, in_test: bool) -> Result<Command, String> {
        let mut options = Self {
            port: 8787,
            data: PathBuf::from(".local"),
            ephemeral: false,
            realistic: false,
            ready_file: None,
            live: Vec::new(),
            parameters: BTreeMap::new(),
        };
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
            match argument {
                Arg::Long("port") => {
                    options.port = text(&mut parser, "--port")?
                        .parse()
                        .map_err(|_| "--port takes a number from 0 to 65535".to_owned())?;
                }
                Arg::Long("data") => options.data = path(&mut parser, "--data")?,
                Arg::Long("ephemeral") => options.ephemeral = true,
                Arg::Long("realistic") => options.realistic = true,
                Arg::Long("ready-file") => options.ready_file = Some(path(&mut parser, "--ready-file")?),
                Arg::Long("live") => {
                    let provider = live(&text(&mut parser, "--live")?, in_test)?;
                    if !options.live.contains(&provider) {
                        options.live.push(provider);
                    }
                }
                Arg::Long("parameter") => {
                    let given = text(&mut parser, "--parameter")?;
                    let (name, value) = given
                        .split_once('=')
                        .ok_or_else(|| format!("--parameter takes NAME=VALUE, not {given}"))?;
                    options.parameters.insert(name.to_owned(), value.to_owned());
                }
                Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
                other => return Err(other.unexpected().to_string()),
            }
        }
        Ok(Command::Run(options))
    }
}

fn live(name: &str, in_test: bool) -> Result<Provider, String> {
    if in_test {
        return Err(format!(
            "--live {name} is refused: TENANTRY_TEST is set, and a test reaches nothing real; unset it"
        ));
    }
    let known = Provider::ALL.map(Provider::name).join(", ");
    match Provider::ALL.into_iter().find(|provider| provider.name() == name) {
        Some(provider) => Ok(provider),
        None if name == "supabase" => Err(format!(
            "--live supabase is not there yet: this version makes no databases there; it takes {known}"
        )),
        None => Err(format!(
            "--live {name}: there is no such outside service; it takes {known}"
        )),
    }
}

fn value(parser: &mut Parser, name: &str) -> Result<OsString, String> {
    parser.value().map_err(|_| format!("{name} needs a value"))
}

fn text(parser: &mut Parser, name: &str) -> Result<String, String> {
    value(parser, name)?
        .string()
        .map_err(|_| format!("{name} takes a readable text"))
}

fn path(parser: &mut Parser, name: &str) -> Result<PathBuf, String> {
    let value = value(parser, name)?;
    if value.is_empty() {
        return Err(format!("{name} needs a path"));
    }
    Ok(PathBuf::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Options::parse(line.split_whitespace().map(OsString::from), false)
    }

    fn options(line: &str) -> Options {
        match parse(line) {
            Ok(Command::Run(options)) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn parameters_of_the_template_can_be_set() {
        let options = options("--parameter DeleteGraceSeconds=60 --parameter LogLevel=debug");
        assert_eq!(options.parameters["DeleteGraceSeconds"], "60");
        assert_eq!(options.parameters["LogLevel"], "debug");
        assert!(parse("--parameter DeleteGraceSeconds").is_err());
    }

    #[test]
    fn nothing_given_means_the_documented_defaults() {
        let options = options("");
        assert_eq!((options.port, options.data), (8787, PathBuf::from(".local")));
        assert!(!options.ephemeral && !options.realistic && options.ready_file.is_none() && options.live.is_empty());
    }

    #[test]
    fn every_option_is_read() {
        let options = options("--port 0 --data=/tmp/x --ephemeral --realistic --ready-file ready.json");
        assert_eq!((options.port, options.data), (0, PathBuf::from("/tmp/x")));
        assert!(options.ephemeral && options.realistic);
        assert_eq!(options.ready_file, Some(PathBuf::from("ready.json")));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(parse("--port x").unwrap_err().contains("65535"));
        assert_eq!(parse("--data").unwrap_err(), "--data needs a value");
        assert!(parse("--prot 1").unwrap_err().contains("--prot"));
    }

    #[test]
    fn real_services_are_named_one_by_one() {
        let options = options("--live vercel --live railway --live=github --live vercel");
        assert_eq!(options.live, Provider::ALL);
        assert!(parse("--live supabase").unwrap_err().contains("not there yet"));
        assert!(parse("--live vercle").unwrap_err().contains("vercel, railway, github"));
        let refused = Options::parse(["--live".into(), "vercel".into()], true).unwrap_err();
        assert!(refused.contains("TENANTRY_TEST"));
    }
}
