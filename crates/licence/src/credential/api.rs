//! Offers and credentials over REST, for the holder.

use super::{Credential, Offer};
use axum::extract::Path;
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Answer, Call};

/// An offer to another wallet.
#[derive(Serialize, JsonSchema)]
pub struct CredentialOfferView {
    /// Id.
    pub id: String,
    /// What the other wallet scans or opens, `openid-credential-offer://…`.
    pub offer: String,
    /// The number to be typed in there.
    pub tx_code: String,
    /// Until when it holds, RFC 3339.
    pub expires_at: String,
}

/// A credential in another wallet.
#[derive(Serialize, JsonSchema)]
pub struct WalletCredentialView {
    /// Id.
    pub id: String,
    /// The licence.
    pub licence: String,
    /// SM3 of the other wallet's key.
    pub key_digest: String,
    /// When it was given, RFC 3339.
    pub issued_at: String,
    /// When it ends, RFC 3339.
    pub expires_at: String,
    /// `valid`, or `ended` when it was taken back.
    pub state: String,
}

/// Credentials of a licence.
#[derive(Serialize, JsonSchema)]
pub struct WalletCredentialList {
    /// Newest first.
    pub credentials: Vec<WalletCredentialView>,
}

fn view(one: Credential) -> WalletCredentialView {
    WalletCredentialView {
        issued_at: Timestamp(one.issued_us).rfc3339(),
        expires_at: Timestamp(one.expires_us).rfc3339(),
        id: one.id,
        licence: one.licence_id,
        key_digest: one.key_digest,
        state: one.state,
    }
}

fn offer_view(offer: Offer) -> CredentialOfferView {
    CredentialOfferView {
        expires_at: offer.expires.rfc3339(),
        id: offer.id,
        offer: offer.uri,
        tx_code: offer.pin,
    }
}

/// `POST /api/v1/licences/{id}/credential-offers`.
pub(super) async fn offer(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    match super::offer(&mut ctx, &id).await {
        Ok(offer) => {
            ctx.commit().await?;
            call.json(&offer_view(offer))
        }
        Err(error) => {
            drop(ctx);
            Err(crate::wallet::refused(&call, &id, error).await.into())
        }
    }
}

/// `GET /api/v1/licences/{id}/credentials`.
pub(super) async fn list(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let credentials = match super::list(&mut ctx, &id).await {
        Ok(credentials) => credentials,
        Err(error) => return Err(crate::wallet::refused(&call, &id, error).await.into()),
    };
    let credentials = credentials.into_iter().map(view).collect();
    call.json(&WalletCredentialList { credentials })
}

/// `DELETE /api/v1/wallet-credentials/{id}`.
pub(super) async fn end(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    let ended = super::take_back(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&view(ended))
}
