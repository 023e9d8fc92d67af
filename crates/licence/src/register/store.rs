//! SQL of the register.

use super::model::{Event, LicenceRow, Opened, Use};
use kernel::{Error, Result, Timestamp};
use proof::licence_token::Signed;
use store::{Ctx, vals};

/// Purpose under which the signed data is sealed.
const BODY: &str = "licence.body";
/// Uses on one page.
pub(crate) const PAGE: usize = 50;
/// Licences shown of one holder; nobody holds more.
const HELD_MAX: i64 = 200;

const COLUMNS: &str = "id, identifier, type_id, type_version, agency, key_id, code, holder, state, \
     state_us, state_reason, case_id, item_id, issued_us, valid_until_us, revision, former, origin";
const USE_COLUMNS: &str =
    "id, licence_id, person, at_us, kind, account, agency, case_id, purpose, fields";

/// What a new row holds beyond [`LicenceRow`].
pub(super) struct New<'a> {
    pub row: &'a LicenceRow,
    /// `type/holder` while live, when the type allows one only.
    pub live_key: Option<String>,
    /// The signed JSON.
    pub signed: &'a [u8],
}

/// The licence with this id.
pub(crate) async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<LicenceRow>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM licence WHERE id = $1"), vals![id]).await
}

/// As [`find`]; `not_found` when there is none.
pub(crate) async fn get(ctx: &mut Ctx, id: &str) -> Result<LicenceRow> {
    find(ctx, id).await?.ok_or_else(Error::not_found)
}

/// The licence with this identifier.
pub(crate) async fn by_identifier(ctx: &mut Ctx, identifier: &str) -> Result<Option<LicenceRow>> {
    let sql = format!("SELECT {COLUMNS} FROM licence WHERE identifier = $1");
    ctx.optional(&sql, vals![identifier]).await
}

/// The licence with this public code.
pub(crate) async fn by_code(ctx: &mut Ctx, code: &str) -> Result<Option<LicenceRow>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM licence WHERE code = $1"), vals![code]).await
}

/// The live licence of a key `type/holder`.
pub(super) async fn live(ctx: &mut Ctx, key: &str) -> Result<Option<LicenceRow>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM licence WHERE live_key = $1"), vals![key]).await
}

/// The licence that took this one's place.
pub(crate) async fn successor(ctx: &mut Ctx, id: &str) -> Result<Option<LicenceRow>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM licence WHERE former = $1"), vals![id]).await
}

/// The state in which the last event before an instant left the licence; none before its issue.
pub(crate) async fn state_before(
    ctx: &mut Ctx,
    id: &str,
    before: Timestamp,
) -> Result<Option<String>> {
    let sql = "SELECT after FROM licence_event WHERE licence_id = $1 AND at_us < $2
         ORDER BY at_us DESC, id DESC LIMIT 1";
    ctx.scalar(sql, vals![id, before]).await
}

/// Licences of a holder, newest first.
pub(crate) async fn of_holder(ctx: &mut Ctx, person: &str) -> Result<Vec<LicenceRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM licence WHERE holder = $1 ORDER BY id DESC LIMIT {HELD_MAX}"
    );
    ctx.all(&sql, vals![person]).await
}

