//! A client's projects among all of the workspace, page by page.

use serde_json::{Value, json};

use super::{Document, RAILWAY, Railway, nodes, projects::description};
use crate::{
    ClientMark,
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
        let (any, ours) = self.pages(&LIST, "/projects", name, mark).await?;
        if any {
            return Ok(ours);
        }
        // For an account token the first list may be empty although there are projects.
        Ok(self
            .pages(&LIST_OF_WORKSPACE, "/workspace/projects", name, mark)
            .await?
            .1)
    }

    /// Whether there is any project at all, and those of this client. All pages or an error: what a list that ends early
    /// does not show would be made a second time.
    async fn pages(
        &self,
        document: &'static Document,
        at: &str,
        name: &str,
        mark: &ClientMark,
    ) -> Result<(bool, Vec<Listed>), ProviderError> {
        let workspace = self.workspace(document.operation)?;
        let description = description(mark);
        let (mut any, mut ours, mut after) = (false, Vec::new(), Value::Null);
        for _ in 0..PAGES {
            let variables = json!({"workspaceId": workspace, "first": PAGE, "after": after});
            let data = self.ask(document, variables, None).await?;
            if data.pointer(at).is_none_or(Value::is_null) {
                let text = "Railway shows no projects of the workspace. Check RAILWAY_WORKSPACE_ID.";
                return Err(RAILWAY.failed(document.operation, ErrorKind::Malformed, text));
            }
            for node in nodes(&data, at) {
                any = true;
                let is_ours = text(node, "/name") == Some(name) && text(node, "/description") == Some(&description);
                if let (true, None, Some(id)) = (is_ours, text(node, "/deletedAt"), text(node, "/id")) {
                    ours.push(Listed {
                        id: id.to_owned(),
                        created_at: text(node, "/createdAt").unwrap_or_default().to_owned(),
                        empty: nodes(node, "/services").next().is_none(),
                    });
                }
            }
            let list = data.pointer(at).unwrap_or(&Value::Null);
            match next(list, &after) {
                Some(Next::Page(cursor)) => after = cursor,
                Some(Next::End) => return Ok((any, ours)),
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
