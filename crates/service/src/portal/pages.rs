//! Pages of the portal.

use crate::case::{Moment, mine as cases};
use crate::draft;
use crate::item::{one_thing_entries, row, search as find};
use kernel::{Error, Result};
use serde_json::{Value as Json, json};
use webkit::form::encode;
use webkit::{Answer, Call};

/// Cases shown on the home page.
const HOME_CASES: usize = 5;
/// Searches offered beside the box, each a sentence key and an icon.
const TOPICS: [(&str, &str); 8] = [
    ("birth", "birth"),
    ("household", "id-card"),
    ("school", "school"),
    ("work", "briefcase"),
    ("medical", "medical"),
    ("home", "home"),
    ("traffic", "car"),
    ("pension", "pension"),
];

/// `GET /`.
pub(super) async fn home(call: Call) -> Answer {
    if call.preferences.elder {
        return elder(call).await;
    }
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let one_things: Vec<Json> = one_thing_entries(pack)
        .iter()
        .take(8)
        .map(|one| {
            let items = pack.one_thing(&one.id).map_or(0, |one| one.members.len());
            let args = [("n", items.to_string())];
            json!({ "text": one.name.get(lang), "href": format!("/one-things/{}", one.id), "icon": "birth",
                "hot": true, "summary": one.summary.get(lang), "note": call.web.views.text(lang, "service.portal.items", &args) })
        })
        .collect();
    let hot: Vec<Json> = one_thing_entries(pack)
        .iter()
        .map(|one| json!({ "href": format!("/one-things/{}", one.id), "text": one.name.get(lang) }))
        .chain(pack.items().take(4).map(|item| json!({ "href": format!("/items/{}", item.id), "text": item.short_name.get(lang) })))
        .collect();
    let topics: Vec<Json> = TOPICS
        .iter()
        .map(|(key, icon)| {
            let text = call.t(&format!("service.portal.topic.{key}"));
            json!({ "href": format!("/search?q={}", encode(&text)), "text": text, "icon": icon })
        })
        .collect();
    let halls: Vec<Json> = pack
        .divisions()
        .root()
        .into_iter()
        .flat_map(|root| std::iter::once(root).chain(root.children().filter(|one| !one.is_pseudo()).take(3)))
        .filter_map(|division| {
            let hall = pack.hall(division)?;
            Some(json!({ "name": hall.name.get(lang), "hours": hall.hours.get(lang), "href": format!("/divisions?code={}", division.code()) }))
        })
        .collect();
    let (todo, drafts) = own(&call).await?;
    let items = pack.items().count() + pack.catalogue().items.len();
    call.page(
        "service/portal/home.html",
        &json!({ "one_things": one_things, "hot": hot, "topics": topics, "halls": halls, "todo": todo, "drafts": drafts, "items": items }),
    )
}

/// Cases and drafts of a signed-in citizen, as links.
async fn own(call: &Call) -> Result<(Vec<Json>, Vec<Json>)> {
    if !call.actor().is_citizen() {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut ctx = call.read();
    let lang = call.lang();
    let drafts = draft::list(&mut ctx)
        .await?
        .iter()
        .map(|one| json!({ "href": format!("/drafts/{}", one.id), "title": one.name.get(lang), "updated": one.updated }))
        .collect();
    let rows = cases(&mut ctx, "").await?;
    let todo = rows.rows.iter().take(HOME_CASES).map(|one| case_row(call, one)).collect();
    Ok((todo, drafts))
}

fn case_row(call: &Call, one: &crate::case::Row) -> Json {
    let due = one
        .due
        .map(|Moment(due)| webkit::view::format::When::from_micros(due.0).end(call.lang(), true));
    json!({ "href": format!("/cases/{}", one.id), "title": one.title.get(call.lang()), "number": one.number,
        "phase": call.t(&format!("service.portal.phase.{}", phase(&one.phase))), "lamp": lamp(one.lamp), "due": due,
        "submitted": one.submitted })
}

/// What a citizen is told of a phase: waiting for him, under way, done, ended.
fn phase(phase: &str) -> &'static str {
    match phase {
        "correcting" => "yours",
        "issued" | "completed" => "done",
        "waiting" | "submitted" => "received",
        "withdrawn" | "refused" | "not_accepted" | "revoked" | "terminated" | "lapsed" => "ended",
        _ => "under_way",
    }
}

/// Where a case stands: with a lamp while its time runs, with a tag once it has ended.
fn state(one: &crate::case::Row, row: &Json) -> Json {
    match phase(&one.phase) {
        "done" => json!({ "tag": "ok", "text": row["phase"], "icon": "check" }),
        "ended" => json!({ "tag": "", "text": row["phase"] }),
        _ => json!({ "lamp": row["lamp"], "text": row["phase"] }),
    }
}

fn lamp(lamp: crate::case::Lamp) -> &'static str {
    match lamp {
        crate::case::Lamp::Red => "red",
        crate::case::Lamp::Yellow => "yellow",
        crate::case::Lamp::Paused | crate::case::Lamp::Done => "paused",
        crate::case::Lamp::Green => "green",
    }
}

