//! From what the verbs give to what templates print: rows, links, names in the page's language.
//!
//! Must not know: the database, who may do what.

use super::anomaly::Irregularity;
use super::model::{AnomalyPage, AnomalyRow, CaseView, Line, Overview, StepView, Wanted};
use super::monitor::division_name;
use crate::notice::{self, Counts, NoticePage};
use kernel::calendar::{Limit, Unit};
use serde_json::{Value as Json, json};
use service::case::{Lamp, Row, Rows};
use service::figures::{Durations, Group};
use std::collections::BTreeMap;
use store::Ctx;
use webkit::Call;
use webkit::call::Shown as Fault;

/// Field to sentence, as forms want them.
pub(crate) fn errors(faults: &[Fault]) -> BTreeMap<String, String> {
    faults.iter().map(|fault| (fault.field.clone(), fault.message.clone())).collect()
}

/// A path with the scope in its query string.
fn path(base: &str, wanted: &Wanted, more: &[(&str, &str)]) -> String {
    let scope =
        [("division", &wanted.division), ("agency", &wanted.agency), ("item", &wanted.item)];
    let scope = scope.into_iter().map(|(name, value)| (name, value.as_str()));
    let pairs: Vec<String> = scope
        .chain(more.iter().copied())
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", webkit::form::encode(value)))
        .collect();
    if pairs.is_empty() { base.to_owned() } else { format!("{base}?{}", pairs.join("&")) }
}

fn group(by: Group) -> &'static str {
    match by {
        Group::Division => "division",
        Group::Agency => "agency",
        Group::Item => "item",
    }
}

/// Days with one decimal, or a dash where nothing was decided.
fn mean(days: i64, decided: i64) -> String {
    match decided {
        0 => "–".to_owned(),
        decided => webkit::view::format::decimal(days as f64 / decided as f64, 1),
    }
}

fn whole(number: i64) -> String {
    webkit::view::format::whole(number)
}

/// Context of the board.
pub(super) fn board(
    call: &Call,
    wanted: &Wanted,
    overview: &Overview,
    notices: &NoticePage,
    counts: &Counts,
    irregular: &AnomalyPage,
) -> Json {
    let lang = call.lang();
    let here = Wanted { division: overview.division.id.clone(), ..wanted.clone() };
    let above: Vec<Json> = overview
        .above
        .iter()
        .map(|up| {
            let up_wanted = Wanted { division: up.id.clone(), ..wanted.clone() };
            json!({ "text": up.name.get(lang), "href": path("/supervision", &up_wanted, &[("by", group(wanted.by))]) })
        })
        .chain([json!({ "text": overview.division.name.get(lang) })])
        .collect();
    let tabs: Vec<Json> = [Group::Division, Group::Agency, Group::Item]
        .into_iter()
        .map(|by| {
            json!({ "text": call.t(&format!("supervise.by.{}", group(by))), "current": by == wanted.by,
                "href": path("/supervision", &here, &[("by", group(by))]) })
        })
        .collect();
    let kinds: Vec<Json> = Irregularity::ALL
        .into_iter()
        .map(|kind| {
            json!({ "text": call.t(&format!("supervise.anomaly.{}", kind.as_str())),
                "href": path("/supervision/anomalies", &here, &[("kind", kind.as_str())]) })
        })
        .collect();
    json!({
        "place": overview.division.name.get(lang),
        "as_of": overview.as_of,
        "above": above,
        "narrowed": narrowed(call, &here, overview),
        "kpis": kpis(call, &here, overview),
        "tabs": tabs,
        "lines": overview.lines.iter().map(|line| line_row(call, &here, line)).collect::<Vec<_>>(),
        "more_lines": overview.lines.len(),
        "notices": notices.notices.iter().take(8).map(|row| notice::ticket(call, row, "/supervision/notices")).collect::<Vec<_>>(),
        "counts": counts,
        "under_way": counts.open + counts.acknowledged + counts.answered,
        "anomalies": irregular.anomalies.iter().take(8).map(|row| anomaly(call, row)).collect::<Vec<_>>(),
        "kinds": kinds,
        "anomalies_href": path("/supervision/anomalies", &here, &[]),
        "from": overview.from,
        "until": overview.until,
    })
}

/// What the board is narrowed to beside the division, each with the way out.
fn narrowed(call: &Call, here: &Wanted, overview: &Overview) -> Vec<Json> {
    let by = group(here.by);
    let agency = overview.agency.as_ref().map(|agency| {
        let out = Wanted { agency: String::new(), ..here.clone() };
        json!({ "text": agency.name.get(call.lang()), "href": path("/supervision", &out, &[("by", by)]) })
    });
    let item = overview.item.as_ref().map(|item| {
        let out = Wanted { item: String::new(), ..here.clone() };
        json!({ "text": item.name.get(call.lang()), "href": path("/supervision", &out, &[("by", by)]) })
    });
    agency.into_iter().chain(item).collect()
}

