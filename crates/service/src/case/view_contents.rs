//! The contents of a case as shown: answers, facts with their sources, materials with the checks of
//! what they prove.
//!
//! Invariants: a value of grade 3 or 4 leaves masked; of the facts of an application an agency sees
//! those its item looks at.

use super::access::Reader;
use super::model::{Case, Moment};
use super::shown::{AnswerShown, Check, FactShown, FileShown, MaterialShown};
use super::supply::{Facts, StoredMaterial};
use ::store::Ctx;
use flow::case::Phase;
use kernel::{Result, Text};
use pack::item::{Item, Material, MetBy, Necessity};
use pack::one_thing::{Field, FieldKind, Source};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Values of this grade and above leave masked.
const MASKED_GRADE: u8 = 3;

/// Name, grade and kind of a fact by its path; its choices' labels are used for values.
pub(super) struct Known {
    pub(super) label: Text,
    grade: u8,
    choices: Vec<(String, Text)>,
    kind: Option<FieldKind>,
}

/// What the packs say of a path.
pub(super) fn known(ctx: &Ctx, case: &Case, path: &str) -> Known {
    let pack = &ctx.env.pack;
    let choices = |choices: &[pack::one_thing::Choice]| {
        choices.iter().map(|choice| (choice.value.clone(), choice.label.clone())).collect()
    };
    let unknown =
        || Known { label: Text::new(path, path), grade: 4, choices: Vec::new(), kind: None };
    let Some((head, rest)) = path.split_once('.') else { return unknown() };
    match head {
        "form" => {
            let field = pack.form(&case.one_thing).and_then(|form| form.field(rest));
            field.map_or_else(unknown, |field| Known {
                label: field.label.clone(),
                grade: field.grade,
                choices: choices(&field.choices),
                kind: Some(field.kind),
            })
        }
        "guide" => {
            let guide = pack.guide(&case.one_thing);
            let question =
                guide.and_then(|guide| guide.questions.iter().find(|one| one.id == rest));
            question.map_or_else(unknown, |one| Known {
                label: one.text.clone(),
                grade: 1,
                choices: choices(&one.choices),
                kind: None,
            })
        }
        "licence" => {
            let Some((kind, field)) = rest.split_once('.') else { return unknown() };
            if field == "identifier" {
                let label = Text::new("证照标识", "Licence identifier");
                return Known { label, grade: 2, choices: Vec::new(), kind: None };
            }
            let licence = pack.licence_type(kind);
            licence.and_then(|licence| licence.field(field)).map_or_else(unknown, |field| Known {
                label: field.name.clone(),
                grade: field.grade,
                // A licence keeps what the form had: a choice is named as there.
                choices: match field.from.as_deref().filter(|from| from.starts_with("form.")) {
                    Some(from) => known(ctx, case, from).choices,
                    None => Vec::new(),
                },
                kind: Some(field.kind),
            })
        }
        "applicant" | "child" => {
            let label = match rest {
                "citizen_number" => Text::new("公民身份号码", "Citizen number"),
                "name" => Text::new("姓名", "Name"),
                "mobile" => Text::new("手机号码", "Mobile number"),
                "division" => Text::new("居住地", "Residence"),
                other => Text::new(other, other),
            };
            let grade = if rest == "name" || rest == "division" { 2 } else { 3 };
            Known { label, grade, choices: Vec::new(), kind: None }
        }
        lookup => {
            let lookup = pack.one_thing(&case.one_thing).and_then(|one| one.lookup(lookup));
            let registry = lookup.and_then(|lookup| pack.registry(&lookup.registry));
            let field = registry.and_then(|registry| registry.field(rest));
            field.map_or_else(unknown, |field| Known {
                label: field.name.clone(),
                grade: field.grade,
                choices: choices(&field.choices),
                kind: Some(field.kind),
            })
        }
    }
}

/// A value as shown, whole or masked.
pub(super) fn value(ctx: &Ctx, known: &Known, value: Option<&Json>, whole: bool) -> String {
    let text = match value {
        None | Some(Json::Null) => return String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Bool(true)) => "✓".to_owned(),
        Some(other) => other.to_string(),
    };
    if let Some((_, label)) = known.choices.iter().find(|(choice, _)| *choice == text) {
        return label.get(ctx.lang).to_owned();
    }
    if known.kind == Some(FieldKind::Division)
        && let Some(division) = ctx.env.pack.division(&text)
    {
        return division.path();
    }
    if known.kind == Some(FieldKind::Moment) && known.grade < MASKED_GRADE {
        return text.get(..16).map(|head| head.replacen('T', " ", 1)).unwrap_or(text);
    }
    if whole || known.grade < MASKED_GRADE { text } else { mask(&text) }
}

