//! Composition of one-things: order, blocking, schedule.

use super::{at, calendar, days};
use crate::case::Phase;
use crate::composition::{Item, Need, Plan, Status, schedule, status};
use kernel::calendar::{Limit, Unit};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn item(id: &str, after: &[&str], need: Need, limit: u32) -> Item {
    Item {
        id: id.to_owned(),
        after: after.iter().map(|&id| id.to_owned()).collect(),
        need,
        promised: days(limit),
    }
}

/// A newborn's paperwork.
fn newborn() -> Plan {
    use Need::{Optional, Required};
    Plan::new(vec![
        item("certificate", &[], Required, 1),
        item("household", &["certificate"], Required, 3),
        item("insurance", &["household"], Required, 2),
        item("card", &["household"], Optional, 5),
        item("vaccination", &["certificate"], Optional, 1),
    ])
    .unwrap()
}

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

fn refused(items: Vec<Item>) -> String {
    Plan::new(items).unwrap_err().to_string()
}

#[test]
fn a_faulty_composition_is_refused_and_names_its_fault() {
    use Need::Required;
    assert_eq!(refused(vec![]), "composition.empty");
    assert_eq!(
        refused(vec![item("a", &[], Required, 1), item("a", &[], Required, 1)]),
        "composition.duplicate item=a"
    );
    assert_eq!(
        refused(vec![item("a", &["b"], Required, 1)]),
        "composition.dangling item=a after=b"
    );
    assert_eq!(refused(vec![item("a", &["a"], Required, 1)]), "composition.cycle path=a → a");
    assert_eq!(
        refused(vec![
            item("d", &["a"], Required, 1),
            item("a", &["b"], Required, 1),
            item("b", &["c"], Required, 1),
            item("c", &["a"], Required, 1),
        ]),
        "composition.cycle path=a → b → c → a"
    );
    let many = (0..101).map(|at| item(&at.to_string(), &[], Required, 1)).collect();
    assert_eq!(refused(many), "composition.too_many max=100");
}

#[test]
fn items_start_when_what_they_need_is_done() {
    let plan = newborn();
    assert_eq!(plan.ready(&set(&[]), &set(&[])), ["certificate"]);
    assert_eq!(plan.ready(&set(&["certificate"]), &set(&[])), ["household", "vaccination"]);
    let done = set(&["certificate", "household"]);
    assert_eq!(plan.ready(&done, &set(&["card"])), ["insurance", "vaccination"]);
}

#[test]
fn a_failure_stops_what_depends_on_it_and_nothing_else() {
    let plan = newborn();
    let done = set(&["certificate"]);
    assert_eq!(plan.blocked_by_failure(&done, &set(&["household"])), ["insurance", "card"]);
    assert_eq!(plan.blocked_by_failure(&done, &set(&["card"])), [""; 0]);
    let all = plan.blocked_by_failure(&set(&[]), &set(&["certificate"]));
    assert_eq!(all, ["household", "insurance", "card", "vaccination"]);
}

#[test]
fn lanes_group_what_runs_side_by_side() {
    assert_eq!(
        newborn().lanes(),
        [vec!["certificate"], vec!["household", "vaccination"], vec!["insurance", "card"]]
    );
}

#[test]
fn a_choice_keeps_the_required_items_and_passes_dependencies_on() {
    let plan = Plan::new(vec![
        item("a", &[], Need::Required, 1),
        item("b", &["a"], Need::Optional, 1),
        item("c", &["b"], Need::Required, 1),
    ])
    .unwrap();
    let chosen = plan.choose(&set(&["a", "c"])).unwrap();
    assert_eq!(chosen.items()[1].after, ["a"]);
    let code = |ids: &[&str]| plan.choose(&set(ids)).unwrap_err().code;
    assert_eq!(code(&["a", "b"]), "composition.required_missing");
    assert_eq!(code(&["a", "c", "z"]), "composition.unknown");
}

#[test]
fn the_whole_ends_with_its_critical_path() {
    let start = at("2026-09-15T10:00:00");
    let found = schedule(&newborn(), start, &BTreeMap::new(), &calendar()).unwrap();
    assert_eq!(found.path, ["certificate", "household", "card"]);
    assert_eq!(found.working_days, 9);
    // 16 | 17 18 20 (Sunday, worked) | 21 22 23 24 25.
    assert_eq!(found.end, at("2026-09-26T00:00:00"));
    let critical: Vec<bool> = found.slots.iter().map(|slot| slot.critical).collect();
    assert_eq!(critical, [true, true, false, true, false]);
}

#[test]
fn a_known_end_replaces_the_promise() {
    let start = at("2026-09-15T10:00:00");
    let known = BTreeMap::from([("certificate".to_owned(), at("2026-09-15T10:05:00"))]);
    let found = schedule(&newborn(), start, &known, &calendar()).unwrap();
    assert_eq!(found.working_days, 8);
    assert_eq!(found.slots[1].start, at("2026-09-15T10:05:00"));
}

