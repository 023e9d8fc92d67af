//! Issuing: who issues for whom, the certificate by the policy of its profile, and its record.
//!
//! Invariants: an authority issues within its own validity and division, in its own algorithm, and
//! only while its own certificate and those above it stand; a key is certified once; what is issued
//! is on record in the same transaction.
//! Must not know: who ordered it.

use super::model::{Authority, Certified, Profile, algorithm, algorithm_name};
use super::provider::{self, Handle};
use super::store::{self, NewCertificate};
use ::store::Ctx;
use kernel::{Error, Result, Timestamp};
use proof::certificate::{self, Certificate, Request, Subject};
use proof::digest::sm3_hex;
use proof::key::{Algorithm, PublicKey};

/// An authority ready to issue.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    /// Id of the authority.
    pub(crate) id: String,
    /// Authorities above it.
    pub(crate) depth: i64,
    /// Its certificate.
    pub(crate) certificate: Certificate,
    /// Certificates that stand between what it issues and the root, its own first.
    pub(crate) between: Vec<Certificate>,
    /// Its key.
    pub(crate) key: Handle,
}

/// The authority with its key, whether or not it still issues. Errors: `not_found`, those of its
/// provider.
pub(crate) async fn load(ctx: &mut Ctx, id: &str) -> Result<Issuer> {
    let authority = store::authority(ctx, id).await?;
    let own = read(&store::certificate(ctx, id).await?)?;
    let (name, held) = store::key(ctx, id).await?;
    let key = Handle::new(provider::provider(&ctx.env, &name)?, held)?;
    let mut between = Vec::new();
    let (mut parent, mut next) = (authority.parent.clone(), own.clone());
    while !parent.is_empty() {
        between.push(next);
        let above = store::authority(ctx, &parent).await?;
        next = read(&store::certificate(ctx, &above.id).await?)?;
        parent = above.parent;
    }
    Ok(Issuer { id: authority.id, depth: authority.depth, certificate: own, between, key })
}

/// The authority if it may issue now. Errors: `not_found`, `licence.authority_closed` when it or one
/// above it was renewed, suspended or revoked, or has expired.
pub(crate) async fn open(ctx: &mut Ctx, id: &str) -> Result<Issuer> {
    if !stands(ctx, id).await? {
        let code = "licence.authority_closed";
        return Err(Error::conflict(code).field("authority", code));
    }
    load(ctx, id).await
}

/// True while an authority issues and its certificate, and those above, stand.
async fn stands(ctx: &mut Ctx, id: &str) -> Result<bool> {
    let authority = store::authority(ctx, id).await?;
    let mut at = authority.clone();
    loop {
        let certificate = store::certificate(ctx, &at.id).await?;
        if certificate.state_at(ctx.now) != "valid" {
            return Ok(false);
        }
        if at.parent.is_empty() {
            return Ok(authority.state == "active");
        }
        at = store::authority(ctx, &at.parent).await?;
    }
}

/// The authority nearest to a division among those that issue under SM2: a city's before the
/// province's. Errors: `licence.authority_closed` when there is none.
pub(crate) async fn nearest(ctx: &mut Ctx, division: &str) -> Result<Issuer> {
    let found = nearest_under(ctx, division, Algorithm::Sm2).await?;
    found.ok_or_else(|| Error::conflict("licence.authority_closed"))
}

/// The authority nearest to a division among those that issue under an algorithm.
pub(super) async fn nearest_under(
    ctx: &mut Ctx,
    division: &str,
    algorithm: Algorithm,
) -> Result<Option<Issuer>> {
    let pack = ctx.env.pack.clone();
    for authority in store::issuing(ctx, algorithm_name(algorithm)).await? {
        let covers = authority.parent.is_empty()
            || party::authority::within(&pack, division, &authority.division);
        if covers && stands(ctx, &authority.id).await? {
            return load(ctx, &authority.id).await.map(Some);
        }
    }
    Ok(None)
}

/// Issues a certificate of a profile. Errors: those of [`certificate::issue`],
/// `licence.provider_algorithm` for a key of another algorithm than the authority's.
pub(crate) fn certify(
    ctx: &mut Ctx,
    issuer: &Issuer,
    key: &PublicKey,
    subject: Subject,
    profile: Profile,
) -> Result<Certificate> {
    certify_for(ctx, issuer, key, (subject, None), profile)
}

/// As [`certify`], also naming a host, if there is one.
fn certify_for(
    ctx: &mut Ctx,
    issuer: &Issuer,
    key: &PublicKey,
    (subject, host): (Subject, Option<&str>),
    profile: Profile,
) -> Result<Certificate> {
    if key.algorithm() != issuer.key.public_key().algorithm() {
        return Err(provider::not_served());
    }
    let above = &issuer.certificate;
    let from = match ctx.env.settings.demo {
        true => above.valid_from(),
        // The clock may have been set back since the authority was made.
        false => day(ctx.now).max(above.valid_from()),
    };
    let until = day(ctx.now).plus_days(profile.days()).min(above.valid_until());
    let role = profile.role(issuer.depth + 1);
    let request = Request { subject, role, key, valid_from: from, valid_until: until };
    certificate::issue_for_host(&request, host, above, &issuer.key, &mut ctx.random)
}

/// What is entered with a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    /// Id of the record; of the key, where the installation has it.
    pub(crate) id: &'a str,
    /// The authority that issued it.
    pub(crate) authority: &'a str,
    /// As what.
    pub(crate) profile: Profile,
    /// Agency, authority, or name of one of the province's own keys.
    pub(crate) holder: &'a str,
    /// Division of the holder.
    pub(crate) division: &'a str,
    /// The certificate.
    pub(crate) certificate: &'a Certificate,
}

