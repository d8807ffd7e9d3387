//! A letter before it is plain text or HTML.

use std::fmt;

use crate::Language;

/// A short letter: a heading, paragraphs, and a list of things to know in their midst.
pub(crate) struct Letter<'a> {
    pub(crate) language: Language,
    pub(crate) heading: String,
    pub(crate) opening: Vec<String>,
    pub(crate) facts: Vec<Fact<'a>>,
    /// A list after the facts; none when it is empty.
    pub(crate) items: Vec<String>,
    pub(crate) closing: Vec<String>,
}

/// One thing to know.
pub(crate) struct Fact<'a> {
    pub(crate) label: &'static str,
    pub(crate) value: Value<'a>,
}

/// What there is to know.
pub(crate) enum Value<'a> {
    /// An address that can be followed.
    Link(&'a str),
    /// Something to copy letter by letter.
    Literal(&'a str),
}

impl Letter<'_> {
    pub(crate) fn text(&self) -> String {
        let facts: Vec<String> = self.facts.iter().map(Fact::text).collect();
        let opening = self.opening.iter().map(String::as_str);
        let closing = self.closing.iter().map(String::as_str);
        let facts = facts.join("\n");
        let items: Vec<String> = self.items.iter().map(|item| format!("- {item}")).collect();
        let items = items.join("\n");
        let midst = [facts.as_str(), items.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty());
        let paragraphs: Vec<&str> = opening.chain(midst).chain(closing).collect();
        format!("{}\n", paragraphs.join("\n\n"))
    }

    pub(crate) fn html(&self) -> String {
        let language = self.language.as_str();
        let heading = Escaped(&self.heading);
        let opening = paragraphs(&self.opening);
        let facts: String = self.facts.iter().map(Fact::html).collect();
        let closing = paragraphs(&self.closing);
        let items: String = self
            .items
            .iter()
            .map(|item| format!("<li>{}</li>\n", Escaped(item)))
            .collect();
        let items = match self.items.is_empty() {
            true => String::new(),
            false => format!("<ul>\n{items}</ul>\n"),
        };
        format!(
            r#"<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{heading}</title></head>
<body style="font-family: sans-serif; line-height: 1.5">
{opening}<table>
{facts}</table>
{items}{closing}</body>
</html>
"#
        )
    }
}

impl Fact<'_> {
    fn text(&self) -> String {
        let (Value::Link(value) | Value::Literal(value)) = self.value;
        format!("{}: {value}", self.label)
    }

    fn html(&self) -> String {
        let label = Escaped(self.label);
        match self.value {
            Value::Link(address) => {
                let address = Escaped(address);
                format!("<tr><th align=\"left\">{label}</th><td><a href=\"{address}\">{address}</a></td></tr>\n")
            }
            Value::Literal(literal) => {
                format!(
                    "<tr><th align=\"left\">{label}</th><td><code>{}</code></td></tr>\n",
                    Escaped(literal)
                )
            }
        }
    }
}

fn paragraphs(texts: &[String]) -> String {
    texts.iter().map(|text| format!("<p>{}</p>\n", Escaped(text))).collect()
}

/// Text that means itself in HTML, inside an element and inside a quoted attribute.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => f.write_char(other),
        })
    }
}
