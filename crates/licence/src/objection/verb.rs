//! The verbs of objections.

use super::ANSWER;
use super::store::{self, Objection};
use crate::register::{LicenceRow, Use, store as licences};
use crate::wallet;
use ::store::Ctx;
use kernel::{Error, Result};
use serde_json::json;

/// Days in which an agency answers.
const DUE_DAYS: i64 = 15;
/// Longest words of either side, in characters.
const WORDS_MAX: usize = 500;

/// A use with the licence used and the objection to it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The use.
    pub used: Use,
    /// The licence; none for a person's code.
    pub licence: Option<LicenceRow>,
    /// The objection, once there is one.
    pub objection: Option<Objection>,
}

async fn seen(ctx: &mut Ctx, id: &str) -> Result<Seen> {
    let used = licences::find_use(ctx, id).await?.ok_or_else(Error::not_found)?;
    let licence = match used.licence_id.as_str() {
        "" => None,
        id => licences::find(ctx, id).await?,
    };
    Ok(Seen { objection: store::find(ctx, id).await?, used, licence })
}

/// A use of a licence of the actor's or of a child of his. Errors: `not_found`, also for others'.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Seen> {
    party::authority::demand(ctx, wallet::OWN)?;
    let seen = seen(ctx, id).await?;
    match wallet::may_open(ctx, &seen.used.person).await? {
        true => Ok(seen),
        false => Err(Error::not_found()),
    }
}

/// Objects to a use. Errors: as [`find`], `licence.objection_words` for none or more than 500
/// characters, `licence.objection_made` when there is one already, `licence.objection_nobody` for a
/// use that no agency answers for.
pub async fn object(ctx: &mut Ctx, id: &str, words: &str) -> Result<Objection> {
    let seen = find(ctx, id).await?;
    check(words)?;
    let issuer = seen.licence.map(|row| row.agency).unwrap_or_default();
    let agency = if seen.used.agency.is_empty() { issuer } else { seen.used.agency };
    if agency.is_empty() {
        return Err(Error::conflict("licence.objection_nobody"));
    }
    let new = Objection {
        id: id.to_owned(),
        person: seen.used.person,
        agency,
        words: words.trim().to_owned(),
        state: "open".to_owned(),
        made_us: ctx.now.0,
        due_us: ctx.now.plus_days(DUE_DAYS).0,
        upheld: 0,
        answer: String::new(),
        answered_us: 0,
        answered_by: String::new(),
    };
    if !store::insert(ctx, &new).await? {
        return Err(Error::conflict("licence.objection_made"));
    }
    let (subject, body) = (format!("licence_use:{id}"), json!({ "agency": new.agency }));
    let table = "licence_objection";
    party::audit::record_row(ctx, "licence.objected", &subject, body, table, id).await?;
    Ok(new)
}

fn check(words: &str) -> Result<()> {
    let words = words.trim();
    let fits = !words.is_empty() && words.chars().count() <= WORDS_MAX;
    match fits && !words.chars().any(webkit::form::forbidden) {
        true => Ok(()),
        false => {
            let code = "licence.objection_words";
            Err(Error::invalid(code).field("words", code))
        }
    }
}

/// Objections that wait for the actor's agency, oldest first, with what they are about. Permission
/// `data.objection.answer`.
pub async fn open_ones(ctx: &mut Ctx) -> Result<Vec<Seen>> {
    party::authority::demand(ctx, ANSWER)?;
    let agency = ctx.actor.agency.clone();
    let mut found = Vec::new();
    if !agency.is_empty() {
        for objection in store::open(ctx, &agency).await? {
            found.push(seen(ctx, &objection.id).await?);
        }
    }
    Ok(found)
}

/// Answers an objection: agrees or not, with reasons. Permission `data.objection.answer`. Errors:
/// `denied`, `not_found`, also for another agency's, `licence.objection_words`,
/// `licence.objection_answered`.
pub async fn answer(ctx: &mut Ctx, id: &str, upheld: bool, words: &str) -> Result<Objection> {
    party::authority::demand(ctx, ANSWER)?;
    let found = store::find(ctx, id).await?.ok_or_else(Error::not_found)?;
    if !party::authority::same_agency(ctx, &found.agency) {
        return Err(Error::not_found());
    }
    check(words)?;
    if !store::answer(ctx, id, upheld, words.trim()).await? {
        return Err(Error::conflict("licence.objection_answered"));
    }
    let (subject, body) = (format!("licence_use:{id}"), json!({ "upheld": upheld }));
    let table = "licence_objection";
    party::audit::record_row(ctx, "licence.objection_answered", &subject, body, table, id).await?;
    store::find(ctx, id).await?.ok_or_else(Error::not_found)
}
