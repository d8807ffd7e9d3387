//! Clients as rows of a spreadsheet: out as CSV, in as CSV.

use csv::{ReaderBuilder, StringRecord, Writer};
use domain::{ClientView, Error, NewClientBody, quoted};

/// More rows than this are refused.
pub const MAX_ROWS: usize = 5000;

/// The columns of a file that is read.
const COLUMNS: [&str; 12] = [
    "clientName",
    "contactEmail",
    "domain",
    "template",
    "plan",
    "contactName",
    "contactPhone",
    "enabledFeatures",
    "disabledCollections",
    "tags",
    "notes",
    "monthlyFee",
];

/// The columns without which no client can be made.
const REQUIRED: [&str; 4] = ["clientName", "contactEmail", "domain", "template"];

/// The columns of a file that is written, after those of a file that is read.
const MORE: [&str; 11] = [
    "id",
    "status",
    "deploymentUrl",
    "billingStatus",
    "nextBillingDate",
    "healthStatus",
    "uptimePercentage",
    "lastHealthCheck",
    "activatedAt",
    "createdAt",
    "updatedAt",
];

/// One row of a file: its number, from 1 after the head, and what it says.
pub struct Row {
    /// Its number.
    pub number: usize,
    /// Its label as written.
    pub domain: Option<String>,
    /// The request that it stands for, or why it is none.
    pub body: Result<NewClientBody, Error>,
}

/// Reads a file.
///
/// # Errors
/// It is not CSV in UTF-8, has an unknown or no necessary column, or too many rows.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::invalid("body", "The file is not in UTF-8. Save it as CSV UTF-8."))?;
    // Spreadsheet programs put a byte order mark before the head.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| unreadable(&error))?.clone();
    check_head(&head)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        if rows.len() == MAX_ROWS {
            let message = format!("The file has more than {MAX_ROWS} rows. Split it.");
            return Err(Error::invalid("body", message));
        }
        rows.push(row(rows.len() + 1, &head, &record));
    }
    Ok(rows)
}

fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    Error::invalid("body", format!("The file is not CSV: line {line} cannot be read."))
}

fn check_head(head: &StringRecord) -> Result<(), Error> {
    let known = COLUMNS.join(", ");
    for (index, column) in head.iter().map(str::trim).enumerate() {
        let field: String = column.chars().take(60).collect();
        if !COLUMNS.contains(&column) {
            let message = format!("{} is not a column of an import. Known: {known}.", quoted(column));
            return Err(Error::invalid(field, message));
        }
        if head.iter().take(index).any(|other| other.trim() == column) {
            return Err(Error::invalid(
                field,
                format!("The column {column} comes twice. Leave one out."),
            ));
        }
    }
    match REQUIRED
        .iter()
        .find(|column| !head.iter().any(|other| other.trim() == **column))
    {
        Some(missing) => Err(Error::invalid(
            *missing,
            format!("The column {missing} is missing. Known: {known}."),
        )),
        None => Ok(()),
    }
}