/// Enters a certificate on record; the certificate of the same holder and use that it follows, if
/// there is one, stays as it is.
pub(crate) async fn enter(ctx: &mut Ctx, new: &Entry<'_>) -> Result<Certified> {
    let before = store::newest(ctx, new.holder, new.profile.as_str()).await?;
    let row = Certified {
        id: new.id.to_owned(),
        authority: new.authority.to_owned(),
        profile: new.profile.as_str().to_owned(),
        holder: new.holder.to_owned(),
        division: new.division.to_owned(),
        name: new.certificate.subject().common_name.clone(),
        serial: new.certificate.serial_hex(),
        certificate: new.certificate.to_pem()?,
        not_before_us: new.certificate.valid_from().0,
        not_after_us: new.certificate.valid_until().0,
        state: "valid".to_owned(),
        since_us: ctx.now.0,
        cause: String::new(),
        state_reason: String::new(),
        predecessor: before.map(|one| one.id).unwrap_or_default(),
        revision: 1,
    };
    let digest = key_digest(new.certificate.public_key());
    store::insert_certificate(ctx, NewCertificate { row: &row, key_digest: &digest }).await?;
    Ok(row)
}

/// Makes an authority with its key: a root when `above` is none. Errors: those of the provider and
/// of [`certificate::issue`].
pub(super) async fn establish(
    ctx: &mut Ctx,
    above: Option<&Issuer>,
    new: Authority,
    provider_name: &str,
) -> Result<Certified> {
    let provider = provider::provider(&ctx.env, provider_name)?;
    let held = provider.generate(&new.id, algorithm(&new.algorithm)?, &mut ctx.random)?;
    let handle = Handle::new(provider, held.clone())?;
    let named = subject(ctx, &new.name, "");
    let certificate = match above {
        Some(above) => certify(ctx, above, handle.public_key(), named, Profile::Authority)?,
        None => {
            // Others read it by their own watches, which a demonstration's clock may be ahead of.
            let from = day(ctx.now.min(ctx.env.clock.platform()));
            let until = from.plus_days(Profile::Root.days());
            certificate::issue_root(&handle, &named, from, until, &mut ctx.random)?
        }
    };
    store::insert_key(ctx, provider_name, &held).await?;
    store::insert_authority(ctx, &new).await?;
    let entry = Entry {
        id: &new.id,
        authority: above.map_or(&new.id, |above| &above.id),
        profile: if above.is_some() { Profile::Authority } else { Profile::Root },
        // Namesakes follow one another, whatever their keys.
        holder: &new.name,
        division: &new.division,
        certificate: &certificate,
    };
    enter(ctx, &entry).await
}

/// A certificate of a key made by a provider. Errors: as [`establish`].
pub(super) async fn with_new_key(
    ctx: &mut Ctx,
    issuer: &Issuer,
    provider_name: &str,
    profile: Profile,
    (holder, division, subject): (&str, &str, Subject),
) -> Result<Certified> {
    let provider = provider::provider(&ctx.env, provider_name)?;
    let (id, kind) = (ctx.id(), issuer.key.public_key().algorithm());
    let held = provider.generate(&id, kind, &mut ctx.random)?;
    let host = super::outward::host(ctx, holder);
    let certificate =
        certify_for(ctx, issuer, &held.public()?, (subject, host.as_deref()), profile)?;
    store::insert_key(ctx, provider_name, &held).await?;
    let (id, authority, certificate) = (id.as_str(), issuer.id.as_str(), &certificate);
    let entry = Entry { id, authority, profile, holder, division, certificate };
    enter(ctx, &entry).await
}

/// A certificate of a key that its holder has. Errors: `licence.certificate_key_used` for a key that
/// was certified before; as [`certify`].
pub(super) async fn of_request(
    ctx: &mut Ctx,
    issuer: &Issuer,
    key: &PublicKey,
    profile: Profile,
    (holder, division, subject): (&str, &str, Subject),
) -> Result<Certified> {
    if store::is_key_known(ctx, &key_digest(key)).await? {
        let code = "licence.certificate_key_used";
        return Err(Error::conflict(code).field("request", code));
    }
    let certificate = certify(ctx, issuer, key, subject, profile)?;
    let id = ctx.id();
    let (id, authority, certificate) = (id.as_str(), issuer.id.as_str(), &certificate);
    let entry = Entry { id, authority, profile, holder, division, certificate };
    enter(ctx, &entry).await
}

/// The certificate of a record. Errors: internal for a damaged one.
pub(super) fn read(row: &Certified) -> Result<Certificate> {
    Certificate::from_pem(&row.certificate).map_err(Error::internal)
}

/// The province's name around a name.
pub(crate) fn subject(ctx: &Ctx, name: &str, code: &str) -> Subject {
    Subject {
        common_name: name.chars().take(64).collect(),
        organization: ctx.env.pack.name().zh.chars().take(64).collect(),
        code: code.to_owned(),
    }
}

fn key_digest(key: &PublicKey) -> String {
    sm3_hex(&[algorithm_name(key.algorithm()).as_bytes(), &key.to_bytes()].concat())
}

/// Midnight of the day: certificates count whole seconds, and whole days read better.
pub(crate) fn day(at: Timestamp) -> Timestamp {
    Timestamp::start_of(at.date())
}