fn kpis(call: &Call, here: &Wanted, overview: &Overview) -> Vec<Json> {
    let total = &overview.total;
    let cases = |beneath: &str| path("/supervision/cases", here, &[("beneath", beneath)]);
    let kpi = |key: &str, value: i64, note: &str, href: String| {
        json!({ "term": call.t(&format!("supervise.kpi.{key}")), "value": whole(value),
            "unit": call.t("supervise.unit.case"), "note": call.t(&format!("supervise.kpi.{note}")), "href": href })
    };
    let silence = path("/supervision/anomalies", here, &[("kind", "accepted_by_silence")]);
    let Durations { decided, promised_days, used_days } = total.durations;
    let promised = mean(promised_days, decided);
    let note =
        call.web.views.text(call.lang(), "supervise.kpi.average.note", &[("days", promised)]);
    vec![
        kpi("open", total.open, "open.note", String::new()),
        kpi("green", total.lamps.green, "green.note", cases("lamp-green")),
        kpi("yellow", total.lamps.yellow, "yellow.note", cases("lamp-yellow")),
        kpi("red", total.lamps.red, "red.note", cases("lamp-red")),
        kpi("paused", total.lamps.paused, "paused.note", cases("lamp-paused")),
        kpi("suspended", total.suspended, "suspended.note", cases("phase-suspended")),
        kpi("not_accepted", total.not_accepted, "not_accepted.note", cases("phase-not_accepted")),
        kpi("silence", total.silence, "silence.note", silence),
        json!({ "term": call.t("supervise.kpi.average"), "value": mean(used_days, decided),
            "unit": call.t("supervise.unit.day"), "note": note }),
    ]
}

fn line_row(call: &Call, here: &Wanted, line: &Line) -> Json {
    let mut narrow = here.clone();
    match here.by {
        Group::Division => narrow.division.clone_from(&line.of.id),
        Group::Agency => narrow.agency.clone_from(&line.of.id),
        Group::Item => narrow.item.clone_from(&line.of.id),
    }
    // The next question: a division's counties, then its agencies; an agency's items.
    let next = match here.by {
        Group::Division if line.of.id == here.division => Group::Agency,
        Group::Division => Group::Division,
        Group::Agency => Group::Item,
        Group::Item => Group::Agency,
    };
    let name = line.of.name.get(call.lang());
    let count = |number: i64, lamp: &str| match (number, line.narrows) {
        (0, _) => json!("0"),
        (_, false) => json!(whole(number)),
        (_, true) => json!({ "text": whole(number),
            "href": path("/supervision/cases", &narrow, &[("beneath", lamp)]) }),
    };
    let share = |part: i64| part as f64 * 100.0 / line.open.max(1) as f64;
    let lamps = &line.lamps;
    let label = [("yellow", whole(lamps.yellow)), ("red", whole(lamps.red))];
    let of = match line.narrows {
        true => {
            json!({ "text": name, "href": path("/supervision", &narrow, &[("by", group(next))]) })
        }
        false => json!({ "text": name, "sub": call.t("supervise.own_level") }),
    };
    json!({
        "of": of,
        "open": whole(line.open),
        "parts": [
            { "kind": "g", "width": share(lamps.green + lamps.paused) },
            { "kind": "y", "width": share(lamps.yellow) },
            { "kind": "r", "width": share(lamps.red) },
        ],
        "label": call.web.views.text(call.lang(), "supervise.bar", &label),
        "green": count(lamps.green, "lamp-green"),
        "yellow": count(lamps.yellow, "lamp-yellow"),
        "red": count(lamps.red, "lamp-red"),
        "paused": count(lamps.paused, "lamp-paused"),
        "used": mean(line.durations.used_days, line.durations.decided),
        "promised": mean(line.durations.promised_days, line.durations.decided),
    })
}

/// Context of a list of cases.
pub(super) fn cases(call: &Call, ctx: &Ctx, wanted: &Wanted, beneath: &str, rows: &Rows) -> Json {
    let (kind, name) = beneath.split_once('-').unwrap_or_default();
    let of = call.t(&format!("supervise.{kind}.{name}"));
    let code = if wanted.division.is_empty() {
        party::authority::scope_division(ctx)
    } else {
        wanted.division.clone()
    };
    let next = rows
        .next
        .as_deref()
        .map(|after| path("/supervision/cases", wanted, &[("beneath", beneath), ("after", after)]));
    json!({
        "title": call.web.views.text(call.lang(), "supervise.cases.title",
            &[("place", division_name(ctx, &code).get(call.lang()).to_owned()), ("of", of)]),
        "rows": rows.rows.iter().map(|row| case_row(call, ctx, row)).collect::<Vec<_>>(),
        "next": next,
        "back": path("/supervision", wanted, &[]),
    })
}

