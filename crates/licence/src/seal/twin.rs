//! The key beside a seal's own whose signatures other people's readers check, who know ECDSA and not
//! SM2: certified with it, renewed with it, erased with it; and what it adds to a sealed file.
//!
//! Invariants: the seal does not wait for it: a file is signed by the twin when there is one and its
//! certificate stands, and is sealed either way; the signature covers the seal; for the same file, key
//! and instant it is the same signature.
//! Must not know: what a document says.

use super::key::{KEY, Signer};
use super::store::{self, KeyRow};
use crate::authority::{self, Outward};
use ::store::Ctx;
use kernel::{Error, Result, Timestamp};
use proof::certificate::{Certificate, Subject};
use proof::key::{Algorithm, PrivateKey, Signer as _};
use proof::pdf::pades::{self, Signature, Stamp};
use proof::timestamp::Authority;
use std::sync::Arc;

/// Under which policy times are stamped: none in particular (RFC 5280 §4.2.1.4).
const POLICY: &str = "2.5.29.32.0";

/// The key with its certificates, its own first.
#[derive(Debug)]
pub(crate) struct Twin {
    key: PrivateKey,
    chain: Vec<Certificate>,
}

/// Gives the key of a seal its twin; `None` when no authority certifies such keys now. Errors: those
/// of certifying.
pub(super) async fn make(
    ctx: &mut Ctx,
    key: &str,
    holder: &str,
    subject: Subject,
) -> Result<Option<Arc<Twin>>> {
    let own = PrivateKey::from_seed(Algorithm::P256, &ctx.random.bytes())?;
    let Some(chain) = authority::certify_twin(ctx, holder, subject, &own.public()).await? else {
        return Ok(None);
    };
    let sealed = ctx.env.vault.clone().seal(KEY, own.to_pem()?.as_bytes(), &mut ctx.random)?;
    let text = chain.iter().map(Certificate::to_pem).collect::<Result<String>>()?;
    store::set_twin(ctx, key, sealed, &text).await?;
    Ok(Some(Arc::new(Twin { key: own, chain })))
}

/// The twin of a row; none where it was not made or was erased.
pub(super) fn open(ctx: &Ctx, row: &KeyRow) -> Result<Option<Arc<Twin>>> {
    let (Some(sealed), Some(text)) = (&row.twin_sealed, &row.twin_certificate) else {
        return Ok(None);
    };
    let pem = ctx.env.vault.open(KEY, sealed).map_err(Error::internal)?;
    let pem = String::from_utf8(pem).map_err(Error::internal)?;
    let key = PrivateKey::from_pem(&pem).map_err(Error::internal)?;
    let chain = Certificate::all_from_pem(text).map_err(Error::internal)?;
    Ok(Some(Arc::new(Twin { key, chain })))
}

/// Makes the twins of keys from the time before there were twins.
pub(super) async fn adopt(ctx: &mut Ctx) -> Result<()> {
    for row in store::untwinned(ctx).await? {
        let chain = Certificate::all_from_pem(&row.certificate).map_err(Error::internal)?;
        let Some(own) = chain.first() else { continue };
        if make(ctx, &row.id, &row.holder, own.subject().clone()).await?.is_some() {
            let (subject, body) = (format!("seal:{}", row.id), serde_json::json!({}));
            party::audit::record_row(ctx, "seal.twin_made", &subject, body, "agency_key", &row.id)
                .await?;
        }
    }
    Ok(())
}

/// What a file is signed with for readers of others.
#[derive(Debug)]
pub(crate) struct Readable {
    twin: Arc<Twin>,
    stamper: Option<Outward>,
    now: Timestamp,
}

/// What a file that this key seals is signed with; `None` when the key has no twin, or its
/// certificate does not stand.
pub(crate) async fn readable(ctx: &mut Ctx, signer: &Signer) -> Result<Option<Readable>> {
    let Some(twin) = signer.twin.clone() else { return Ok(None) };
    let Some(own) = twin.chain.first() else { return Ok(None) };
    if !authority::stands(ctx, own).await? {
        return Ok(None);
    }
    let stamper = match authority::stamper(ctx).await {
        Ok(found) => found,
        // A signature without its stamp is better than none.
        Err(error) if error.code == "licence.seal_suspended" => None,
        Err(error) => return Err(error),
    };
    Ok(Some(Readable { twin, stamper, now: ctx.now }))
}

impl Readable {
    /// Signs a sealed file: when it was sealed, as the signer's own word; now, by the time stamp.
    /// Errors: those of [`pades::sign`].
    pub(crate) fn sign(&self, sealed: &[u8], at: Timestamp, reason: &str) -> Result<Vec<u8>> {
        let begins = self.twin.chain.first().map_or(at, Certificate::valid_from);
        let stamp = self.stamper.as_ref().map(|stamper| Stamp {
            by: Authority { key: &stamper.key, chain: &stamper.chain, policy: POLICY },
            serial: self.serial(sealed),
            at: self.now,
        });
        let signature = Signature {
            key: &self.twin.key,
            chain: &self.twin.chain,
            // Readers judge a signature as of this instant.
            signed_at: at.max(begins),
            reason,
            certify: None,
            stamp,
        };
        pades::sign(sealed, &signature)
    }

    /// The stamp's number: of this file at this instant, and all but certainly of no other.
    fn serial(&self, sealed: &[u8]) -> u64 {
        let mut stream = proof::digest::Stream::new();
        stream.update(&self.now.0.to_be_bytes());
        stream.update(sealed);
        stream.finish().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}
