//! SQL of offers, credentials and nonces.

use ::store::{Ctx, vals};
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

/// Most credentials of one licence that are listed.
const LISTED: i64 = 50;

/// An offer as stored.
#[derive(FromQueryResult)]
pub(super) struct OfferRow {
    pub id: String,
    pub licence_id: String,
    pub person: String,
    pub sealed: Vec<u8>,
    pub expires_us: i64,
    pub failures: i64,
    pub state: String,
    pub token_expires_us: i64,
    /// The program that asked; empty when the holder offered.
    pub client: String,
    /// Thumbprint of the key its token is bound to; empty for a bearer's.
    pub token_key: String,
}

const OFFER: &str = "id, licence_id, person, sealed, expires_us, failures, state, token_expires_us, \
     client, token_key";

/// An offer to be inserted.
pub(super) struct NewOffer<'a> {
    pub id: &'a str,
    pub licence_id: &'a str,
    pub person: &'a str,
    pub client: &'a str,
    pub code_index: String,
    pub sealed: Vec<u8>,
    pub created: Timestamp,
    pub expires: Timestamp,
}

pub(super) async fn insert_offer(ctx: &mut Ctx, new: NewOffer<'_>) -> Result<()> {
    ctx.execute(
        "INSERT INTO credential_offer (id, licence_id, person, code_index, sealed, created_us,
         expires_us, failures, state, token_expires_us, client)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 'open', 0, $8)",
        vals![
            new.id,
            new.licence_id,
            new.person,
            new.code_index,
            new.sealed,
            new.created,
            new.expires,
            new.client
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn offers_since(ctx: &mut Ctx, person: &str, since: Timestamp) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM credential_offer WHERE person = $1 AND created_us > $2";
    ctx.count(sql, vals![person, since]).await
}

