//! Making and opening keys with their certificates and seals.
//!
//! Invariants: seeds come from the context's randomness alone; the root certifies the maker of
//! seals, the publisher of status lists and the agencies; a key whose certificate has ended is
//! retired and replaced at the next use.

use super::store::{self, KeyRow, NewKey};
use ::store::{Ctx, Env};
use kernel::{Error, Result, Timestamp};
use pack::Agency;
use proof::certificate::{self, Certificate, Request, Role, Subject};
use proof::seal::{Design, Picture, Seal};
use proof::sm2sig::SigningKey;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Purpose under which private keys are sealed.
const KEY: &str = "licence.key";
/// Holder names of the province's own keys.
const ROOT: &str = "root";
const MAKER: &str = "maker";
const STATUS: &str = "status";
/// Validity in days.
const ROOT_DAYS: i64 = 30 * 365;
const MAKER_DAYS: i64 = 20 * 365;
const AGENCY_DAYS: i64 = 10 * 365;
/// How far a demonstration's certificates reach back, so that its past cases verify.
const DEMO_PAST_DAYS: i64 = 5 * 365;
/// Diameter of an agency's seal.
const SEAL_MM: u16 = 42;

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
}

/// Makes at first start the province's root, the maker of seals and the publisher of status lists,
/// and writes the root certificate to `trust.pem` in the data folder; its path. Repeating it
/// changes nothing. Errors: `unavailable` when the file cannot be written.
pub async fn provision(env: &Arc<Env>) -> Result<PathBuf> {
    let mut ctx = env.system("licence.provision").await?;
    if store::current(&mut ctx, ROOT).await?.is_none() {
        make_root(&mut ctx).await?;
    }
    if store::current(&mut ctx, MAKER).await?.is_none() {
        make_own(&mut ctx, MAKER, "电子印章制章", Role::Authority { path_length: 0 }).await?;
    }
    if store::current(&mut ctx, STATUS).await?.is_none() {
        make_own(&mut ctx, STATUS, "电子证照状态发布", Role::StatusPublisher).await?;
    }
    let text = store::certificates(&mut ctx, ROOT).await?.concat();
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
    let texts = store::certificates(ctx, ROOT).await?;
    texts.iter().map(|text| Certificate::from_pem(text)).collect()
}

/// The roots as PEM.
pub(crate) async fn trust_pem(ctx: &mut Ctx) -> Result<String> {
    Ok(store::certificates(ctx, ROOT).await?.concat())
}

/// The publisher of status lists.
pub(crate) async fn status(ctx: &mut Ctx) -> Result<Signer> {
    own(ctx, STATUS).await
}

/// The agency's current key, made at its first use. Errors: `licence.seal_suspended`,
/// `licence.agency_unknown`.
pub(crate) async fn agency(ctx: &mut Ctx, agency_id: &str) -> Result<Signer> {
    if let Some(row) = store::current(ctx, agency_id).await? {
        // A month before its end no new document is begun with it.
        if Timestamp(row.valid_until_us) > ctx.now {
            return usable(ctx, row);
        }
        store::set_state(ctx, &row.id, "retired", "证书到期 Certificate ended").await?;
    }
    let pack = ctx.env.pack.clone();
    let agency = pack.agency(agency_id).ok_or_else(|| Error::invalid("licence.agency_unknown"))?;
    make_agency(ctx, &agency).await?;
    let row = store::current(ctx, agency_id).await?;
    usable(ctx, row.ok_or_else(|| Error::internal("agency key neither made nor found"))?)
}

/// The key with this id, unless its seal is suspended. Errors: `licence.seal_suspended`.
pub(crate) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Signer> {
    let row = store::key(ctx, id).await?.ok_or_else(Error::not_found)?;
    usable(ctx, row)
}

fn usable(ctx: &Ctx, row: KeyRow) -> Result<Signer> {
    if row.state == "suspended" {
        return Err(Error::conflict("licence.seal_suspended"));
    }
    open(ctx, row)
}

