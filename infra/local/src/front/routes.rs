//! Which route a request takes, chosen as API Gateway chooses: the most exact path, then the method before `ANY`.

use std::collections::BTreeMap;

use crate::events::decoded;

/// One route: a method or `ANY`, a path with `{name}` and a last `{name+}`, and what stands behind it.
pub struct Row<T> {
    /// Method in upper case, or `ANY`.
    pub method: String,
    /// Path as the template writes it.
    pub path: String,
    /// What stands behind it.
    pub target: T,
}

impl<T> Row<T> {
    /// `METHOD /path`, as the events name it.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The parameters of a path, decoded.
pub type Parameters = BTreeMap<String, String>;

/// All routes.
pub struct Routes<T>(Vec<Row<T>>);

/// How exact a path fits, segment by segment; less is more exact.
type Rank = Vec<u8>;

impl<T> Routes<T> {
    /// Takes the rows in any order.
    pub const fn new(rows: Vec<Row<T>>) -> Self {
        Self(rows)
    }

    /// The row for a request and the parameters of its path. `path` is percent-encoded.
    pub fn find(&self, method: &str, path: &str) -> Option<(&Row<T>, Parameters)> {
        self.0
            .iter()
            .filter(|row| row.method == method || row.method == "ANY")
            .filter_map(|row| fit(&row.path, path).map(|(rank, parameters)| (rank, row, parameters)))
            .min_by(|(one, a, _), (other, b, _)| one.cmp(other).then((a.method == "ANY").cmp(&(b.method == "ANY"))))
            .map(|(_, row, parameters)| (row, parameters))
    }
}

fn fit(pattern: &str, path: &str) -> Option<(Rank, Parameters)> {
    let mut rank = Rank::new();
    let mut parameters = Parameters::new();
    let mut segments = path.split('/');
    for part in pattern.split('/') {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            if decoded(segments.next()?) != part {
                return None;
            }
            rank.push(0);
            continue;
        };
        let first = segments.next().filter(|segment| !segment.is_empty())?;
        if let Some(name) = name.strip_suffix('+') {
            let rest = [first].into_iter().chain(segments).collect::<Vec<_>>().join("/");
            parameters.insert(name.to_owned(), decoded(&rest));
            rank.push(2);
            return Some((rank, parameters));
        }
        parameters.insert(name.to_owned(), decoded(first));
        rank.push(1);
    }
    segments.next().is_none().then_some((rank, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes<()> {
        let row = |method: &str, path: &str| Row {
            method: method.to_owned(),
            path: path.to_owned(),
            target: (),
        };
        Routes::new(vec![
            row("ANY", "/admin/{proxy+}"),
            row("GET", "/clients/{id}"),
            row("GET", "/clients/export"),
            row("ANY", "/clients/{id}"),
            row("GET", "/clients/{id}/health"),
        ])
    }

    fn key(method: &str, path: &str) -> Option<String> {
        routes().find(method, path).map(|(row, _)| row.key())
    }

    #[test]
    fn the_most_exact_route_wins() {
        assert_eq!(key("GET", "/clients/export").unwrap(), "GET /clients/export");
        assert_eq!(key("GET", "/clients/x").unwrap(), "GET /clients/{id}");
        assert_eq!(key("PUT", "/clients/export").unwrap(), "ANY /clients/{id}");
        assert_eq!(key("GET", "/clients/x/health").unwrap(), "GET /clients/{id}/health");
        assert_eq!(key("POST", "/admin/a/b").unwrap(), "ANY /admin/{proxy+}");
    }

    #[test]
    fn what_no_route_names_is_not_found() {
        for path in [
            "/",
            "/clients",
            "/clients/",
            "/clients/x/",
            "/clients/x/health/y",
            "/admin",
            "/admin/",
        ] {
            assert_eq!(key("GET", path), None, "{path}");
        }
        assert_eq!(key("POST", "/clients/x/health"), None);
    }

    #[test]
    fn parameters_are_decoded() {
        let routes = routes();
        let (_, parameters) = routes.find("GET", "/clients/a%20b").unwrap();
        assert_eq!(parameters.get("id").unwrap(), "a b");
        let (_, parameters) = routes.find("GET", "/admin/a/b%20c").unwrap();
        assert_eq!(parameters.get("proxy").unwrap(), "a/b c");
    }
}
