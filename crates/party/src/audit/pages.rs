//! The auditor's page.

use super::record::Entry;
use super::search::{Search, search};
use crate::{account, audit, authority, person};
use kernel::Result;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use store::Ctx;
use webkit::{Answer, Call};

/// `GET /audit?subject=&actor=&kind=&after=`.
pub(super) async fn search_page(call: Call) -> Answer {
    let wanted = wanted(&call);
    let mut ctx = call.write().await?;
    authority::demand(&ctx, "audit.read")?;
    let page = search(&mut ctx, &wanted).await?;
    // Reading the record of others is itself an act on record.
    let asked = json!({"subject": wanted.subject, "actor": wanted.actor, "kind": wanted.kind});
    audit::record(&mut ctx, "audit.searched", "audit:log", asked).await?;
    let mut names = BTreeMap::new();
    for entry in &page.entries {
        if !names.contains_key(&entry.actor) {
            names.insert(entry.actor.clone(), actor(&mut ctx, &call, &entry.actor).await?);
        }
    }
    ctx.commit().await?;
    let rows: Vec<_> = page.entries.iter().map(|entry| row(&call, entry, &names)).collect();
    let query = |key: &str, value: &str| format!("{key}={}", webkit::form::encode(value));
    let next = page.next.map(|after| {
        let parts = [
            query("subject", &wanted.subject),
            query("actor", &wanted.actor),
            query("kind", &wanted.kind),
            query("after", &after),
        ];
        format!("/audit?{}", parts.join("&"))
    });
    call.page(
        "party/audit/search.html",
        &json!({"rows": rows, "next": next, "subject": wanted.subject, "actor": wanted.actor,
            "kind": wanted.kind}),
    )
}

/// An entry in words: what was done, to what, with its particulars one by one. What the areas gave
/// no word to keeps its code.
fn row(call: &Call, entry: &Entry, names: &BTreeMap<String, String>) -> Json {
    let word = |key: &str, code: &str| {
        call.web.views.raw(call.lang(), key).map_or_else(|| code.to_owned(), str::to_owned)
    };
    let (of, id) = entry.subject.split_once(':').unwrap_or((&entry.subject, ""));
    let body = serde_json::from_str::<Map<String, Json>>(&entry.body).ok();
    let unread = body.is_none() && entry.erased_by.is_empty();
    let body = body.unwrap_or_default();
    let particulars = body.iter().filter(|(_, value)| !is_empty(value));
    let particulars = particulars.map(|(key, value)| {
        json!({"term": word(&format!("audit.field.{key}"), key), "value": told(value)})
    });
    json!({
        "at": entry.at(), "kind": entry.kind, "done": word(&format!("audit.{}", entry.kind), &entry.kind),
        "subject": entry.subject, "of": word(&format!("audit.of.{of}"), of), "which": id,
        "actor": entry.actor, "name": names.get(&entry.actor),
        "unread": unread, "erased": !entry.erased_by.is_empty(),
        "particulars": particulars.collect::<Vec<_>>(),
        "position": entry.position.map_or_else(|| "–".to_owned(), |p| p.to_string()),
    })
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn told(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(list) => list.iter().map(told).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Who stands behind an account: an officer by name and agency, a citizen by his masked name, the
/// platform as such; empty for nobody.
async fn actor(ctx: &mut Ctx, call: &Call, id: &str) -> Result<String> {
    if id.is_empty() {
        return Ok(call.t("party.audit.nobody"));
    }
    let Some(account) = account::find(ctx, id).await? else {
        return Ok(call.t("party.audit.platform"));
    };
    let Some(person) = person::find(ctx, &account.person).await? else {
        return Ok(account.login);
    };
    Ok(match ctx.env.pack.agency(&account.agency) {
        Some(agency) => format!("{} · {}", person.name, agency.name.get(call.lang())),
        None => person.masked().0,
    })
}

/// What the query string asks for, cut to a sane length.
pub(super) fn wanted(call: &Call) -> Search {
    let text = |name: &str| {
        let value = call.query(name).unwrap_or_default();
        value.trim().chars().take(120).collect::<String>()
    };
    Search {
        subject: text("subject"),
        actor: text("actor"),
        kind: text("kind"),
        after: text("after"),
    }
}
