//! Pages of the catalogue.

use super::api::filter;
use super::list::{Entry, Filter};
use super::shown::{ItemShown, PublishedShown};
use axum::extract::Path;
use kernel::Lang;
use pack::definition::article_en;
use pack::item::ItemType;
use serde_json::{Value as Json, json};
use webkit::form::encode;
use webkit::{Answer, Call};

/// Tabs of an item's page, in order.
const TABS: [&str; 8] =
    ["basic", "materials", "steps", "limits", "fees", "basis", "faq", "remedies"];
/// Definitions shown on one page of the pack browser.
const DEFINITIONS_MAX: usize = 200;
/// Definitions on one page.
const DEFINITIONS_PAGE: usize = 25;

/// `GET /items`.
pub(super) async fn list(call: Call) -> Answer {
    let filter = filter(&call);
    let pack = &call.web.env.pack;
    let found = super::list::list(pack, &filter);
    let lang = call.lang();
    let agencies: Vec<Json> = pack
        .agency_kinds()
        .map(|kind| json!({ "value": kind.id, "text": kind.short_name.get(lang) }))
        .collect();
    let types: Vec<Json> = ItemType::ALL
        .iter()
        .map(|kind| json!({ "value": kind.code(), "text": kind.text().get(lang) }))
        .collect();
    let rows: Vec<Json> = found.items.iter().map(|entry| row(&call, entry)).collect();
    call.page(
        "service/item/list.html",
        &json!({
            "rows": rows,
            "total": found.total,
            "more": found.next.map(|after| format!("{}after={}", query(&filter), encode(&after))),
            "q": { "text": filter.text, "agency": filter.agency, "type": filter.item_type,
                "audience": filter.audience },
            "agencies": agencies,
            "types": types,
            "quarantined": pack.items_report().quarantined.len(),
        }),
    )
}

fn query(filter: &Filter) -> String {
    let pairs = [
        ("q", &filter.text),
        ("agency", &filter.agency),
        ("type", &filter.item_type),
        ("for", &filter.audience),
    ];
    let mut out = "/items?".to_owned();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        out.push_str(&format!("{name}={}&", encode(value)));
    }
    out
}

/// A row of the table of items.
pub(crate) fn row(call: &Call, entry: &Entry) -> Json {
    let lang = call.lang();
    let state = match (entry.online, entry.quarantined) {
        (true, _) => json!({ "tag": "ok", "text": call.t("service.item.state.online") }),
        (_, true) => json!({ "tag": "warn", "text": call.t("service.item.state.quarantined") }),
        _ => json!({ "tag": "", "text": call.t("service.item.state.window") }),
    };
    let href = if entry.kind == "one_thing" { "one-things" } else { "items" };
    json!({
        "name": { "href": format!("/{href}/{}", entry.id), "text": entry.name.get(lang), "sub": entry.summary.get(lang) },
        "agency": entry.agency.get(lang),
        "type": entry.item_type.get(lang),
        "state": state,
    })
}

/// `GET /items/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let pack = &call.web.env.pack;
    if let Ok(row) = id.parse() {
        let item = PublishedShown::find(pack, row)?;
        let halls = halls(&call);
        return call.page("service/item/published.html", &json!({ "item": item, "halls": halls }));
    }
    let item = ItemShown::find(pack, &id)?;
    let asked = call.query("tab").unwrap_or_default();
    let tab = TABS.iter().copied().find(|tab| *tab == asked).unwrap_or("basic");
    let tabs: Vec<Json> = TABS
        .iter()
        .map(|name| {
            json!({ "text": call.t(&format!("service.item.tab.{name}")),
                "href": format!("/items/{id}?tab={name}"), "current": *name == tab })
        })
        .collect();
    let materials = materials(&call, &item);
    call.page(
        "service/item/show.html",
        &json!({ "item": item, "tab": tab, "tabs": tabs, "materials": materials }),
    )
}

