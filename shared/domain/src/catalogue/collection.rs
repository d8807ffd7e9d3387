//! The collections a site can have, and which of them point at which.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::UnknownName;
use super::integrity::embedded;

/// A known collection, by its slug (`blog-posts`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collection(&'static str);

/// A field of a collection that points at another collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// The field's path inside its collection.
    pub field: &'static str,
    /// The collection it points at.
    pub to: Collection,
}

/// `collections.json`.
pub(super) const COLLECTIONS_JSON: &str = include_str!("../../templates/collections.json");

static COLLECTIONS: LazyLock<Vec<CollectionRecord>> = LazyLock::new(|| embedded("collections.json", COLLECTIONS_JSON));

/// One entry of `collections.json`. Slugs are plain strings here: a [`Collection`] is what this list has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CollectionRecord {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) always_present: bool,
    pub(super) relations: Vec<RelationRecord>,
}

/// One relation in `collections.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RelationRecord {
    pub(super) field: String,
    pub(super) to: String,
}

impl Collection {
    /// Whether a client may leave it out. Only `users` stays: without it nobody could sign in.
    #[must_use]
    pub fn may_be_disabled(self) -> bool {
        self.0 != "users"
    }

    /// All known collections, in the catalogue's order.
    pub fn all() -> impl Iterator<Item = Self> {
        COLLECTIONS.iter().map(|record| Self(record.slug.as_str()))
    }

    /// The slug, as it stands in JSON and in the site's addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The collection as people read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.record().map_or(self.0, |record| record.name.as_str())
    }

    /// Whether every site has it without any template naming it: users, media, pages.
    #[must_use]
    pub fn always_present(self) -> bool {
        self.record().is_some_and(|record| record.always_present)
    }

    /// The fields that point at other collections.
    pub fn relations(self) -> impl Iterator<Item = Relation> {
        let relations = self.record().map_or(&[][..], |record| record.relations.as_slice());
        relations.iter().map(|relation| Relation {
            field: &relation.field,
            to: Self(&relation.to),
        })
    }

    /// A `Collection` is made from the list, so the list has it.
    fn record(self) -> Option<&'static CollectionRecord> {
        COLLECTIONS.iter().find(|record| record.slug == self.0)
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Collection {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::all()
            .find(|collection| collection.0 == name)
            .ok_or_else(|| UnknownName::new("collection", name, Self::all().map(Self::as_str)))
    }
}

impl Serialize for Collection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Collection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

/// The API's document lists the slugs, so that a reader need not guess them.
impl PartialSchema for Collection {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("The slug of a known collection"))
            .enum_values(Some(Self::all().map(Self::as_str)))
            .into()
    }
}

impl ToSchema for Collection {}
