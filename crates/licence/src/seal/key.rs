//! Making and opening keys with their certificates.
//!
//! Invariants: seeds come from the context's randomness alone; the root, or the issuing authority
//! nearest to an agency's division, certifies; every certificate is on record with the authority; a
//! key whose certificate has ended is retired and replaced at the next use, and what it signed goes
//! on verifying by the chain it carries.

use super::store::{self, KeyRow, NewKey};
use super::twin::{self, Twin};
use super::{making, record};
use crate::authority::{self, Issuer, Profile};
use ::store::{Ctx, Env};
use kernel::{Error, Result, Timestamp};
use proof::certificate::{self, Certificate};
use proof::key::PublicKey;
use proof::seal::Seal;
use proof::sm2sig::SigningKey;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Purpose under which private keys are sealed.
pub(super) const KEY: &str = "licence.key";
/// Holder names of the province's own keys.
const ROOT: &str = "root";
pub(super) const MAKER: &str = "maker";
const STATUS: &str = "status";
/// How far a demonstration's certificates reach back, so that its past cases verify.
const DEMO_PAST_DAYS: i64 = 5 * 365;

/// A key ready to sign.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Id of the key.
    pub id: String,
    /// Agency id, or the name of one of the province's own keys.
    pub holder: String,
    /// The private key.
    pub(crate) key: SigningKey,
    /// Certificates, the signer's own first.
    pub(crate) chain: Vec<Certificate>,
    /// The agency's seal; none for the province's own keys.
    pub(crate) seal: Option<Seal>,
    /// The key beside it, for readers of others.
    pub(super) twin: Option<Arc<Twin>>,
}

/// Makes at first start the province's root, the maker of seals and the publisher of status lists,
/// and writes the root certificate to `trust.pem` in the data folder; its path. Repeating it
/// changes nothing. Errors: `unavailable` when the file cannot be written.
pub async fn provision(env: &Arc<Env>) -> Result<PathBuf> {
    let mut ctx = env.system("licence.provision").await?;
    if store::current(&mut ctx, ROOT).await?.is_none() {
        make_root(&mut ctx).await?;
    }
    let keys = store::all(&mut ctx).await?.into_iter().map(own_key).collect::<Result<_>>()?;
    authority::adopt(&mut ctx, ROOT, keys).await?;
    record::adopt(&mut ctx).await?;
    authority::provision_outward(&mut ctx).await?;
    twin::adopt(&mut ctx).await?;
    for holder in [MAKER, STATUS] {
        if store::current(&mut ctx, holder).await?.is_none() {
            let issuer = for_province(&mut ctx).await?;
            make_own(&mut ctx, holder, &issuer).await?;
        }
    }
    let text = authority::roots(&mut ctx).await?.concat();
    ctx.commit().await?;
    let path = env.settings.data_dir.join("trust.pem");
    let beside = path.with_extension("pem.new");
    let told = |error: std::io::Error| Error::unavailable(format!("trust.pem: {error}"));
    tokio::fs::write(&beside, text).await.map_err(told)?;
    tokio::fs::rename(&beside, &path).await.map_err(told)?;
    Ok(path)
}

/// The roots everything here leads to.
pub async fn trust_anchors(ctx: &mut Ctx) -> Result<Vec<Certificate>> {
    let texts = authority::roots(ctx).await?;
    texts.iter().map(|text| Certificate::from_pem(text)).collect()
}

/// The roots as PEM.
pub(crate) async fn trust_pem(ctx: &mut Ctx) -> Result<String> {
    Ok(authority::roots(ctx).await?.concat())
}

/// The publisher of status lists.
pub(crate) async fn status(ctx: &mut Ctx) -> Result<Signer> {
    own(ctx, STATUS).await
}

/// The current key of an agency's own seal, made at its first use; or that of another of its seals,
/// by the holder its record names. Errors: `licence.seal_suspended`, `licence.seal_destroyed`,
/// `licence.agency_unknown`.
pub(crate) async fn agency(ctx: &mut Ctx, holder: &str) -> Result<Signer> {
    if let Some(row) = store::current(ctx, holder).await? {
        // A month before its end no new document is begun with it.
        if Timestamp(row.valid_until_us) > ctx.now {
            return usable(ctx, row);
        }
        retire(ctx, &row.id, "证书到期 Certificate ended").await?;
    }
    let record = record::ensure(ctx, holder).await?;
    making::make(ctx, &record).await?;
    let row = store::current(ctx, holder).await?;
    usable(ctx, row.ok_or_else(|| Error::internal("agency key neither made nor found"))?)
}

/// The key with this id, unless its seal is suspended. Errors: `licence.seal_suspended`.
pub(crate) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Signer> {
    let row = store::key(ctx, id).await?.ok_or_else(Error::not_found)?;
    usable(ctx, row)
}

