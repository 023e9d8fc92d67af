//! Pages of the guide.

use super::walk::{Answers, Walk, walk};
use crate::item::{ItemShown, LimitShown, OneThingShown, material_row, one_thing_entries};
use axum::extract::Path;
use kernel::{Error, Lang};
use pack::Province;
use pack::one_thing::Member;
use serde_json::{Value as Json, json};
use webkit::{Answer, Call};

/// The answers in the query string: everything that is not a word of the page itself.
pub(super) fn answers(call: &Call) -> Answers {
    let query = call.path_and_query.split_once('?').map_or("", |(_, query)| query);
    webkit::form::decode(query.as_bytes())
        .into_iter()
        .filter(|(key, value)| {
            !matches!(key.as_str(), "go" | "lang" | "notice")
                && key.len() <= 64
                && value.len() <= 64
        })
        .take(2 * pack::one_thing::QUESTIONS_MAX)
        .collect()
}

/// `GET /one-things`.
pub(super) async fn list(call: Call) -> Answer {
    let pack = &call.web.env.pack;
    let rows: Vec<Json> = one_thing_entries(pack)
        .iter()
        .map(|one| {
            let items = pack.one_thing(&one.id).map_or(0, |one| one.members.len());
            json!({ "href": format!("/one-things/{}", one.id), "name": one.name, "summary": one.summary, "items": items })
        })
        .collect();
    call.page("service/guide/list.html", &json!({ "one_things": rows }))
}

/// `GET /one-things/{id}`.
pub(super) async fn overview(call: Call, Path(id): Path<String>) -> Answer {
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let one = OneThingShown::find(pack, &id)?;
    let materials: Vec<&crate::item::MaterialShown> =
        one.items.iter().flat_map(|member| &member.item.materials).collect();
    let (held, asked): (Vec<_>, Vec<_>) =
        materials.into_iter().partition(|material| matches!(material.how, "registry" | "licence"));
    let questions = pack.guide(&id).map_or(0, |guide| guide.questions.len());
    // Where nothing is asked there is nothing to find out before the form.
    let begin = match questions {
        0 => format!("/drafts/new?one_thing={id}"),
        _ => format!("/one-things/{id}/guide/1"),
    };
    let visits: u32 = one.items.iter().map(|member| u32::from(member.item.visits)).sum();
    let departments = departments(one.items.iter().map(|member| &member.item));
    call.page(
        "service/guide/overview.html",
        &json!({
            "one": one,
            "items": item_rows(&call, one.items.iter().map(|m| (&m.item, m.optional, m.conditional))),
            "law": longest_by_law(&one, lang),
            "free": one.items.iter().all(|member| member.item.fees.is_empty()),
            "visits": visits,
            "departments": departments,
            "lanes": lanes(&call, one.items.iter().map(|m| (&m.item, m.after.as_slice()))),
            "asked": asked.iter().map(|one| material_row(&call, lang, one)).collect::<Vec<_>>(),
            "held": held.iter().map(|one| one.name.get(lang)).collect::<Vec<_>>(),
            "materials": asked.len() + held.len(),
            "questions": questions, "begin": begin,
            "alone": pack.item(&id).is_some(), "signed_in": call.actor().is_citizen(),
        }),
    )
}

fn departments<'a>(items: impl Iterator<Item = &'a ItemShown>) -> usize {
    items.map(|item| item.agency.id.as_str()).collect::<std::collections::BTreeSet<_>>().len()
}

/// The longest time the law allows any of the items, in the unit it is written in.
fn longest_by_law(one: &OneThingShown, lang: Lang) -> Option<String> {
    let limits = one.items.iter().filter_map(|member| member.item.statutory.as_ref());
    let longest: Option<&LimitShown> = limits.max_by_key(|limit| limit.amount);
    longest.map(|limit| limit.text.get(lang).to_owned())
}

fn item_rows<'a>(
    call: &Call,
    items: impl Iterator<Item = (&'a ItemShown, bool, bool)>,
) -> Vec<Json> {
    let lang = call.lang();
    items
        .map(|(item, optional, conditional)| {
            let tag = match (optional, conditional) {
                (true, _) => "service.guide.optional",
                (_, true) => "service.guide.conditional",
                _ => "service.guide.always",
            };
            let law = item.statutory.as_ref().map_or_else(
                || call.t("service.guide.no_law_limit"),
                |limit| format!("{} {}", call.t("service.guide.law"), limit.text.get(lang)),
            );
            json!({
                "title": item.short_name.get(lang), "href": format!("/items/{}", item.id),
                "text": format!("{}{}{}", item.agency.name.get(lang), call.t("service.guide.stop"), item.summary.get(lang)),
                "tag": call.t(tag), "tag_kind": if optional || conditional { "" } else { "info" },
                "end": format!("{} {} · {law}", call.t("service.guide.promise"), item.promised.text.get(lang)),
            })
        })
        .collect()
}

