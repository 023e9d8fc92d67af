//! Linked licences as a page and over REST.

use super::linked::{Chain, Difference, Linked, linked};
use crate::register::state_name;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};
use webkit::{Answer, Call};

/// Where a licence differs from the anchor.
#[derive(Serialize, JsonSchema)]
pub struct LinkDifferenceView {
    /// Name of the field.
    pub name: String,
    /// What the licence says.
    pub said: String,
    /// What the anchor says.
    pub anchored: String,
}

/// A licence below an anchor.
#[derive(Serialize, JsonSchema)]
pub struct LinkedLicenceView {
    /// Id in the register.
    pub id: String,
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub name: String,
    /// Two-digit state now.
    pub state: String,
    /// How many facts both say.
    pub compared: usize,
    /// Those that differ.
    pub differences: Vec<LinkDifferenceView>,
}

/// An anchor with what hangs on it.
#[derive(Serialize, JsonSchema)]
pub struct LinkChainView {
    /// Type of the anchor.
    pub anchor_type: String,
    /// Id of the anchor in force; absent when there is none.
    pub anchor: Option<String>,
    /// Licences of holders of its kind, newest first.
    pub linked: Vec<LinkedLicenceView>,
}

/// The caller's licences by anchor.
#[derive(Serialize, JsonSchema)]
pub struct LinkChainList {
    /// Identity card first, then business licence.
    pub chains: Vec<LinkChainView>,
}

/// `GET /api/v1/wallet/linked`.
pub(super) async fn list(call: Call) -> Answer {
    let chains = linked(&mut call.read()).await?;
    let lang = call.lang();
    let difference = |one: Difference| LinkDifferenceView {
        name: one.name.get(lang).to_owned(),
        said: one.said.get(lang).to_owned(),
        anchored: one.anchored.get(lang).to_owned(),
    };
    let licence = |one: Linked| LinkedLicenceView {
        name: one.name.get(lang).to_owned(),
        id: one.id,
        type_id: one.type_id,
        state: one.state,
        compared: one.compared,
        differences: one.differences.into_iter().map(difference).collect(),
    };
    let chain = |chain: Chain| LinkChainView {
        anchor_type: chain.anchor_type,
        anchor: chain.anchor,
        linked: chain.linked.into_iter().map(licence).collect(),
    };
    call.json(&LinkChainList { chains: chains.into_iter().map(chain).collect() })
}

/// `GET /wallet/linked`.
pub(super) async fn show(call: Call) -> Answer {
    let chains = linked(&mut call.read()).await?;
    let rows: Vec<Json> = chains.iter().map(|chain| row(&call, chain)).collect();
    call.page("licence/wallet/linked.html", &json!({ "chains": rows }))
}

fn row(call: &Call, chain: &Chain) -> Json {
    let lang = call.lang();
    let licence = |one: &Linked| {
        let differences: Vec<Json> = one
            .differences
            .iter()
            .map(|one| {
                json!({ "name": one.name.get(lang), "said": one.said.get(lang),
                    "anchored": one.anchored.get(lang) })
            })
            .collect();
        let verdict = match (chain.anchor.is_some(), one.compared, differences.len()) {
            (true, 1.., 0) => "agrees",
            (true, 1.., _) => "differs",
            _ => "unknown",
        };
        json!({ "id": one.id, "name": one.name.get(lang), "state": state_name(&one.state).get(lang),
            "verdict": verdict, "compared": one.compared, "differences": differences })
    };
    json!({
        "name": chain.anchor_name.get(lang),
        "anchor": chain.anchor,
        "licences": chain.linked.iter().map(licence).collect::<Vec<_>>(),
    })
}
