//! The browser of registries and contracts for officers.

use crate::lookup::{self, consumer_name};
use crate::source;
use axum::extract::Path;
use kernel::{Error, Result};
use pack::{Contract, Registry};
use serde_json::{Value as Json, json};
use store::Ctx;
use webkit::form::encode;
use webkit::{Answer, Call};

/// Registries on one page: each takes a phone's screen.
const PAGE: usize = 10;

/// `GET /registries?q=&page=`.
pub(super) async fn list(call: Call) -> Answer {
    let mut ctx = call.read();
    let pack = call.web.env.pack.clone();
    let sought = call.query("q").unwrap_or_default().trim().to_lowercase();
    let fits = |registry: &&Registry| {
        let words = [&registry.id, &registry.code, &registry.name.zh, &registry.name.en];
        words.iter().any(|word| word.to_lowercase().contains(&sought))
    };
    let all = pack.registries().filter(fits).count();
    let last = all.div_ceil(PAGE).max(1);
    let page = call.query("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, last);
    let mut rows = Vec::new();
    for registry in pack.registries().filter(fits).skip((page - 1) * PAGE).take(PAGE) {
        let contracts =
            pack.contracts().filter(|contract| contract.registry == registry.id).count();
        rows.push(json!({
            "id": registry.id,
            "name": registry.name,
            "code": registry.code,
            "source": kind_name(&call, &registry.source),
            "fields": registry.fields.len(),
            "contracts": contracts,
            "cycle": registry.cycle,
            "sharing": registry.sharing,
            "records": super::records(&mut ctx, &registry.id).await?,
        }));
    }
    let more = format!("/registries?q={}&page=", encode(&sought));
    call.page(
        "data/registry/list.html",
        &json!({"rows": rows, "q": sought, "page_at": page, "pages": last, "more": more}),
    )
}

fn kind_name(call: &Call, kind: &str) -> String {
    let pack = &call.web.env.pack;
    pack.agency_kind(kind).map_or(kind, |kind| kind.short_name.get(call.lang())).to_owned()
}

/// `GET /registries/{id}?after=`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let pack = call.web.env.pack.clone();
    let registry = pack.registry(&id).ok_or_else(Error::not_found)?;
    let mut ctx = call.read();
    let mut contracts = Vec::new();
    for contract in pack.contracts().filter(|contract| contract.registry == id) {
        contracts.push(contract_shown(&call, &mut ctx, registry, contract).await?);
    }
    let usage = match call.may("data.usage.read") {
        true => Some(usage(&call, &mut ctx, registry).await?),
        false => None,
    };
    let fields: Vec<Json> = registry
        .fields
        .iter()
        .map(|field| {
            json!({"id": field.id, "name": field.name, "kind": field.kind, "grade": field.grade,
                "key": registry.keys.contains(&field.id)})
        })
        .collect();
    let basis: Vec<String> =
        registry.basis.iter().map(|basis| basis.citation().get(call.lang()).to_owned()).collect();
    let context = json!({
        "r": {"id": registry.id, "name": registry.name, "summary": registry.summary,
            "code": registry.code, "version": registry.version, "basis": basis.join("、"),
            "source": kind_name(&call, &registry.source), "cycle": registry.cycle,
            "sharing": registry.sharing, "days": registry.objection_working_days,
            "records": super::records(&mut ctx, &id).await?},
        "fields": fields,
        "contracts": contracts,
        "usage": usage,
    });
    call.page("data/registry/show.html", &context)
}

async fn contract_shown(
    call: &Call,
    ctx: &mut Ctx,
    registry: &Registry,
    contract: &Contract,
) -> Result<Json> {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let consumers: Vec<String> =
        contract.consumers.iter().map(|kind| kind_name(call, kind)).collect();
    let fields: Vec<String> = contract
        .fields
        .iter()
        .map(|field| source::field_name(pack, &registry.id, field, lang))
        .collect();
    let used = match call.may("data.read") {
        true => Some(lookup::used_today(ctx, &contract.id).await?),
        false => None,
    };
    let today = ctx.now.date();
    Ok(json!({
        "id": contract.id,
        "purpose": contract.purpose,
        "one_thing": pack.one_thing(&contract.one_thing).map(|thing| &thing.name),
        "consumers": consumers,
        "fields": fields,
        "quota": contract.quota_per_day,
        "used": used,
        "expires": contract.expires.to_string(),
        "in_force": today >= contract.effective_from.0 && today <= contract.expires.0,
    }))
}

/// The last reads and refusals. Who is concerned is not shown: a receipt holds no value.
async fn usage(call: &Call, ctx: &mut Ctx, registry: &Registry) -> Result<Json> {
    let after = call.query("after").unwrap_or_default();
    let page = lookup::of_registry(ctx, &registry.id, &after).await?;
    let lang = call.lang();
    let receipts: Vec<Json> = page
        .receipts
        .iter()
        .map(|receipt| {
            let fields: Vec<String> = receipt
                .fields
                .iter()
                .map(|field| source::field_name(&call.web.env.pack, &registry.id, field, lang))
                .collect();
            json!({"at": receipt.at, "consumer": consumer_name(call, &receipt.consumer),
                "purpose": receipt.purpose, "case": tail(&receipt.case_id),
                "contract": receipt.contract, "fields": fields,
                "found": !receipt.record.is_empty()})
        })
        .collect();
    let refusals: Vec<Json> = lookup::refusals(ctx, &registry.id)
        .await?
        .iter()
        .map(|refusal| {
            json!({"at": refusal.at, "consumer": consumer_name(call, &refusal.consumer),
                "case": tail(&refusal.case_id), "contract": refusal.contract,
                "why": call.t(&format!("data.refusal.{}", refusal.code))})
        })
        .collect();
    let next =
        page.next.map(|after| format!("/registries/{}?after={}", registry.id, encode(&after)));
    Ok(json!({"receipts": receipts, "refusals": refusals, "next": next}))
}

/// The end of a case id: enough to tell two apart, too little to open one.
fn tail(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    let tail: String = chars.iter().skip(chars.len().saturating_sub(6)).collect();
    format!("…{tail}")
}
