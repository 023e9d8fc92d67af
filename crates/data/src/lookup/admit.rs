//! Whether a lookup is admitted.

use crate::grant::{self, Grant};
use kernel::{Error, Result};
use pack::one_thing::Lookup;
use pack::{Contract, Registry};
use store::{Ctx, vals};

/// The consumer when the portal itself looks up, for the one-thing a citizen is applying for.
pub const PORTAL: &str = "portal";

/// What admits a lookup.
pub(super) struct Admitted<'a> {
    pub(super) contract: &'a Contract,
    pub(super) registry: &'a Registry,
    pub(super) grant: Grant,
}

/// Admits or refuses; when admitted, one read of the day's quota is used.
///
/// Errors: `lookup.not_consumer`, `lookup.no_grant`, `lookup.not_for_case`,
/// `lookup.contract_unknown`, `lookup.contract_expired`, `lookup.contract_early`, `lookup.quota`.
pub(super) async fn admit<'a>(
    ctx: &mut Ctx,
    pack: &'a pack::Province,
    lookup: &Lookup,
    value: &str,
    case_id: &str,
    consumer: &str,
) -> Result<Admitted<'a>> {
    let contract = pack
        .contract(&lookup.contract)
        .filter(|contract| contract.registry == lookup.registry)
        .ok_or_else(|| Error::denied("lookup.contract_unknown"))?;
    let registry =
        pack.registry(&lookup.registry).ok_or_else(|| Error::denied("lookup.contract_unknown"))?;
    acts_for(ctx, consumer)?;
    consumes(pack, contract, consumer)?;
    let today = ctx.now.date();
    if today > contract.expires.0 {
        return Err(Error::denied("lookup.contract_expired").arg("date", contract.expires));
    }
    if today < contract.effective_from.0 {
        return Err(Error::denied("lookup.contract_early").arg("date", contract.effective_from));
    }
    let no_grant = || Error::denied("lookup.no_grant");
    let grant = grant::find(ctx, case_id).await?.filter(Grant::is_open).ok_or_else(no_grant)?;
    if !grant::names(ctx, &grant, value).await? {
        return Err(no_grant());
    }
    let items = grant.items();
    if grant.one_thing != contract.one_thing
        || !lookup.items.iter().any(|item| items.contains(item))
    {
        return Err(Error::denied("lookup.not_for_case"));
    }
    count(ctx, contract).await?;
    Ok(Admitted { contract, registry, grant })
}

/// Whether the actor may act for the consumer: an officer for his own agency, the portal for a
/// citizen or a clerk who files for one, the platform for everybody.
fn acts_for(ctx: &Ctx, consumer: &str) -> Result<()> {
    let may = |permission: &str| party::authority::may(ctx, permission);
    let fits = if consumer == PORTAL {
        may("application.own") || may("application.assist")
    } else {
        may("data.lookup") && party::authority::same_agency(ctx, consumer)
    };
    let platform = ctx.actor.kind == kernel::ActorKind::System;
    if fits || platform { Ok(()) } else { Err(Error::denied("lookup.not_consumer")) }
}

/// Whether the contract admits the consumer. The portal reads for the agencies the contract names,
/// under the same one-thing.
fn consumes(pack: &pack::Province, contract: &Contract, consumer: &str) -> Result<()> {
    let named =
        pack.agency(consumer).is_some_and(|agency| contract.consumers.contains(&agency.kind));
    if named || consumer == PORTAL { Ok(()) } else { Err(Error::denied("lookup.not_consumer")) }
}

/// The counter row of a contract's day.
pub(super) fn quota_id(contract: &str, day: jiff::civil::Date) -> String {
    format!("{contract}/{day}")
}

async fn count(ctx: &mut Ctx, contract: &Contract) -> Result<()> {
    let id = quota_id(&contract.id, ctx.now.date());
    let sql = "INSERT INTO data_quota (id, used) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING";
    ctx.execute(sql, vals![&id]).await?;
    let sql = "UPDATE data_quota SET used = used + 1 WHERE id = $1 AND used < $2";
    match ctx.execute(sql, vals![&id, contract.quota_per_day]).await? {
        0 => Err(Error::limited("lookup.quota").arg("quota", contract.quota_per_day)),
        _ => Ok(()),
    }
}