/// One lane for each department, its items in order, each with what it waits for.
fn lanes<'a>(call: &Call, items: impl Iterator<Item = (&'a ItemShown, &'a [String])>) -> Vec<Json> {
    let lang = call.lang();
    let pack = &call.web.env.pack;
    let mut lanes: Vec<(String, String, Vec<Json>)> = Vec::new();
    for (item, after) in items {
        let names: Vec<&str> = after
            .iter()
            .filter_map(|id| pack.item(id))
            .map(|one| one.short_name.get(lang))
            .collect();
        let waits = if names.is_empty() {
            call.t("service.guide.at_once")
        } else {
            format!(
                "{} {}",
                call.t("service.guide.after"),
                names.join(&call.t("service.item.comma"))
            )
        };
        let note =
            format!("{waits}{}{}", call.t("service.guide.stop"), item.promised.text.get(lang));
        let step = json!({ "state": "todo", "text": item.short_name.get(lang), "note": note });
        match lanes.iter_mut().find(|(id, ..)| *id == item.agency.id) {
            Some((_, _, steps)) => steps.push(step),
            None => lanes.push((
                item.agency.id.clone(),
                item.agency.name.get(lang).to_owned(),
                vec![step],
            )),
        }
    }
    lanes.into_iter().map(|(_, name, steps)| json!({ "name": name, "steps": steps })).collect()
}

/// `GET /one-things/{id}/guide/{n}`: shows a question; with `go` it goes on when it is answered.
pub(super) async fn question(call: Call, Path((id, n)): Path<(String, usize)>) -> Answer {
    let pack = &call.web.env.pack;
    let walk = walk(pack, &id, &answers(&call))?;
    let reached = walk.questions.len();
    if reached == 0 {
        return call.see(&result_address(&walk));
    }
    if n == 0 || n > reached {
        // An address beyond the answers leads to the first question still open.
        return call.see(&address(&walk, reached.max(1)));
    }
    let asked = walk.questions.get(n - 1).ok_or_else(Error::not_found)?;
    let answered = walk.answers.contains_key(&asked.id);
    let go = call.query("go").is_some();
    if go && answered {
        let done = n == reached && walk.next.is_none();
        return if done {
            call.see(&result_address(&walk))
        } else {
            call.see(&address(&walk, n + 1))
        };
    }
    let context = question_context(&call, &walk, n, go && !answered);
    if go {
        call.page_again("service/guide/question.html", &context)
    } else {
        call.page("service/guide/question.html", &context)
    }
}

fn question_context(call: &Call, walk: &Walk<'_>, n: usize, missing: bool) -> Json {
    let lang = call.lang();
    let Some(asked) = walk.questions.get(n - 1) else { return Json::Null };
    let choices: Vec<Json> = asked
        .choices
        .iter()
        .map(|one| {
            let mut choice = json!({ "value": one.value, "text": one.label.get(lang) });
            if let Some(hint) = &one.hint {
                choice["note"] = json!(hint.get(lang));
            }
            choice
        })
        .collect();
    let carried: Vec<Json> = walk
        .answers
        .iter()
        .filter(|(id, _)| **id != asked.id)
        .map(|(id, value)| json!({ "name": id, "value": value }))
        .collect();
    let total =
        call.web.env.pack.guide(&walk.one_thing.id).map_or(n, |guide| guide.questions.len());
    json!({
        "one": { "id": walk.one_thing.id, "name": walk.one_thing.name },
        "question": { "id": asked.id, "text": asked.text, "hint": asked.hint }, "n": n, "total": total.max(n), "choices": choices, "carried": carried,
        "value": walk.answers.get(&asked.id).cloned().unwrap_or_default(),
        "error": missing.then(|| call.t("service.guide.choose")),
        "errors": if missing { json!([{ "field": asked.id, "text": call.t("service.guide.choose") }]) } else { json!([]) },
        "back": address(walk, n.saturating_sub(1)),
    })
}

/// The address of a question; that of the overview where none is asked.
fn address(walk: &Walk<'_>, n: usize) -> String {
    if n == 0 {
        return format!("/one-things/{}", walk.one_thing.id);
    }
    format!("/one-things/{}/guide/{n}?{}", walk.one_thing.id, walk.query())
}

