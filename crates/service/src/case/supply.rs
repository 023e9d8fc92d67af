//! What an application consists of: answers, facts with their sources, materials.
//!
//! Invariants: answers and values of facts are sealed; answers are versioned, so that what was
//! submitted first stays readable; all three are kept under the parent, for all its items.

use super::lookup;
use super::model::{ANSWER_MAX, CHILD_NAME, Case, Material, PARTS_MAX};
use flow::case::Phase;
use kernel::{Error, Result, Text, Timestamp};
use pack::item::Item;
use rules::Fact;
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::{Ctx, Value, vals};

const ANSWERS: &str = "service.case.answers";
const FACT: &str = "service.case.fact";
const FILE_NAME: &str = "service.case.file";
/// All versions of a family's answers, as evidence records them.
pub(super) const ANSWERS_KEPT: &str = "case_answer.case_id";
/// All facts of a family, as evidence records them.
pub(super) const FACTS_KEPT: &str = "case_fact.case_id";
/// All materials of a family, as evidence records them.
pub(super) const MATERIALS_KEPT: &str = "case_material.root_id";
/// Rows of one INSERT.
const ROWS_MAX: usize = 50;

/// A fact with the receipt of the lookup it came by.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) fact: Fact,
    pub(super) receipt: String,
}

/// Facts by path.
pub(super) type Facts = BTreeMap<String, Held>;

/// The facts alone, as rules read them.
pub(super) fn plain(facts: &Facts) -> BTreeMap<String, Fact> {
    facts.iter().map(|(path, held)| (path.clone(), held.fact.clone())).collect()
}

/// A stored material.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct StoredMaterial {
    pub(super) id: String,
    pub(super) item: String,
    pub(super) material: String,
    pub(super) how: String,
    pub(super) digest: String,
    name: Vec<u8>,
    pub(super) media_type: String,
    pub(super) size: i64,
    pub(super) at_us: i64,
}

impl StoredMaterial {
    /// The file's name, opened.
    pub(super) fn name(&self, ctx: &Ctx) -> Result<String> {
        let plain = ctx.env.vault.open(FILE_NAME, &self.name).map_err(Error::internal)?;
        String::from_utf8(plain).map_err(Error::internal)
    }
}

/// Ids of materials within an item. Errors: `case.material_unknown` for one it does not ask for.
pub(super) fn names(item: &str, materials: &[Material]) -> Result<Vec<String>> {
    materials
        .iter()
        .map(|material| match material.material_id.split_once('.') {
            Some((of, id)) if of == item => Ok(id.to_owned()),
            Some(_) => {
                Err(Error::invalid("case.material_unknown").arg("material", &material.material_id))
            }
            None => Ok(material.material_id.clone()),
        })
        .collect()
}

/// Where an answer comes from.
pub(super) fn form_source() -> Text {
    Text::new("申请表", "Application form")
}

/// Keeps the first answers of a parent.
pub(super) async fn first_answers(
    ctx: &mut Ctx,
    id: &str,
    answers: &BTreeMap<String, Json>,
) -> Result<()> {
    write_answers(ctx, id, 1, answers).await
}