/// `GET /elder`: the simplified home.
pub(super) async fn elder(call: Call) -> Answer {
    let mut tasks: Vec<Json> = one_thing_entries(&call.web.env.pack)
        .iter()
        .take(1)
        .map(|one| {
            json!({ "href": format!("/one-things/{}", one.id), "icon": "birth", "title": one.name.get(call.lang()),
                "note": call.t("service.portal.elder.one_thing") })
        })
        .collect();
    let fixed = [
        ("/track", "search", "track"),
        ("/wallet", "card", "wallet"),
        ("/messages", "bell", "messages"),
        ("/items", "list", "items"),
        ("/divisions", "location", "halls"),
    ];
    tasks.extend(fixed.iter().map(|(href, icon, key)| {
        json!({ "href": href, "icon": icon, "title": call.t(&format!("service.portal.elder.{key}")),
            "note": call.t(&format!("service.portal.elder.{key}_note")) })
    }));
    let (cases, drafts) = own(&call).await?;
    let line = |one: &Json, note: String| json!({ "href": one["href"], "title": one["title"], "note": note });
    let mine: Vec<Json> = drafts
        .iter()
        .map(|one| line(one, call.t("service.portal.go_on")))
        .chain(cases.iter().map(|one| line(one, one["phase"].as_str().unwrap_or("").to_owned())))
        .collect();
    call.page("webkit/elder_home.html", &json!({ "tasks": tasks, "mine": mine }))
}

/// `GET /search`.
pub(super) async fn search(call: Call) -> Answer {
    let text: String = call
        .query("q")
        .unwrap_or_default()
        .chars()
        .filter(|c| !webkit::form::forbidden(*c))
        .take(100)
        .collect::<String>()
        .trim()
        .to_owned();
    let rows: Vec<Json> =
        find(&call.web.env.pack, &text).iter().map(|entry| row(&call, entry)).collect();
    call.page(
        "service/portal/search.html",
        &json!({ "text": text, "rows": rows, "total": rows.len() }),
    )
}

/// `GET /my`.
pub(super) async fn mine(call: Call) -> Answer {
    let mut ctx = call.read();
    let lang = call.lang();
    let after = call.query("after").unwrap_or_default();
    let found = cases(&mut ctx, &after).await?;
    let rows: Vec<Json> = found
        .rows
        .iter()
        .map(|one| {
            let row = case_row(&call, one);
            let due = row["due"].as_str().map(|due| {
                let args = [("date", due.to_owned())];
                call.web.views.text(lang, "service.portal.by", &args)
            });
            json!({ "title": { "href": row["href"], "text": row["title"], "sub": one.number },
                "state": state(one, &row), "due": due.unwrap_or_default(),
                "submitted": webkit::view::format::When::from_micros(one.submitted.0.0).long_day(lang) })
        })
        .collect();
    let drafts: Vec<Json> = draft::list(&mut ctx)
        .await?
        .iter()
        .map(|one| json!({ "href": format!("/drafts/{}", one.id), "name": one.name, "updated": one.updated.0, "expires": one.expires.0, "other": one.other, "by_agent": one.by_agent }))
        .collect();
    let more = found.next.map(|after| format!("/my?after={}", encode(&after)));
    let proven = party::account::is_proven(&mut ctx).await?;
    call.page(
        "service/portal/my.html",
        &json!({ "proven": proven, "rows": rows, "drafts": drafts, "more": more, "unread": call.visitor.unread, "later": !after.is_empty() }),
    )
}

/// `GET /divisions`: one level at a time, by links alone.
pub(super) async fn divisions(call: Call) -> Answer {
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let here = match call.query("code").filter(|code| !code.is_empty()) {
        Some(code) => pack.division(&code).ok_or_else(Error::not_found)?,
        None => pack.divisions().root().ok_or_else(Error::not_found)?,
    };
    let link = |one: pack::Division<'_>| json!({ "href": format!("/divisions?code={}", one.code()), "text": pack.division_name(one).get(lang), "code": one.code() });
    let mut above = Vec::new();
    let mut at = here.parent();
    while let Some(one) = at {
        above.push(link(one));
        at = one.parent();
    }
    above.reverse();
    let agencies: Vec<Json> = pack
        .agencies_in(here)
        .iter()
        .map(
            |agency| json!({ "term": agency.short_name.get(lang), "value": agency.name.get(lang) }),
        )
        .collect();
    let hall = pack.hall(here).map(|hall| json!({ "name": hall.name, "hours": hall.hours }));
    call.page(
        "service/portal/divisions.html",
        &json!({
            "here": { "name": pack.division_name(here).get(lang), "code": here.code(), "level": here.level().text().get(lang) },
            "above": above, "below": here.children().map(link).collect::<Vec<_>>(), "hall": hall, "agencies": agencies,
        }),
    )
}
