//! The log's name and signing key, made at the first checkpoint and kept sealed.

use kernel::{Error, Result};
use proof::log::{NoteSigner, NoteVerifier};
use store::{Ctx, vals};

/// Setting that holds the sealed seed in hexadecimal.
const SETTING: &str = "evidence_key";
/// Purpose under which the seed is sealed.
const PURPOSE: &str = "party.evidence.key";

/// The log's name: the installation's address without its scheme.
pub fn origin(env: &store::Env) -> String {
    let url = &env.settings.base_url;
    let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let host: String = host.chars().filter(|c| !c.is_whitespace() && *c != '+').collect();
    format!("{}/log", host.trim_end_matches('/'))
}

/// The log's name as it was when the log began: an address may change, a log's name may not.
pub(super) async fn name(ctx: &mut Ctx) -> Result<String> {
    let stored: Option<String> =
        ctx.scalar("SELECT value FROM setting WHERE name = 'evidence_origin'", vals![]).await?;
    Ok(stored.unwrap_or_else(|| origin(&ctx.env)))
}

/// The signer, made when there is none. A writing context is needed for the first call.
pub(super) async fn signer(ctx: &mut Ctx) -> Result<NoteSigner> {
    if let Some(signer) = stored(ctx).await? {
        return Ok(signer);
    }
    let seed: [u8; 32] = ctx.random.bytes();
    let sealed = ctx.env.vault.clone().seal(PURPOSE, &seed, &mut ctx.random)?;
    let origin = origin(&ctx.env);
    for (name, value) in [(SETTING, hex::encode(sealed)), ("evidence_origin", origin)] {
        ctx.execute(
            "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            vals![name, value],
        )
        .await?;
    }
    stored(ctx).await?.ok_or_else(|| Error::internal("evidence key neither made nor found"))
}

/// What checks the log's checkpoints; none before the first.
pub async fn verifier(ctx: &mut Ctx) -> Result<Option<NoteVerifier>> {
    Ok(stored(ctx).await?.map(|signer| signer.verifier()))
}

async fn stored(ctx: &mut Ctx) -> Result<Option<NoteSigner>> {
    let value: Option<String> =
        ctx.scalar("SELECT value FROM setting WHERE name = $1", vals![SETTING]).await?;
    let Some(value) = value else { return Ok(None) };
    let sealed = hex::decode(value).map_err(Error::internal)?;
    let seed = ctx.env.vault.open(PURPOSE, &sealed).map_err(Error::internal)?;
    let seed: [u8; 32] =
        seed.try_into().map_err(|_| Error::internal("evidence key has a wrong length"))?;
    let name = name(ctx).await?;
    NoteSigner::new(&name, &seed).map(Some)
}
