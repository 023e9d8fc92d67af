//! Keys whose signatures programs not ours check, which know ECDSA and not SM2: the province's own for
//! wallets and those they show credentials to, its own for time stamps, and those agencies have beside
//! the keys of their seals.
//!
//! Invariants: the province has one of each at a time, certified below a root of its own algorithm; the
//! first ones are made at first use, as every first key of an installation is; a suspended or
//! revoked one is not replaced behind the back of who suspended it.
//! Must not know: what is signed with it.

use super::issue::{self, Entry, Issuer};
use super::model::{Authority, Profile, algorithm_name};
use super::provider::{self, FILE, Handle};
use super::{adopt, store};
use ::store::Ctx;
use kernel::{Error, Result, Timestamp};
use proof::certificate::{self, Certificate, Subject};
use proof::key::{Algorithm, PublicKey};
use serde_json::json;

/// One of the province's keys.
struct Use {
    /// Under which name its certificates are on record.
    holder: &'static str,
    profile: Profile,
    name: &'static str,
}

const CREDENTIAL: Use =
    Use { holder: "credential", profile: Profile::Agency, name: "电子证照对外凭证签发" };
const STAMPER: Use = Use { holder: "timestamp", profile: Profile::TimeStamper, name: "时间戳" };

/// Days before its end from which nothing new is begun with a key.
const REST_DAYS: i64 = 30;

/// A key that signs for the outside, with its certificates below the root, its own first.
#[derive(Debug)]
pub(crate) struct Outward {
    pub(crate) key: Handle,
    pub(crate) chain: Vec<Certificate>,
}

/// The key of credentials; `None` before its first use and when its end is near. Errors:
/// `licence.seal_suspended` when its certificate was suspended or revoked.
pub(crate) async fn outward(ctx: &mut Ctx) -> Result<Option<Outward>> {
    current(ctx, &CREDENTIAL).await
}

/// The key of time stamps. As [`outward`].
pub(crate) async fn stamper(ctx: &mut Ctx) -> Result<Option<Outward>> {
    current(ctx, &STAMPER).await
}

/// The host that a holder's certificates name: the site's own, in those of credentials and requests,
/// by which wallets of others may know it. None where the site is known by a number alone.
pub(crate) fn host(ctx: &Ctx, holder: &str) -> Option<String> {
    let address = ctx.env.settings.base_url.split("://").nth(1)?;
    let host = address.split(['/', ':']).next()?.to_ascii_lowercase();
    (holder == CREDENTIAL.holder && certificate::is_host(&host)).then_some(host)
}

/// The name by which whoever checks our certificate's host knows us; none where it names none, or
/// the site has moved since.
pub(crate) fn named_host(ctx: &Ctx, signer: &Outward) -> Option<String> {
    let leaf = signer.chain.first()?;
    host(ctx, CREDENTIAL.holder).filter(|host| leaf.names_host(host))
}

async fn current(ctx: &mut Ctx, of: &Use) -> Result<Option<Outward>> {
    let Some(row) = store::newest(ctx, of.holder, of.profile.as_str()).await? else {
        return Ok(None);
    };
    match row.state_at(ctx.now) {
        "valid" => {}
        "expired" => return Ok(None),
        _ => return Err(Error::conflict("licence.seal_suspended")),
    }
    if Timestamp(row.not_after_us).plus_days(-REST_DAYS) < ctx.now {
        return Ok(None);
    }
    let issuer = issue::load(ctx, &row.authority).await?;
    let (name, held) = store::key(ctx, &row.id).await?;
    let key = Handle::new(provider::provider(&ctx.env, &name)?, held)?;
    Ok(Some(Outward { key, chain: [vec![issue::read(&row)?], issuer.between].concat() }))
}

