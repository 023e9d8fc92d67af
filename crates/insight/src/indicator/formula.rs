//! The formulas of targets, pure: definitions and figures in, numerator and denominator with their
//! parts out.
//!
//! Invariant: the value is told by the sums of the parts alone, so that the drill-down cannot
//! disagree with it. Must not know: the database, the clock.

use kernel::Text;
use pack::item::MetBy;
use pack::{Item, Province};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an item's cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemFigures {
    /// Submitted in the days of the indicator.
    pub submitted: u64,
    /// Of them online.
    pub online: u64,
    /// Decided in the days of the indicator.
    pub decided: u64,
    /// Of them with an electronic licence in place of a paper.
    pub licence_used: u64,
    /// Decided by a rule since the beginning.
    pub automatic_ever: u64,
}

/// Everything formulas read.
pub struct Sources<'a> {
    /// Definitions.
    pub pack: &'a Province,
    /// Figures by item id.
    pub cases: &'a BTreeMap<String, ItemFigures>,
}

/// A formula a target can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Items handled wholly online of all items of the catalogue.
    OnlineItems,
    /// Cases of frequent items filed online of all their cases.
    OnlineCases,
    /// Cases decided with an e-licence of all of frequent items that ask for a licence.
    LicenceCases,
    /// Frequent items done on a phone of all frequent items.
    MobileItems,
    /// Items with a live rule.
    RuleItems,
    /// One-things in force.
    OneThings,
    /// Items whose rule has decided cases.
    InstantItems,
    /// Frequent items covered by one-thing, phone and rule of all frequent items.
    CoveredItems,
    /// Items, bodies and channels that can be rated of all of them.
    Rateable,
    /// Licence types issued electronically of all licence types.
    ElectronicTypes,
}

impl Formula {
    /// The formula of that name, as targets write it.
    pub fn parse(name: &str) -> Option<Formula> {
        Some(match name {
            "online_items_over_items" => Formula::OnlineItems,
            "online_cases_over_cases" => Formula::OnlineCases,
            "licence_cases_over_cases" => Formula::LicenceCases,
            "mobile_items_over_items" => Formula::MobileItems,
            "rule_items" => Formula::RuleItems,
            "one_thing_count" => Formula::OneThings,
            "instant_items" => Formula::InstantItems,
            "covered_items_over_items" => Formula::CoveredItems,
            "rateable_over_all" => Formula::Rateable,
            "electronic_types_over_types" => Formula::ElectronicTypes,
            _ => return None,
        })
    }

    /// True when it rests on cases of certain days.
    pub fn is_over_cases(self) -> bool {
        matches!(self, Formula::OnlineCases | Formula::LicenceCases)
    }

    /// The metrics of figures behind numerator and denominator, for the lists beneath.
    pub fn metrics(self) -> Option<(&'static str, &'static str)> {
        match self {
            Formula::OnlineCases => Some(("online", "submitted")),
            Formula::LicenceCases => Some(("licence_used", "decided")),
            _ => None,
        }
    }
}

/// One thing that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `item`, `published`, `one_thing`, `licence_type`, `body`, `channel`.
    pub kind: &'static str,
    /// Its id; a row number for a published item.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// What it adds to the numerator.
    pub numerator: u64,
    /// What it adds to the denominator.
    pub denominator: u64,
}

/// A formula's result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Computed {
    /// Sum of the parts.
    pub numerator: u64,
    /// Sum of the parts; meaningless for a plain count.
    pub denominator: u64,
    /// Everything counted, what is missing first.
    pub parts: Vec<Part>,
}

impl Computed {
    fn of(mut parts: Vec<Part>) -> Computed {
        // What is missing is what a reader looks for.
        parts.sort_by_key(|part| part.numerator >= part.denominator.max(1));
        Computed {
            numerator: parts.iter().map(|part| part.numerator).sum(),
            denominator: parts.iter().map(|part| part.denominator).sum(),
            parts,
        }
    }

    /// Parts in a thousand, rounded down; `None` of nothing.
    pub fn permille(&self) -> Option<u64> {
        self.numerator.saturating_mul(1_000).checked_div(self.denominator)
    }
}

