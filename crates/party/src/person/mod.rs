//! Natural persons: who somebody is, apart from any account.
//!
//! Invariants: a citizen number belongs to at most one person, found by its blind index; name,
//! number and contacts are sealed at rest. A newborn has no number yet; an officer's person has
//! neither number nor birth date, nor has that of an account that is not proven yet.
//! Must not know: accounts, cases.

mod model;
mod store;

pub use model::{NewPerson, Person};

use ::store::{Ctx, vals};
use kernel::identifier::{CitizenNumber, PersonName};
use kernel::{Error, Lang, Result};
use serde_json::json;

/// Purpose under which names are sealed.
const NAME: &str = "party.person.name";
/// Purpose under which citizen numbers are sealed.
const NUMBER: &str = "party.person.number";
/// Purpose of the blind index of citizen numbers; shared by all areas.
pub const NUMBER_INDEX: &str = "citizen_number";
/// Purpose under which contacts are sealed.
const CONTACT: &str = "party.person.contact";

/// The person with this id.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Person>> {
    let row = store::by_id(ctx, id).await?;
    row.map(|row| row.open(&ctx.env.vault)).transpose()
}

/// As [`find`]; `not_found` when there is none.
pub async fn get(ctx: &mut Ctx, id: &str) -> Result<Person> {
    find(ctx, id).await?.ok_or_else(Error::not_found)
}

/// The person with this citizen number (18 characters; case of the check character aside).
pub async fn by_number(ctx: &mut Ctx, number: &str) -> Result<Option<Person>> {
    let index = ctx.env.vault.index(NUMBER_INDEX, &number.trim().to_ascii_uppercase());
    let row = store::by_number(ctx, &index).await?;
    row.map(|row| row.open(&ctx.env.vault)).transpose()
}

/// The person with the number, made when there is none; without a number always a new person.
///
/// A known person is returned as recorded: what somebody types does not change a register.
/// Errors: `identifier.*` for a malformed name or number.
pub async fn ensure(ctx: &mut Ctx, new: NewPerson) -> Result<Person> {
    let name = PersonName::parse(&new.name)?.as_str().to_owned();
    let number = new.number.as_deref().map(CitizenNumber::parse).transpose()?;
    if let Some(number) = &number
        && let Some(known) = by_number(ctx, number.as_str()).await?
    {
        return Ok(known);
    }
    let id = ctx.id();
    let person = Person {
        id,
        name,
        number: number.map(|number| number.as_str().to_owned()),
        birth_date: new.birth_date.or(number.map(|number| number.birth_date())),
        division: new.division,
        lang: ctx.lang,
    };
    if store::insert(ctx, &person).await? {
        return Ok(person);
    }
    // Somebody registered the same number while we did: theirs stands.
    let number = person.number.unwrap_or_default();
    by_number(ctx, &number).await?.ok_or_else(|| Error::internal("person neither made nor found"))
}

/// Gives a person without a number the one he has been given (a newborn on household
/// registration). Errors: `not_found`; `person.number_known` when he has another or the number is
/// somebody else's.
pub async fn set_number(ctx: &mut Ctx, id: &str, number: &str) -> Result<()> {
    let number = CitizenNumber::parse(number)?;
    if !ctx.lock("person", id).await? {
        return Err(Error::not_found());
    }
    let person = get(ctx, id).await?;
    if person.number.as_deref() == Some(number.as_str()) {
        return Ok(());
    }
    let taken = by_number(ctx, number.as_str()).await?.is_some();
    if taken || person.number.is_some() {
        return Err(Error::conflict("person.number_known"));
    }
    let sealed = ctx.env.vault.clone().seal(NUMBER, number.as_str().as_bytes(), &mut ctx.random)?;
    let index = ctx.env.vault.index(NUMBER_INDEX, number.as_str());
    ctx.execute(
        "UPDATE person SET number_sealed = $2, number_index = $3 WHERE id = $1",
        vals![id, sealed, index],
    )
    .await?;
    Ok(())
}

/// The person bears another name from now on, as what is on record says (`licence:…`): a newborn whose
/// name was corrected before its birth certificate was issued. For whoever issues that, not for
/// citizens. Errors: `denied`, `identifier.name`, `not_found`.
pub async fn rename(ctx: &mut Ctx, id: &str, name: &str, evidence: &str) -> Result<()> {
    if ctx.actor.is_citizen() {
        return Err(Error::denied("denied"));
    }
    let name = PersonName::parse(name)?.as_str().to_owned();
    ctx.lock("person", id).await?;
    if get(ctx, id).await?.name == name {
        return Ok(());
    }
    let sealed = ctx.env.vault.clone().seal(NAME, name.as_bytes(), &mut ctx.random)?;
    let sql = "UPDATE person SET name_sealed = $2 WHERE id = $1";
    ctx.execute(sql, vals![id, sealed]).await?;
    let body = json!({ "evidence": evidence });
    crate::audit::record(ctx, "person.renamed", &format!("person:{id}"), body).await.map(drop)
}

/// The electronic mail address of a person, if he gave one.
pub async fn mail(ctx: &mut Ctx, id: &str) -> Result<Option<String>> {
    store::contact(ctx, id, "mail_sealed").await
}

/// The mobile number of a person, if he gave one.
pub async fn mobile(ctx: &mut Ctx, id: &str) -> Result<Option<String>> {
    store::contact(ctx, id, "mobile_sealed").await
}

/// Sets or, when empty, removes the electronic mail address. Errors: `person.mail`.
pub async fn set_mail(ctx: &mut Ctx, id: &str, mail: &str) -> Result<()> {
    let mail = mail.trim();
    check_mail(mail)?;
    store::set_contact(ctx, id, "mail_sealed", mail).await
}

/// Refuses what can be no address; empty is none. Errors: `person.mail`.
pub(crate) fn check_mail(mail: &str) -> Result<()> {
    let plausible = mail.len() <= 120 && mail.parse::<lettre::Address>().is_ok();
    if mail.is_empty() || plausible {
        return Ok(());
    }
    Err(Error::invalid("person.mail").field("mail", "person.mail"))
}

/// Sets or, when empty, removes the mobile number. Errors: `identifier.mobile.*`.
pub async fn set_mobile(ctx: &mut Ctx, id: &str, mobile: &str) -> Result<()> {
    let mobile = mobile.trim();
    if !mobile.is_empty() {
        kernel::identifier::Mobile::parse(mobile)?;
    }
    store::set_contact(ctx, id, "mobile_sealed", mobile).await
}

/// Sets the language in which the person is written to.
pub async fn set_lang(ctx: &mut Ctx, id: &str, lang: Lang) -> Result<()> {
    ctx.execute("UPDATE person SET lang = $2 WHERE id = $1", vals![id, lang.tag()]).await?;
    Ok(())
}

/// Opens a person's sealed name.
pub(crate) fn open_name(vault: &proof::vault::Vault, sealed: &[u8]) -> Result<String> {
    store::name(vault, sealed)
}

/// Opens a text sealed for a purpose.
pub(crate) fn open_text(
    vault: &proof::vault::Vault,
    purpose: &str,
    sealed: &[u8],
) -> Result<String> {
    store::text(vault, purpose, sealed)
}
