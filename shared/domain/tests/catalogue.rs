//! What the guide promises about templates, word for word.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use domain::catalogue::{
    Collection, ConfigurationInput, EffectiveConfiguration, Feature, Origin, PlanId, TemplateId, effective, template,
    templates, validate,
};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

/// Maps are sorted: their order is not ours to promise as long as a crate of the build may ask serde_json to keep another.
macro_rules! assert_json {
    ($($what:tt)*) => {
        insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!($($what)*) })
    };
}

/// A client's wishes; a test says only what it is about.
struct Wishes {
    template: TemplateId,
    enabled_features: Vec<String>,
    disabled_collections: Vec<String>,
    custom_settings: Map<String, Value>,
    custom_environment: Vec<String>,
}

impl Wishes {
    fn of(template: TemplateId) -> Self {
        Self {
            template,
            enabled_features: vec![],
            disabled_collections: vec![],
            custom_settings: Map::new(),
            custom_environment: vec![],
        }
    }

    fn enable(mut self, features: &[&str]) -> Self {
        self.enabled_features = features.iter().map(ToString::to_string).collect();
        self
    }

    fn disable(mut self, collections: &[&str]) -> Self {
        self.disabled_collections = collections.iter().map(ToString::to_string).collect();
        self
    }

    fn set(mut self, settings: &Value) -> Self {
        self.custom_settings = settings.as_object().unwrap().clone();
        self
    }

    fn environment(mut self, names: &[&str]) -> Self {
        self.custom_environment = names.iter().map(ToString::to_string).collect();
        self
    }

    fn input(&self) -> ConfigurationInput<'_> {
        ConfigurationInput {
            template: self.template,
            enabled_features: &self.enabled_features,
            disabled_collections: &self.disabled_collections,
            custom_settings: &self.custom_settings,
            custom_environment: &self.custom_environment,
        }
    }

    fn granted(&self) -> EffectiveConfiguration {
        effective(&self.input()).unwrap()
    }

    fn refused(&self) -> String {
        effective(&self.input()).unwrap_err().to_string()
    }
}

fn slugs(collections: &[Collection]) -> Vec<&str> {
    collections.iter().map(|collection| collection.as_str()).collect()
}

#[test]
fn the_data_files_fit_together() {
    validate().unwrap();
}

#[test]
fn every_template_as_the_api_shows_it() {
    for template in templates() {
        assert_json!(format!("template_{}", template.id), template);
    }
}

#[test]
fn every_template_as_it_is_deployed_when_the_client_wishes_nothing() {
    for id in TemplateId::ALL {
        assert_json!(format!("deployed_{id}"), Wishes::of(id).granted());
    }
}

#[test]
fn collections_and_blocks_are_the_ones_of_the_guide() {
    let said: Vec<(TemplateId, &str, &str)> = vec![
        (
            TemplateId::Ecommerce,
            "products, product-categories, product-brands, orders, customers, blog-posts",
            "hero, product-grid, category-grid, search-bar, quick-order, testimonials",
        ),
        (
            TemplateId::Blog,
            "blog-posts, blog-categories, authors",
            "hero, content, testimonials, cta",
        ),
        (
            TemplateId::B2b,
            "products, quotes, customers, orders",
            "product-grid, quick-order, search-bar, testimonials",
        ),
        (
            TemplateId::Portfolio,
            "cases, services, team",
            "hero, content, grid, testimonials",
        ),
        (
            TemplateId::Corporate,
            "services, team, cases",
            "hero, content, feature-grid, testimonials",
        ),
    ];
    for (id, collections, blocks) in said {
        assert_eq!(slugs(&template(id).collections).join(", "), collections);
        assert_eq!(template(id).blocks.join(", "), blocks);
    }
}

#[test]
fn features_are_the_ones_of_the_guide() {
    use Feature::{Ai, Authentication, Blog, Ecommerce, Forms};
    let said = [
        (TemplateId::Ecommerce, vec![Ecommerce, Blog, Forms, Authentication, Ai]),
        (TemplateId::Blog, vec![Blog, Forms, Authentication, Ai]),
        (TemplateId::B2b, vec![Ecommerce, Blog, Forms, Authentication, Ai]),
        (TemplateId::Portfolio, vec![Blog, Forms, Ai]),
        (TemplateId::Corporate, vec![Blog, Forms, Ai]),
    ];
    for (id, features) in said {
        assert_eq!(Wishes::of(id).granted().features, features, "{id}");
    }
}

