//! The names of the catalogue: what they are in JSON, what a plan costs, and that none goes away.

use domain::catalogue::{Collection, Feature, PlanId, TemplateId};
use serde_json::json;

#[test]
fn plans_cost_what_the_guide_says() {
    let prices = PlanId::ALL.map(|plan| (plan.as_str(), plan.name(), plan.monthly_fee_cents()));
    assert_eq!(
        prices,
        [
            ("free", "Free", 0),
            ("starter", "Starter", 2_500),
            ("professional", "Professional", 4_900),
            ("enterprise", "Enterprise", 9_900),
        ]
    );
    assert_eq!(PlanId::default(), PlanId::Starter);
}

#[test]
fn names_in_json_are_the_ones_that_are_parsed() {
    for id in TemplateId::ALL {
        assert_eq!(json!(id), json!(id.as_str()));
        assert_eq!(id.as_str().parse(), Ok(id));
    }
    for plan in PlanId::ALL {
        assert_eq!(json!(plan), json!(plan.as_str()));
        assert_eq!(plan.as_str().parse(), Ok(plan));
    }
    for feature in Feature::ALL {
        assert_eq!(json!(feature), json!(feature.as_str()));
        assert_eq!(feature.as_str().parse(), Ok(feature));
    }
}

#[test]
fn no_slug_ever_disappears_because_stored_configurations_name_it() {
    insta::assert_snapshot!(Collection::all().map(Collection::as_str).collect::<Vec<_>>().join("\n"));
}
