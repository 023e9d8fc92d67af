//! Issuance that begins in the wallet of others: it pushes what it asks for (RFC 9126), its user comes
//! and chooses a licence, and the wallet is sent a code for one use (OpenID4VCI 1.0 §5, with PKCE).
//!
//! Invariants
//! - Only a registered program asks, a code goes to none but one of its registered addresses, and only
//!   what was pushed counts.
//! - The holder sees who asks and where to before he chooses; a request is answered once.
//! - A code holds a minute and is good for whoever knows the verifier alone, and has the key where the
//!   request was pushed with one; shown twice within the hour, it ends what it led to: the token, or the
//!   credential that the token has fetched, which then no longer holds in the public list. A verifier
//!   who does not read that list until the credential expires is not reached.
//!
//! Must not know: HTTP, pages.

use super::offer::{self, TOKEN, TOKEN_LIFE_S};
use super::store::{self, RequestRow};
use crate::wallet::{self, Card};
use ::store::Ctx;
use kernel::time::SECOND_US;
use kernel::{Error, Result, Timestamp};
use party::token::{self, Client, pkce};
use serde_json::json;

/// How long a pushed request waits for its user, in seconds on the visitors' own watches.
pub(super) const REQUEST_LIFE_S: i64 = 300;
/// How long a code holds.
const CODE_LIFE_S: i64 = 60;
/// Requests of one program that may wait at once; those that come in one instant do not count each
/// other, or each would wait for the one before it.
const WAITING_MAX: i64 = 10_000;
/// What the address of a request begins with.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// Purposes of the blind indexes of requests and codes.
const REQUEST: &str = "licence.credential.request";
const CODE: &str = "licence.credential.authorisation";
/// Longest state of a program's own.
const STATE_MAX: usize = 500;

/// What a wallet pushes.
#[derive(Clone, Copy, Default)]
pub struct Pushed<'a> {
    /// Client id.
    pub client: &'a str,
    /// Its secret; empty for a program that keeps none.
    pub secret: &'a str,
    /// One of its addresses.
    pub redirect_uri: &'a str,
    /// What it wants back with the code.
    pub state: &'a str,
    /// The challenge of its verifier, S256.
    pub challenge: &'a str,
    /// Thumbprint of the key the code shall be bound to; empty for none.
    pub key: &'a str,
    /// The kind of credential.
    pub configuration: &'a str,
}

/// A code shown for a token.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The code.
    pub code: &'a str,
    /// Client id.
    pub client: &'a str,
    /// Its secret; empty for a program that keeps none.
    pub secret: &'a str,
    /// The address the code was sent to.
    pub redirect_uri: &'a str,
    /// The verifier.
    pub verifier: &'a str,
    /// Thumbprint of the key it has proved to hold; empty for none.
    pub key: &'a str,
}

/// A request as its user sees it.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Name of the program that asks.
    pub program: String,
    /// Where the code goes.
    pub redirect_uri: String,
    /// The kind of licence.
    pub type_id: String,
    /// Licences of that kind in force, his own and his children's.
    pub cards: Vec<Card>,
}

/// The program, which has shown its secret if it keeps one. Errors: `licence.credential_client`.
async fn program(ctx: &mut Ctx, id: &str, secret: &str) -> Result<Client> {
    match token::authenticate_client(ctx, id, secret).await {
        Err(error) if error.code == "client.unknown" => {
            Err(Error::unauthenticated("licence.credential_client"))
        }
        other => other,
    }
}

/// Takes in what a wallet asks for; the address of the request.
///
/// Errors: `licence.credential_client` for a program that is not registered, or whose secret or address
/// is wrong; `licence.credential_pkce`; `licence.credential_kind`; `licence.credential_state`;
/// `licence.credential_waiting` when too many requests of the program wait.
pub async fn push(ctx: &mut Ctx, pushed: Pushed<'_>) -> Result<String> {
    let client = program(ctx, pushed.client, pushed.secret).await?;
    if !client.sends_to(pushed.redirect_uri) {
        return Err(Error::unauthenticated("licence.credential_client"));
    }
    if !pkce::is_challenge(pushed.challenge) {
        return Err(Error::invalid("licence.credential_pkce"));
    }
    if ctx.env.pack.licence_type(pushed.configuration).is_none() {
        return Err(Error::invalid("licence.credential_kind"));
    }
    if pushed.state.len() > STATE_MAX {
        return Err(Error::invalid("licence.credential_state"));
    }
    let now = ctx.env.clock.platform();
    store::forget_requests(ctx, now).await?;
    if store::requests_of(ctx, &client.id, now, WAITING_MAX).await? >= WAITING_MAX {
        return Err(Error::limited("licence.credential_waiting"));
    }
    let secret = ctx.random.secret();
    let new = RequestRow {
        id: ctx.id(),
        uri_index: ctx.env.vault.index(REQUEST, &secret),
        client: client.id,
        redirect_uri: pushed.redirect_uri.to_owned(),
        client_state: pushed.state.to_owned(),
        challenge: pushed.challenge.to_owned(),
        code_key: pushed.key.to_owned(),
        type_id: pushed.configuration.to_owned(),
        expires_us: now.plus_us(REQUEST_LIFE_S * SECOND_US).0,
        offer: String::new(),
        code_index: None,
        code_expires_us: 0,
        spent: 0,
    };
    store::insert_request(ctx, &new).await?;
    Ok(format!("{PREFIX}{secret}"))
}

