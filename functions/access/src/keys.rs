//! The handlers.

use axum::{
    Json,
    extract::{Path, State as Shared},
    http::StatusCode,
};
use domain::{ApiKey, AuditEntry, Code, Error, KeyList, KeyRecord, Name, NewKey, NewKeyBody, Permission, Role, quoted};
use runtime::{Caller, JsonBody, Problem};
use serde_json::{Value, json};

use crate::State;

pub async fn list(caller: Caller, Shared(state): Shared<State>) -> Result<Json<KeyList>, Problem> {
    caller.may(Permission::ManageKeys)?;
    let keys = state.store.keys().await?;
    Ok(Json(KeyList::of(keys)))
}

pub async fn create(
    caller: Caller,
    Shared(state): Shared<State>,
    body: JsonBody<NewKeyBody>,
) -> Result<(StatusCode, Json<NewKey>), Problem> {
    caller.may(Permission::ManageKeys)?;
    let (name, role) = parse(body.value)?;
    let key = ApiKey::generate(state.entropy.as_ref());
    let record = KeyRecord {
        id: key.id(),
        hash: key.hash(),
        name: name.to_string(),
        role,
        created_at: state.clock.now(),
        last_used_at: None,
        revoked_at: None,
    };
    let after = json!({ "id": record.id, "name": record.name, "role": record.role });
    let audit = audit(&state, &caller, "key.create", (Value::Null, after));
    state.store.add_key(&record, &audit).await?;
    Ok((StatusCode::CREATED, Json(NewKey::of(record, &key))))
}

pub async fn revoke(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.may(Permission::ManageKeys)?;
    let record = state.store.key(&id).await?;
    let record = record
        .filter(|record| record.revoked_at.is_none())
        .ok_or_else(|| no_key(&id))?;
    refuse_own_key(&caller, &id)?;
    let before = json!({ "id": id, "name": record.name, "role": record.role });
    let audit = audit(
        &state,
        &caller,
        "key.revoke",
        (before, json!({ "id": id, "revoked": true })),
    );
    if !state.store.revoke_key(&id, &audit).await? {
        return Err(no_key(&id).into());
    }
    Ok(StatusCode::NO_CONTENT)
}

fn parse(body: NewKeyBody) -> Result<(Name, Role), Error> {
    let name = body
        .name
        .ok_or_else(|| Error::invalid("name", "Say what the key is for: name, 1-100 characters."))?;
    let name = Name::parse("name", &name)?;
    let roles = Role::ALL.map(Role::name).join(", ");
    let role = body
        .role
        .ok_or_else(|| Error::invalid("role", format!("Say what the key allows: role, one of {roles}.")))?;
    let role = Role::from_name(&role).ok_or_else(|| {
        Error::invalid(
            "role",
            format!("There is no role {}. Use one of {roles}.", quoted(&role)),
        )
    })?;
    Ok((name, role))
}

/// Nobody locks themselves out: an owner is always left.
fn refuse_own_key(caller: &Caller, id: &str) -> Result<(), Error> {
    if caller.principal.name.strip_prefix("key:") == Some(id) {
        return Err(Error::new(
            Code::WrongState,
            "This is the key that you are using. Revoke it with another owner's key.",
        ));
    }
    Ok(())
}

fn no_key(id: &str) -> Error {
    Error::not_found("key", id)
}

fn audit(state: &State, caller: &Caller, action: &str, (before, after): (Value, Value)) -> AuditEntry {
    let sources = (&*state.clock, &*state.entropy);
    caller.audit(sources, "platform".to_owned(), action.to_owned(), before, after)
}

#[cfg(test)]
mod tests {
    use domain::Principal;

    use super::*;

    fn field_refused(body: Value) -> Option<String> {
        let body = serde_json::from_value(body).unwrap();
        parse(body).unwrap_err().field().map(str::to_owned)
    }

    #[test]
    fn a_key_needs_a_name_and_a_role_that_there_is() {
        assert_eq!(field_refused(json!({ "role": "viewer" })), Some("name".to_owned()));
        assert_eq!(
            field_refused(json!({ "name": "", "role": "viewer" })),
            Some("name".to_owned())
        );
        assert_eq!(field_refused(json!({ "name": "CI" })), Some("role".to_owned()));
        assert_eq!(
            field_refused(json!({ "name": "CI", "role": "king" })),
            Some("role".to_owned())
        );
    }

    #[test]
    fn nobody_revokes_the_key_they_are_using() {
        let principal = Principal {
            name: "key:25317dfc28ca0472".to_owned(),
            role: Role::Owner,
        };
        let caller = Caller {
            principal,
            request_id: String::new(),
        };
        assert_eq!(
            refuse_own_key(&caller, "25317dfc28ca0472").unwrap_err().code(),
            Code::WrongState
        );
        assert!(refuse_own_key(&caller, "0000000000000000").is_ok());
    }
}
