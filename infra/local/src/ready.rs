//! What is told when everything answers: to a person on standard output, to a program in the ready file.

use std::{collections::BTreeMap, io, path::Path};

use serde::Serialize;

/// Where everything answers, and the key to it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    url: String,
    dashboard_url: String,
    api_key: String,
    sandbox_url: String,
    aws_endpoint_url: String,
    /// Every outside service and its address: the real one, or the one at which the sandbox plays it.
    services: BTreeMap<String, String>,
    pid: u32,
}

impl Ready {
    /// Puts the addresses together.
    pub fn new(
        port: u16,
        api_key: String,
        sandbox_url: &str,
        aws_endpoint_url: &str,
        services: BTreeMap<String, String>,
    ) -> Self {
        let url = format!("http://127.0.0.1:{port}");
        Self {
            dashboard_url: format!("{url}/platform/admin"),
            url,
            api_key,
            sandbox_url: sandbox_url.to_owned(),
            aws_endpoint_url: aws_endpoint_url.to_owned(),
            services,
            pid: std::process::id(),
        }
    }

    /// Writes the ready file: whole or not at all, and for its owner only, because the key is in it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        use std::{io::Write, os::unix::fs::OpenOptionsExt};
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", self.pid));
        let beside = path.with_file_name(name);
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    }

    /// The lines for a person; `more` is what else they should know, name by name.
    pub fn greeting(&self, more: &[(&str, String)]) -> String {
        let Self {
            url,
            api_key,
            sandbox_url,
            ..
        } = self;
        let more: String = more
            .iter()
            .map(|(name, text)| format!("  {name:<9}  {text}\n"))
            .collect();
        format!(
            "\nTenantry is running at {url}\n\n  \
               API key    {api_key}\n  \
               Sandbox    {sandbox_url}/_sandbox/inventory  (stands in for Vercel, Railway, GitHub and the mail)\n\
             {more}\n\
             Make a client:\n\n  \
               curl -s {url}/api/platform/clients -H 'Authorization: Bearer {api_key}' \\\n    \
                 -H 'Content-Type: application/json' \\\n    \
                 -d '{{\"clientName\":\"Studio Noord\",\"domain\":\"studio-noord\",\"template\":\"corporate\",\
                 \"contactEmail\":\"info@studio-noord.example\"}}'\n\n\
             Its site comes up at {}. Ctrl-C stops everything.\n",
            url.replace("127.0.0.1", "studio-noord.localhost"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_file_has_the_promised_names() {
        let services = BTreeMap::from([("vercel".to_owned(), "http://127.0.0.1:1/vercel".to_owned())]);
        let ready = Ready::new(
            8787,
            "tnt_x".to_owned(),
            "http://127.0.0.1:1",
            "http://127.0.0.1:2",
            services,
        );
        let folder = std::env::temp_dir().join(format!("tenantry-ready-{}", std::process::id()));
        let path = folder.join("deep").join("ready.json");
        ready.write(&path).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let expected = serde_json::json!({
            "url": "http://127.0.0.1:8787",
            "dashboardUrl": "http://127.0.0.1:8787/platform/admin",
            "apiKey": "tnt_x",
            "sandboxUrl": "http://127.0.0.1:1",
            "awsEndpointUrl": "http://127.0.0.1:2",
            "services": {"vercel": "http://127.0.0.1:1/vercel"},
            "pid": std::process::id(),
        });
        assert_eq!(written, expected);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