#[test]
fn an_item_done_on_the_spot_takes_no_time() {
    let spot = Item {
        promised: Limit { amount: 0, unit: Unit::Hour },
        ..item("b", &["a"], Need::Required, 0)
    };
    let plan = Plan::new(vec![item("a", &[], Need::Required, 1), spot]).unwrap();
    let found = schedule(&plan, at("2026-09-15T10:00:00"), &BTreeMap::new(), &calendar()).unwrap();
    assert_eq!(found.slots[1].start, found.slots[1].end);
    assert_eq!(found.working_days, 1);
}

#[test]
fn the_status_of_the_whole_follows_its_items() {
    let plan = newborn();
    let with = |rows: &[(&str, Phase)]| {
        let phases = rows.iter().map(|(id, phase)| ((*id).to_owned(), *phase)).collect();
        status(&plan, &phases)
    };
    use Phase::{Accepted, Completed, Correcting, Issued, Lapsed, Terminated};
    assert_eq!(with(&[]), Status::UnderWay);
    assert_eq!(
        with(&[("certificate", Correcting), ("household", Accepted)]),
        Status::NeedsApplicant
    );
    let mut rows = [
        ("certificate", Completed),
        ("household", Issued),
        ("insurance", Completed),
        ("card", Completed),
        ("vaccination", Completed),
    ];
    assert_eq!(with(&rows), Status::Done);
    rows[3].1 = Lapsed;
    assert_eq!(with(&rows), Status::PartlyDone);
    rows[2].1 = Terminated;
    assert_eq!(with(&rows), Status::Failed);
    rows[4].1 = Accepted;
    assert_eq!(with(&rows), Status::UnderWay);
}

/// Any plan of up to 12 items whose dependencies point back.
fn plan() -> impl Strategy<Value = Plan> {
    prop::collection::vec(
        (prop::collection::vec(any::<prop::sample::Index>(), 0..3), 0u32..6),
        1..12,
    )
    .prop_map(|rows| {
        let items = rows.iter().enumerate().map(|(at, (after, limit))| Item {
            id: format!("i{at}"),
            after: after
                .iter()
                .filter(|_| at > 0)
                .map(|one| format!("i{}", one.index(at.max(1))))
                .collect(),
            need: Need::Required,
            promised: days(*limit),
        });
        Plan::new(items.collect()).unwrap()
    })
}

proptest! {
    #[test]
    fn doing_what_is_ready_does_everything_in_order(plan in plan(), picks in prop::collection::vec(any::<prop::sample::Index>(), 12)) {
        let mut done = BTreeSet::new();
        for pick in picks.iter().take(plan.items().len()) {
            let ready = plan.ready(&done, &BTreeSet::new());
            prop_assert!(!ready.is_empty());
            let id = ready[pick.index(ready.len())].to_owned();
            let item = plan.items().iter().find(|item| item.id == id).unwrap();
            prop_assert!(item.after.iter().all(|before| done.contains(before)));
            done.insert(id);
        }
        prop_assert_eq!(done.len(), plan.items().len());
    }

    #[test]
    fn ready_blocked_done_and_failed_never_overlap(plan in plan(), marks in prop::collection::vec(0u8..4, 12)) {
        let marked = |mark: u8| -> BTreeSet<String> {
            plan.items().iter().zip(&marks).filter(|(_, m)| **m == mark).map(|(item, _)| item.id.clone()).collect()
        };
        let (done, failed) = (marked(0), marked(1));
        let ready: BTreeSet<String> = plan.ready(&done, &failed).into_iter().map(str::to_owned).collect();
        let blocked: BTreeSet<String> = plan.blocked_by_failure(&done, &failed).into_iter().map(str::to_owned).collect();
        let all = [&done, &failed, &ready, &blocked];
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                prop_assert!(one.is_disjoint(other));
            }
        }
    }

    /// The oracle follows every path by itself.
    #[test]
    fn the_end_is_that_of_the_longest_path(plan in plan()) {
        fn longest(plan: &Plan, id: &str) -> i64 {
            let item = plan.items().iter().find(|item| item.id == id).unwrap();
            let before = item.after.iter().map(|one| longest(plan, one)).max().unwrap_or(0);
            before + i64::from(item.promised.amount)
        }
        let found = schedule(&plan, at("2026-09-15T10:00:00"), &BTreeMap::new(), &calendar()).unwrap();
        let expected = plan.items().iter().map(|item| longest(&plan, &item.id)).max().unwrap();
        prop_assert_eq!(found.working_days, expected);
        let along: i64 = found.path.iter().map(|id| {
            i64::from(plan.items().iter().find(|item| item.id == *id).unwrap().promised.amount)
        }).sum();
        prop_assert_eq!(along, expected);
    }
}