/// Licences an agency issued, newest first, older than the cursor.
pub(super) async fn of_agency(ctx: &mut Ctx, agency: &str, after: &str) -> Result<Vec<LicenceRow>> {
    let after = if after.is_empty() { "~" } else { after };
    let sql = format!(
        "SELECT {COLUMNS} FROM licence WHERE agency = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
    ctx.all(&sql, vals![agency, after, PAGE + 1]).await
}

/// Opens what is sealed.
pub(crate) async fn open(ctx: &mut Ctx, row: LicenceRow) -> Result<Opened> {
    let sealed: Option<Vec<u8>> =
        ctx.scalar("SELECT body_sealed FROM licence WHERE id = $1", vals![&row.id]).await?;
    let sealed = sealed.ok_or_else(Error::not_found)?;
    let signed = ctx.env.vault.open(BODY, &sealed).map_err(Error::internal)?;
    let body = Signed::parse(&signed).map_err(Error::internal)?.body;
    Ok(Opened { row, signed, body })
}

/// The next serial of a type at an issuer, from 1.
pub(super) async fn next_serial(ctx: &mut Ctx, key: &str) -> Result<i64> {
    ctx.count_on("licence_serial", &["id"], vals![key], "next", 1).await
}

/// Inserts a licence; false when its holder has a live one already.
pub(super) async fn insert(ctx: &mut Ctx, new: New<'_>) -> Result<bool> {
    let row = new.row;
    let sealed = ctx.env.vault.clone().seal(BODY, new.signed, &mut ctx.random)?;
    let inserted = ctx
        .execute(
            "INSERT INTO licence (id, identifier, type_id, type_version, agency, key_id, code,
             holder, body_sealed, live_key, state, state_us, state_reason, case_id, item_id,
             issued_us, valid_until_us, revision, former, origin)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20)
             ON CONFLICT (live_key) DO NOTHING",
            vals![
                &row.id, &row.identifier, &row.type_id, row.type_version, &row.agency, &row.key_id,
                &row.code, &row.holder, sealed, new.live_key, &row.state, row.state_us,
                &row.state_reason, &row.case_id, &row.item_id, row.issued_us, row.valid_until_us,
                row.revision, row.former.clone(), row.origin.clone()
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Writes a new state; a licence that has ended no longer counts as live.
pub(super) async fn set_state(
    ctx: &mut Ctx,
    id: &str,
    state: &str,
    reason: &str,
    ended: bool,
) -> Result<()> {
    let now = ctx.now;
    let live = if ended { ", live_key = NULL" } else { "" };
    let sql = format!(
        "UPDATE licence SET state = $2, state_reason = $3, state_us = $4,
         revision = revision + 1{live} WHERE id = $1"
    );
    ctx.execute(&sql, vals![id, state, reason, now]).await?;
    Ok(())
}

pub(super) async fn insert_event(ctx: &mut Ctx, licence: &str, event: &Event) -> Result<()> {
    ctx.execute(
        "INSERT INTO licence_event (id, licence_id, at_us, account, agency, kind, before, after,
         reason, article) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        vals![
            &event.id,
            licence,
            event.at_us,
            &event.account,
            &event.agency,
            &event.kind,
            &event.before,
            &event.after,
            &event.reason,
            &event.article
        ],
    )
    .await?;
    Ok(())
}

/// What happened to a licence, newest first, at most 50.
pub(crate) async fn events(ctx: &mut Ctx, licence: &str) -> Result<Vec<Event>> {
    ctx.all(
        "SELECT id, at_us, account, agency, kind, before, after, reason, article
         FROM licence_event WHERE licence_id = $1 ORDER BY id DESC LIMIT $2",
        vals![licence, PAGE],
    )
    .await
}

pub(super) async fn insert_use(ctx: &mut Ctx, used: &Use) -> Result<()> {
    ctx.execute(
        "INSERT INTO licence_use (id, licence_id, person, at_us, kind, account, agency, case_id,
         purpose, fields) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        vals![
            &used.id,
            &used.licence_id,
            &used.person,
            used.at_us,
            &used.kind,
            &used.account,
            &used.agency,
            &used.case_id,
            &used.purpose,
            &used.fields
        ],
    )
    .await?;
    Ok(())
}

/// A use by its id.
pub(crate) async fn find_use(ctx: &mut Ctx, id: &str) -> Result<Option<Use>> {
    let sql = format!("SELECT {USE_COLUMNS} FROM licence_use WHERE id = $1");
    ctx.optional(&sql, vals![id]).await
}

/// Uses by a column that is a name in the program, newest first, older than the cursor.
pub(super) async fn uses(
    ctx: &mut Ctx,
    column: &'static str,
    value: &str,
    after: &str,
) -> Result<Vec<Use>> {
    let after = if after.is_empty() { "~" } else { after };
    let sql = format!(
        "SELECT {USE_COLUMNS} FROM licence_use WHERE {column} = $1 AND id < $2
         ORDER BY id DESC LIMIT $3"
    );
    ctx.all(&sql, vals![value, after, PAGE]).await
}

/// Digest of the stored sheet.
pub(super) async fn sheet(ctx: &mut Ctx, licence: &str) -> Result<Option<String>> {
    ctx.scalar("SELECT digest FROM licence_sheet WHERE id = $1", vals![licence]).await
}

/// Records the sheet; the first one stands. True when this one was the first.
pub(super) async fn set_sheet(
    ctx: &mut Ctx,
    licence: &str,
    digest: &str,
    size: usize,
    at: Timestamp,
) -> Result<bool> {
    let inserted = ctx
        .execute(
            "INSERT INTO licence_sheet (id, digest, size, at_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO NOTHING",
            vals![licence, digest, size, at],
        )
        .await?;
    Ok(inserted == 1)
}