fn row(number: usize, head: &StringRecord, record: &StringRecord) -> Row {
    let cell = |column: &str| {
        let index = head.iter().position(|other| other.trim() == column)?;
        record
            .get(index)
            .map(|text| unguarded(text.trim()).to_owned())
            .filter(|text| !text.is_empty())
    };
    let list = |column: &str| cell(column).map(|text| split(&text));
    let body = if record.len() == head.len() {
        fee(cell("monthlyFee")).map(|monthly_fee| NewClientBody {
            client_name: cell("clientName"),
            contact_email: cell("contactEmail"),
            domain: cell("domain"),
            template: cell("template"),
            plan: cell("plan"),
            contact_name: cell("contactName"),
            contact_phone: cell("contactPhone"),
            enabled_features: list("enabledFeatures"),
            disabled_collections: list("disabledCollections"),
            tags: list("tags"),
            notes: cell("notes"),
            monthly_fee,
            ..NewClientBody::default()
        })
    } else {
        let message = format!(
            "The row has {} cells and the head has {}. Make them equal.",
            record.len(),
            head.len()
        );
        Err(Error::invalid("row", message))
    };
    Row {
        number,
        domain: cell("domain"),
        body,
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn fee(text: Option<String>) -> Result<Option<f64>, Error> {
    let Some(text) = text else {
        return Ok(None);
    };
    let refused = |_| {
        Error::invalid(
            "monthlyFee",
            format!("{} is not a number of euros, e.g. 49.50.", quoted(&text)),
        )
    };
    text.parse().map(Some).map_err(refused)
}

/// Writes a file.
///
/// # Errors
/// Never in practice.
pub fn write(clients: &[ClientView]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer
        .write_record(COLUMNS.iter().chain(&MORE))
        .map_err(Error::internal)?;
    for client in clients {
        writer
            .write_record(cells(client).iter().map(|cell| guarded(cell)))
            .map_err(Error::internal)?;
    }
    writer
        .into_inner()
        .map_err(|_| Error::internal("a CSV file in memory could not be finished"))
}

fn cells(client: &ClientView) -> Vec<String> {
    let record = serde_json::to_value(client).unwrap_or_default();
    let cell = |column: &&str| match record.get(if *column == "clientName" { "name" } else { column }) {
        Some(serde_json::Value::String(text)) => text.clone(),
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::Array(parts)) => parts
            .iter()
            .filter_map(serde_json::Value::as_str)
            .collect::<Vec<_>>()
            .join(";"),
        Some(other) => other.to_string(),
    };
    COLUMNS.iter().chain(&MORE).map(cell).collect()
}

/// Spreadsheet programs run what begins like a formula; behind an apostrophe it is text.
fn guarded(cell: &str) -> String {
    if cell.starts_with(FORMULA) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// What [`guarded`] guarded, as it was.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|rest| rest.starts_with(FORMULA))
        .unwrap_or(cell)
}

const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "clientName,contactEmail,domain,template,tags,monthlyFee\n";

    fn refusal(file: &str) -> String {
        read(file.as_bytes()).err().unwrap().field().unwrap().to_owned()
    }

    #[test]
    fn a_row_becomes_the_body_of_a_request() {
        let file = format!("\u{feff}{HEAD}\"Acme, \"\"the\"\" Corp\",a@acme.com,acme,blog,a; b ;,49.50\r\n");
        let rows = read(file.as_bytes()).unwrap();
        let body = rows[0].body.as_ref().unwrap();
        assert_eq!(
            (rows.len(), rows[0].number, rows[0].domain.as_deref()),
            (1, 1, Some("acme"))
        );
        assert_eq!(body.client_name.as_deref(), Some("Acme, \"the\" Corp"));
        assert_eq!(body.tags, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(body.monthly_fee, Some(49.5));
        assert_eq!(body.plan, None);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        assert_eq!(refusal("clientName,colour\n"), "colour");
        assert_eq!(refusal("clientName,clientName\n"), "clientName");
        assert_eq!(refusal("clientName,contactEmail,domain\n"), "template");
        assert_eq!(refusal(""), "clientName");
        assert!(read(b"\xff\xfe").is_err());
        let row = "A,a@example.com,abc,blog,,\n";
        assert_eq!(
            read(format!("{HEAD}{}", row.repeat(MAX_ROWS)).as_bytes())
                .unwrap()
                .len(),
            MAX_ROWS
        );
        assert_eq!(refusal(&format!("{HEAD}{}", row.repeat(MAX_ROWS + 1))), "body");
    }

    #[test]
    fn what_is_wrong_with_one_row_stays_with_it() {
        let file = format!("{HEAD}A,a@example.com,abc,blog,,x\nB,b@example.com,bcd\nC,c@example.com,cde,blog,,\n");
        let rows = read(file.as_bytes()).unwrap();
        let fields: Vec<_> = rows
            .iter()
            .map(|row| row.body.as_ref().err().and_then(Error::field))
            .collect();
        assert_eq!(fields, [Some("monthlyFee"), Some("row"), None]);
    }

    #[test]
    fn a_formula_goes_out_as_text_and_comes_back_as_it_was() {
        for cell in ["=1+1", "+31 20", "-1", "@x"] {
            assert_eq!(guarded(cell), format!("'{cell}"));
            assert_eq!(unguarded(&guarded(cell)), cell);
        }
        assert_eq!((guarded("'s"), unguarded("'s")), ("'s".to_owned(), "'s"));
    }
}