#[test]
fn the_guides_own_call_has_the_whole_blog() {
    let acme = Wishes::of(TemplateId::Ecommerce).enable(&["blog", "ai"]).granted();
    assert_eq!(
        slugs(&acme.collections),
        [
            "products",
            "product-categories",
            "product-brands",
            "orders",
            "customers",
            "blog-posts",
            "blog-categories",
            "authors"
        ]
    );
    assert_eq!(acme.warnings, []);
    assert_json!(acme);
}

#[test]
fn the_guides_example_without_a_blog_has_none() {
    let client_a = Wishes::of(TemplateId::Ecommerce)
        .disable(&["blog-posts", "blog-categories"])
        .set(&json!({ "showComparePrice": false, "enableWishlist": false }))
        .granted();
    assert_eq!(
        slugs(&client_a.collections),
        [
            "products",
            "product-categories",
            "product-brands",
            "orders",
            "customers"
        ]
    );
    assert_eq!(slugs(&client_a.disabled_collections), ["blog-posts"]);
    assert_eq!(client_a.settings.get("showComparePrice"), Some(&json!(false)));
    assert_eq!(client_a.settings.get("enableWishlist"), Some(&json!(false)));
    assert_json!(client_a);
}

#[test]
fn what_a_client_disables_stays_disabled_and_is_said() {
    let client = Wishes::of(TemplateId::Portfolio)
        .enable(&["blog"])
        .disable(&["authors"])
        .granted();
    assert_eq!(
        slugs(&client.collections),
        ["cases", "services", "team", "blog-posts", "blog-categories"]
    );
    assert_eq!(slugs(&client.disabled_collections), ["authors"]);
    assert_json!(client.warnings);
}

#[test]
fn disabling_a_known_collection_that_the_template_lacks_changes_nothing() {
    let plain = Wishes::of(TemplateId::Blog);
    let client = Wishes::of(TemplateId::Blog).disable(&["quotes", "products"]);
    assert_eq!(client.granted(), plain.granted());
}

#[test]
fn media_and_pages_may_be_disabled_and_users_may_not() {
    let client = Wishes::of(TemplateId::Blog).disable(&["media", "pages"]).granted();
    assert_eq!(slugs(&client.disabled_collections), ["media", "pages"]);
    assert_eq!(client.collections, Wishes::of(TemplateId::Blog).granted().collections);
    assert_json!(client.warnings);
    insta::assert_snapshot!(Wishes::of(TemplateId::Blog).disable(&["media", "users"]).refused());
}

#[test]
fn unknown_names_are_refused_by_name_and_the_known_ones_are_listed() {
    let blog = || Wishes::of(TemplateId::Blog);
    let answers = [
        blog().enable(&["ai", "podcast"]).refused(),
        blog().enable(&["AI"]).refused(),
        blog().disable(&["blog-posts", "authors", "blogs"]).refused(),
        blog().disable(&[""]).refused(),
        blog().disable(&[&"\u{1b}[2J".repeat(50)]).refused(),
        "shop".parse::<TemplateId>().unwrap_err().to_string(),
        "gold".parse::<PlanId>().unwrap_err().to_string(),
        serde_json::from_value::<Collection>(json!("blogs"))
            .unwrap_err()
            .to_string(),
        serde_json::from_value::<Origin>(json!("feature:blogs"))
            .unwrap_err()
            .to_string(),
    ];
    insta::assert_snapshot!(answers.join("\n\n"));
}

#[test]
fn settings_are_merged_by_object_and_null_removes() {
    let client = Wishes::of(TemplateId::B2b)
        .set(&json!({
            "checkout": { "guestCheckout": true, "steps": ["cart", "address"] },
            "quotes": null,
            "currency": { "code": "USD" },
            "a.b": 1
        }))
        .environment(&["SMTP_HOST", "ANALYTICS_ID", "SMTP_HOST"])
        .granted();
    assert_eq!(client.environment, ["ANALYTICS_ID", "SMTP_HOST"]);
    assert_json!(json!({ "settings": client.settings, "origins": client.origins.settings }));
}

#[test]
fn the_api_document_knows_the_shape_of_a_configuration() {
    let mut schemas = Vec::new();
    <EffectiveConfiguration as ToSchema>::schemas(&mut schemas);
    schemas.push((
        EffectiveConfiguration::name().into_owned(),
        EffectiveConfiguration::schema(),
    ));
    let schemas: BTreeMap<_, _> = schemas.into_iter().collect();
    assert_json!(schemas);
}
