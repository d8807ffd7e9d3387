//! The values of the template's parameters here.

use std::collections::BTreeMap;

use crate::live::Live;

/// Who sends the platform's mail.
pub const SENDER: &str = "platform@localhost.example";

/// Who is told what the platform's own people should know.
const ALERTS: &str = "alerts@localhost.example";

/// What `template.yaml` is brought up with: this machine instead of a domain, the sandbox instead of the providers that
/// are not live.
pub fn parameters(port: u16, sandbox_url: &str, live: &Live) -> BTreeMap<String, String> {
    let parameters = [
        ("Stage", "local".to_owned()),
        ("DeletionProtection", "false".to_owned()),
        ("PlatformDomain", "localhost".to_owned()),
        ("PlatformUrl", format!("http://127.0.0.1:{port}")),
        ("SiteUrl", format!("http://{{domain}}.localhost:{port}")),
        ("LoopbackHosts", ".localhost".to_owned()),
        ("SenderEmail", SENDER.to_owned()),
        ("SenderIdentity", "localhost.example".to_owned()),
        ("AlertEmail", ALERTS.to_owned()),
        // Alerts go to Slack here; what it does not take goes by mail.
        ("DefaultAlertChannels", "slack".to_owned()),
        ("SlackApiUrl", format!("{sandbox_url}/slack")),
        ("PagerdutyApiUrl", format!("{sandbox_url}/pagerduty")),
        ("TwilioApiUrl", format!("{sandbox_url}/twilio")),
        // Nobody waits a day here: the second sighting is reported.
        ("DriftConfirmSeconds", "0".to_owned()),
        // Nor for others that may fail too.
        ("GatherSeconds", "0".to_owned()),
        ("AlertUpdateSeconds", "0".to_owned()),
        ("VercelApiUrl", format!("{sandbox_url}/vercel")),
        ("VercelTeamId", "team_sandbox".to_owned()),
        ("RailwayApiUrl", format!("{sandbox_url}/railway")),
        ("RailwayWorkspaceId", "workspace_sandbox".to_owned()),
        ("GithubApiUrl", format!("{sandbox_url}/github")),
        ("GithubRepo", "tenantry/client-site".to_owned()),
        // Any answer of the sandbox shows that we see.
        ("CanaryUrls", sandbox_url.replace("127.0.0.1", "canary.localhost")),
        // Nobody waits a minute here.
        ("RecheckFirstSeconds", "0".to_owned()),
        ("RecheckSecondSeconds", "0".to_owned()),
        ("DeleteGraceSeconds", "0".to_owned()),
        ("LabelQuarantineSeconds", "0".to_owned()),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    let mut parameters = BTreeMap::from(parameters);
    live.apply(&mut parameters);
    parameters
}