fn case_row(call: &Call, ctx: &Ctx, row: &Row) -> Json {
    let lang = call.lang();
    let agency = ctx.env.pack.agency(&row.agency).map(|agency| agency.short_name);
    json!({
        "lamp": lamp_cell(call, row.lamp, row),
        "case": { "href": format!("/supervision/cases/{}", row.id), "text": row.title.get(lang), "sub": row.number },
        "agency": agency.map_or(row.agency.clone(), |name| name.get(lang).to_owned()),
        "place": division_name(ctx, &row.division).get(lang),
        "applicant": row.applicant,
        "phase": call.t(&format!("supervise.phase.{}", row.phase)),
        "held": if row.assignee_name.is_empty() { call.t("supervise.nobody") } else { row.assignee_name.clone() },
        "submitted": row.submitted,
    })
}

/// The lamp with what is left of its time.
fn lamp_cell(call: &Call, lamp: Lamp, row: &Row) -> Json {
    let (unit, n) = match (lamp, row.days_left, row.hours_left) {
        (Lamp::Red, Some(days), _) if days < 0 => ("over_days", days.saturating_neg()),
        (Lamp::Red, _, Some(hours)) => ("over_hours", hours.saturating_neg()),
        (Lamp::Green | Lamp::Yellow, Some(days), _) if days > 0 => ("left_days", days),
        (Lamp::Green | Lamp::Yellow, _, Some(hours)) => ("left_hours", hours.max(0)),
        _ => {
            return json!({ "lamp": lamp.as_str(), "text": call.t(&format!("supervise.lamp.{}", lamp.as_str())) });
        }
    };
    let text =
        call.web.views.text(call.lang(), &format!("webkit.lamp.{unit}"), &[("n", n.to_string())]);
    json!({ "lamp": lamp.as_str(), "text": text })
}

/// A limit in words: `5 working days`.
pub(crate) fn limit(call: &Call, limit: Limit, extended: u32) -> String {
    let unit = match limit.unit {
        Unit::WorkingDay => "working_day",
        Unit::CalendarDay => "calendar_day",
        Unit::Hour => "hour",
    };
    let n = |n: u32| {
        call.web.views.text(
            call.lang(),
            &format!("supervise.limit.{unit}"),
            &[("n", n.to_string())],
        )
    };
    match extended {
        0 => n(limit.amount),
        more => format!("{} + {}", n(limit.amount), n(more)),
    }
}

/// Context of a case's clocks.
pub(super) fn case(call: &Call, case: &CaseView) -> Json {
    let lang = call.lang();
    let acts: Vec<Json> = case
        .acts
        .iter()
        .map(|act| {
            let actor = if act.automatic { call.t("supervise.platform") } else { act.actor.clone() };
            let said = [actor.as_str(), act.article.as_str(), act.text.as_str()];
            let note: Vec<&str> = said.into_iter().filter(|text| !text.is_empty()).collect();
            json!({ "at": act.at, "text": call.t(&format!("supervise.event.{}", act.kind)), "note": note.join(" · ") })
        })
        .collect();
    let lanes: Vec<Json> = case
        .lanes
        .iter()
        .filter(|lane| lane.id != case.id)
        .map(|lane| {
            json!({
                "item": { "href": format!("/supervision/cases/{}", lane.id), "text": lane.item.name.get(lang), "sub": lane.number },
                "agency": lane.agency.name.get(lang),
                "phase": call.t(&format!("supervise.phase.{}", lane.phase)),
                "lamp": { "lamp": shown_lamp(lane.lamp.as_str()), "text": call.t(&format!("supervise.lamp.{}", lane.lamp.as_str())) },
            })
        })
        .collect();
    json!({
        "id": case.id,
        "title": case.title.get(lang),
        "number": case.number,
        "note": format!("{} · {}", case.agency.name.get(lang), case.division.name.get(lang)),
        "figures": [
            { "term": call.t("supervise.case.lamp"), "value": { "lamp": shown_lamp(&case.lamp),
                "text": call.t(&format!("supervise.lamp.{}", case.lamp)) } },
            { "term": call.t("supervise.case.phase"), "value": call.t(&format!("supervise.phase.{}", case.phase)) },
            { "term": call.t("supervise.case.held"),
                "value": if case.assignee.is_empty() { call.t("supervise.nobody") } else { case.assignee.clone() } },
        ],
        "steps": case.steps.iter().map(|one| step(call, one)).collect::<Vec<_>>(),
        "acts": acts,
        "lanes": lanes,
        "held": case.held.iter().map(|held| json!({ "at": held.from,
            "text": if held.name.is_empty() { call.t("supervise.nobody") } else { held.name.clone() } })).collect::<Vec<_>>(),
        "anomalies": case.anomalies.iter().map(|row| anomaly(call, row)).collect::<Vec<_>>(),
        "notices": case.notices.iter().map(|row| notice::ticket(call, row, "/supervision/notices")).collect::<Vec<_>>(),
        "may_urge": case.may_urge,
    })
}

