//! The province's key whose signatures programs not ours check: wallets and those they show
//! credentials to know ES256 and not SM2.
//!
//! Invariants: there is one such key at a time, certified below a root of its own algorithm; the
//! first ones are made at first use, as every first key of an installation is; a suspended or
//! revoked one is not replaced behind the back of who suspended it.
//! Must not know: what is signed with it.

use super::issue::{self, Issuer};
use super::model::{Authority, Profile, algorithm_name};
use super::provider::{self, FILE, Handle};
use super::{adopt, store};
use ::store::Ctx;
use kernel::{Error, Result, Timestamp};
use proof::certificate::Certificate;
use proof::key::Algorithm;
use serde_json::json;

/// Under which name its certificates are on record.
const HOLDER: &str = "credential";
/// Days before its end from which nothing new is begun with a key.
const REST_DAYS: i64 = 30;

/// A key that signs for the outside, with its certificates below the root, its own first.
pub(crate) struct Outward {
    pub(crate) key: Handle,
    pub(crate) chain: Vec<Certificate>,
}

/// The key in use; `None` before its first use and when its end is near. Errors:
/// `licence.seal_suspended` when its certificate was suspended or revoked.
pub(crate) async fn outward(ctx: &mut Ctx) -> Result<Option<Outward>> {
    let Some(row) = store::newest(ctx, HOLDER, Profile::Agency.as_str()).await? else {
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
    for row in rows.iter().filter(|row| row.holder == HOLDER && row.state == "valid") {
        if issue::read(row)? == *certificate {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The key in use, made when there is none. Errors: as [`outward`], those of the provider.
pub(crate) async fn ensure(ctx: &mut Ctx) -> Result<Outward> {
    if let Some(found) = outward(ctx).await? {
        return Ok(found);
    }
    // One at a time: whoever waited finds what the other made.
    let roots = store::authorities(ctx).await?;
    if let Some(root) = roots.first() {
        ctx.lock("authority", &root.id).await?;
    }
    if let Some(found) = outward(ctx).await? {
        return Ok(found);
    }
    let issuer = issuer(ctx).await?;
    let (provider, _) = store::key(ctx, &issuer.id).await?;
    let division = adopt::province(ctx)?;
    let subject = issue::subject(ctx, "电子证照对外凭证签发", "");
    let of = (HOLDER, division.as_str(), subject);
    let made = issue::with_new_key(ctx, &issuer, &provider, Profile::Agency, of).await?;
    let (about, body) = (format!("certificate:{}", made.id), json!({ "authority": issuer.id }));
    let table = "authority_certificate";
    party::audit::record_row(ctx, "authority.outward", &about, body, table, &made.id).await?;
    outward(ctx).await?.ok_or_else(|| Error::internal("outward key neither made nor found"))
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
