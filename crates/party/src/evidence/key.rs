//! The log's name and signing key, made at the first checkpoint and kept sealed.

use kernel::{Error, Result};
use proof::log::{NoteSigner, NoteVerifier};
use store::{Ctx, vals};

/// Setting that holds the sealed seed in hexadecimal.
const SETTING: &str = "evidence_key";
/// Setting that holds the log's name.
const NAME: &str = "evidence_origin";
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
    let stored = setting(ctx, NAME).await?;
    Ok(stored.unwrap_or_else(|| origin(&ctx.env)))
}

/// The signer, made when there is none. A writing context is needed for the first call.
pub(super) async fn signer(ctx: &mut Ctx) -> Result<NoteSigner> {
    if let Some(signer) = stored(ctx).await? {
        return Ok(signer);
    }
    let origin = origin(&ctx.env);
    make(ctx, SETTING, PURPOSE, NAME, &origin).await?;
    stored(ctx).await?.ok_or_else(|| Error::internal("evidence key neither made nor found"))
}

/// What checks the log's checkpoints; none before the first.
pub async fn verifier(ctx: &mut Ctx) -> Result<Option<NoteVerifier>> {
    Ok(stored(ctx).await?.map(|signer| signer.verifier()))
}

async fn stored(ctx: &mut Ctx) -> Result<Option<NoteSigner>> {
    let Some(seed) = seed(ctx, SETTING, PURPOSE).await? else { return Ok(None) };
    let name = name(ctx).await?;
    NoteSigner::new(&name, &seed).map(Some)
}

/// Makes a seed and keeps it sealed under a setting, with the name it signs under; what is there
/// already stays.
pub(crate) async fn make(
    ctx: &mut Ctx,
    held: &str,
    purpose: &str,
    named: &str,
    name: &str,
) -> Result<()> {
    let seed: [u8; 32] = ctx.random.bytes();
    let sealed = ctx.env.vault.clone().seal(purpose, &seed, &mut ctx.random)?;
    for (name, value) in [(held, hex::encode(sealed).as_str()), (named, name)] {
        ctx.execute(
            "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            vals![name, value],
        )
        .await?;
    }
    Ok(())
}

/// The seed kept sealed under a setting.
pub(crate) async fn seed(ctx: &mut Ctx, held: &str, purpose: &str) -> Result<Option<[u8; 32]>> {
    let Some(value) = setting(ctx, held).await? else { return Ok(None) };
    let sealed = hex::decode(value).map_err(Error::internal)?;
    let seed = ctx.env.vault.open(purpose, &sealed).map_err(Error::internal)?;
    let seed = seed.try_into().map_err(|_| Error::internal("a sealed key has a wrong length"))?;
    Ok(Some(seed))
}

/// The value of a setting.
pub(crate) async fn setting(ctx: &mut Ctx, name: &str) -> Result<Option<String>> {
    ctx.scalar("SELECT value FROM setting WHERE name = $1", vals![name]).await
}

/// Changes a setting.
pub(crate) async fn set(ctx: &mut Ctx, name: &str, value: &str) -> Result<()> {
    ctx.execute(
        "INSERT INTO setting (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        vals![name, value],
    )
    .await?;
    Ok(())
}
