//! Who may see or act on a case.
//!
//! Invariants: an officer reaches cases of his own agency, and of those that other agencies handle in
//! the same application sees how they stand, nothing of what they contain; a supervisor or leader
//! reads those of his division; an applicant his own, and those of whoever authorised him; a guardian
//! those whose licence the child holds. Everybody else is told that there is no such case, and the
//! attempt is recorded.

use super::lookup::{self, Subject};
use super::model::Case;
use super::store;
use super::supply::{self, Facts};
use super::transfer;
use super::verbs::{READ, SUPERVISE};
use ::store::Ctx;
use kernel::{ActorKind, Error, Result};
use pack::Province;
use party::authority;
use serde_json::{Value as Json, json};

/// In what standing the actor comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// An officer of the agency that handles the case.
    Officer,
    /// The applicant or who acts for him; the clerk who filed.
    Applicant,
}

/// How a reader stands to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// The applicant or who acts for him.
    Applicant,
    /// A guardian of the child who is not the applicant: of what the child has of it.
    Guardian,
    /// The clerk who filed for him.
    Clerk,
    /// An officer of the agency, or of the one to which the case has been handed and which has yet to
    /// answer.
    Officer,
    /// An officer of an agency that handles an item of the same application.
    Partner,
    /// A supervisor or leader of the division.
    Supervisor,
}

impl Reader {
    /// Reads answers, facts, materials and papers: what an application contains.
    pub(super) fn reads_contents(self) -> bool {
        matches!(self, Reader::Applicant | Reader::Guardian | Reader::Clerk | Reader::Officer)
    }
}

/// Refuses whoever does not come in that standing. Errors: `not_found`.
pub(super) async fn require(ctx: &mut Ctx, case: &Case, standing: Standing) -> Result<()> {
    let admitted = match standing {
        Standing::Officer => authority::same_agency(ctx, &case.agency),
        Standing::Applicant => citizen(ctx, case).await?.is_some() || is_clerk(ctx, case),
    };
    if admitted { Ok(()) } else { Err(refuse(ctx, case)) }
}

/// The applicant's case, item or parent. Errors: `not_found`.
pub(super) async fn of_applicant(ctx: &mut Ctx, id: &str) -> Result<Case> {
    let case = store::get(ctx, id).await?;
    require(ctx, &case, Standing::Applicant).await?;
    Ok(case)
}

/// How the actor may read the case. Errors: `not_found`.
pub(super) async fn reader(ctx: &mut Ctx, case: &Case) -> Result<Reader> {
    standing(ctx, case).await?.ok_or_else(|| refuse(ctx, case))
}

/// True when the actor may read what the case contains. What is asked for is not an attempt.
pub async fn reads_contents(ctx: &mut Ctx, case: &Case) -> Result<bool> {
    Ok(standing(ctx, case).await?.is_some_and(Reader::reads_contents))
}

/// As [`reads_contents`], of the case with this id. Errors: `not_found` when there is none.
pub async fn reads_contents_of(ctx: &mut Ctx, id: &str) -> Result<bool> {
    let case = store::get(ctx, id).await?;
    reads_contents(ctx, &case).await
}

/// True for a citizen to whom the case is shown with something left out or masked: a guardian, or an
/// applicant for what is somebody else's own matter.
pub async fn is_veiled(ctx: &mut Ctx, case: &Case) -> Result<bool> {
    Ok(match standing(ctx, case).await? {
        Some(Reader::Guardian) => true,
        // Who acts for the applicant sees neither her account nor what is hers alone.
        Some(Reader::Applicant) if ctx.actor.party != case.applicant => true,
        Some(Reader::Applicant) => {
            let facts = supply::facts(ctx, case.root_id()).await?;
            let hidden = hidden(ctx, case, Reader::Applicant, &facts).await?;
            let one_thing = ctx.env.pack.one_thing(&case.one_thing);
            let of = |id: &String| one_thing.and_then(|one| one.lookup(id));
            hidden.iter().filter_map(of).any(|one| one.items.contains(&case.item))
        }
        _ => false,
    })
}

/// Lookups of which a citizen and the clerk at the window are told nothing, unless that person
/// authorised the applicant: what is somebody else's own matter, and what was found of whom no
/// record held of the applicant names, whose number was only typed.
pub(super) async fn hidden(
    ctx: &mut Ctx,
    case: &Case,
    reader: Reader,
    facts: &Facts,
) -> Result<Vec<String>> {
    if !matches!(reader, Reader::Applicant | Reader::Guardian | Reader::Clerk) {
        return Ok(Vec::new());
    }
    let pack = ctx.env.pack.clone();
    let own = facts.get("applicant.citizen_number").and_then(|held| held.fact.value.clone());
    let lookups = pack.one_thing(&case.one_thing).into_iter().flat_map(|one| &one.lookups);
    let (mut told, mut hidden): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    for lookup in lookups {
        let Some(subject) = lookup::subject(lookup, facts) else {
            // By whom it was found cannot be told any more.
            if facts.keys().any(|path| lookup::is_of(path, lookup)) {
                hidden.push(lookup.id.clone());
            }
            continue;
        };
        let own = own.as_ref().and_then(Json::as_str) == Some(subject.value.as_str());
        let named = !lookup.own && is_named(&pack, case, &subject, facts, &told);
        if own || named || authorised(ctx, case, &subject.value).await? {
            told.push(&lookup.id);
        } else {
            hidden.push(lookup.id.clone());
        }
    }
    Ok(hidden)
}