/// A lamp the style sheet has a colour for.
pub(crate) fn shown_lamp(lamp: &str) -> &str {
    if lamp == "done" { "green" } else { lamp }
}

fn step(call: &Call, step: &StepView) -> Json {
    let of = |key: &str| call.t(&format!("supervise.{key}"));
    let verdict = match (step.overdue, step.stopped.is_some(), step.lamp.as_str()) {
        (true, true, _) => of("step.ended_late"),
        (true, false, _) => of("step.overdue"),
        (false, true, _) => of("step.ended"),
        (_, _, "paused") => of("lamp.paused"),
        (_, _, "yellow") => of("lamp.yellow"),
        _ => of("step.running"),
    };
    let colour = match (step.overdue, step.lamp.as_str()) {
        (true, _) => "red",
        (false, lamp) => shown_lamp(lamp),
    };
    json!({
        "name": of(&format!("clock.{}", step.name)),
        "lamp": colour,
        "verdict": verdict,
        "limit": limit(call, step.limit, step.extended),
        "used": step.used.map_or_else(|| call.t("supervise.none"), |used| limit(call, Limit { amount: u32::try_from(used.max(0)).unwrap_or(u32::MAX), unit: step.limit.unit }, 0)),
        "started": step.started,
        "due": step.due,
        "stopped": step.stopped,
        "paused_days": step.paused_days,
        "pauses": step.pauses.iter().map(|pause| json!({ "from": pause.from, "to": pause.to,
            "cause": pause.cause, "article": pause.article })).collect::<Vec<_>>(),
        "warned": step.warned.iter().map(|one| json!({ "at": one.at,
            "text": of(&format!("timer.{}", one.timer)) })).collect::<Vec<_>>(),
        "held": step.held.iter().map(|one| if one.name.is_empty() { of("nobody") } else { one.name.clone() }).collect::<Vec<_>>(),
    })
}

/// A row of a table of irregularities.
fn anomaly(call: &Call, row: &AnomalyRow) -> Json {
    let lang = call.lang();
    json!({
        "kind": { "tag": "warn", "text": call.t(&format!("supervise.anomaly.{}", row.kind.as_str())) },
        "case": { "href": format!("/supervision/cases/{}", row.case_id), "text": row.item.name.get(lang), "sub": row.case_number },
        "agency": row.agency.name.get(lang),
        "article": if row.article.is_empty() { call.t("supervise.none") } else { row.article.clone() },
        "at": row.at,
    })
}

/// Context of the list of irregularities.
pub(super) fn anomalies(
    call: &Call,
    wanted: &Wanted,
    kind: Option<Irregularity>,
    page: &AnomalyPage,
) -> Json {
    let name = kind.map(Irregularity::as_str).unwrap_or_default();
    let next = page
        .next
        .as_deref()
        .map(|after| path("/supervision/anomalies", wanted, &[("kind", name), ("after", after)]));
    let all = json!({ "text": call.t("supervise.all"), "current": kind.is_none(),
        "href": path("/supervision/anomalies", wanted, &[]) });
    let tabs: Vec<Json> = [all]
        .into_iter()
        .chain(Irregularity::ALL.into_iter().map(|one| {
            json!({ "text": call.t(&format!("supervise.anomaly.{}", one.as_str())), "current": kind == Some(one),
                "href": path("/supervision/anomalies", wanted, &[("kind", one.as_str())]) })
        }))
        .collect();
    json!({
        "tabs": tabs,
        "rows": page.anomalies.iter().map(|row| anomaly(call, row)).collect::<Vec<_>>(),
        "next": next,
        "law": kind.map(|kind| call.t(&format!("supervise.law.{}", kind.as_str()))),
        "back": path("/supervision", wanted, &[]),
    })
}