/// The first and the last quarter, at most four characters each; nothing of short values.
fn mask(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let kept = (chars.len() / 4).min(4);
    let last = chars.len() - kept;
    chars.iter().enumerate().map(|(at, c)| if at < kept || at >= last { *c } else { '*' }).collect()
}

/// Facts of registries, licences and the account that the case uses, beside the form's answers; whole
/// of the types of licence that its officers read for it.
pub(super) fn facts(
    ctx: &Ctx,
    case: &Case,
    facts: &Facts,
    answers: &BTreeMap<String, Json>,
    read: &BTreeSet<String>,
) -> Vec<FactShown> {
    let pack = &ctx.env.pack;
    let kind = pack.agency(&case.agency).map(|agency| agency.kind).unwrap_or_default();
    let needs = needs(ctx, case);
    let one_thing = pack.one_thing(&case.one_thing);
    // Where no rule says what is looked at, the officer looks at what his contracts read.
    let by_person = pack.item(&case.item).is_some_and(|item| item.rule.is_none());
    let used = |path: &str| {
        let head = path.split('.').next().unwrap_or_default();
        match head {
            "form" | "guide" => false,
            _ if case.is_parent() => true,
            "applicant" | "child" => true,
            // What one agency read of a licence under its contract is not another's.
            "licence" => {
                let id = path.split('.').nth(1).unwrap_or_default();
                let licence = pack.licence_type(id);
                (needs.contains(path) || read.contains(id))
                    && licence.is_some_and(|licence| licence.may_ask(&kind))
            }
            _ => {
                let lookup = one_thing.and_then(|one| one.lookup(head));
                lookup.is_none_or(|lookup| lookup.items.contains(&case.item))
                    && (by_person || needs.contains(path))
            }
        }
    };
    facts
        .iter()
        .filter(|(path, _)| used(path))
        .map(|(path, held)| {
            let known = known(ctx, case, path);
            let answered = answered(ctx, case, path, facts, answers);
            FactShown {
                path: path.clone(),
                value: value(ctx, &known, held.fact.value.as_ref(), false),
                answered: value(ctx, &known, answered, false),
                state: compared(held.fact.value.as_ref(), answered).to_owned(),
                label: known.label,
                source: held.fact.source.clone(),
                observed: Moment(held.fact.at),
                receipt: held.receipt.clone(),
                disputed: case.state.disputed.contains(path),
                corrected: case.state.corrected.get(path).copied().map(Moment),
            }
        })
        .collect()
}

/// Facts that an item looks at, of all that its application holds (个人信息保护法第六条): those of
/// its rule, of its fields of the form, of what its licence says and its result enters, the identifiers
/// of licences, and whatever was disputed or corrected.
fn needs(ctx: &Ctx, case: &Case) -> BTreeSet<String> {
    let pack = &ctx.env.pack;
    let mut out: BTreeSet<String> = case.state.disputed.iter().cloned().collect();
    out.extend(case.state.corrected.keys().cloned());
    let fields = pack.form(&case.one_thing).into_iter().flat_map(pack::one_thing::Form::fields);
    let own = fields.filter(|field| field.items.is_empty() || field.items.contains(&case.item));
    for source in own.flat_map(|field| &field.prefill) {
        out.insert(source.value.clone());
        out.extend(source.when.iter().flat_map(|when| when.paths()).map(str::to_owned));
    }
    let Some(item) = pack.item(&case.item) else { return out };
    if let Some(rule) = &item.rule {
        out.extend(rule.conditions.iter().flat_map(|one| one.paths()).map(str::to_owned));
        let when = rule.conditions.iter().filter_map(|condition| condition.when.as_ref());
        out.extend(when.flat_map(|when| when.paths()).map(str::to_owned));
    }
    for material in &item.materials {
        if let MetBy::Licence { licence } = &material.met_by {
            out.insert(format!("licence.{licence}.identifier"));
        }
    }
    let licence = item.result.licence.as_deref().and_then(|id| pack.licence_type(id));
    out.extend(licence.iter().flat_map(|one| &one.fields).filter_map(|field| field.from.clone()));
    for entry in &item.result.entries {
        let fields = entry.fields.iter().chain(&entry.revoked);
        out.extend(fields.filter_map(|field| field.from.clone()));
    }
    out
}

