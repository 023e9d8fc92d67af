//! What a page of the form shows: registry panels, fields with what was typed, tasks.

use super::draft::Opened;
use super::file;
use super::journey::{FieldState, Journey, Origin, PageState};
use kernel::{Error, Lang, Result};
use pack::Province;
use pack::one_thing::{Field, FieldKind};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::Call;

/// Choices from which a list is better than round buttons.
const CHOICES_MANY: usize = 7;

/// What a page is rendered from besides the draft.
#[derive(Default)]
pub(super) struct Extra {
    /// What was typed and not taken, by field.
    pub(super) typed: Option<BTreeMap<String, String>>,
    /// Faults at fields.
    pub(super) faults: Option<Error>,
    /// Another device saved meanwhile.
    pub(super) stale: bool,
    /// Confirmation chosen: `right` or `wrong`.
    pub(super) confirm: String,
    /// Where to go on: empty or `check`.
    pub(super) to: String,
}

/// The context of a page of the form. Errors: `not_found` for a page not shown.
pub(super) fn page_context(call: &Call, opened: &Opened, id: &str, extra: &Extra) -> Result<Json> {
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let preview = opened.preview(pack, call.web.env.clock.now().date())?;
    let journey = preview.journey(pack)?;
    let page = journey.page(id).ok_or_else(Error::not_found)?;
    let errors = errors(call, extra.faults.as_ref());
    let messages: BTreeMap<&str, &str> = errors
        .iter()
        .filter_map(|one| Some((one["field"].as_str()?, one["text"].as_str()?)))
        .collect();
    let typed = extra.typed.as_ref().or(opened.draft.content.typed.get(id));
    let fields: Vec<Json> = page
        .fields
        .iter()
        .filter(|state| !state.origin.is_held())
        .map(|state| field_context(call, opened, state, typed, &messages))
        .collect();
    let step = journey.pages.iter().position(|one| one.page.id == id).map_or(1, |at| at + 1);
    let stale: Vec<Json> =
        if extra.stale { newer(pack, page, opened, typed, lang) } else { Vec::new() };
    Ok(json!({
        "form": { "title": journey.one_thing.name.get(lang), "exit": exit(opened) },
        "draft": { "id": opened.draft.id, "revision": opened.draft.revision, "updated": opened.draft.updated },
        "current": { "id": id, "title": page.page.title, "hint": page.page.hint },
        "step": step, "total": journey.pages.len() + 1,
        "errors": errors,
        "stale": extra.stale, "newer": stale,
        "account": account(pack, page, lang),
        "groups": groups(pack, opened, page, lang),
        "withheld": super::lookup::withheld(opened, &journey, id),
        "confirm": confirmed(opened, page, extra),
        "confirm_error": messages.get("_confirm"),
        "fields": fields,
        "multipart": page.fields.iter().any(|state| state.field.kind == FieldKind::File),
        "tasks": tasks(call, opened, &journey, Some(id)),
        "to": extra.to,
        "back": back(&journey, opened, step),
    }))
}

/// Where 保存并退出 leads.
pub(super) fn exit(opened: &Opened) -> &'static str {
    if opened.draft.clerk.is_empty() { "/my" } else { "/desk" }
}

fn back(journey: &Journey<'_>, opened: &Opened, step: usize) -> String {
    let id = &opened.draft.id;
    match step.checked_sub(2).and_then(|at| journey.pages.get(at)) {
        Some(page) => format!("/drafts/{id}/pages/{}", page.page.id),
        None => format!("/drafts/{id}"),
    }
}

/// Faults as `[{field, text}]`.
pub(super) fn errors(call: &Call, faults: Option<&Error>) -> Vec<Json> {
    let shown = faults.map(|error| call.faults(error)).unwrap_or_default();
    shown.into_iter().map(|one| json!({ "field": one.field, "text": one.message })).collect()
}

/// What another device saved on this page and differs from what is typed here.
fn newer(
    pack: &Province,
    page: &PageState<'_>,
    opened: &Opened,
    typed: Option<&BTreeMap<String, String>>,
    lang: Lang,
) -> Vec<Json> {
    let Some(typed) = typed else { return Vec::new() };
    page.fields
        .iter()
        .filter_map(|state| {
            let saved = opened.draft.content.answers.get(&state.field.id)?;
            let here = typed.get(&state.field.id)?;
            (raw(saved) != *here)
                .then(|| json!({ "term": state.field.label.get(lang), "value": state.words(pack, saved, lang) }))
        })
        .collect()
}

fn confirmed(opened: &Opened, page: &PageState<'_>, extra: &Extra) -> String {
    if !extra.confirm.is_empty() {
        return extra.confirm.clone();
    }
    let print = page.print();
    match opened.draft.content.confirmed.get(&page.page.id).filter(|one| one.print == print) {
        Some(one) if one.right => "right".to_owned(),
        Some(_) => "wrong".to_owned(),
        None => String::new(),
    }
}

/// Values of the account.
fn account(pack: &Province, page: &PageState<'_>, lang: Lang) -> Vec<Json> {
    page.fields
        .iter()
        .filter(|state| state.origin == Origin::Account)
        .map(|state| shown(pack, state, lang))
        .collect()
}

fn shown(pack: &Province, state: &FieldState<'_>, lang: Lang) -> Json {
    let value =
        state.value.as_ref().map(|value| state.words(pack, value, lang)).unwrap_or_default();
    json!({ "term": state.field.label.get(lang), "value": value })
}