/// Lookups by what was typed whose values are not those that a decision was explained with: it may
/// tell of a person whose number was corrected since.
pub(super) fn former(
    ctx: &Ctx,
    case: &Case,
    decision: &rules::Decision,
    facts: &Facts,
) -> Vec<String> {
    let Some(one_thing) = ctx.env.pack.one_thing(&case.one_thing) else { return Vec::new() };
    let typed = |lookup: &&pack::one_thing::Lookup| {
        lookup.from.iter().any(|from| from.value.starts_with("form."))
    };
    let other = |used: &rules::Used| {
        let held = facts.get(&used.path).and_then(|held| held.fact.value.as_ref());
        held.filter(|value| !value.is_null()) != used.value.as_ref()
    };
    let used =
        || decision.explanation.iter().flat_map(|one| std::iter::once(&one.left).chain(&one.right));
    let lookups = one_thing.lookups.iter().filter(typed);
    lookups
        .filter(|lookup| used().any(|one| lookup::is_of(&one.path, lookup) && other(one)))
        .map(|lookup| lookup.id.clone())
        .collect()
}

/// True when the account, a licence or a record that the applicant is told of says the value, be it
/// by way of a field that it fills.
fn is_named(
    pack: &Province,
    case: &Case,
    subject: &Subject<'_>,
    facts: &Facts,
    told: &[&str],
) -> bool {
    let by_record = |path: &str| {
        let head = path.split('.').next().unwrap_or_default();
        matches!(head, "applicant" | "licence") || told.contains(&head)
    };
    let Some(field) = subject.path.strip_prefix("form.") else { return by_record(subject.path) };
    let value = |path: &str| facts.get(path).and_then(|held| held.fact.value.clone());
    let field = pack.form(&case.one_thing).and_then(|form| form.field(field));
    let mut sources = field.into_iter().flat_map(|field| &field.prefill);
    sources.any(|source| {
        by_record(&source.value)
            && source.when.as_ref().is_none_or(|when| rules::eval(when, &value))
            && value(&source.value).as_ref().and_then(Json::as_str) == Some(subject.value.as_str())
    })
}

/// True when the person of the number lets the applicant act for him in the matter.
async fn authorised(ctx: &mut Ctx, case: &Case, number: &str) -> Result<bool> {
    let Some(person) = party::person::by_number(ctx, number).await? else { return Ok(false) };
    party::delegation::holds(ctx, &person.id, &case.applicant, &case.one_thing).await
}

/// How the actor stands to the case; none when he may not know of it.
async fn standing(ctx: &mut Ctx, case: &Case) -> Result<Option<Reader>> {
    if let Some(reader) = citizen(ctx, case).await? {
        return Ok(Some(reader));
    }
    if ctx.actor.kind == ActorKind::System {
        return Ok(Some(Reader::Officer));
    }
    if authority::may(ctx, READ) {
        let ours = authority::same_agency(ctx, &case.agency) || transfer::offered(ctx, case);
        // The whole belongs to no agency, whichever leads: each reads what its own items contain.
        if ours && !case.is_parent() {
            return Ok(Some(Reader::Officer));
        }
        if is_clerk(ctx, case) {
            return Ok(Some(Reader::Clerk));
        }
        if ours || handles_sibling(ctx, case).await? {
            return Ok(Some(Reader::Partner));
        }
    }
    let watches =
        authority::may(ctx, SUPERVISE) && authority::reaches(ctx, &case.agency, &case.division);
    Ok(watches.then_some(Reader::Supervisor))
}

/// True when the actor's agency handles an item of the same application.
async fn handles_sibling(ctx: &mut Ctx, case: &Case) -> Result<bool> {
    if !ctx.actor.is_officer() || ctx.actor.agency.is_empty() {
        return Ok(false);
    }
    let (root, agency) = (case.root_id().to_owned(), ctx.actor.agency.clone());
    let sql = "SELECT COUNT(*) FROM cases WHERE parent_id = $1 AND agency = $2";
    Ok(ctx.count(sql, ::store::vals![root, agency]).await? > 0)
}

fn is_clerk(ctx: &Ctx, case: &Case) -> bool {
    ctx.actor.is_officer() && !case.filed_by.is_empty() && case.filed_by == ctx.actor.account
}

/// How a citizen stands to it: the applicant and whoever he authorised, or a guardian of the child
/// for what the child has of it.
async fn citizen(ctx: &mut Ctx, case: &Case) -> Result<Option<Reader>> {
    let party = ctx.actor.party.clone();
    if !ctx.actor.is_citizen() || party.is_empty() {
        return Ok(None);
    }
    let authorised = party == case.applicant
        || party::delegation::holds(ctx, &case.applicant, &party, &case.one_thing).await?;
    if authorised {
        return Ok(Some(Reader::Applicant));
    }
    // The other parent is guardian of the child, and of nothing that is the applicant's own.
    let guards = !case.child.is_empty()
        && !case.licence_id.is_empty()
        && licence::is_held_by(ctx, &case.licence_id, &case.child).await?
        && party::delegation::holds(ctx, &case.child, &party, &case.one_thing).await?;
    Ok(guards.then_some(Reader::Guardian))
}

/// The answer to whoever may not know of the case. The attempt is recorded in a transaction of its
/// own, since the caller's is rolled back.
pub(crate) fn refuse(ctx: &Ctx, case: &Case) -> Error {
    let (env, actor, lang) = (ctx.env.clone(), ctx.actor.clone(), ctx.lang);
    let subject = format!("case:{}", case.id);
    tokio::spawn(async move {
        let written = async {
            let mut ctx = Ctx::write(&env, actor, lang).await?;
            let body = json!({ "agency": ctx.actor.agency });
            party::audit::record(&mut ctx, "access.refused", &subject, body).await?;
            ctx.commit().await
        };
        if let Err(error) = written.await {
            tracing::error!(%error, subject, "a refused access could not be recorded");
        }
    });
    Error::not_found()
}
