//! Takes the keys an installation makes by itself — the province's root, the maker of seals, the
//! publisher of status lists and agencies' first keys — into the records of the authority.
//!
//! Invariants: repeating it changes nothing; a key stays where it is, sealed as it was.
//! Must not know: how such keys are used.

use super::issue::{self, Entry};
use super::model::{Authority, Profile, algorithm_name};
use super::provider::{FILE, Held};
use super::store;
use ::store::Ctx;
use kernel::{Error, Result};
use proof::certificate::Certificate;
use std::collections::BTreeSet;

/// A key of an installation as its own register has it.
pub(crate) struct Own {
    /// Id of the key.
    pub(crate) id: String,
    /// Agency, one of its seals, or name of one of the province's own keys.
    pub(crate) holder: String,
    /// Its certificate.
    pub(crate) certificate: Certificate,
    /// The key, sealed as the file provider seals.
    pub(crate) sealed: Vec<u8>,
}

/// Enters what is not on record yet, roots first.
pub(crate) async fn adopt(ctx: &mut Ctx, root: &str, mut keys: Vec<Own>) -> Result<()> {
    let known: BTreeSet<String> = store::ids(ctx).await?.into_iter().collect();
    keys.retain(|key| !known.contains(&key.id));
    let (roots, others): (Vec<Own>, Vec<Own>) =
        keys.into_iter().partition(|key| key.holder == root);
    for key in roots {
        take_root(ctx, key).await?;
    }
    for key in others {
        // Before there were other authorities every key was certified by the root.
        let issuers = store::issuing(ctx, "sm2").await?;
        let issuer = issuers.into_iter().rfind(|one| one.parent.is_empty());
        if let Some(issuer) = issuer {
            take(ctx, &issuer.id, &key.id, &key.holder, &key.certificate).await?;
        }
    }
    Ok(())
}

async fn take_root(ctx: &mut Ctx, key: Own) -> Result<()> {
    let public = key.certificate.public_key();
    let held = Held {
        id: key.id.clone(),
        algorithm: public.algorithm(),
        public: public.to_bytes(),
        kept: key.sealed,
    };
    store::insert_key(ctx, FILE, &held).await?;
    let division = province(ctx)?;
    let name = key.certificate.subject().common_name.clone();
    let authority = Authority {
        id: key.id.clone(),
        parent: String::new(),
        depth: 0,
        division: division.clone(),
        name: name.clone(),
        algorithm: algorithm_name(public.algorithm()).to_owned(),
        state: "active".to_owned(),
        revision: 1,
    };
    store::insert_authority(ctx, &authority).await?;
    let entry = Entry {
        id: &key.id,
        authority: &key.id,
        profile: Profile::Root,
        holder: &name,
        division: &division,
        certificate: &key.certificate,
    };
    issue::enter(ctx, &entry).await.map(drop)
}

/// Enters the certificate of a key just made for an agency or the province.
pub(crate) async fn take(
    ctx: &mut Ctx,
    authority: &str,
    id: &str,
    holder: &str,
    certificate: &Certificate,
) -> Result<()> {
    let profile = match holder {
        "maker" => Profile::Maker,
        "status" => Profile::Status,
        _ => Profile::Agency,
    };
    let division = division_of(ctx, holder)?;
    let entry = Entry { id, authority, profile, holder, division: &division, certificate };
    issue::enter(ctx, &entry).await.map(drop)
}

/// The division of an agency or of one of its seals; else the province's.
pub(super) fn division_of(ctx: &Ctx, holder: &str) -> Result<String> {
    // Beside its own seal an agency has others, whose holders begin with its id.
    let agency = holder.split('/').next().unwrap_or(holder);
    match ctx.env.pack.agency(agency) {
        Some(agency) => Ok(agency.division),
        None => province(ctx),
    }
}

/// The province's division. Errors: `internal` for a pack without divisions.
pub(crate) fn province(ctx: &Ctx) -> Result<String> {
    let root = ctx.env.pack.divisions().root().map(|root| root.code());
    root.ok_or_else(|| Error::internal("a pack without divisions"))
}