async fn own(ctx: &mut Ctx, holder: &str) -> Result<Signer> {
    let row = store::current(ctx, holder).await?;
    open(ctx, row.ok_or_else(|| Error::internal(format!("no {holder} key: not provisioned")))?)
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

fn keep(ctx: &Ctx, signer: Signer) {
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
    Ok(Signer {
        id: row.id,
        holder: row.holder,
        key: SigningKey::from_pem(&pem).map_err(Error::internal)?,
        chain: vec![Certificate::from_pem(&row.certificate).map_err(Error::internal)?],
        seal,
    })
}

async fn make_root(ctx: &mut Ctx) -> Result<()> {
    let key = new_key(ctx)?;
    let from = match ctx.env.settings.demo {
        true => day(ctx.now).plus_days(-DEMO_PAST_DAYS),
        false => day(ctx.now),
    };
    let subject = subject(ctx, "电子证照根证书", "");
    let until = from.plus_days(ROOT_DAYS);
    let certificate = certificate::issue_root(&key, &subject, from, until, &mut ctx.random)?;
    save(ctx, ROOT, &key, &certificate, None, String::new()).await.map(|_| ())
}

async fn make_own(ctx: &mut Ctx, holder: &str, name: &str, role: Role) -> Result<()> {
    let root = own(ctx, ROOT).await?;
    let key = new_key(ctx)?;
    let subject = subject(ctx, name, "");
    let certificate = certify(ctx, &root, &key, subject, role, MAKER_DAYS)?;
    save(ctx, holder, &key, &certificate, None, String::new()).await.map(|_| ())
}

async fn make_agency(ctx: &mut Ctx, agency: &Agency) -> Result<()> {
    let (root, maker) = (own(ctx, ROOT).await?, own(ctx, MAKER).await?);
    let key = new_key(ctx)?;
    let name = subject(ctx, &agency.name.zh, &agency.credit_code);
    let certificate = certify(ctx, &root, &key, name, Role::Agency, AGENCY_DAYS)?;
    let kind = ctx.env.pack.agency_kind(&agency.kind).map(|kind| kind.code.clone());
    let number = store::count(ctx, &agency.id).await? + 1;
    let code = format!("{}{}{number:04}", agency.division, kind.unwrap_or_default());
    let svg = ctx.env.typeset.seal_svg(&agency.name.zh, &code)?;
    let picture = Picture {
        kind: "SVG".to_owned(),
        data: svg.into_bytes(),
        width_mm: SEAL_MM,
        height_mm: SEAL_MM,
    };
    let seal_name = format!("{}电子印章", agency.name.zh);
    let design = Design {
        id: &code,
        name: &seal_name,
        holder: &certificate,
        picture: &picture,
        created_at: certificate.valid_from(),
        valid_from: certificate.valid_from(),
        valid_until: certificate.valid_until(),
    };
    let seal = Seal::make(&design, &maker.chain, &maker.key)?;
    if let Some(id) = save(ctx, &agency.id, &key, &certificate, Some(&seal), code).await? {
        let chain = vec![certificate.clone()];
        let (holder, seal) = (agency.id.clone(), Some(seal));
        keep(ctx, Signer { id: id.clone(), holder, key, chain, seal });
        let body = serde_json::json!({
            "agency": agency.id, "certificate": certificate.fingerprint(),
        });
        let subject = format!("seal:{id}");
        party::audit::record_row(ctx, "seal.made", &subject, body, "agency_key", &id).await?;
    }
    Ok(())
}

fn certify(
    ctx: &mut Ctx,
    root: &Signer,
    key: &SigningKey,
    subject: Subject,
    role: Role,
    days: i64,
) -> Result<Certificate> {
    let issuer = &root.chain[0];
    let from = match ctx.env.settings.demo {
        true => issuer.valid_from(),
        // The clock may have been set back since the root was made.
        false => day(ctx.now).max(issuer.valid_from()),
    };
    let until = day(ctx.now).plus_days(days).min(issuer.valid_until());
    let public = key.verifying_key();
    let request = Request { subject, role, key: &public, valid_from: from, valid_until: until };
    certificate::issue(&request, issuer, &root.key, &mut ctx.random)
}

/// The key's id; none when somebody else made the holder's key at the same time.
async fn save(
    ctx: &mut Ctx,
    holder: &str,
    key: &SigningKey,
    certificate: &Certificate,
    seal: Option<&Seal>,
    seal_id: String,
) -> Result<Option<String>> {
    let id = ctx.id();
    let pem = key.to_pem()?;
    let new = NewKey {
        id: &id,
        holder,
        key_sealed: ctx.env.vault.clone().seal(KEY, pem.as_bytes(), &mut ctx.random)?,
        certificate: certificate.to_pem()?,
        seal: seal.map(|seal| seal.der().to_vec()).unwrap_or_default(),
        seal_id,
        valid: (certificate.valid_from().0, certificate.valid_until().0),
    };
    Ok(store::insert(ctx, new).await?.then_some(id))
}

fn new_key(ctx: &mut Ctx) -> Result<SigningKey> {
    SigningKey::from_seed(&ctx.random.bytes())
}

fn subject(ctx: &Ctx, name: &str, code: &str) -> Subject {
    Subject {
        common_name: name.chars().take(64).collect(),
        organization: ctx.env.pack.name().zh.chars().take(64).collect(),
        code: code.to_owned(),
    }
}

/// Midnight of the day: certificates count whole seconds, and whole days read better.
fn day(at: Timestamp) -> Timestamp {
    Timestamp::start_of(at.date())
}
