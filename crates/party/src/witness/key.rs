//! The witness's name and cosigning key, made when the first log is accepted and kept sealed.
//!
//! Invariant: the key cosigns and nothing else; it is not that of the installation's own log.

use crate::evidence::key as kept;
use kernel::{Error, Result};
use proof::log::{Cosigner, CosignerVerifier};
use store::Ctx;

/// Setting that holds the sealed seed in hexadecimal.
const SETTING: &str = "witness_key";
/// Purpose under which the seed is sealed.
const PURPOSE: &str = "party.witness.key";
/// Setting that holds the name.
const NAME: &str = "witness_name";

/// The name a witness at this address begins with; it stays when the address changes.
fn address(env: &store::Env) -> String {
    let log = crate::evidence::origin(env);
    format!("{}/witness", log.strip_suffix("/log").unwrap_or(&log))
}

/// The cosigner, made when there is none. A writing context is needed for the first call.
pub(super) async fn cosigner(ctx: &mut Ctx) -> Result<Cosigner> {
    if let Some(cosigner) = stored(ctx).await? {
        return Ok(cosigner);
    }
    let name = address(&ctx.env);
    kept::make(ctx, SETTING, PURPOSE, NAME, &name).await?;
    stored(ctx).await?.ok_or_else(|| Error::internal("witness key neither made nor found"))
}

/// What checks this witness's cosignatures; none before it accepted a log.
pub async fn verifier(ctx: &mut Ctx) -> Result<Option<CosignerVerifier>> {
    Ok(stored(ctx).await?.map(|cosigner| cosigner.verifier()))
}

async fn stored(ctx: &mut Ctx) -> Result<Option<Cosigner>> {
    let Some(seed) = kept::seed(ctx, SETTING, PURPOSE).await? else { return Ok(None) };
    let name = kept::setting(ctx, NAME).await?.unwrap_or_else(|| address(&ctx.env));
    Cosigner::new(&name, &seed).map(Some)
}