/// True for the certificate of such a key, present or former, while it stands: what another key of
/// the province's or an agency's signed is not what this one does.
pub(crate) async fn is_outward(ctx: &mut Ctx, certificate: &Certificate) -> Result<bool> {
    let rows = store::by_serial(ctx, &certificate.serial_hex()).await?;
    for row in rows.iter().filter(|row| row.holder == CREDENTIAL.holder && row.state == "valid") {
        if issue::read(row)? == *certificate {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The key of credentials, made when there is none. Errors: as [`outward`], those of the provider.
pub(crate) async fn ensure(ctx: &mut Ctx) -> Result<Outward> {
    ensured(ctx, &CREDENTIAL).await
}

/// Makes at start what keys of this kind stand on: a root of their algorithm, and the key of time
/// stamps. Errors: those of the provider.
pub(crate) async fn provision(ctx: &mut Ctx) -> Result<()> {
    match ensured(ctx, &STAMPER).await {
        Ok(_) => Ok(()),
        // Whoever suspended it meant it.
        Err(error) if error.code == "licence.seal_suspended" => Ok(()),
        Err(error) => Err(error),
    }
}

/// Certifies the twin of an agency's key, entered on record: its certificates below the root, its own
/// first. `None` when no authority issues under that algorithm. Errors: those of certifying.
pub(crate) async fn certify_twin(
    ctx: &mut Ctx,
    holder: &str,
    subject: Subject,
    key: &PublicKey,
) -> Result<Option<Vec<Certificate>>> {
    let division = adopt::division_of(ctx, holder)?;
    let Some(issuer) = issue::nearest_under(ctx, &division, Algorithm::P256).await? else {
        return Ok(None);
    };
    let certificate = issue::certify(ctx, &issuer, key, subject, Profile::Twin)?;
    let id = ctx.id();
    let entry = Entry {
        id: &id,
        authority: &issuer.id,
        profile: Profile::Twin,
        holder,
        division: &division,
        certificate: &certificate,
    };
    issue::enter(ctx, &entry).await?;
    Ok(Some([vec![certificate], issuer.between].concat()))
}

async fn ensured(ctx: &mut Ctx, of: &Use) -> Result<Outward> {
    if let Some(found) = current(ctx, of).await? {
        return Ok(found);
    }
    // One at a time: whoever waited finds what the other made.
    let roots = store::authorities(ctx).await?;
    if let Some(root) = roots.first() {
        ctx.lock("authority", &root.id).await?;
    }
    if let Some(found) = current(ctx, of).await? {
        return Ok(found);
    }
    let issuer = issuer(ctx).await?;
    let (provider, _) = store::key(ctx, &issuer.id).await?;
    let division = adopt::province(ctx)?;
    let subject = issue::subject(ctx, of.name, "");
    let whom = (of.holder, division.as_str(), subject);
    let made = issue::with_new_key(ctx, &issuer, &provider, of.profile, whom).await?;
    let (about, body) = (format!("certificate:{}", made.id), json!({ "authority": issuer.id }));
    let table = "authority_certificate";
    party::audit::record_row(ctx, "authority.outward", &about, body, table, &made.id).await?;
    current(ctx, of).await?.ok_or_else(|| Error::internal("outward key neither made nor found"))
}

/// The authority that certifies such keys: one that was ordered, else a root made now.
async fn issuer(ctx: &mut Ctx) -> Result<Issuer> {
    let division = adopt::province(ctx)?;
    if let Some(found) = issue::nearest_under(ctx, &division, Algorithm::P256).await? {
        return Ok(found);
    }
    let root = Authority {
        id: ctx.id(),
        parent: String::new(),
        depth: 0,
        division,
        name: "电子证照对外根证书".to_owned(),
        algorithm: algorithm_name(Algorithm::P256).to_owned(),
        state: "active".to_owned(),
        revision: 1,
    };
    let id = root.id.clone();
    issue::establish(ctx, None, root, FILE).await?;
    let about = format!("authority:{id}");
    party::audit::record_row(ctx, "authority.outward_root", &about, json!({}), "authority", &id)
        .await?;
    issue::load(ctx, &id).await
}