/// Computes a formula.
pub fn compute(formula: Formula, sources: &Sources<'_>) -> Computed {
    let pack = sources.pack;
    let frequent = || pack.items().filter(|item| item.high_frequency);
    let of = |item: &Item| sources.cases.get(&item.id).copied().unwrap_or_default();
    Computed::of(match formula {
        Formula::OnlineItems => catalogue(pack, |item| item.online.depth >= 4),
        Formula::OnlineCases => {
            frequent().map(|item| counted(item, of(item).online, of(item).submitted)).collect()
        }
        Formula::LicenceCases => frequent()
            .filter(|item| asks_licence(item))
            .map(|item| counted(item, of(item).licence_used, of(item).decided))
            .collect(),
        Formula::MobileItems => frequent().map(|item| flag(item, item.online.mobile)).collect(),
        Formula::RuleItems => pack.items().map(|item| flag(item, item.rule.is_some())).collect(),
        Formula::OneThings => pack
            .one_things()
            .map(|one| Part {
                kind: "one_thing",
                id: one.id.clone(),
                name: one.name.clone(),
                numerator: 1,
                denominator: 1,
            })
            .collect(),
        Formula::InstantItems => pack
            .items()
            .map(|item| flag(item, item.rule.is_some() && of(item).automatic_ever > 0))
            .collect(),
        Formula::CoveredItems => {
            let members: BTreeSet<&str> = pack
                .one_things()
                .flat_map(|one| one.members.iter().map(|member| member.item.as_str()))
                .collect();
            let covered = |item: &Item| {
                members.contains(item.id.as_str())
                    && item.online.mobile
                    && item.online.cross_province
                    && item.rule.is_some()
            };
            frequent().map(|item| flag(item, covered(item))).collect()
        }
        Formula::Rateable => rateable(pack),
        Formula::ElectronicTypes => pack
            .licence_types()
            .map(|kind| Part {
                kind: "licence_type",
                id: kind.id.clone(),
                name: kind.name.clone(),
                numerator: u64::from(kind.layout.is_some()),
                denominator: 1,
            })
            .collect(),
    })
}

fn counted(item: &Item, numerator: u64, denominator: u64) -> Part {
    Part { kind: "item", id: item.id.clone(), name: item.name.clone(), numerator, denominator }
}

fn flag(item: &Item, holds: bool) -> Part {
    counted(item, u64::from(holds), 1)
}

/// True when a material of the item is met by a licence.
fn asks_licence(item: &Item) -> bool {
    item.materials.iter().any(|material| matches!(material.met_by, MetBy::Licence { .. }))
}

/// Items handled on the platform and published items of the list, one of each name; what holds of
/// a platform's item is asked, a published one is handled at the window.
fn catalogue(pack: &Province, holds: impl Fn(&Item) -> bool) -> Vec<Part> {
    let own: BTreeSet<&str> = pack.items().map(|item| item.name.zh.as_str()).collect();
    let published =
        pack.catalogue().items.iter().filter(|listed| !own.contains(listed.name.as_str()));
    let published = published.map(|listed| Part {
        kind: "published",
        id: listed.row.to_string(),
        name: Text::new(&listed.name, &listed.name),
        numerator: 0,
        denominator: 1,
    });
    pack.items().map(|item| flag(item, holds(item))).chain(published).collect()
}

/// An item can be rated when its cases are handled here, a body when it handles such an item, a
/// channel when the scale asks about it.
fn rateable(pack: &Province) -> Vec<Part> {
    let scale = pack.ratings().ok();
    let mut parts = catalogue(pack, |_| scale.is_some());
    let handling: BTreeSet<&str> = pack.items().map(|item| item.agency.as_str()).collect();
    let listed: BTreeSet<&str> =
        pack.catalogue().items.iter().map(|listed| listed.agency_kind.as_str()).collect();
    for id in handling.union(&listed) {
        let kind = pack.agency_kind(id);
        parts.push(Part {
            kind: "body",
            id: (*id).to_owned(),
            name: kind.map_or_else(|| Text::new(*id, *id), |kind| kind.short_name.clone()),
            numerator: u64::from(scale.is_some() && handling.contains(id)),
            denominator: 1,
        });
    }
    for (id, online, name) in [
        ("online", true, Text::new("网上", "Online")),
        ("window", false, Text::new("窗口", "At a window")),
    ] {
        let asked =
            scale.is_some_and(|scale| scale.dimensions.iter().any(|one| one.online == online));
        let (id, numerator) = (id.to_owned(), u64::from(asked));
        parts.push(Part { kind: "channel", id, name, numerator, denominator: 1 });
    }
    parts
}
