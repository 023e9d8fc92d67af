//! Formulas over small known sets.

use crate::indicator::{Computed, Formula, ItemFigures, Sources, compute};
use pack::Province;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn computed(formula: Formula, cases: &[(&str, ItemFigures)]) -> Computed {
    let pack = Province::embedded().unwrap();
    let cases: BTreeMap<String, ItemFigures> =
        cases.iter().map(|(item, figures)| ((*item).to_owned(), *figures)).collect();
    compute(formula, &Sources { pack: &pack, cases: &cases })
}

/// Frequent items, all items and licence types of the pack, counted by hand from its files.
const ITEMS: u64 = 6;
const ALL_ITEMS: u64 = 10;
const LICENCE_TYPES: u64 = 39;

#[test]
fn definitions_are_counted_as_the_pack_has_them() {
    let pack = Province::embedded().unwrap();
    let of = |formula| {
        let result = computed(formula, &[]);
        (result.numerator, result.denominator)
    };
    assert_eq!(of(Formula::MobileItems), (ITEMS, ITEMS));
    assert_eq!(of(Formula::OneThings).0, 1);
    let rules = pack.items().filter(|item| item.rule.is_some()).count() as u64;
    assert_eq!(of(Formula::RuleItems), (rules, ALL_ITEMS));
    // None can be asked for in another province yet, whatever else covers it.
    assert_eq!(of(Formula::CoveredItems), (0, ITEMS));
    let consumed = pack.licence_types().filter(|kind| kind.layout.is_none()).count() as u64;
    assert_eq!(of(Formula::ElectronicTypes), (LICENCE_TYPES - consumed, LICENCE_TYPES));
    let (online, all) = of(Formula::OnlineItems);
    let listed = pack.catalogue().items.len() as u64;
    assert!(
        online == ALL_ITEMS && all >= listed && all <= listed + ALL_ITEMS,
        "{online} of {all}, {listed} listed"
    );
}

#[test]
fn online_share_counts_cases_of_frequent_items() {
    let cases = [
        ("birth-certificate", ItemFigures { submitted: 3, online: 2, ..ItemFigures::default() }),
        ("vaccination-file", ItemFigures { submitted: 1, online: 1, ..ItemFigures::default() }),
        ("no-such-item", ItemFigures { submitted: 90, online: 90, ..ItemFigures::default() }),
    ];
    let result = computed(Formula::OnlineCases, &cases);
    assert_eq!((result.numerator, result.denominator, result.permille()), (3, 4, Some(750)));
    assert_eq!(computed(Formula::OnlineCases, &[]).permille(), None);
}

#[test]
fn licence_share_leaves_out_items_that_ask_for_no_licence() {
    let pack = Province::embedded().unwrap();
    let asks = |item: &pack::Item| {
        item.materials.iter().any(|one| matches!(one.met_by, pack::item::MetBy::Licence { .. }))
    };
    let figures = ItemFigures { decided: 10, licence_used: 4, ..ItemFigures::default() };
    let cases: Vec<(&str, ItemFigures)> =
        pack.items().map(|item| (item.id.as_str(), figures)).collect();
    let counted = |item: &&pack::Item| item.high_frequency && asks(item);
    let asking = pack.items().filter(counted).count() as u64;
    assert!(asking > 0);
    let result = computed(Formula::LicenceCases, &cases);
    assert_eq!((result.numerator, result.denominator), (4 * asking, 10 * asking));
}

#[test]
fn an_item_is_instant_only_once_its_rule_has_decided() {
    assert_eq!(computed(Formula::InstantItems, &[]).numerator, 0);
    let decided = ItemFigures { automatic_ever: 2, ..ItemFigures::default() };
    let result = computed(Formula::InstantItems, &[("vaccination-file", decided)]);
    assert_eq!(result.numerator, 1);
    let counted: Vec<&str> = result
        .parts
        .iter()
        .filter(|part| part.numerator == 1)
        .map(|part| part.id.as_str())
        .collect();
    assert_eq!(counted, ["vaccination-file"]);
}

#[test]
fn every_target_of_the_pack_has_a_formula_and_its_goal_is_of_its_unit() {
    let pack = Province::embedded().unwrap();
    let numbers: Vec<u16> = pack.targets().iter().map(|target| target.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 17, 20]);
    for target in pack.targets() {
        assert!(Formula::parse(&target.formula).is_some(), "{}", target.formula);
    }
    assert_eq!(Formula::parse("typed_in_by_hand"), None);
}

#[test]
fn what_cannot_be_rated_keeps_coverage_below_the_whole() {
    let result = computed(Formula::Rateable, &[]);
    assert!(result.numerator > 0 && result.numerator < result.denominator);
    let channels: Vec<(&str, u64)> = result
        .parts
        .iter()
        .filter(|part| part.kind == "channel")
        .map(|part| (part.id.as_str(), part.numerator))
        .collect();
    assert_eq!(channels.len(), 2);
}

const ALL: [Formula; 10] = [
    Formula::OnlineItems,
    Formula::OnlineCases,
    Formula::LicenceCases,
    Formula::MobileItems,
    Formula::RuleItems,
    Formula::OneThings,
    Formula::InstantItems,
    Formula::CoveredItems,
    Formula::Rateable,
    Formula::ElectronicTypes,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// The parts beneath a value are what it says, whatever the figures.
    #[test]
    fn parts_add_up_and_no_share_is_above_the_whole(
        submitted in 0u64..1_000_000, decided in 0u64..1_000_000, of in 0u64..=1_000,
    ) {
        let figures = ItemFigures {
            submitted, online: submitted * of / 1_000, decided, licence_used: decided * of / 1_000,
            automatic_ever: decided,
        };
        let cases = [("birth-certificate", figures), ("social-security-card", figures)];
        for formula in ALL {
            let result = computed(formula, &cases);
            prop_assert_eq!(result.parts.iter().map(|part| part.numerator).sum::<u64>(), result.numerator);
            prop_assert_eq!(result.parts.iter().map(|part| part.denominator).sum::<u64>(), result.denominator);
            prop_assert!(result.numerator <= result.denominator);
            prop_assert!(result.permille().is_none_or(|permille| permille <= 1_000));
        }
    }
}
