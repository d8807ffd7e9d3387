//! `GET /clients`: one page of clients.

use axum::{Json, extract, http::Uri};
use domain::{Client, ClientPage, ClientQuery, Error, Page, Permission};
use runtime::{Caller, Problem, parameters};

use crate::state::State;

/// Answers the page that the query asks for.
pub async fn list(
    extract::State(state): extract::State<State>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<ClientPage>, Problem> {
    caller.may(Permission::Read)?;
    let query = ClientQuery::parse(&parameters(&uri)?)?;
    let page = state.directory.look(|clients| owned(&query, clients)).await??;
    Ok(Json(page.map(|client| state.view(client))))
}

fn owned(query: &ClientQuery, clients: &mut dyn Iterator<Item = &Client>) -> Result<Page<Client>, Error> {
    Ok(query.page(clients)?.map(Client::clone))
}