/// Answers that the case needs, in the order of the form.
pub(super) fn answers(
    ctx: &Ctx,
    case: &Case,
    family: &[Case],
    facts: &Facts,
    answers: &BTreeMap<String, Json>,
    reader: Reader,
) -> Vec<AnswerShown> {
    let Some(form) = ctx.env.pack.form(&case.one_thing) else { return Vec::new() };
    let asked: Vec<&String> = family
        .iter()
        .filter(|one| one.phase == Phase::Correcting && (case.is_parent() || one.id == case.id))
        .filter_map(|one| one.state.correction.as_ref())
        .flat_map(|correction| &correction.fields)
        .collect();
    form.fields()
        .filter(|field| case.is_parent() || field.items.contains(&case.item))
        .filter(|field| field.kind != FieldKind::File)
        .filter(|field| answers.contains_key(&field.id) || asked.contains(&&field.id))
        .map(|field| {
            let known = known(ctx, case, &format!("form.{}", field.id));
            let answer = answers.get(&field.id);
            let mend = asked.contains(&&field.id);
            let own = matches!(reader, Reader::Applicant | Reader::Guardian | Reader::Clerk);
            // An account is shown whole to its owner, not to who acts for him.
            let agent = ctx.actor.is_citizen() && ctx.actor.party != case.applicant;
            let other = agent && field.kind == FieldKind::BankCard;
            AnswerShown {
                field: field.id.clone(),
                label: field.label.clone(),
                value: value(ctx, &known, answer, false),
                raw: answer
                    .filter(|_| {
                        own && mend
                            && !other
                            && !is_account_of_another(ctx, case, field, facts, answers)
                    })
                    .cloned(),
                asked: mend,
            }
        })
        .collect()
}

/// True for a bank account that a record of somebody else than the applicant filled in: he sent it
/// on without having seen it whole, and does not see it whole when asked to mend it.
fn is_account_of_another(
    ctx: &Ctx,
    case: &Case,
    field: &Field,
    facts: &Facts,
    answers: &BTreeMap<String, Json>,
) -> bool {
    let Some(one_thing) = ctx.env.pack.one_thing(&case.one_thing) else { return false };
    let value = |path: &str| value_of(path, facts, answers);
    let (own, answer) = (value("applicant.citizen_number"), answers.get(&field.id).cloned());
    let filled = |source: &Source| {
        let lookup = source.value.split_once('.').and_then(|(id, _)| one_thing.lookup(id));
        let sought = lookup.map(|one| one.from.iter().find_map(|from| value(&from.value)));
        value(&source.value) == answer && sought.is_some_and(|sought| sought != own)
    };
    field.kind == FieldKind::BankCard && field.prefill.iter().any(filled)
}

/// The value at a path, of the answers or the facts.
fn value_of(path: &str, facts: &Facts, answers: &BTreeMap<String, Json>) -> Option<Json> {
    match path.strip_prefix("form.") {
        Some(field) => answers.get(field).cloned(),
        None => facts.get(path).and_then(|held| held.fact.value.clone()),
    }
}

/// Materials of an item with the checks of what they prove.
pub(super) fn materials(
    ctx: &Ctx,
    case: &Case,
    item: &Item,
    facts: &Facts,
    answers: &BTreeMap<String, Json>,
    stored: &[StoredMaterial],
) -> Result<Vec<MaterialShown>> {
    let answer = |path: &str| facts.get(path).and_then(|held| held.fact.value.clone());
    let outstanding = case.state.outstanding();
    let asked = case.state.correction.as_ref().filter(|_| case.phase == Phase::Correcting);
    // What was promised or asked for is owed, whether or not the answers call for it.
    let owed = |id: &String| {
        outstanding.contains(&id.as_str())
            || asked.is_some_and(|asked| asked.materials.contains(id))
    };
    let wanted = item.materials.iter().filter(|one| {
        one.when.as_ref().is_none_or(|when| rules::eval(when, &answer))
            || stored.iter().any(|held| held.item == item.id && held.material == one.id)
            || owed(&one.id)
    });
    wanted
        .map(|one| {
            let held: Vec<&StoredMaterial> = stored
                .iter()
                .filter(|held| held.item == item.id && held.material == one.id)
                .collect();
            let file = |held: &&StoredMaterial| {
                Ok(FileShown {
                    id: held.id.clone(),
                    name: held.name(ctx)?,
                    media_type: held.media_type.clone(),
                    size: held.size,
                    digest: held.digest.clone(),
                    at: Moment::of(held.at_us),
                })
            };
            let how = match (&one.met_by, held.last()) {
                (_, Some(held)) => held.how.clone(),
                (MetBy::Registry { registry }, None) if looked_up(ctx, case, facts, registry) => {
                    "registry".to_owned()
                }
                (MetBy::Licence { licence }, None)
                    if facts.contains_key(&format!("licence.{licence}.identifier")) =>
                {
                    "licence".to_owned()
                }
                _ => "missing".to_owned(),
            };
            Ok(MaterialShown {
                id: one.id.clone(),
                item: item.id.clone(),
                name: one.name.clone(),
                necessity: match one.necessity {
                    Necessity::Required => "required",
                    Necessity::Secondary => "secondary",
                }
                .to_owned(),
                tolerable: one.necessity == Necessity::Secondary,
                how,
                files: held.iter().map(file).collect::<Result<_>>()?,
                checks: checks(ctx, case, one, facts, answers),
                asked: asked.is_some_and(|asked| asked.materials.contains(&one.id)),
                outstanding: outstanding.contains(&one.id.as_str()),
            })
        })
        .collect()
}

