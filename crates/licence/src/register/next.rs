//! What makes the next licence of a chain: changed, renewed, issued again for a lost one, taken
//! over from another agency's register.
//!
//! Invariants: the former licence ends and the next one begins in one transaction; a licence has
//! one successor; the next has the former's identifier with the version after it, and names it in
//! its signed data; one taken over has a number of its own, since its issuer is another.
//! Must not know: why a case was granted.

use super::issue::{self, Begun};
use super::life::{self, Change};
use super::model::{Issue, Issued, LicenceRow, Opened};
use super::{ISSUE, store};
use ::store::Ctx;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::identifier::LicenceId;
use kernel::{Error, Result};
use pack::licence::Operation;
use serde_json::{Map, Value as Json};

/// Licences of a chain shown to either side.
const CHAIN_MAX: usize = 20;

/// How a licence goes on.
#[derive(Clone, Debug)]
pub struct Next {
    /// Change, renew, reissue or transfer in.
    pub operation: Operation,
    /// Why, for the public; names nobody.
    pub reason: String,
    /// Article of law.
    pub article: String,
    /// Values that are other than the former's, of a change; null takes one away.
    pub fields: Map<String, Json>,
    /// New last day, of a renewal; from the type's years when absent.
    pub valid_until: Option<Date>,
    /// The holder's number as the officer read it from what was shown to him, of a reissue.
    pub holder_number: String,
}

/// Ends a licence and issues the one that takes its place. Permission `licence.issue` and a second
/// factor; the issuing agency, or for a transfer in an agency of the same kind.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found`, `licence.reason`, `licence.article`,
/// `licence.act`, `licence.ended`, `licence.state`, `licence.state_not_allowed`,
/// `licence.unchanged` for a change of nothing, `licence.holder_number` for a reissue to somebody
/// else, `licence.valid_until`, `licence.taken_over`, those of [`issue::issue`].
pub async fn next(ctx: &mut Ctx, id: &str, how: &Next) -> Result<Issued> {
    if !how.operation.makes_next() {
        return Err(Error::invalid("licence.act").field("act", "licence.act"));
    }
    let row = match how.operation {
        Operation::TransferIn => of_same_kind(ctx, id).await?,
        _ => life::reached(ctx, id, ISSUE).await?,
    };
    life::check_words(&how.reason, &how.article)?;
    life::permit(ctx, &row, how.operation)?;
    let former = store::open(ctx, row).await?;
    let issue = contents(ctx, &former, how)?;
    let (reason, article) = (how.reason.as_str(), how.article.as_str());
    let change = Change { operation: how.operation, reason, article };
    life::apply(ctx, &former.row, &change).await?;
    let identifier = match how.operation {
        Operation::TransferIn => None,
        _ => Some(LicenceId::parse(&former.row.identifier)?.next_version()?),
    };
    issue::enter(ctx, issue, Begun::After(&former.row, identifier)).await
}

/// A licence that was transferred out by an agency of the actor's kind and that nobody has taken
/// over.
async fn of_same_kind(ctx: &mut Ctx, id: &str) -> Result<LicenceRow> {
    let row = life::locked(ctx, id, ISSUE).await?;
    let pack = ctx.env.pack.clone();
    let kind = |agency: &str| pack.agency(agency).map(|agency| agency.kind);
    let (own, other) = (kind(&ctx.actor.agency), kind(&row.agency));
    if own.is_none() || own != other {
        return Err(Error::not_found());
    }
    if store::successor(ctx, id).await?.is_some() {
        return Err(Error::conflict("licence.taken_over"));
    }
    Ok(row)
}

/// What the next licence holds.
fn contents(ctx: &Ctx, former: &Opened, how: &Next) -> Result<Issue> {
    let row = &former.row;
    let mut fields = former.fields();
    let mut valid_until = row.last_day();
    let mut agency_id = row.agency.clone();
    match how.operation {
        Operation::Change => change_fields(&mut fields, &how.fields)?,
        Operation::Renew => valid_until = Some(renewed_until(ctx, row, how.valid_until)?),
        Operation::Reissue => {
            let shown = how.holder_number.trim().to_ascii_uppercase();
            if shown != former.holder_number() {
                return Err(Error::invalid("licence.holder_number")
                    .field("holder_number", "licence.holder_number"));
            }
        }
        _ => agency_id.clone_from(&ctx.actor.agency),
    }
    Ok(Issue {
        type_id: row.type_id.clone(),
        holder_person: row.holder.clone(),
        holder_number: Some(former.holder_number().to_owned()).filter(|number| !number.is_empty()),
        holder_name: former.holder_name().to_owned(),
        agency_id,
        fields: Json::Object(fields),
        case_id: String::new(),
        item_id: row.item_id.clone(),
        valid_until,
    })
}

fn change_fields(fields: &mut Map<String, Json>, given: &Map<String, Json>) -> Result<()> {
    let before = fields.clone();
    for (id, value) in given {
        if super::shown::is_blank(value) {
            fields.remove(id);
        } else {
            fields.insert(id.clone(), value.clone());
        }
    }
    if *fields == before { Err(Error::conflict("licence.unchanged")) } else { Ok(()) }
}

/// The last day after a renewal: as asked, else the type's years after the former's last day.
fn renewed_until(ctx: &Ctx, row: &LicenceRow, asked: Option<Date>) -> Result<Date> {
    let wrong =
        || Error::invalid("licence.valid_until").field("valid_until", "licence.valid_until");
    let last = row.last_day().ok_or_else(wrong)?;
    let years = ctx.env.pack.licence_type(&row.type_id).and_then(|kind| kind.validity_years);
    let by_type = years.and_then(|years| last.checked_add(i32::from(years).years()).ok());
    asked.or(by_type).filter(|until| *until > last).ok_or_else(wrong)
}

/// The licences of a chain, the first one first, the given one among them.
pub async fn chain(ctx: &mut Ctx, row: &LicenceRow) -> Result<Vec<LicenceRow>> {
    let mut chain = vec![row.clone()];
    while let Some(former) = chain.first().and_then(|one| one.former.clone()) {
        if chain.len() > CHAIN_MAX {
            break;
        }
        chain.insert(0, store::get(ctx, &former).await?);
    }
    for _ in 0..CHAIN_MAX {
        let last = chain.last().map(|one| one.id.clone()).unwrap_or_default();
        match store::successor(ctx, &last).await? {
            Some(next) => chain.push(next),
            None => break,
        }
    }
    Ok(chain)
}
