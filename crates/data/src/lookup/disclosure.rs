//! What officers were shown whole or took away of a case: a masked value, a file, a folder. The
//! persons it is about see it beside the reads of registries.
//!
//! Invariants: a disclosure is on record before its content leaves; it holds no value.

use super::receipt::{PAGE, Receipt, cursor, own_number, reads_of};
use crate::registry::SUBJECT_INDEX;
use kernel::{Error, Result, Text, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::json;
use std::collections::BTreeSet;
use store::{Ctx, vals};

/// A disclosure to be recorded.
#[derive(Clone, Debug)]
pub struct NewDisclosure<'a> {
    /// Case.
    pub case_id: &'a str,
    /// Its number.
    pub number: &'a str,
    /// Its one-thing.
    pub one_thing: &'a str,
    /// Party id of its applicant.
    pub person: &'a str,
    /// Citizen numbers of those it is about.
    pub about: &'a [&'a str],
    /// What was disclosed, in words.
    pub what: Text,
    /// For what.
    pub purpose: Text,
}

/// A disclosure as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// Id; sorts by time.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Case.
    pub case_id: String,
    /// Its number.
    pub number: String,
    /// Its one-thing.
    pub one_thing: String,
    /// Party id of its applicant.
    pub person: String,
    /// Agency of the officer.
    pub agency: String,
    /// Account of the officer.
    pub actor: String,
    /// What was disclosed.
    pub what: Text,
    /// For what.
    pub purpose: Text,
}

/// Data about a person, used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// Read from a registry.
    Read(Receipt),
    /// Disclosed to an officer.
    Disclosed(Disclosure),
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    at_us: i64,
    case_id: String,
    number: String,
    one_thing: String,
    person_id: String,
    agency: String,
    actor: String,
    what: String,
    purpose: String,
}

/// Records that the actor was shown something of a case.
pub async fn disclose(ctx: &mut Ctx, new: NewDisclosure<'_>) -> Result<()> {
    let about: BTreeSet<&str> = new.about.iter().copied().filter(|one| !one.is_empty()).collect();
    let (at, agency, actor) = (ctx.now, ctx.actor.agency.clone(), ctx.actor.account.clone());
    for number in about {
        let (id, index) = (ctx.id(), ctx.env.vault.index(SUBJECT_INDEX, number));
        ctx.execute(
            "INSERT INTO data_disclosure (id, at_us, subject_index, case_id, number, one_thing,
             person_id, agency, actor, what, purpose)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            vals![
                id,
                at,
                index,
                new.case_id,
                new.number,
                new.one_thing,
                new.person,
                &agency,
                &actor,
                json!(new.what),
                json!(new.purpose)
            ],
        )
        .await?;
    }
    Ok(())
}

/// Uses of data about the actor, newest first, at most 50, older than `after`; the cursor of the
/// next page. Errors: `sign_in.needed`.
pub(crate) async fn uses(ctx: &mut Ctx, after: &str) -> Result<(Vec<Use>, Option<String>)> {
    let Some(number) = own_number(ctx).await? else { return Ok((Vec::new(), None)) };
    let index = ctx.env.vault.index(SUBJECT_INDEX, &number);
    let sql =
        "SELECT id, at_us, case_id, number, one_thing, person_id, agency, actor, what, purpose
         FROM data_disclosure WHERE subject_index = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    let rows: Vec<Row> = ctx.all(sql, vals![&index, cursor(after), PAGE + 1]).await?;
    let mut uses: Vec<(String, Use)> = Vec::new();
    for row in rows {
        uses.push((row.id.clone(), Use::Disclosed(row.try_into()?)));
    }
    let reads = reads_of(ctx, &index, after).await?.into_iter();
    uses.extend(reads.map(|receipt| (receipt.id.clone(), Use::Read(receipt))));
    uses.sort_by(|a, b| b.0.cmp(&a.0));
    let more = uses.len() > PAGE;
    uses.truncate(PAGE);
    let next = uses.last().filter(|_| more).map(|(id, _)| id.clone());
    Ok((uses.into_iter().map(|(_, one)| one).collect(), next))
}

impl TryFrom<Row> for Disclosure {
    type Error = Error;

    /// Errors: `internal` for a row changed by hand: a person is not told of a use without its
    /// purpose.
    fn try_from(row: Row) -> Result<Disclosure> {
        Ok(Disclosure {
            id: row.id,
            at: Timestamp(row.at_us),
            case_id: row.case_id,
            number: row.number,
            one_thing: row.one_thing,
            person: row.person_id,
            agency: row.agency,
            actor: row.actor,
            what: serde_json::from_str(&row.what).map_err(Error::internal)?,
            purpose: serde_json::from_str(&row.purpose).map_err(Error::internal)?,
        })
    }
}