fn result_address(walk: &Walk<'_>) -> String {
    format!("/one-things/{}/result?{}", walk.one_thing.id, walk.query())
}

/// `GET /one-things/{id}/result`: what applies, or why it cannot go on.
pub(super) async fn result(call: Call, Path(id): Path<String>) -> Answer {
    let pack = &call.web.env.pack;
    let walk = walk(pack, &id, &answers(&call))?;
    if walk.stop.is_none() && !walk.is_complete() {
        return call.see(&address(&walk, walk.questions.len()));
    }
    let lang = call.lang();
    let given = given(&call, &walk);
    if let Some(stop) = walk.stop {
        let context = json!({ "one": { "id": id, "name": walk.one_thing.name }, "given": given,
            "text": stop.text.get(lang), "back": address(&walk, walk.questions.len()) });
        return call.page("service/guide/stop.html", &context);
    }
    let members = walk.items();
    let shown: Vec<(ItemShown, &Member)> = members_shown(pack, &members);
    let all: Vec<&crate::item::MaterialShown> = shown
        .iter()
        .flat_map(|(item, _)| &item.materials)
        .filter(|one| may_apply(pack, &walk, &one.id))
        .collect();
    let (held, asked): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|material| matches!(material.how, "registry" | "licence"));
    let optional: Vec<Json> = shown
        .iter()
        .filter(|(_, member)| member.optional)
        .map(|(item, _)| json!({ "id": item.id, "name": item.short_name.get(lang), "summary": item.summary.get(lang) }))
        .collect();
    let fees: Vec<Json> = shown
        .iter()
        .flat_map(|(item, _)| {
            item.fees
                .iter()
                .map(|fee| json!({ "term": fee.name.get(lang), "value": fee.detail.get(lang) }))
        })
        .collect();
    call.page(
        "service/guide/result.html",
        &json!({
            "one": { "id": id, "name": walk.one_thing.name, "minutes": walk.one_thing.minutes },
            "promised": LimitShown::promise(walk.one_thing.promised),
            "given": given,
            "items": item_rows(&call, shown.iter().map(|(item, member)| (item, member.optional, false))),
            "departments": departments(shown.iter().map(|(item, _)| item)),
            "lanes": lanes(&call, shown.iter().map(|(item, member)| (item, member.after.as_slice()))),
            "asked": asked.iter().map(|one| material_row(&call, lang, one)).collect::<Vec<_>>(),
            "held": held.iter().map(|one| one.name.get(lang)).collect::<Vec<_>>(),
            "fees": fees, "optional": optional,
            "answers": walk.answers.iter().map(|(id, value)| json!({ "name": id, "value": value })).collect::<Vec<_>>(),
            "signed_in": call.actor().is_citizen(),
            "back": address(&walk, walk.questions.len()),
        }),
    )
}

/// False when the guide's answers already rule the material out.
fn may_apply(pack: &Province, walk: &Walk<'_>, id: &str) -> bool {
    let found = id.split_once('.').and_then(|(item, material)| pack.item(item)?.material(material));
    found.and_then(|material| material.when.as_ref()).is_none_or(|when| may_hold(when, walk))
}

/// Whether a condition can still come true, whatever the form will answer.
fn may_hold(when: &rules::When, walk: &Walk<'_>) -> bool {
    match when {
        rules::When::All(parts) => parts.iter().all(|part| may_hold(part, walk)),
        rules::When::Any(parts) => parts.iter().any(|part| may_hold(part, walk)),
        other if other.paths().iter().all(|path| path.starts_with("guide.")) => {
            rules::eval(other, &|path| super::walk::fact(&walk.answers, path))
        }
        _ => true,
    }
}

fn members_shown<'a>(pack: &Province, members: &[&'a Member]) -> Vec<(ItemShown, &'a Member)> {
    members
        .iter()
        .filter_map(|member| {
            pack.item(&member.item).map(|item| (ItemShown::of(pack, item), *member))
        })
        .collect()
}

/// What was answered, each with a way back to its question.
fn given(call: &Call, walk: &Walk<'_>) -> Vec<Json> {
    let lang = call.lang();
    walk.questions
        .iter()
        .enumerate()
        .filter_map(|(index, question)| {
            let value = walk.answers.get(&question.id)?;
            let choice = question.choices.iter().find(|one| one.value == *value)?;
            Some(json!({ "term": question.text.get(lang), "value": choice.label.get(lang), "href": address(walk, index + 1) }))
        })
        .collect()
}
