//! The cockpit's pages: read, call one verb, present.

use super::chart;
use super::cockpit::{self, Beneath};
use super::model::{Line, Numbers, Overview, Range, Wanted};
use crate::indicator::{self, Indicator};
use crate::{DRILL, READ};
use kernel::Error;
use serde_json::{Value as Json, json};
use service::case::Row;
use store::Ctx;
use webkit::view::format;
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/cockpit", Access::Staff(READ), show),
        get("/cockpit/cases", Access::Staff(DRILL), cases),
    ]
}

/// What the query string asks for, cut to a sane length.
pub(super) fn wanted(call: &Call) -> Wanted {
    let text =
        |name: &str| call.query(name).unwrap_or_default().chars().take(80).collect::<String>();
    Wanted { division: text("division"), item: text("item"), range: Range::parse(&text("range")) }
}

/// A path with a query string of the pairs that have a value.
fn path(base: &str, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", webkit::form::encode(value)))
        .collect();
    if pairs.is_empty() { base.to_owned() } else { format!("{base}?{}", pairs.join("&")) }
}

fn page_path(wanted: &Wanted) -> String {
    let range = if wanted.range == Range::Today { "" } else { wanted.range.as_str() };
    path("/cockpit", &[("division", &wanted.division), ("item", &wanted.item), ("range", range)])
}

/// Where the cases beneath a number are; none for who may not open them.
fn cases_path(call: &Call, overview: &Overview, wanted: &Wanted, beneath: &str) -> Option<String> {
    let days = if beneath == "overdue" {
        ("", "")
    } else {
        (overview.from.as_str(), overview.until.as_str())
    };
    let pairs = [
        ("beneath", beneath),
        ("division", wanted.division.as_str()),
        ("item", wanted.item.as_str()),
        ("from", days.0),
        ("to", days.1),
        ("range", wanted.range.as_str()),
    ];
    call.may(DRILL).then(|| path("/cockpit/cases", &pairs))
}

/// `GET /cockpit?division=&item=&range=`.
async fn show(call: Call) -> Answer {
    let asked = wanted(&call);
    let mut ctx = call.read();
    let overview = cockpit::overview(&mut ctx, &asked).await?;
    let here = Wanted { division: overview.division.id.clone(), ..asked };
    call.page("insight/cockpit/show.html", &context(&call, &ctx, &overview, &here))
}

fn context(call: &Call, ctx: &Ctx, overview: &Overview, here: &Wanted) -> Json {
    let lang = call.lang();
    let ranges: Vec<Json> = Range::ALL
        .into_iter()
        .map(|range| {
            json!({ "text": call.t(&format!("insight.range.{}", range.as_str())),
                "href": page_path(&Wanted { range, ..here.clone() }), "current": range == here.range })
        })
        .collect();
    let city_href = |code: &str| page_path(&Wanted { division: code.to_owned(), ..here.clone() });
    let up = overview.above.as_ref().map(|up| {
        let wanted = Wanted { division: up.id.clone(), ..here.clone() };
        json!({ "text": up.name.get(lang), "href": page_path(&wanted) })
    });
    let item = overview.item.as_ref().map(|item| {
        let wanted = Wanted { item: String::new(), ..here.clone() };
        json!({ "text": item.name.get(lang), "href": page_path(&wanted) })
    });
    let line = |by_item: bool| move |line: &Line| line_row(call, overview, here, line, by_item);
    json!({
        "place": overview.division.name.get(lang),
        "up": up,
        "item": item,
        "ranges": ranges,
        "from": overview.from,
        "until": overview.until,
        "as_of": overview.as_of,
        "stale": overview.health.stale,
        "behind": overview.health.behind_minutes,
        "numbers": numbers(call, overview, here),
        "tiles": overview.targets.iter().filter(|one| one.unit == "permille").take(6).map(|one| tile(call, one)).collect::<Vec<_>>(),
        "charts": {
            "flow": chart::trend(call, overview, "flow", &["submitted", "decided"]),
            "late": chart::trend(call, overview, "late", &["late"]),
            "stones": chart::stones(call, overview, city_href),
            "ratios": chart::targets(call, &overview.targets, "permille"),
            "counts": chart::targets(call, &overview.targets, "count"),
        },
        "divisions": overview.divisions.iter().map(line(false)).collect::<Vec<_>>(),
        "items": overview.items.iter().map(line(true)).collect::<Vec<_>>(),
        "total": cells(call, overview, here, &overview.total, true),
        "watch": watch(call, ctx, overview, here),
    })
}

