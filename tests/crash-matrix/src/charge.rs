//! What DynamoDB charges: every call on its way through the wire is made to say so.

use http::request::Parts;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// Capacity units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Charged {
    /// Write units.
    pub written: f64,
    /// Read units.
    pub read: f64,
}

/// The call of DynamoDB that a request is.
pub fn call(parts: &Parts) -> Option<String> {
    let target = parts.headers.get("x-amz-target")?.to_str().ok()?;
    target.strip_prefix("DynamoDB_20120810.").map(str::to_owned)
}

/// The request, asking for what it costs.
pub fn asking(body: &Bytes) -> Bytes {
    let Ok(mut request) = serde_json::from_slice::<Value>(body) else {
        return body.clone();
    };
    request["ReturnConsumedCapacity"] = json!("TOTAL");
    request.to_string().into()
}

impl Charged {
    /// Adds what an answer says that it cost.
    pub fn add(&mut self, call: &str, answer: &[u8]) {
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
            return;
        };
        let all = match &answer["ConsumedCapacity"] {
            Value::Array(several) => several.clone(),
            one => vec![one.clone()],
        };
        let units: f64 = all.iter().filter_map(|one| one["CapacityUnits"].as_f64()).sum();
        if ["Put", "Update", "Delete", "BatchWrite", "TransactWrite"]
            .iter()
            .any(|write| call.starts_with(write))
        {
            self.written += units;
        } else {
            self.read += units;
        }
    }
}

impl std::ops::Sub for Charged {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            written: self.written - other.written,
            read: self.read - other.read,
        }
    }
}