/// Lookups of the one-thing that read a registry for this item.
fn lookups<'a>(
    ctx: &'a Ctx,
    case: &'a Case,
    registry: &'a str,
) -> impl Iterator<Item = &'a pack::one_thing::Lookup> {
    let one_thing = ctx.env.pack.one_thing(&case.one_thing);
    let all = one_thing.into_iter().flat_map(|one| &one.lookups);
    all.filter(move |lookup| lookup.registry == registry && lookup.items.contains(&case.item))
}

fn looked_up(ctx: &Ctx, case: &Case, facts: &Facts, registry: &str) -> bool {
    lookups(ctx, case, registry).any(|lookup| {
        let prefix = format!("{}.", lookup.id);
        facts.iter().any(|(path, held)| path.starts_with(&prefix) && held.fact.value.is_some())
    })
}

/// Comparisons of what a source holds with what the form says.
fn checks(
    ctx: &Ctx,
    case: &Case,
    material: &Material,
    facts: &Facts,
    answers: &BTreeMap<String, Json>,
) -> Vec<Check> {
    let prefixes: Vec<String> = match &material.met_by {
        MetBy::Registry { registry } => {
            // Of several records of one registry, that asked for when the material is comes first.
            let mut found: Vec<_> = lookups(ctx, case, registry).collect();
            found.sort_by_key(|lookup| lookup.when != material.when);
            found.iter().map(|lookup| format!("{}.", lookup.id)).collect()
        }
        MetBy::Licence { licence } => vec![format!("licence.{licence}.")],
        _ => Vec::new(),
    };
    prefixes
        .iter()
        .flat_map(|prefix| facts.iter().filter(move |(path, _)| path.starts_with(prefix.as_str())))
        .map(|(path, held)| {
            let answered = answered(ctx, case, path, facts, answers);
            let known = known(ctx, case, path);
            Check {
                path: path.clone(),
                held: value(ctx, &known, held.fact.value.as_ref(), false),
                answered: value(ctx, &known, answered, false),
                label: known.label,
                state: compared(held.fact.value.as_ref(), answered).to_owned(),
                source: held.fact.source.clone(),
                observed: Moment(held.fact.at),
            }
        })
        .collect()
}

/// What the applicant answered in the field that a fact fills, under the conditions the form had.
fn answered<'a>(
    ctx: &Ctx,
    case: &Case,
    path: &str,
    facts: &Facts,
    answers: &'a BTreeMap<String, Json>,
) -> Option<&'a Json> {
    let known = |path: &str| value_of(path, facts, answers);
    let holds = |when: Option<&rules::When>| when.is_none_or(|when| rules::eval(when, &known));
    let mut fields = ctx.env.pack.form(&case.one_thing)?.fields();
    let filled = fields.find(|field| {
        let fills = |from: &Source| from.value == path && holds(from.when.as_ref());
        holds(field.when.as_ref()) && field.prefill.iter().any(fills)
    })?;
    answers.get(&filled.id)
}

/// `same`, `diff`, `none` (nothing to compare with) or `missing` (the source holds nothing).
fn compared(held: Option<&Json>, answered: Option<&Json>) -> &'static str {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (held, answered) {
        (None, _) => "missing",
        (Some(_), None) => "none",
        (Some(held), Some(said)) if text(held).trim() == text(said).trim() => "same",
        _ => "diff",
    }
}
