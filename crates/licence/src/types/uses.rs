//! The use list (用证清单): which items take which licences instead of papers, or decide by what
//! they say. From the packs alone, so that it is as current as the items are.
//!
//! Must not know: cases.

use super::pages::agency;
use kernel::Text;
use pack::Province;
use pack::definition::Basis;
use pack::item::{Item, MetBy};
use rules::Operand;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use webkit::{Answer, Call};

/// Where an item uses a licence.
#[derive(Clone, Debug, PartialEq)]
pub struct LicenceUse {
    /// Item.
    pub item: String,
    /// Its name.
    pub item_name: Text,
    /// Agency kind that decides it.
    pub agency: String,
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub type_name: Text,
    /// The material it meets; none where only the item's rule reads it.
    pub material: Option<Text>,
    /// The article that asks for the material.
    pub basis: Option<Basis>,
}

/// Every use of a licence by an item, by type and item.
pub fn licence_uses(pack: &Province) -> Vec<LicenceUse> {
    let mut found: Vec<LicenceUse> = pack.items().flat_map(|item| of_item(pack, item)).collect();
    found.sort_by(|a, b| (&a.type_id, &a.item).cmp(&(&b.type_id, &b.item)));
    found
}

fn of_item(pack: &Province, item: &Item) -> Vec<LicenceUse> {
    let used = |type_id: &str, material: Option<Text>, basis: Option<Basis>| LicenceUse {
        item: item.id.clone(),
        item_name: item.name.clone(),
        agency: item.agency.clone(),
        type_id: type_id.to_owned(),
        type_name: crate::register::shown::type_name(pack, type_id),
        material,
        basis,
    };
    let mut found: Vec<LicenceUse> = item
        .materials
        .iter()
        .filter_map(|material| match &material.met_by {
            MetBy::Licence { licence } => {
                Some(used(licence, Some(material.name.clone()), Some(material.basis.clone())))
            }
            _ => None,
        })
        .collect();
    for kind in by_rule(item) {
        if !found.iter().any(|one| one.type_id == kind) {
            found.push(used(&kind, None, None));
        }
    }
    found
}

/// Types whose facts the item's rule compares.
fn by_rule(item: &Item) -> BTreeSet<String> {
    let conditions = item.rule.iter().flat_map(|rule| &rule.conditions);
    let paths = conditions.flat_map(|condition| {
        let right = match &condition.right {
            Operand::Fact(path) => Some(path.as_str()),
            _ => None,
        };
        std::iter::once(condition.left.as_str()).chain(right)
    });
    let kind = |path: &str| Some(path.strip_prefix("licence.")?.split_once('.')?.0.to_owned());
    paths.filter_map(kind).collect()
}

/// One row of the use list.
#[derive(Serialize, JsonSchema)]
pub struct LicenceUseView {
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub type_name: String,
    /// Item.
    pub item: String,
    /// Its name.
    pub item_name: String,
    /// Agency kind that decides it.
    pub agency: String,
    /// The material it meets; absent where only the item's rule reads it.
    pub material: Option<String>,
    /// The law that asks for the material, with its article.
    pub basis: Option<String>,
}

/// The use list.
#[derive(Serialize, JsonSchema)]
pub struct LicenceUseList {
    /// By licence type, then item.
    pub uses: Vec<LicenceUseView>,
}

fn view(call: &Call, one: LicenceUse) -> LicenceUseView {
    let lang = call.lang();
    let article = |basis: &Basis| match lang {
        kernel::Lang::Zh => basis.article.clone(),
        kernel::Lang::En => pack::definition::article_en(&basis.article),
    };
    let basis = |basis: &Basis| format!("{} {}", basis.law.get(lang), article(basis));
    LicenceUseView {
        type_name: one.type_name.get(lang).to_owned(),
        item_name: one.item_name.get(lang).to_owned(),
        material: one.material.map(|name| name.get(lang).to_owned()),
        basis: one.basis.as_ref().map(basis),
        type_id: one.type_id,
        item: one.item,
        agency: one.agency,
    }
}

/// `GET /api/v1/licence-uses`.
pub(super) async fn list(call: Call) -> Answer {
    let uses = licence_uses(&call.web.env.pack);
    call.json(&LicenceUseList { uses: uses.into_iter().map(|one| view(&call, one)).collect() })
}

/// `GET /licence-uses`.
pub(super) async fn show(call: Call) -> Answer {
    let uses = licence_uses(&call.web.env.pack);
    let row = |one: LicenceUse| {
        let kind = agency(&call, &one.agency);
        let one = view(&call, one);
        json!({
            "type": { "href": format!("/licence-types/{}", one.type_id), "text": one.type_name },
            "item": { "href": format!("/items/{}", one.item), "text": one.item_name, "sub": kind },
            "material": match one.material {
                Some(name) => json!({ "text": name, "sub": one.basis.unwrap_or_default() }),
                None => json!(call.t("licence.uses_list.by_rule")),
            },
        })
    };
    let rows: Vec<Json> = uses.into_iter().map(row).collect();
    call.page("licence/types/uses.html", &json!({ "uses": rows }))
}