async fn write_answers(
    ctx: &mut Ctx,
    id: &str,
    version: i64,
    answers: &BTreeMap<String, Json>,
) -> Result<()> {
    let text = serde_json::to_vec(answers).map_err(Error::internal)?;
    let sealed = ctx.env.vault.clone().seal(ANSWERS, &text, &mut ctx.random)?;
    let (now, actor) = (ctx.now, ctx.actor.account.clone());
    ctx.execute(
        "INSERT INTO case_answer (case_id, version, at_us, actor, answers) VALUES ($1, $2, $3, $4, $5)",
        vals![id, version, now, actor, sealed],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct StoredAnswers {
    version: i64,
    answers: Vec<u8>,
}

/// The answers of a parent as they now are, and their version.
pub(super) async fn answers_of(ctx: &mut Ctx, root: &str) -> Result<(i64, BTreeMap<String, Json>)> {
    let sql =
        "SELECT version, answers FROM case_answer WHERE case_id = $1 ORDER BY version DESC LIMIT 1";
    let Some(stored) = ctx.optional::<StoredAnswers>(sql, vals![root]).await? else {
        return Ok((0, BTreeMap::new()));
    };
    let plain = ctx.env.vault.open(ANSWERS, &stored.answers).map_err(Error::internal)?;
    Ok((stored.version, serde_json::from_slice(&plain).map_err(Error::internal)?))
}

/// Takes new answers of a correction: a new version, the facts of the form with it, none of what was
/// looked up by the former ones, and the child's name where that was corrected.
pub(super) async fn answers(ctx: &mut Ctx, case: &Case, new: BTreeMap<String, Json>) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    check_answers(&new)?;
    let root = case.root_id().to_owned();
    let (version, mut all) = answers_of(ctx, &root).await?;
    let facts = form_facts(&new, ctx.now);
    let other = |(id, value): &(&String, &Json)| all.get(*id) != Some(*value);
    let changed: Vec<&str> = new.iter().filter(other).map(|(id, _)| id.as_str()).collect();
    Box::pin(forget(ctx, case, &changed)).await?;
    let named = new.get(CHILD_NAME).and_then(Json::as_str).map(str::to_owned);
    all.extend(new);
    write_answers(ctx, &root, version + 1, &all).await?;
    if let Some(name) = named {
        super::store::rename_child(ctx, case, &name).await?;
    }
    put_facts(ctx, &root, &facts).await
}

/// Forgets what was looked up by answers that are others now; what other items of the application need
/// of it is looked up for them again.
async fn forget(ctx: &mut Ctx, case: &Case, fields: &[&str]) -> Result<()> {
    let (pack, root) = (ctx.env.pack.clone(), case.root_id());
    let known = facts(ctx, root).await?;
    let gone = lookup::outdated(&pack, case, fields, &known);
    for path in &gone {
        let sql = "DELETE FROM case_fact WHERE case_id = $1 AND path = $2";
        ctx.execute(sql, vals![root, path]).await?;
    }
    if !gone.is_empty() {
        for other in super::store::children(ctx, root).await? {
            if other.id != case.id && matches!(other.phase, Phase::Submitted | Phase::Accepted) {
                ctx.enqueue(super::automatic::JOB, &json!({ "case": other.id })).await?;
            }
        }
    }
    Ok(())
}

/// Refuses answers beyond the limits. Errors: `case.answer_size`, `case.parts`.
pub(super) fn check_answers(answers: &BTreeMap<String, Json>) -> Result<()> {
    if answers.len() > PARTS_MAX {
        return Err(Error::limited("case.parts").arg("max", PARTS_MAX));
    }
    let mut error = Error::invalid("case.answer_size").arg("limit_kib", ANSWER_MAX / 1024);
    for (field, value) in answers {
        if field.len() > 100 || value.to_string().len() > ANSWER_MAX {
            let field: String = field.chars().take(100).collect();
            let args = vec![("limit_kib", (ANSWER_MAX / 1024).to_string())];
            error = error.field_with(field, "case.answer_size", args);
        }
    }
    error.if_any_field()
}

/// Answers as facts: the form said so, now.
pub(super) fn form_facts(answers: &BTreeMap<String, Json>, now: Timestamp) -> Facts {
    answers
        .iter()
        .map(|(field, value)| {
            let value =
                Some(value.clone()).filter(|value| !value.is_null() && value.as_str() != Some(""));
            let fact = Fact { value, source: form_source(), at: now };
            (format!("form.{field}"), Held { fact, receipt: String::new() })
        })
        .collect()
}

/// Writes facts, replacing those of the same path.
pub(super) async fn put_facts(ctx: &mut Ctx, root: &str, facts: &Facts) -> Result<()> {
    let all: Vec<(&String, &Held)> = facts.iter().collect();
    for chunk in all.chunks(ROWS_MAX) {
        let mut values: Vec<Value> = Vec::new();
        let mut rows = Vec::new();
        for (path, held) in chunk {
            let value = serde_json::to_vec(&held.fact.value).map_err(Error::internal)?;
            let sealed = ctx.env.vault.clone().seal(FACT, &value, &mut ctx.random)?;
            let source = serde_json::to_string(&held.fact.source).map_err(Error::internal)?;
            let first = values.len();
            values.extend(vals![root, *path, sealed, source, held.fact.at, &held.receipt]);
            let marks: Vec<String> =
                (first + 1..=values.len()).map(|at| format!("${at}")).collect();
            rows.push(format!("({})", marks.join(", ")));
        }
        let sql = format!(
            "INSERT INTO case_fact (case_id, path, value, source, observed_us, receipt) VALUES {}
             ON CONFLICT (case_id, path) DO UPDATE SET value = excluded.value, source = excluded.source,
             observed_us = excluded.observed_us, receipt = excluded.receipt",
            rows.join(", ")
        );
        ctx.execute(&sql, values).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct StoredFact {
    path: String,
    value: Vec<u8>,
    source: String,
    observed_us: i64,
    receipt: String,
}

/// The facts of a family.
pub(super) async fn facts(ctx: &mut Ctx, root: &str) -> Result<Facts> {
    let sql = "SELECT path, value, source, observed_us, receipt FROM case_fact WHERE case_id = $1";
    let rows: Vec<StoredFact> = ctx.all(sql, vals![root]).await?;
    rows.into_iter()
        .map(|row| {
            let plain = ctx.env.vault.open(FACT, &row.value).map_err(Error::internal)?;
            let fact = Fact {
                value: serde_json::from_slice(&plain).map_err(Error::internal)?,
                source: serde_json::from_str(&row.source).map_err(Error::internal)?,
                at: Timestamp(row.observed_us),
            };
            Ok((row.path, Held { fact, receipt: row.receipt }))
        })
        .collect()
}

/// Keeps materials of an item's correction or promise.
pub(super) async fn materials(ctx: &mut Ctx, case: &Case, materials: &[Material]) -> Result<()> {
    let ids = names(&case.item, materials)?;
    let rows: Vec<(String, String, &Material)> =
        ids.into_iter().zip(materials).map(|(id, one)| (case.item.clone(), id, one)).collect();
    put_materials(ctx, case.root_id(), &rows).await
}

/// Keeps materials: item, id within it, and what was handed in.
pub(super) async fn put_materials(
    ctx: &mut Ctx,
    root: &str,
    materials: &[(String, String, &Material)],
) -> Result<()> {
    let (now, actor) = (ctx.now, ctx.actor.account.clone());
    for chunk in materials.chunks(ROWS_MAX) {
        let mut values: Vec<Value> = Vec::new();
        let mut rows = Vec::new();
        for (item, id, material) in chunk {
            let name =
                ctx.env.vault.clone().seal(FILE_NAME, material.name.as_bytes(), &mut ctx.random)?;
            let row = ctx.id();
            let first = values.len();
            values.extend(vals![
                row,
                root,
                item,
                id,
                material.how.as_str(),
                &material.digest,
                name,
                &material.media_type,
                material.size,
                now,
                &actor
            ]);
            let marks: Vec<String> =
                (first + 1..=values.len()).map(|at| format!("${at}")).collect();
            rows.push(format!("({})", marks.join(", ")));
        }
        let sql = format!(
            "INSERT INTO case_material (id, root_id, item, material, how, digest, name, media_type, size,
             at_us, actor) VALUES {}",
            rows.join(", ")
        );
        ctx.execute(&sql, values).await?;
    }
    Ok(())
}

const MATERIAL: &str = "id, item, material, how, digest, name, media_type, size, at_us";

/// The materials of a family, oldest first.
pub(super) async fn materials_of(ctx: &mut Ctx, root: &str) -> Result<Vec<StoredMaterial>> {
    let sql =
        format!("SELECT {MATERIAL} FROM case_material WHERE root_id = $1 ORDER BY id LIMIT 1000");
    ctx.all(&sql, vals![root]).await
}

/// A material of a family by its row.
pub(super) async fn material(ctx: &mut Ctx, root: &str, id: &str) -> Result<StoredMaterial> {
    let sql = format!("SELECT {MATERIAL} FROM case_material WHERE root_id = $1 AND id = $2");
    ctx.one(&sql, vals![root, id]).await
}

/// Gives every uploaded material its items: by name, or every item that asks for it.
pub(super) fn spread<'a>(
    items: &[Item],
    uploads: &'a [Material],
) -> Result<Vec<(String, String, &'a Material)>> {
    let mut out = Vec::new();
    for upload in uploads {
        let (of, id) = match upload.material_id.split_once('.') {
            Some((of, id)) => (Some(of), id),
            None => (None, upload.material_id.as_str()),
        };
        let wanted = items.iter().filter(|item| of.is_none_or(|of| item.id == of));
        let before = out.len();
        out.extend(
            wanted
                .filter(|item| item.material(id).is_some())
                .map(|item| (item.id.clone(), id.to_owned(), upload)),
        );
        if out.len() == before {
            return Err(
                Error::invalid("case.material_unknown").arg("material", &upload.material_id)
            );
        }
    }
    Ok(out)
}
