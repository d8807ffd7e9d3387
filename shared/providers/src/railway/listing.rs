//! A client's projects, or those of all clients, among all of the workspace, page by page.

use serde_json::{Value, json};

use super::{
    Document, RAILWAY, Railway, nodes,
    projects::{DESCRIPTION, description},
};
use crate::{
    ClientMark, Marked,
    answer::text,
    error::{ErrorKind, ProviderError},
};

static LIST: Document = Document {
    operation: "projects",
    name: "ProjectsByWorkspace",
    query: include_str!("documents/02_projects_by_workspace.graphql"),
};
static LIST_OF_WORKSPACE: Document = Document {
    operation: "workspace",
    name: "WorkspaceProjects",
    query: include_str!("documents/02b_workspace_projects.graphql"),
};

/// Railway's largest page.
const PAGE: usize = 100;
/// Ten thousand projects; a list that is longer runs in circles.
const PAGES: usize = 100;

/// A project as the list shows it.
pub(super) struct Listed {
    pub id: String,
    pub created_at: String,
    pub empty: bool,
}

impl Railway {
    /// Every project of this client that is not deleted.
    pub(super) async fn listed(&self, name: &str, mark: &ClientMark) -> Result<Vec<Listed>, ProviderError> {
        let description = description(mark);
        self.among_all(|node| {
            let is_ours = text(node, "/name") == Some(name) && text(node, "/description") == Some(&description);
            let id = text(node, "/id").filter(|_| is_ours)?;
            Some(Listed {
                id: id.to_owned(),
                created_at: text(node, "/createdAt").unwrap_or_default().to_owned(),
                empty: nodes(node, "/services").next().is_none(),
            })
        })
        .await
    }

    /// Every project that bears our mark, for whichever client, and is not deleted.
    pub(crate) async fn own(&self) -> Result<Vec<Marked>, ProviderError> {
        self.among_all(|node| {
            let client = text(node, "/description")?.strip_prefix(DESCRIPTION)?;
            Some(Marked {
                external_id: text(node, "/id")?.to_owned(),
                external_name: text(node, "/name").unwrap_or_default().to_owned(),
                mark: ClientMark::new(client),
            })
        })
        .await
    }

    /// What is wanted of the projects that are not deleted.
    async fn among_all<T>(&self, wanted: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, ProviderError> {
        let (any, found) = self.pages(&LIST, "/projects", &wanted).await?;
        if any {
            return Ok(found);
        }
        // For an account token the first list may be empty although there are projects.
        Ok(self.pages(&LIST_OF_WORKSPACE, "/workspace/projects", &wanted).await?.1)
    }

    /// Whether there is any project at all, and what is wanted of them. All pages or an error: what a list that ends early
    /// does not show would be made a second time.
    async fn pages<T>(
        &self,
        document: &'static Document,
        at: &str,
        wanted: impl Fn(&Value) -> Option<T>,
    ) -> Result<(bool, Vec<T>), ProviderError> {
        let workspace = self.workspace(document.operation)?;
        let (mut any, mut found, mut after) = (false, Vec::new(), Value::Null);
        for _ in 0..PAGES {
            let variables = json!({"workspaceId": workspace, "first": PAGE, "after": after});
            let data = self.ask(document, variables, None).await?;
            if data.pointer(at).is_none_or(Value::is_null) {
                let text = "Railway shows no projects of the workspace. Check RAILWAY_WORKSPACE_ID.";
                return Err(RAILWAY.failed(document.operation, ErrorKind::Malformed, text));
            }
            for node in nodes(&data, at) {
                any = true;
                if text(node, "/deletedAt").is_none() {
                    found.extend(wanted(node));
                }
            }
            let list = data.pointer(at).unwrap_or(&Value::Null);
            match next(list, &after) {
                Some(Next::Page(cursor)) => after = cursor,
                Some(Next::End) => return Ok((any, found)),
                None => break,
            }
        }
        let text =
            "Railway's list of projects does not come to its end; what is missing in it could be made a second time.";
        Err(RAILWAY.failed(document.operation, ErrorKind::Malformed, text))
    }
}

/// What follows a page.
enum Next {
    Page(Value),
    End,
}

/// `None` when the page does not say, or promises another one without a new cursor to it.
fn next(list: &Value, after: &Value) -> Option<Next> {
    list.get("edges").filter(|edges| edges.is_array())?;
    if !list.pointer("/pageInfo/hasNextPage")?.as_bool()? {
        return Some(Next::End);
    }
    let cursor = json!(text(list, "/pageInfo/endCursor")?);
    (cursor != *after).then_some(Next::Page(cursor))
}
