//! The holder's pages of credentials in other wallets.

use super::{Credential, OfferState};
use crate::register::shown;
use crate::wallet;
use axum::extract::Path;
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// Characters of a key's digest that are shown.
const DIGEST_SHOWN: usize = 16;

/// `GET /wallet/{id}/credentials`.
pub(super) async fn list(call: Call, Path(id): Path<String>) -> Answer {
    let context = listed(&call, &id, None).await?;
    call.page("licence/credential/list.html", &context)
}

async fn listed(call: &Call, id: &str, fault: Option<&Error>) -> Result<Json> {
    let mut ctx = call.read();
    let opened = match wallet::open(&mut ctx, id).await {
        Ok(opened) => opened,
        Err(error) => return Err(wallet::refused(call, id, error).await),
    };
    let credentials = super::list(&mut ctx, id).await?;
    let now = call.web.env.clock.platform();
    Ok(json!({
        "licence": { "id": id, "title": shown::type_name(&call.web.env.pack, &opened.row.type_id),
            "live": opened.row.in_force(ctx.now) },
        "credentials": credentials.iter().map(|one| row(one, now)).collect::<Vec<_>>(),
        "error": fault.map(|error| call.sentence(error)),
    }))
}

fn row(one: &Credential, now: Timestamp) -> Json {
    let state = match one.state.as_str() {
        "valid" if now.0 >= one.expires_us => "over",
        state => state,
    };
    json!({
        "id": one.id,
        "at": Timestamp(one.issued_us),
        "until": Timestamp(one.expires_us),
        "key": one.key_digest.get(..DIGEST_SHOWN).unwrap_or_default(),
        "state": state,
    })
}

/// `POST /wallet/{id}/credentials`: offers the licence to another wallet.
pub(super) async fn offer(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let made = ::store::command::begin(&mut ctx, form.once(), "licence.credential_offer").await?;
    if let Some(made) = made {
        return call.see(&format!("/wallet/{id}/credential-offers/{made}"));
    }
    match super::offer(&mut ctx, &id).await {
        Ok(made) => {
            ::store::command::finish(&mut ctx, form.once(), &made.id).await?;
            ctx.commit().await?;
            call.see(&format!("/wallet/{id}/credential-offers/{}", made.id))
        }
        Err(error) if matches!(error.kind, Kind::Conflict | Kind::Limited) => {
            drop(ctx);
            let context = listed(&call, &id, Some(&error)).await?;
            call.page_again("licence/credential/list.html", &context)
        }
        Err(error) => {
            drop(ctx);
            Err(wallet::refused(&call, &id, error).await.into())
        }
    }
}

/// `GET /wallet/{id}/credential-offers/{offer}`: what the other wallet scans or opens.
pub(super) async fn offered(call: Call, Path((id, offer)): Path<(String, String)>) -> Answer {
    let mut ctx = call.read();
    let offer = super::find_offer(&mut ctx, &id, &offer).await?;
    let opened = wallet::open(&mut ctx, &id).await?;
    let open = offer.state == OfferState::Open;
    let qr = match open {
        true => Some(call.web.env.typeset.qr_svg(&offer.uri)?),
        false => None,
    };
    let context = json!({
        "licence": { "id": id, "title": shown::type_name(&call.web.env.pack, &opened.row.type_id) },
        "state": offer.state.as_str(),
        "qr": qr,
        "uri": if open { offer.uri.as_str() } else { "" },
        "pin": if open { offer.pin.as_str() } else { "" },
        "until": offer.expires,
    });
    call.page("licence/credential/offer.html", &context)
}

/// `POST /wallet/{id}/credentials/{credential}/end`.
pub(super) async fn end(
    call: Call,
    Path((id, credential)): Path<(String, String)>,
    _form: Form,
) -> Answer {
    let mut ctx = call.write().await?;
    match super::take_back(&mut ctx, &credential).await {
        Ok(ended) if ended.licence_id == id => {
            ctx.commit().await?;
            call.see(&format!("/wallet/{id}/credentials?notice=licence.credential_ended"))
        }
        Ok(_) => Err(Error::not_found().into()),
        Err(error) if error.kind == Kind::Conflict => {
            drop(ctx);
            let context = listed(&call, &id, Some(&error)).await?;
            call.page_again("licence/credential/list.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