/// Halls by level: where an item that is not online is handled.
fn halls(call: &Call) -> Vec<Json> {
    let pack = &call.web.env.pack;
    let Some(root) = pack.divisions().root() else { return Vec::new() };
    pack.hall(root)
        .map(|hall| json!({ "name": hall.name.get(call.lang()), "hours": hall.hours.get(call.lang()) }))
        .into_iter()
        .collect()
}

/// Materials as rows: who brings each.
pub(crate) fn materials(call: &Call, item: &ItemShown) -> Vec<Json> {
    let lang = call.lang();
    item.materials.iter().map(|material| material_row(call, lang, material)).collect()
}

/// One material as a row of the table.
pub(crate) fn material_row(call: &Call, lang: Lang, material: &super::MaterialShown) -> Json {
    let (tag, mark) = match material.how {
        "registry" | "licence" => ("ok", "check"),
        _ => ("warn", ""),
    };
    let mut who =
        json!({ "tag": tag, "text": call.t(&format!("service.item.how.{}", material.how)) });
    if !mark.is_empty() {
        who["icon"] = json!(mark);
    }
    // A sentence's end does not stand before a comma.
    let mut notes = vec![material.note.get(lang).trim_end_matches(['。', '.']).to_owned()];
    if material.conditional {
        notes.push(call.t("service.item.conditional"));
    }
    if material.tolerable {
        notes.push(call.t("service.item.tolerable"));
    }
    let article = match lang {
        Lang::Zh => material.basis.article.clone(),
        Lang::En => article_en(&material.basis.article),
    };
    let basis = format!("{} {article}", material.basis.law.get(lang));
    json!({
        "name": material.name.get(lang),
        "who": who,
        "note": { "text": notes.join(call.t("service.item.comma").as_str()), "sub": basis },
    })
}

/// `GET /packs`.
pub(super) async fn packs(call: Call) -> Answer {
    let pack = &call.web.env.pack;
    let kind = call.query("kind").unwrap_or_default();
    let sought = call.query("q").unwrap_or_default().trim().to_lowercase();
    let mut kinds: Vec<&str> = pack.versions().iter().map(|pinned| pinned.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let fits = |pinned: &&pack::Pinned| {
        (kind.is_empty() || pinned.kind == kind)
            && (sought.is_empty() || pinned.id.contains(&sought) || pinned.file.contains(&sought))
    };
    let all = pack.versions().iter().filter(fits).count();
    let last = all.div_ceil(DEFINITIONS_PAGE).max(1);
    let page = call.query("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, last);
    let more = format!("/packs?kind={}&q={}&page=", encode(&kind), encode(&sought));
    let definitions: Vec<Json> = pack
        .versions()
        .iter()
        .filter(fits)
        .skip((page - 1) * DEFINITIONS_PAGE)
        .take(DEFINITIONS_PAGE)
        .map(|pinned| {
            json!({ "kind": pinned.kind, "id": { "text": pinned.id, "sub": pinned.file },
                "version": pinned.version, "digest": pinned.digest.get(..16).unwrap_or(&pinned.digest) })
        })
        .collect();
    let manifests: Vec<Json> = pack
        .manifests()
        .map(|one| json!({ "id": one.id, "name": one.name, "version": one.version, "depends_on": one.depends_on }))
        .collect();
    let report = pack.items_report();
    let note = |one: &pack::catalogue::Note| {
        json!({ "row": one.row, "name": { "href": format!("/items/{}", one.row), "text": one.name },
            "from": one.from, "to": one.to.clone().unwrap_or_default(), "why": one.text.get(call.lang()) })
    };
    call.page(
        "service/item/packs.html",
        &json!({
            "digest": pack.digest(), "manifests": manifests, "kinds": kinds, "kind": kind,
            "definitions": definitions, "all": all, "q": sought,
            "page_at": page, "pages": last, "more": more,
            "total": report.total, "valid": report.valid,
            "repaired": report.repaired.len(), "quarantined_count": report.quarantined.len(),
            "quarantined": report.quarantined.iter().take(DEFINITIONS_MAX).map(note).collect::<Vec<_>>(),
        }),
    )
}