/// Makes the holder's next key, certified by an authority; the present one is retired. The new
/// key's id. Errors: `licence.agency_unknown`, `licence.seal_destroyed`, `licence.provider_algorithm` when the authority's
/// algorithm is not that of seals.
pub(crate) async fn replace(ctx: &mut Ctx, holder: &str, issuer: &Issuer) -> Result<String> {
    if let Some(row) = store::current(ctx, holder).await? {
        retire(ctx, &row.id, "已换发新证书 Followed by a new certificate").await?;
    }
    let made = match holder {
        MAKER | STATUS => make_own(ctx, holder, issuer).await?,
        holder => {
            let record = record::ensure(ctx, holder).await?;
            making::by_issuer(ctx, &record, issuer).await?
        }
    };
    made.ok_or_else(|| Error::conflict("licence.stale"))
}

/// Does with a key as with its certificate: none that is suspended or revoked is used. A retired
/// one stays retired.
pub(crate) async fn follow(ctx: &mut Ctx, id: &str, valid: bool, reason: &str) -> Result<()> {
    let Some(row) = store::key(ctx, id).await?.filter(|row| row.state != "retired") else {
        return Ok(());
    };
    let state = if valid { "active" } else { "suspended" };
    store::set_state(ctx, id, state, reason).await?;
    let body = serde_json::json!({ "holder": row.holder, "reason": reason });
    let (kind, subject) = (format!("seal.{state}"), format!("seal:{id}"));
    party::audit::record_row(ctx, &kind, &subject, body, "agency_key", id).await.map(drop)
}

/// Ends a seal for good: its keys are erased, the present one's certificate is revoked. What they
/// signed goes on verifying. Errors: those of revoking.
pub(super) async fn destroy(ctx: &mut Ctx, holder: &str, reason: &str) -> Result<()> {
    if let Some(row) = store::current(ctx, holder).await? {
        retire(ctx, &row.id, reason).await?;
        authority::cease(ctx, &row.id, reason).await?;
        authority::cease_twin(ctx, holder, reason).await?;
    }
    for row in store::of_holder(ctx, holder).await? {
        store::erase(ctx, &row.id).await?;
        let opened = ctx.env.kept::<Opened>();
        opened.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&row.id);
        let (subject, body) = (format!("seal:{}", row.id), serde_json::json!({ "reason": reason }));
        party::audit::record_row(ctx, "seal.erased", &subject, body, "agency_key", &row.id).await?;
    }
    Ok(())
}

/// The picture of a holder's newest seal; none before it is made.
pub(super) async fn picture(ctx: &mut Ctx, holder: &str) -> Result<Option<Vec<u8>>> {
    let Some(row) = store::of_holder(ctx, holder).await?.into_iter().next() else {
        return Ok(None);
    };
    let key = store::key(ctx, &row.id).await?;
    let seal = key.map(|key| Seal::parse(&key.seal)).transpose().map_err(Error::internal)?;
    Ok(seal.map(|seal| seal.picture().data))
}

/// True when the key of this id is one of the installation's own or an agency's that seals.
pub(crate) async fn is_kept(ctx: &mut Ctx, id: &str) -> Result<bool> {
    Ok(store::key(ctx, id).await?.is_some())
}

async fn retire(ctx: &mut Ctx, id: &str, reason: &str) -> Result<()> {
    store::set_state(ctx, id, "retired", reason).await?;
    let (subject, body) = (format!("seal:{id}"), serde_json::json!({ "reason": reason }));
    party::audit::record_row(ctx, "seal.retired", &subject, body, "agency_key", id).await.map(drop)
}

fn usable(ctx: &Ctx, row: KeyRow) -> Result<Signer> {
    if row.state == "suspended" || row.seal_state == "suspended" {
        return Err(Error::conflict("licence.seal_suspended"));
    }
    if row.key_sealed.is_empty() {
        return Err(Error::conflict("licence.seal_destroyed"));
    }
    open(ctx, row)
}

pub(super) async fn own(ctx: &mut Ctx, holder: &str) -> Result<Signer> {
    let row = store::current(ctx, holder).await?;
    usable(ctx, row.ok_or_else(|| Error::internal(format!("no {holder} key: not provisioned")))?)
}

/// Keys opened before, by id: opening one costs more than signing with it. What may change, its
/// state and its end, is read from the database each time.
#[derive(Default)]
struct Opened(Mutex<BTreeMap<String, Signer>>);

/// Most keys kept open.
const OPENED_MAX: usize = 1_000;

fn open(ctx: &Ctx, row: KeyRow) -> Result<Signer> {
    let opened = ctx.env.kept::<Opened>();
    let found = opened.0.lock().unwrap_or_else(PoisonError::into_inner).get(&row.id).cloned();
    if let Some(signer) = found {
        return Ok(signer);
    }
    let signer = unseal(ctx, row)?;
    keep(ctx, signer.clone());
    Ok(signer)
}

pub(super) fn keep(ctx: &Ctx, signer: Signer) {
    let opened = ctx.env.kept::<Opened>();
    let mut opened = opened.0.lock().unwrap_or_else(PoisonError::into_inner);
    if opened.len() >= OPENED_MAX {
        opened.clear();
    }
    opened.insert(signer.id.clone(), signer);
}

