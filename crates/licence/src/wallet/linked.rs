//! Licences linked from a trust anchor: the identity card of a person, the business licence of an
//! enterprise. What the others say of their holder is held against what the anchor says.
//!
//! Invariants: an anchor is in force, and of the same holder; a licence agrees when nothing it says
//! of the facts both prove differs; what only one of them says is no disagreement.
//! Must not know: how the holder has a wrong value put right.

use crate::register::{Opened, shown, store as licences};
use ::store::Ctx;
use kernel::{Result, Text};
use pack::Province;
use pack::licence::{Holder, LicenceType};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Anchors: the type, and the subject of the facts it vouches for.
const ANCHORS: [(&str, &str); 2] =
    [("identity-card", "person."), ("business-licence", "organisation.")];
/// The fact that is the holder's number in the signed data of every licence.
const NUMBER: &str = "person.citizen_number";

/// Where a licence differs from the anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the field.
    pub name: Text,
    /// What the licence says.
    pub said: Text,
    /// What the anchor says.
    pub anchored: Text,
}

/// A licence below an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Id in the register.
    pub id: String,
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub name: Text,
    /// Two-digit state now.
    pub state: String,
    /// Facts that both say; none when they have nothing in common.
    pub compared: usize,
    /// Those that differ.
    pub differences: Vec<Difference>,
}

/// An anchor with what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Type of the anchor.
    pub anchor_type: String,
    /// Its name.
    pub anchor_name: Text,
    /// The anchor in force; none when its holder has none here.
    pub anchor: Option<String>,
    /// Licences of holders of its kind, newest first.
    pub linked: Vec<Linked>,
}

/// The actor's licences by the anchors they hang on; an anchor of which there is neither itself nor
/// anything below is left out. Permission `wallet.own`.
pub async fn linked(ctx: &mut Ctx) -> Result<Vec<Chain>> {
    party::authority::demand(ctx, super::OWN)?;
    let holder = ctx.actor.party.clone();
    let mut held = Vec::new();
    for row in licences::of_holder(ctx, &holder).await? {
        held.push(licences::open(ctx, row).await?);
    }
    let pack = ctx.env.pack.clone();
    let now = ctx.now;
    let chain = |(anchor, subject): (&str, &str)| chain(&pack, &held, anchor, subject, now);
    let chains = ANCHORS.into_iter().map(chain);
    Ok(chains.filter(|chain| chain.anchor.is_some() || !chain.linked.is_empty()).collect())
}

fn chain(
    pack: &Province,
    held: &[Opened],
    anchor_type: &str,
    subject: &str,
    now: kernel::Timestamp,
) -> Chain {
    let is_anchor = |one: &&Opened| one.row.type_id == anchor_type && one.row.in_force(now);
    let anchor = held.iter().find(is_anchor);
    let facts = anchor.map(|anchor| facts(pack, anchor, subject)).unwrap_or_default();
    let below = |one: &&Opened| {
        let kind = pack.licence_type(&one.row.type_id);
        one.row.type_id != anchor_type && kind.is_some_and(|kind| hangs_on(kind, subject))
    };
    let link = |one: &Opened| {
        let (compared, differences) = compare(pack, one, subject, &facts);
        Linked {
            id: one.row.id.clone(),
            type_id: one.row.type_id.clone(),
            name: shown::type_name(pack, &one.row.type_id),
            state: one.row.state_at(now).to_owned(),
            compared,
            differences,
        }
    };
    Chain {
        anchor_type: anchor_type.to_owned(),
        anchor_name: shown::type_name(pack, anchor_type),
        anchor: anchor.map(|anchor| anchor.row.id.clone()),
        linked: held.iter().filter(below).map(link).collect(),
    }
}

fn hangs_on(kind: &LicenceType, subject: &str) -> bool {
    match kind.holder {
        Holder::Organisation => subject == "organisation.",
        Holder::Person | Holder::Newborn => subject == "person.",
    }
}

/// What a licence says of the subject: fact, name of the field, and value.
fn facts(pack: &Province, one: &Opened, subject: &str) -> BTreeMap<String, (Text, Text)> {
    let Some(kind) = pack.licence_type(&one.row.type_id) else { return BTreeMap::new() };
    let values: Map<String, Json> = one.fields();
    let known = shown::fields(pack, &one.row.type_id, &values);
    let mut said: BTreeMap<String, (Text, Text)> = kind
        .fields
        .iter()
        .filter_map(|field| {
            let fact = field.proves.clone().filter(|fact| fact.starts_with(subject))?;
            let shown = known.iter().find(|shown| shown.id == field.id)?;
            Some((fact, (shown.name.clone(), shown.value.clone())))
        })
        .collect();
    if subject == "person." && !one.holder_number().is_empty() {
        let number = Text::new(one.holder_number(), one.holder_number());
        let name = Text::new("公民身份号码", "Citizen number");
        said.entry(NUMBER.to_owned()).or_insert((name, number));
    }
    said
}

/// How many facts both say, and where they differ.
fn compare(
    pack: &Province,
    one: &Opened,
    subject: &str,
    anchored: &BTreeMap<String, (Text, Text)>,
) -> (usize, Vec<Difference>) {
    let (mut compared, mut differences) = (0, Vec::new());
    for (fact, (name, said)) in facts(pack, one, subject) {
        let Some((_, vouched)) = anchored.get(&fact) else { continue };
        compared += 1;
        if said.zh.trim() != vouched.zh.trim() {
            differences.push(Difference { name, said, anchored: vouched.clone() });
        }
    }
    (compared, differences)
}
