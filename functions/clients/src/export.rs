//! `GET /clients/export` and `GET /clients/{id}/export`: what is known, to be taken along. No secrets.

use axum::{
    Json, extract,
    http::{
        Uri,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use domain::{
    Client, ClientExport, ClientQuery, ClientView, Code, Error, Permission,
    catalogue::{ConfigurationInput, EffectiveConfiguration, effective},
    quoted,
};
use runtime::{Caller, Problem, parameters};

use crate::{request::ClientPath, sheet, state::State};

/// Lambda answers at most 6 MB, and the answer travels inside a JSON text, where quotes take two characters.
const MAX_ANSWER_BYTES: usize = 4_500_000;

/// Answers all clients that the query asks for, as JSON or CSV.
pub async fn export_all(
    extract::State(state): extract::State<State>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Problem> {
    caller.may(Permission::Read)?;
    let (formats, filters): (Vec<_>, Vec<_>) = parameters(&uri)?.into_iter().partition(|(name, _)| name == "format");
    let format = Format::parse(&formats)?;
    let query = ClientQuery::parse_whole(&filters)?;
    let owned = |clients: &mut dyn Iterator<Item = &Client>| query.all(clients).into_iter().cloned().collect();
    let clients: Vec<Client> = state.directory.look(owned).await?;
    let clients: Vec<ClientView> = clients.into_iter().map(|client| state.view(client)).collect();
    let (body, kind, name) = match format {
        Format::Json => (
            serde_json::to_vec(&clients).map_err(Error::internal)?,
            "application/json",
            "clients.json",
        ),
        Format::Csv => (sheet::write(&clients)?, "text/csv; charset=utf-8", "clients.csv"),
    };
    if body.len() > MAX_ANSWER_BYTES {
        let message =
            "The export is larger than an answer can be. Narrow it by status, template, plan, health, tag or search.";
        return Err(Error::new(Code::TooLarge, message).into());
    }
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, body).into_response())
}

/// Answers one client with its effective configuration and its deployments.
pub async fn export_one(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
) -> Result<Json<ClientExport>, Problem> {
    caller.may(Permission::Read)?;
    let client = state.store.existing_client(&id).await?;
    let deployments = state.store.deployments(&id).await?;
    Ok(Json(ClientExport {
        configuration: configuration(&client)?,
        client: state.view(client),
        deployments,
    }))
}

fn configuration(client: &Client) -> Result<EffectiveConfiguration, Error> {
    let names: Vec<String> = client.custom_environment.iter().map(ToString::to_string).collect();
    effective(&ConfigurationInput {
        template: client.template,
        enabled_features: &client.enabled_features,
        disabled_collections: &client.disabled_collections,
        custom_settings: &client.custom_settings,
        custom_environment: &names,
    })
    // It was checked when the client was recorded, and no slug is ever taken out of the catalogue.
    .map_err(Error::internal)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

impl Format {
    fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let values: Vec<&str> = parameters.iter().map(|(_, value)| value.as_str()).collect();
        match values.as_slice() {
            [] | ["json"] => Ok(Self::Json),
            ["csv"] => Ok(Self::Csv),
            others => {
                let message = format!(
                    "{} is not a format. Send format=json or format=csv.",
                    quoted(&others.join(", "))
                );
                Err(Error::new(Code::InvalidQuery, message).at("format"))
            }
        }
    }
}