fn unseal(ctx: &Ctx, row: KeyRow) -> Result<Signer> {
    let pem = ctx.env.vault.open(KEY, &row.key_sealed).map_err(Error::internal)?;
    let pem = String::from_utf8(pem).map_err(Error::internal)?;
    let seal = match row.seal.is_empty() {
        true => None,
        false => Some(Seal::parse(&row.seal).map_err(Error::internal)?),
    };
    let twin = twin::open(ctx, &row)?;
    Ok(Signer {
        id: row.id,
        holder: row.holder,
        key: SigningKey::from_pem(&pem).map_err(Error::internal)?,
        chain: Certificate::all_from_pem(&row.certificate).map_err(Error::internal)?,
        seal,
        twin,
    })
}

async fn make_root(ctx: &mut Ctx) -> Result<()> {
    let key = new_key(ctx)?;
    let from = match ctx.env.settings.demo {
        true => authority::day(ctx.now).plus_days(-DEMO_PAST_DAYS),
        false => authority::day(ctx.now),
    };
    // A demonstration's keys come from its seed, which everybody knows: what they sign is no proof,
    // and whoever reads the chain is told so.
    let name = if ctx.env.settings.demo {
        "演示用电子证照根证书"
    } else {
        "电子证照根证书"
    };
    let subject = authority::subject(ctx, name, "");
    let until = from.plus_days(Profile::Root.days());
    let certificate = certificate::issue_root(&key, &subject, from, until, &mut ctx.random)?;
    save(ctx, ROOT, &key, &[certificate], None, String::new()).await.map(drop)
}

/// The authority that certifies the province's own keys.
async fn for_province(ctx: &mut Ctx) -> Result<Issuer> {
    let province = authority::province(ctx)?;
    authority::nearest(ctx, &province).await
}

/// Makes one of the province's own keys; its id, none when there is one.
async fn make_own(ctx: &mut Ctx, holder: &str, issuer: &Issuer) -> Result<Option<String>> {
    let (name, profile) = match holder {
        MAKER => ("电子印章制章", Profile::Maker),
        _ => ("电子证照状态发布", Profile::Status),
    };
    let key = new_key(ctx)?;
    let named = authority::subject(ctx, name, "");
    let chain = certify(ctx, issuer, &key, named, profile)?;
    let made = save(ctx, holder, &key, &chain, None, String::new()).await?;
    enter(ctx, issuer, made.as_deref(), holder, &chain).await?;
    Ok(made)
}

/// A certificate for the key, and those between it and the root.
pub(super) fn certify(
    ctx: &mut Ctx,
    issuer: &Issuer,
    key: &SigningKey,
    subject: certificate::Subject,
    profile: Profile,
) -> Result<Vec<Certificate>> {
    let public = PublicKey::Sm2(key.verifying_key());
    let certificate = authority::certify(ctx, issuer, &public, subject, profile)?;
    Ok([vec![certificate], issuer.between.clone()].concat())
}

pub(super) async fn enter(
    ctx: &mut Ctx,
    issuer: &Issuer,
    made: Option<&str>,
    holder: &str,
    chain: &[Certificate],
) -> Result<()> {
    match (made, chain.first()) {
        (Some(id), Some(own)) => authority::take(ctx, &issuer.id, id, holder, own).await,
        _ => Ok(()),
    }
}

fn own_key(row: KeyRow) -> Result<authority::Own> {
    let certificates = Certificate::all_from_pem(&row.certificate).map_err(Error::internal)?;
    let certificate = certificates.into_iter().next();
    Ok(authority::Own {
        id: row.id,
        holder: row.holder,
        certificate: certificate.ok_or_else(|| Error::internal("key without a certificate"))?,
        sealed: row.key_sealed,
    })
}

/// The key's id; none when somebody else made the holder's key at the same time.
pub(super) async fn save(
    ctx: &mut Ctx,
    holder: &str,
    key: &SigningKey,
    chain: &[Certificate],
    seal: Option<&Seal>,
    seal_id: String,
) -> Result<Option<String>> {
    let certificate = chain.first().ok_or_else(|| Error::internal("key without a certificate"))?;
    let id = ctx.id();
    let pem = key.to_pem()?;
    let new = NewKey {
        id: &id,
        holder,
        key_sealed: ctx.env.vault.clone().seal(KEY, pem.as_bytes(), &mut ctx.random)?,
        certificate: chain.iter().map(Certificate::to_pem).collect::<Result<_>>()?,
        seal: seal.map(|seal| seal.der().to_vec()).unwrap_or_default(),
        seal_id,
        valid: (certificate.valid_from().0, certificate.valid_until().0),
    };
    Ok(store::insert(ctx, new).await?.then_some(id))
}

pub(super) fn new_key(ctx: &mut Ctx) -> Result<SigningKey> {
    SigningKey::from_seed(&ctx.random.bytes())
}