/// The six numbers of the day.
fn numbers(call: &Call, overview: &Overview, here: &Wanted) -> Vec<Json> {
    let total = &overview.total;
    let of = |key: &str, value: i64| {
        json!({ "term": call.t(&format!("insight.number.{key}")), "value": format::whole(value),
            "unit": call.t("insight.unit.case"), "href": cases_path(call, overview, here, key),
            "note": call.t(&format!("insight.number.{key}.note")) })
    };
    let share = overview.satisfied;
    let satisfied = match share.whole {
        0 => call.t("insight.no_data"),
        whole => format!("{}%", format::decimal(share.part as f64 * 100.0 / whole as f64, 1)),
    };
    let note = [("n", format::whole(share.whole))];
    let note = call.web.views.text(call.lang(), "insight.number.satisfied.note", &note);
    vec![
        of("submitted", total.submitted),
        of("accepted", total.accepted),
        of("decided", total.decided),
        of("completed", total.completed),
        of("overdue", total.overdue),
        json!({ "term": call.t("insight.number.satisfied"), "value": satisfied, "note": note }),
    ]
}

fn tile(call: &Call, indicator: &Indicator) -> Json {
    let (bar, target_at) = indicator::bar(indicator);
    let value = indicator.value.map(|value| indicator::in_unit(value, &indicator.unit));
    let goal = [("goal", indicator::in_unit(indicator.goal, &indicator.unit))];
    json!({
        "term": indicator.name.get(call.lang()),
        "value": value.unwrap_or_else(|| call.t("insight.no_data")),
        "bar": bar,
        "target_at": target_at,
        "target": call.web.views.text(call.lang(), "insight.goal", &goal),
        "verdict": indicator::verdict(call, indicator),
        "miss": indicator.met != Some(true),
        "href": format!("/indicators/{}", indicator.id),
    })
}

/// The numbers of a line, each with the list beneath it.
fn cells(
    call: &Call,
    overview: &Overview,
    wanted: &Wanted,
    numbers: &Numbers,
    narrows: bool,
) -> Json {
    let cell = |beneath: &str, value: i64| {
        let href = cases_path(call, overview, wanted, beneath).filter(|_| narrows && value > 0);
        match href {
            Some(href) => json!({ "text": format::whole(value), "href": href }),
            None => json!(format::whole(value)),
        }
    };
    json!({
        "submitted": cell("submitted", numbers.submitted),
        "accepted": cell("accepted", numbers.accepted),
        "decided": cell("decided", numbers.decided),
        "completed": cell("completed", numbers.completed),
        "overdue": cell("overdue", numbers.overdue),
    })
}

fn line_row(call: &Call, overview: &Overview, here: &Wanted, line: &Line, by_item: bool) -> Json {
    let mut narrow = here.clone();
    if by_item {
        narrow.item.clone_from(&line.of.id);
    } else {
        narrow.division.clone_from(&line.of.id);
    }
    let mut row = cells(call, overview, &narrow, &line.numbers, line.narrows);
    let name = line.of.name.get(call.lang());
    let same = narrow == *here;
    row["of"] = match (line.narrows, same) {
        (false, _) => json!({ "text": name, "sub": call.t("insight.own_level") }),
        (true, true) => json!(name),
        (true, false) => json!({ "text": name, "href": page_path(&narrow) }),
    };
    row
}