/// A request that waits for its user, with its program. Errors: `licence.credential_asked` for one that
/// is unknown, another program's, over or answered.
async fn waiting(ctx: &mut Ctx, client: &str, uri: &str) -> Result<(RequestRow, Client)> {
    let gone = || Error::invalid("licence.credential_asked");
    let secret = uri.strip_prefix(PREFIX).ok_or_else(gone)?;
    let index = ctx.env.vault.index(REQUEST, secret);
    let row = store::request_by_uri(ctx, &index).await?.ok_or_else(gone)?;
    let over = ctx.env.clock.platform().0 >= row.expires_us || row.code_index.is_some();
    if over || row.client != client {
        return Err(gone());
    }
    // A program that was closed meanwhile gets nothing any more.
    let found = token::client(ctx, client).await?.filter(|one| one.sends_to(&row.redirect_uri));
    Ok((row, found.ok_or_else(gone)?))
}

/// What the actor is asked. Errors: `denied`, `licence.credential_asked`.
pub async fn asked(ctx: &mut Ctx, client: &str, uri: &str) -> Result<Waiting> {
    party::authority::demand(ctx, wallet::OWN)?;
    let (row, client) = waiting(ctx, client, uri).await?;
    let mut cards = Vec::new();
    for holding in wallet::all(ctx).await? {
        let fits = |card: &Card| card.type_id == row.type_id && card.state == "01";
        cards.extend(holding.cards.into_iter().filter(fits));
    }
    let (program, redirect_uri) = (client.name, row.redirect_uri);
    Ok(Waiting { program, redirect_uri, type_id: row.type_id, cards })
}

/// Answers a request, with a licence or by declining; where the visitor is sent. Errors: as [`asked`],
/// those of [`offer::enter`], `licence.credential_kind` for a licence of another kind.
pub async fn answer(
    ctx: &mut Ctx,
    client: &str,
    uri: &str,
    licence: Option<&str>,
) -> Result<String> {
    party::authority::demand(ctx, wallet::OWN)?;
    let (row, _) = waiting(ctx, client, uri).await?;
    // Of two answers at once the second finds the first.
    ctx.lock("credential_request", &row.id).await?;
    let (row, _) = waiting(ctx, client, uri).await?;
    let (code, id) = match licence {
        None => (None, String::new()),
        Some(licence) => {
            let entered = offer::enter(ctx, licence, &row.client).await?;
            if entered.opened.row.type_id != row.type_id {
                return Err(Error::invalid("licence.credential_kind"));
            }
            (Some(ctx.random.secret()), entered.id)
        }
    };
    let until = ctx.env.clock.platform().plus_us(CODE_LIFE_S * SECOND_US);
    // One that was declined has a code nobody is told.
    let kept = code.clone().unwrap_or_else(|| ctx.random.secret());
    let index = ctx.env.vault.index(CODE, &kept);
    store::answer_request(ctx, &row.id, &id, &index, until).await?;
    let said = match &code {
        Some(code) => ("code", code.as_str()),
        None => ("error", "access_denied"),
    };
    let issuer = super::metadata::authority(&ctx.env.settings.base_url);
    let told = [said, ("state", row.client_state.as_str()), ("iss", issuer.as_str())];
    Ok(token::answer_to(&row.redirect_uri, &told))
}

/// A code was shown again: what it led to ends.
async fn replayed(ctx: &mut Ctx, row: &RequestRow) -> Result<()> {
    let (kind, subject) = ("licence.credential_replayed", format!("client:{}", row.client));
    let body = json!({ "offer": row.offer });
    store::close_offer(ctx, &row.offer).await?;
    let given = store::credential_of(ctx, &row.offer).await?.unwrap_or_default();
    match store::end(ctx, &given).await? {
        true => party::audit::record_row(ctx, kind, &subject, body, "credential", &given).await,
        false => party::audit::record(ctx, kind, &subject, body).await,
    }
    .map(drop)
}

/// A token for a code; none whatever is wrong with it. What it led to ends when it is shown again. The
/// caller commits in either case. Errors: `licence.credential_client`.
pub async fn exchange(ctx: &mut Ctx, shown: Shown<'_>) -> Result<Option<String>> {
    let client = program(ctx, shown.client, shown.secret).await?;
    let index = ctx.env.vault.index(CODE, shown.code);
    let Some(found) = store::request_by_code(ctx, &index).await? else { return Ok(None) };
    ctx.lock("credential_request", &found.id).await?;
    let Some(row) = store::request_by_code(ctx, &index).await? else { return Ok(None) };
    if row.spent != 0 {
        replayed(ctx, &row).await?;
        return Ok(None);
    }
    // Used up all the same: a wrong guess gets no second one.
    store::spend_request(ctx, &row.id).await?;
    let now = ctx.env.clock.platform();
    let holds = client.id == row.client
        && shown.redirect_uri == row.redirect_uri
        && pkce::proves(shown.verifier, &row.challenge)
        && (row.code_key.is_empty() || row.code_key == shown.key)
        && now.0 < row.code_expires_us
        && !row.offer.is_empty();
    if !holds {
        return Ok(None);
    }
    let token = ctx.random.secret();
    let index = ctx.env.vault.index(TOKEN, &token);
    let until: Timestamp = now.plus_us(TOKEN_LIFE_S * SECOND_US);
    let given = store::set_token(ctx, &row.offer, &index, shown.key, until).await?;
    Ok(given.then_some(token))
}
