//! SQL of persons.

use super::model::Person;
use super::{CONTACT, NAME, NUMBER, NUMBER_INDEX};
use kernel::{Error, Lang, Result};
use proof::vault::Vault;
use sea_orm::FromQueryResult;
use store::{Ctx, vals};

/// A row as stored.
#[derive(FromQueryResult)]
pub(super) struct Row {
    id: String,
    name_sealed: Vec<u8>,
    number_sealed: Option<Vec<u8>>,
    birth_date: String,
    division: String,
    lang: String,
}

const COLUMNS: &str = "id, name_sealed, number_sealed, birth_date, division, lang";

impl Row {
    /// Opens the sealed columns.
    pub(super) fn open(self, vault: &Vault) -> Result<Person> {
        Ok(Person {
            name: text(vault, NAME, &self.name_sealed)?,
            number: self.number_sealed.map(|sealed| text(vault, NUMBER, &sealed)).transpose()?,
            birth_date: self.birth_date.parse().ok(),
            division: self.division,
            lang: Lang::parse(&self.lang).unwrap_or_default(),
            id: self.id,
        })
    }
}

/// Opens a sealed text. Errors: `internal`, since what we sealed must open.
pub(crate) fn text(vault: &Vault, purpose: &str, sealed: &[u8]) -> Result<String> {
    let plain = vault.open(purpose, sealed).map_err(Error::internal)?;
    String::from_utf8(plain).map_err(Error::internal)
}

/// Opens a person's sealed name.
pub(crate) fn name(vault: &Vault, sealed: &[u8]) -> Result<String> {
    text(vault, NAME, sealed)
}

pub(super) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Option<Row>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM person WHERE id = $1"), vals![id]).await
}

pub(super) async fn by_number(ctx: &mut Ctx, index: &str) -> Result<Option<Row>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM person WHERE number_index = $1"), vals![index])
        .await
}

/// Inserts the person; false when his number is already somebody's.
pub(super) async fn insert(ctx: &mut Ctx, person: &Person) -> Result<bool> {
    let vault = ctx.env.vault.clone();
    let name = vault.seal(NAME, person.name.as_bytes(), &mut ctx.random)?;
    let number = match &person.number {
        Some(number) => Some(vault.seal(NUMBER, number.as_bytes(), &mut ctx.random)?),
        None => None,
    };
    let index = person.number.as_ref().map(|number| vault.index(NUMBER_INDEX, number));
    let birth_date = person.birth_date.map(|date| date.to_string()).unwrap_or_default();
    let (lang, now) = (person.lang.tag(), ctx.now);
    let inserted = ctx
        .execute(
            "INSERT INTO person (id, name_sealed, number_sealed, number_index, birth_date, division,
             lang, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (number_index) DO NOTHING",
            vals![&person.id, name, number, index, birth_date, &person.division, lang, now],
        )
        .await?;
    Ok(inserted == 1)
}

/// A sealed contact column, opened. `column` is a name in the program, never input.
pub(super) async fn contact(
    ctx: &mut Ctx,
    id: &str,
    column: &'static str,
) -> Result<Option<String>> {
    let sql = format!("SELECT {column} FROM person WHERE id = $1");
    let sealed: Option<Option<Vec<u8>>> = ctx.scalar(&sql, vals![id]).await?;
    sealed.flatten().map(|sealed| text(&ctx.env.vault, CONTACT, &sealed)).transpose()
}

/// Seals and writes a contact column; empty writes NULL.
pub(super) async fn set_contact(
    ctx: &mut Ctx,
    id: &str,
    column: &'static str,
    value: &str,
) -> Result<()> {
    let sealed = match value {
        "" => None,
        value => Some(ctx.env.vault.clone().seal(CONTACT, value.as_bytes(), &mut ctx.random)?),
    };
    let sql = format!("UPDATE person SET {column} = $2 WHERE id = $1");
    match ctx.execute(&sql, vals![id, sealed]).await? {
        0 => Err(Error::not_found()),
        _ => Ok(()),
    }
}
