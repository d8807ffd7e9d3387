//! An alert as a mail: with all of its sites.

use super::{Label, Telling, label};
use crate::{
    Mail,
    letter::{Fact, Letter, Value},
};

impl Telling {
    /// The mail, addressed to somebody.
    #[must_use]
    pub fn addressed_to(&self, to: &str) -> Mail {
        let mut facts: Vec<Fact<'_>> = self
            .facts
            .iter()
            .map(|(label, value)| Fact {
                label,
                value: Value::Literal(value),
            })
            .collect();
        facts.extend(self.link.as_deref().map(|link| Fact {
            label: label(self.language, Label::Incident),
            value: Value::Link(link),
        }));
        let (mut items, more) = self.names(usize::MAX);
        if self.site_count == 1 {
            items.clear();
        } else if more > 0 {
            items.push(self.and_more(more));
        }
        let letter = Letter {
            language: self.language,
            heading: self.headline.clone(),
            opening: vec![format!("{}.", self.headline)],
            facts,
            items,
            closing: vec![self.id.clone()],
        };
        Mail {
            to: to.to_owned(),
            subject: self.headline.clone(),
            text: letter.text().into(),
            html: letter.html().into(),
        }
    }
}