/// The offer. Errors: `not_found`.
pub(super) async fn offer(ctx: &mut Ctx, id: &str) -> Result<OfferRow> {
    let sql = format!("SELECT {OFFER} FROM credential_offer WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

pub(super) async fn offer_by_code(ctx: &mut Ctx, index: &str) -> Result<Option<OfferRow>> {
    let sql = format!("SELECT {OFFER} FROM credential_offer WHERE code_index = $1");
    ctx.optional(&sql, vals![index]).await
}

pub(super) async fn offer_by_token(ctx: &mut Ctx, index: &str) -> Result<Option<OfferRow>> {
    let sql = format!("SELECT {OFFER} FROM credential_offer WHERE token_index = $1");
    ctx.optional(&sql, vals![index]).await
}

/// Counts a wrong number.
pub(super) async fn failed(ctx: &mut Ctx, id: &str) -> Result<()> {
    let sql = "UPDATE credential_offer SET failures = failures + 1 WHERE id = $1";
    ctx.execute(sql, vals![id]).await.map(drop)
}

/// Turns an open offer into a token, bound to a key unless that is empty; false when somebody else was
/// first.
pub(super) async fn set_token(
    ctx: &mut Ctx,
    id: &str,
    index: &str,
    key: &str,
    until: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE credential_offer SET state = 'redeemed', token_index = $2, token_key = $3,
         token_expires_us = $4 WHERE id = $1 AND state = 'open'";
    Ok(ctx.execute(sql, vals![id, index, key, until]).await? == 1)
}

/// Ends a redeemed offer with the credential it was for; false when somebody else was first.
pub(super) async fn set_issued(ctx: &mut Ctx, id: &str, credential: &str) -> Result<bool> {
    let sql = "UPDATE credential_offer SET state = 'issued', credential = $2
         WHERE id = $1 AND state = 'redeemed'";
    Ok(ctx.execute(sql, vals![id, credential]).await? == 1)
}

/// What a wallet asked for.
#[derive(FromQueryResult)]
pub(super) struct RequestRow {
    pub id: String,
    pub uri_index: String,
    pub client: String,
    pub redirect_uri: String,
    pub client_state: String,
    pub challenge: String,
    /// Thumbprint of the key the code is bound to; empty for none.
    pub code_key: String,
    pub type_id: String,
    pub expires_us: i64,
    /// The offer it led to; empty before, and when the user declined.
    pub offer: String,
    /// None before the user answered.
    pub code_index: Option<String>,
    pub code_expires_us: i64,
    /// 1 once the code was shown.
    pub spent: i64,
}

const REQUEST: &str = "id, uri_index, client, redirect_uri, client_state, challenge, type_id, \
     expires_us, offer, code_index, code_expires_us, spent, code_key";

pub(super) async fn insert_request(ctx: &mut Ctx, new: &RequestRow) -> Result<()> {
    let sql = format!(
        "INSERT INTO credential_request ({REQUEST})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    );
    let values = vals![
        &new.id,
        &new.uri_index,
        &new.client,
        &new.redirect_uri,
        &new.client_state,
        &new.challenge,
        &new.type_id,
        new.expires_us,
        &new.offer,
        new.code_index.clone(),
        new.code_expires_us,
        new.spent,
        &new.code_key
    ];
    ctx.execute(&sql, values).await.map(drop)
}

/// Forgets requests that are over, an hour later: until then a code shown twice is known.
pub(super) async fn forget_requests(ctx: &mut Ctx, now: Timestamp) -> Result<()> {
    ctx.purge("credential_request", "expires_us", now.plus_us(-kernel::time::HOUR_US)).await
}

/// How many requests of a program wait for an answer; `most` of them are counted.
pub(super) async fn requests_of(
    ctx: &mut Ctx,
    client: &str,
    now: Timestamp,
    most: i64,
) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM credential_request
         WHERE client = $1 AND code_index IS NULL AND expires_us > $2 LIMIT $3) AS waiting";
    ctx.count(sql, vals![client, now, most]).await
}

pub(super) async fn request_by_uri(ctx: &mut Ctx, index: &str) -> Result<Option<RequestRow>> {
    let sql = format!("SELECT {REQUEST} FROM credential_request WHERE uri_index = $1");
    ctx.optional(&sql, vals![index]).await
}

pub(super) async fn request_by_code(ctx: &mut Ctx, index: &str) -> Result<Option<RequestRow>> {
    let sql = format!("SELECT {REQUEST} FROM credential_request WHERE code_index = $1");
    ctx.optional(&sql, vals![index]).await
}

/// Keeps the user's answer: the offer it led to, and the code.
pub(super) async fn answer_request(
    ctx: &mut Ctx,
    id: &str,
    offer: &str,
    code: &str,
    until: Timestamp,
) -> Result<()> {
    let sql = "UPDATE credential_request SET offer = $2, code_index = $3, code_expires_us = $4
         WHERE id = $1";
    ctx.execute(sql, vals![id, offer, code, until]).await.map(drop)
}

/// Uses up the code of a request.
pub(super) async fn spend_request(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.execute("UPDATE credential_request SET spent = 1 WHERE id = $1", vals![id]).await.map(drop)
}

/// Ends an offer whose token has given no credential yet.
pub(super) async fn close_offer(ctx: &mut Ctx, id: &str) -> Result<()> {
    let sql = "UPDATE credential_offer SET state = 'closed' WHERE id = $1 AND state = 'redeemed'";
    ctx.execute(sql, vals![id]).await.map(drop)
}

/// The credential that an offer led to, empty before; none for an offer there is not.
pub(super) async fn credential_of(ctx: &mut Ctx, offer: &str) -> Result<Option<String>> {
    ctx.scalar("SELECT credential FROM credential_offer WHERE id = $1", vals![offer]).await
}

/// Marks a nonce as used, and forgets some of those that are over; false when it was used before.
pub(super) async fn use_nonce(
    ctx: &mut Ctx,
    nonce: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    ctx.purge("credential_nonce", "until_us", now).await?;
    let sql = "INSERT INTO credential_nonce (id, until_us) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Ok(ctx.execute(sql, vals![nonce, until]).await? == 1)
}

/// A credential in a wallet that is not ours.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Credential {
    /// Id.
    pub id: String,
    /// Number of the status list it is in.
    pub list: i64,
    /// Its place there.
    pub place: i64,
    /// The licence.
    pub licence_id: String,
    /// Whose licence it is.
    pub person: String,
    /// SM3 of the wallet's key.
    pub key_digest: String,
    /// When it was given, in microseconds.
    pub issued_us: i64,
    /// When it ends, in microseconds, on the visitors' own watches.
    pub expires_us: i64,
    /// `valid`, or `ended` when the holder took it back.
    pub state: String,
    /// When he did, in microseconds; 0 when he did not.
    pub ended_us: i64,
}