/// What needs attention, the worst first.
fn watch(call: &Call, ctx: &Ctx, overview: &Overview, here: &Wanted) -> Vec<Json> {
    let lang = call.lang();
    let mut out: Vec<Json> = overview
        .attention
        .overdue
        .iter()
        .map(|row| {
            let days =
                row.due.map_or(0, |due| overview.as_of.0.since(due.0) / kernel::time::DAY_US);
            let agency = ctx.env.pack.agency(&row.agency).map(|agency| agency.short_name);
            let agency = agency.map_or(row.agency.clone(), |name| name.get(lang).to_owned());
            let place = cockpit::division_name(ctx, &row.division);
            let args = [
                ("days", days.to_string()),
                ("agency", agency),
                ("place", place.get(lang).to_owned()),
            ];
            json!({ "lamp": "red", "title": row.title.get(lang), "href": case_href(call, row),
                "note": call.web.views.text(lang, "insight.watch.overdue", &args) })
        })
        .collect();
    let mut count = |n: i64, key: &str, lamp: &str, href: Option<String>| {
        if n > 0 {
            let args = [("n", n.to_string())];
            out.push(json!({ "lamp": lamp, "href": href,
                "title": call.web.views.text(lang, &format!("insight.watch.{key}"), &args),
                "note": call.t(&format!("insight.watch.{key}.note")) }));
        }
    };
    count(overview.total.late, "late", "yellow", cases_path(call, overview, here, "late"));
    count(overview.attention.bad_ratings, "bad_ratings", "yellow", None);
    count(overview.attention.missed, "missed", "yellow", Some("/indicators".to_owned()));
    count(overview.health.failed, "failed", "red", None);
    out
}

/// Where a case is shown to who may watch it.
fn case_href(call: &Call, row: &Row) -> Option<String> {
    call.may(service::case::SUPERVISE).then(|| format!("/supervision/cases/{}", row.id))
}

/// `GET /cockpit/cases?beneath=&division=&item=&from=&to=&after=`.
async fn cases(call: Call) -> Answer {
    let asked = wanted(&call);
    let text =
        |name: &str| call.query(name).unwrap_or_default().chars().take(80).collect::<String>();
    let (name, from, to) = (text("beneath"), text("from"), text("to"));
    let beneath = Beneath::parse(&name).ok_or_else(Error::not_found)?;
    let mut ctx = call.read();
    let rows = cockpit::cases(&mut ctx, &asked, beneath, &from, &to, &text("after")).await?;
    let lang = call.lang();
    let code = indicator::in_reach(&ctx, &asked.division)?;
    let next = rows.next.as_deref().map(|after| {
        path(
            "/cockpit/cases",
            &[
                ("beneath", &name),
                ("division", &asked.division),
                ("item", &asked.item),
                ("from", &from),
                ("to", &to),
                ("range", asked.range.as_str()),
                ("after", after),
            ],
        )
    });
    let item = ctx.env.pack.item(&asked.item).map(|item| item.name.get(lang).to_owned());
    let context = json!({
        "place": cockpit::division_name(&ctx, &code).get(lang),
        "of": call.t(&format!("insight.number.{name}")),
        "item": item,
        "from": Some(from).filter(|day| !day.is_empty()),
        "to": Some(to).filter(|day| !day.is_empty()),
        "rows": rows.rows.iter().map(|row| case_row(&call, &ctx, row)).collect::<Vec<_>>(),
        "next": next,
        "back": page_path(&asked),
    });
    call.page("insight/cockpit/cases.html", &context)
}

fn case_row(call: &Call, ctx: &Ctx, row: &Row) -> Json {
    let lang = call.lang();
    let agency = ctx.env.pack.agency(&row.agency).map(|agency| agency.short_name);
    let case = match case_href(call, row) {
        Some(href) => json!({ "text": row.title.get(lang), "href": href, "sub": row.number }),
        None => json!({ "text": row.title.get(lang), "sub": row.number }),
    };
    let lamp = if row.lamp == service::case::Lamp::Done { "green" } else { row.lamp.as_str() };
    json!({
        "case": case,
        "lamp": { "lamp": lamp, "text": call.t(&format!("insight.lamp.{}", row.lamp.as_str())) },
        "agency": agency.map_or(row.agency.clone(), |name| name.get(lang).to_owned()),
        "place": cockpit::division_name(ctx, &row.division).get(lang),
        "applicant": row.applicant,
        "submitted": row.submitted,
        "decided": row.decided,
    })
}
