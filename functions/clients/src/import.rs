//! `POST /clients/import`: many clients from one file.

use std::collections::HashMap;

use axum::{
    Json, extract,
    extract::Request,
    http::{HeaderMap, header::CONTENT_TYPE},
};
use domain::{ClientId, Code, Command, DomainLabel, Error, NewClient, OperationId, RowReport, RowStatus, quoted};
use runtime::{Caller, Problem, ProblemBody, parameters, read_body};
use tokio::task::JoinSet;

use crate::{
    recording::{Recorded, domain_taken, record},
    sheet::{self, Row},
    state::State,
};

const MAX_BYTES: usize = 1024 * 1024;

/// How many rows are worked on at once.
const AT_ONCE: usize = 16;

/// How an import came out, with refusals as they are written everywhere.
type Report = domain::ImportReport<ProblemBody>;

/// Records every row that can be, and says of each what became of it.
pub async fn import(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request,
) -> Result<Json<Report>, Problem> {
    caller.may(Command::Create.permission())?;
    let dry_run = dry_run(&parameters(request.uri())?)?;
    require_csv(request.headers())?;
    let mut rows = sheet::read(&read_body(request, MAX_BYTES).await?)?;
    refuse_repeated(&mut rows);
    Ok(Json(Report::of(dry_run, work(&state, &caller, rows, dry_run).await?)))
}

fn dry_run(parameters: &[(String, String)]) -> Result<bool, Error> {
    let bad = |field: &str, message: String| {
        Err(Error::new(Code::InvalidQuery, message).at(field.chars().take(60).collect::<String>()))
    };
    match parameters {
        [] => Ok(false),
        [(name, value)] if name == "dryRun" => match value.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => bad(
                name,
                format!("{} is not possible for dryRun. Possible: true, false.", quoted(other)),
            ),
        },
        [(name, _), ..] if name != "dryRun" => bad(
            name,
            format!("{} is not a parameter here. Known: dryRun.", quoted(name)),
        ),
        _ => bad("dryRun", "Send dryRun once and nothing else.".to_owned()),
    }
}

fn require_csv(headers: &HeaderMap) -> Result<(), Error> {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("text/csv") {
        return Ok(());
    }
    let message = "Send the file as CSV, with the header Content-Type: text/csv.";
    Err(Error::new(Code::UnsupportedMediaType, message))
}

/// Of rows with one label the first stands.
fn refuse_repeated(rows: &mut [Row]) {
    let mut first: HashMap<DomainLabel, usize> = HashMap::new();
    for row in rows {
        let Some(Ok(label)) = row.domain.as_deref().map(|text| DomainLabel::parse("domain", text)) else {
            continue;
        };
        match first.get(&label) {
            Some(number) => {
                let message = format!("The label {label} stands in row {number} already. Choose another one.");
                row.body = Err(Error::invalid("domain", message));
            }
            None => {
                first.insert(label, row.number);
            }
        }
    }
}

async fn work(
    state: &State,
    caller: &Caller,
    rows: Vec<Row>,
    dry_run: bool,
) -> Result<Vec<RowReport<ProblemBody>>, Error> {
    let mut reports = Vec::with_capacity(rows.len());
    let mut running = JoinSet::new();
    for row in rows {
        if running.len() >= AT_ONCE
            && let Some(done) = running.join_next().await
        {
            reports.push(done.map_err(Error::internal)?);
        }
        let (state, caller) = (state.clone(), caller.clone());
        running.spawn(async move { one(&state, &caller, row, dry_run).await });
    }
    while let Some(done) = running.join_next().await {
        reports.push(done.map_err(Error::internal)?);
    }
    reports.sort_by_key(|report| report.row);
    Ok(reports)
}

async fn one(state: &State, caller: &Caller, row: Row, dry_run: bool) -> RowReport<ProblemBody> {
    let (number, domain) = (row.number, row.domain);
    let report = |status| RowReport {
        row: number,
        domain: domain.clone(),
        status,
        client_id: None,
        operation_id: None,
        problem: None,
    };
    let outcome = match row.body.and_then(NewClient::parse) {
        Ok(new) if dry_run => check(state, &new).await.map(|()| None),
        Ok(new) => create(state, caller, new).await.map(Some),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(None) => report(RowStatus::Valid),
        Ok(Some((client, operation))) => RowReport {
            client_id: Some(client),
            operation_id: Some(operation),
            ..report(RowStatus::Created)
        },
        Err(error) => {
            if matches!(error.code(), Code::Internal | Code::Busy) {
                tracing::error!(row = number, error = %error.chain(), "a row could not be recorded");
            }
            RowReport {
                problem: Some(Problem::from(error).body()),
                ..report(RowStatus::Refused)
            }
        }
    }
}

async fn check(state: &State, new: &NewClient) -> Result<(), Error> {
    if state
        .store
        .label_is_free(new.domain.as_str(), state.clock.now())
        .await?
    {
        return Ok(());
    }
    Err(domain_taken(new.domain.as_str()))
}

async fn create(state: &State, caller: &Caller, new: NewClient) -> Result<(ClientId, OperationId), Error> {
    match record(state, caller, new, None).await? {
        Recorded::New(begun) => Ok((begun.client.id, begun.operation.id)),
        Recorded::Repeated(_) => Err(Error::internal(
            "a row without an Idempotency-Key was taken for a repetition",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_rows_with_one_label_the_first_stands() {
        let mut rows = sheet::read(
            b"clientName,contactEmail,domain,template\nA,a@b.nl,acme,blog\nB,b@b.nl,Acme,blog\nC,c@b.nl,beta,blog\n",
        )
        .unwrap();
        refuse_repeated(&mut rows);
        let refused: Vec<bool> = rows.iter().map(|row| row.body.is_err()).collect();
        assert_eq!(refused, [false, true, false]);
    }

    #[test]
    fn dry_run_is_true_or_false() {
        let parse = |name: &str, value: &str| dry_run(&[(name.to_owned(), value.to_owned())]);
        assert!(parse("dryRun", "true").unwrap());
        assert!(!parse("dryRun", "false").unwrap());
        assert!(!dry_run(&[]).unwrap());
        assert_eq!(parse("dryRun", "1").unwrap_err().field(), Some("dryRun"));
        assert_eq!(parse("dry", "true").unwrap_err().field(), Some("dry"));
    }
}