const CREDENTIAL: &str =
    "id, list, place, licence_id, person, key_digest, issued_us, expires_us, state, ended_us";

/// Enters a credential; false when its place is taken.
pub(super) async fn insert(ctx: &mut Ctx, new: &Credential) -> Result<bool> {
    let sql = format!(
        "INSERT INTO credential ({CREDENTIAL}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (list, place) DO NOTHING"
    );
    let values = vals![
        &new.id,
        new.list,
        new.place,
        &new.licence_id,
        &new.person,
        &new.key_digest,
        new.issued_us,
        new.expires_us,
        &new.state,
        new.ended_us
    ];
    Ok(ctx.execute(&sql, values).await? == 1)
}

/// Number of the newest list, 0 before the first, and how many credentials it has.
pub(super) async fn newest_list(ctx: &mut Ctx) -> Result<(i64, i64)> {
    let list = ctx.count("SELECT COALESCE(MAX(list), 0) FROM credential", vals![]).await?;
    let count = ctx.count("SELECT COUNT(*) FROM credential WHERE list = $1", vals![list]).await?;
    Ok((list, count))
}

/// The credential. Errors: `not_found`.
pub(super) async fn credential(ctx: &mut Ctx, id: &str) -> Result<Credential> {
    let sql = format!("SELECT {CREDENTIAL} FROM credential WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// The credential at a place of a list.
pub(crate) async fn at(ctx: &mut Ctx, list: i64, place: i64) -> Result<Option<Credential>> {
    let sql = format!("SELECT {CREDENTIAL} FROM credential WHERE list = $1 AND place = $2");
    ctx.optional(&sql, vals![list, place]).await
}

pub(super) async fn of_licence(ctx: &mut Ctx, licence_id: &str) -> Result<Vec<Credential>> {
    let sql = format!(
        "SELECT {CREDENTIAL} FROM credential WHERE licence_id = $1 ORDER BY id DESC LIMIT $2"
    );
    ctx.all(&sql, vals![licence_id, LISTED]).await
}

/// Ends a credential; false when it has ended already.
pub(super) async fn end(ctx: &mut Ctx, id: &str) -> Result<bool> {
    let now = ctx.now;
    let sql =
        "UPDATE credential SET state = 'ended', ended_us = $2 WHERE id = $1 AND state = 'valid'";
    Ok(ctx.execute(sql, vals![id, now]).await? == 1)
}

/// One credential of a list that is not in force.
#[derive(FromQueryResult)]
pub(super) struct Standing {
    pub place: i64,
    pub own: String,
    pub licence: String,
    pub valid_until_us: Option<i64>,
}

/// Those of a list of which either the credential or its licence has ended or rests.
pub(super) async fn fallen(ctx: &mut Ctx, list: i64) -> Result<Vec<Standing>> {
    let now = ctx.now;
    let sql = "SELECT c.place AS place, c.state AS own, l.state AS licence, l.valid_until_us
         FROM credential c JOIN licence l ON l.id = c.licence_id
         WHERE c.list = $1 AND (c.state <> 'valid' OR l.state <> '01' OR l.valid_until_us <= $2)";
    ctx.all(sql, vals![list, now]).await
}

/// True when the list has credentials.
pub(super) async fn is_list(ctx: &mut Ctx, list: i64) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM credential WHERE list = $1 LIMIT 1) AS one";
    Ok(ctx.count(sql, vals![list]).await? > 0)
}
