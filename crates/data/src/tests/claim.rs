//! Rights granted once: who claims first holds them.

use super::on_both;
use super::world::{COUNTY, MOTHER, World, person};
use crate::registry::{Right, claim, put, unclaim};
use serde_json::json;

/// The right to a household number, by the citizen number.
fn household(says: Option<&'static str>) -> Right<'static> {
    Right {
        registry: "people",
        key: "citizen_number",
        value: MOTHER,
        field: "household_number",
        says,
    }
}

async fn a_right_is_claimed_once_until_it_is_given_back(world: World) {
    let mut ctx = world.system().await;
    let right = household(None);
    assert!(claim(&mut ctx, &right, "case-1").await.unwrap());
    assert!(claim(&mut ctx, &right, "case-1").await.unwrap(), "its own claim");
    assert!(!claim(&mut ctx, &right, "case-2").await.unwrap());
    let other = Right { value: "410105199003070780", ..household(None) };
    assert!(claim(&mut ctx, &other, "case-2").await.unwrap(), "another person's");
    unclaim(&mut ctx, "case-1").await.unwrap();
    assert!(claim(&mut ctx, &right, "case-2").await.unwrap());
    let unknown = Right { key: "name", ..household(None) };
    assert_eq!(claim(&mut ctx, &unknown, "case-3").await.unwrap_err().code, "registry.key");
}

async fn what_a_record_says_cannot_be_claimed(world: World) {
    world.seed().await;
    let mut ctx = world.system().await;
    assert!(!claim(&mut ctx, &household(None), "case-1").await.unwrap(), "any value");
    assert!(!claim(&mut ctx, &household(Some("H1")), "case-1").await.unwrap(), "this value");
    assert!(claim(&mut ctx, &household(Some("H2")), "case-1").await.unwrap(), "another value");
    unclaim(&mut ctx, "case-1").await.unwrap();
    let mut moved = person();
    moved["household_number"] = json!(null);
    let now = ctx.now;
    put(&mut ctx, "people", &moved, now, COUNTY).await.unwrap();
    assert!(claim(&mut ctx, &household(None), "case-1").await.unwrap(), "emptied");
}

async fn of_two_claims_at_once_one_holds(world: World) {
    let one = async |holder: &str| {
        let mut ctx = world.system().await;
        let held = claim(&mut ctx, &household(None), holder).await.unwrap();
        ctx.commit().await.unwrap();
        held
    };
    let (a, b) = tokio::join!(one("case-1"), one("case-2"));
    assert!(a != b, "{a} {b}");
}

on_both!(
    a_right_is_claimed_once_until_it_is_given_back,
    what_a_record_says_cannot_be_claimed,
    of_two_claims_at_once_one_holds,
);