/// Panels by lookup: source, owner, time and values.
fn groups(pack: &Province, opened: &Opened, page: &PageState<'_>, lang: Lang) -> Vec<Json> {
    let content = &opened.draft.content;
    let mut groups: Vec<(String, Vec<Json>)> = Vec::new();
    for state in &page.fields {
        let Origin::Lookup { lookup, .. } = &state.origin else { continue };
        let mut item = shown(pack, state, lang);
        if let Some(dispute) = content.disputes.get(&state.field.id) {
            item["disputed"] = json!(dispute.claimed);
        }
        if let Some(one) = content.corrected.get(&state.field.id) {
            item["was"] = json!(state.words(pack, &one.was, lang));
        }
        match groups.iter_mut().find(|(id, _)| id == lookup) {
            Some((_, items)) => items.push(item),
            None => groups.push((lookup.clone(), vec![item])),
        }
    }
    let one_thing = pack.one_thing(&opened.draft.one_thing);
    groups
        .into_iter()
        .filter_map(|(id, items)| {
            let held = content.held.get(&id)?;
            let lookup = one_thing.and_then(|one| one.lookup(&id));
            let registry = lookup.and_then(|lookup| pack.registry(&lookup.registry));
            let purpose = lookup.and_then(|lookup| pack.contract(&lookup.contract)).map(|one| one.purpose.get(lang));
            Some(json!({
                "source": registry.map_or("", |one| one.name.get(lang)),
                "owner": held.source.get(lang), "at": held.observed, "items": items, "purpose": purpose,
            }))
        })
        .collect()
}

fn raw(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Bool(true) => "1".to_owned(),
        Json::Bool(false) | Json::Null => String::new(),
        other => other.to_string(),
    }
}

fn field_context(
    call: &Call,
    opened: &Opened,
    state: &FieldState<'_>,
    typed: Option<&BTreeMap<String, String>>,
    messages: &BTreeMap<&str, &str>,
) -> Json {
    let (pack, lang, field) = (&call.web.env.pack, call.lang(), state.field);
    let saved = state.value.as_ref().map(raw).unwrap_or_default();
    let value = typed.and_then(|typed| typed.get(&field.id).cloned()).unwrap_or(saved);
    let mut out = json!({
        "id": field.id, "kind": control(field), "label": field.label.get(lang),
        "hint": field.hint.as_ref().map(|hint| hint.get(lang)),
        "optional": !field.required, "value": value, "error": messages.get(field.id.as_str()),
        "max": field.length_max,
    });
    match field.kind {
        FieldKind::Choice => {
            let choices = state.choices.iter().map(|choice| {
                let mut one = json!({ "value": choice.value, "text": choice.label.get(lang) });
                if let Some(hint) = &choice.hint {
                    one["note"] = json!(hint.get(lang));
                }
                one
            });
            out["choices"] = choices.collect();
        }
        FieldKind::Moment => out["value"] = json!(value.get(..16).unwrap_or(&value)),
        FieldKind::Division => division(&mut out, call, &value),
        FieldKind::File => {
            let (hint, limits) = (
                field.hint.as_ref().map_or("", |hint| hint.get(lang)),
                file::hint(pack, field, lang),
            );
            out["hint"] = json!(format!("{hint}{limits}"));
            out["accept"] = json!(file::accept(pack, field));
            let files = opened.files.iter().filter(|one| one.field == field.id);
            out["files"] = files
                .map(|one| {
                    json!({ "id": one.id, "name": one.name,
                    "size": crate::item::size_text(u64::try_from(one.size).unwrap_or(0)) })
                })
                .collect();
        }
        _ => {}
    }
    out
}

fn control(field: &Field) -> &'static str {
    match field.kind {
        FieldKind::Text | FieldKind::Name | FieldKind::Address => "text",
        FieldKind::Number => "number",
        FieldKind::Date => "date",
        FieldKind::Moment => "moment",
        FieldKind::Choice if field.choices.len() >= CHOICES_MANY => "select",
        FieldKind::Choice => "choice",
        FieldKind::CitizenNumber => "citizen_number",
        FieldKind::Mobile => "mobile",
        FieldKind::BankCard => "bank_card",
        FieldKind::Division => "division",
        FieldKind::File => "file",
        FieldKind::Confirm => "confirm",
    }
}

/// A division level by level: what is chosen, the level above, the divisions below.
fn division(out: &mut Json, call: &Call, value: &str) {
    let divisions = call.web.env.pack.divisions();
    let Some(here) = divisions.find(value).or_else(|| divisions.root()) else { return };
    let mut options = vec![json!({ "value": here.code(), "text": here.path() })];
    if let Some(above) = here.parent() {
        let up = call.t("service.draft.division_up");
        options.push(json!({ "value": above.code(), "text": format!("{up} {}", above.name()) }));
    }
    options.extend(here.children().map(|one| json!({ "value": one.code(), "text": one.name() })));
    out["value"] = json!(here.code());
    out["path"] = json!(here.path());
    out["below"] = json!(here.children().next().is_some());
    out["choices"] = json!(options);
}

/// Every page with its state, and the check at the end.
pub(super) fn tasks(
    call: &Call,
    opened: &Opened,
    journey: &Journey<'_>,
    now: Option<&str>,
) -> Vec<Json> {
    let id = &opened.draft.id;
    let mut tasks: Vec<Json> = journey
        .pages
        .iter()
        .map(|page| {
            let state = match (now == Some(page.page.id.as_str()), page.done) {
                (true, _) => "now",
                (_, true) => "done",
                _ => "todo",
            };
            json!({ "text": page.page.title.get(call.lang()), "state": state,
                "href": format!("/drafts/{id}/pages/{}", page.page.id) })
        })
        .collect();
    let mut last = json!({ "text": call.t("service.draft.check"), "state": if now == Some("check") { "now" } else { "todo" } });
    if journey.is_complete() {
        last["href"] = json!(format!("/drafts/{id}/check"));
    }
    tasks.push(last);
    tasks
}
