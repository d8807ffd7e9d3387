//! `POST /incidents/{id}/ack|note`.

use axum::{
    Json,
    extract::{self, Path},
};
use domain::{
    AuditEntry, Code, Error, Permission,
    monitoring::incident::{Incident, IncidentDetail, IncidentStatus, NoteBody, parse_note},
};
use runtime::{Caller, JsonBody, Problem};
use serde_json::json;
use store::SaveOutcome;

use crate::state::State;

/// How often it is tried while the desk works.
const ATTEMPTS: usize = 20;

/// What somebody does to an incident.
enum Deed {
    Acknowledge,
    Note(String),
}

/// Somebody takes it: reminders end. Taking it again changes nothing.
pub async fn acknowledge(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Json<IncidentDetail>, Problem> {
    caller.may(Permission::Operate)?;
    let incident = change(&state, &caller, &id, &Deed::Acknowledge).await?;
    Ok(Json(state.detail(&incident).await?))
}

/// Somebody writes something down; also when it is over.
pub async fn note(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
    body: JsonBody<NoteBody>,
) -> Result<Json<IncidentDetail>, Problem> {
    caller.may(Permission::Operate)?;
    let text = parse_note(&body.value.text)?;
    let incident = change(&state, &caller, &id, &Deed::Note(text)).await?;
    Ok(Json(state.detail(&incident).await?))
}

/// Changes the incident where it is: on the desk, or among those that are over.
async fn change(state: &State, caller: &Caller, id: &str, deed: &Deed) -> Result<Incident, Error> {
    for _ in 0..ATTEMPTS {
        let (mut desk, read) = state.store.desk().await?;
        let (before, kept) = match desk.incident(id) {
            Some(incident) => (incident.clone(), None),
            None => {
                let (incident, revision) = state.kept(id).await?;
                (incident, Some(revision))
            }
        };
        let after = done(state, caller, &before, deed)?;
        if after == before {
            return Ok(before);
        }
        let audit = audit(state, caller, &before, &after, deed);
        if let Some(revision) = kept {
            // Newer than any turn of the desk that may still be writing it.
            let next = read.unwrap_or_default().max(revision) + 1;
            let saved = state.store.change_incident(&after, revision, next, &audit).await?;
            if saved == SaveOutcome::Saved {
                return Ok(after);
            }
        } else {
            desk.change(id, |incident| *incident = after.clone());
            if let Some(revision) = state.store.save_desk(&desk, read, Some(&audit)).await? {
                // The desk writes it too, in its next turn; who asks now is to see it at once.
                state.store.put_incident(&after, revision).await?;
                return Ok(after);
            }
        }
    }
    Err(Error::busy("an incident moved at every attempt to change it"))
}

fn done(state: &State, caller: &Caller, incident: &Incident, deed: &Deed) -> Result<Incident, Error> {
    let (who, now) = (&caller.principal.name, state.clock.now());
    let mut after = incident.clone();
    match deed {
        Deed::Note(text) => after.note(who, text, now),
        Deed::Acknowledge if incident.status == IncidentStatus::Resolved => {
            return Err(Error::new(
                Code::WrongState,
                "The incident is over; there is nothing to take. Write a note with POST …/note instead.",
            ));
        }
        Deed::Acknowledge => after.acknowledge(who, now),
    }
    Ok(after)
}

fn audit(state: &State, caller: &Caller, before: &Incident, after: &Incident, deed: &Deed) -> AuditEntry {
    let (action, from, to) = match deed {
        Deed::Acknowledge => (
            "incident.ack",
            json!({"status": before.status}),
            json!({"status": after.status}),
        ),
        Deed::Note(text) => ("incident.note", json!(null), json!({"note": text})),
    };
    state.audit(caller, &before.id, action, from, to)
}
