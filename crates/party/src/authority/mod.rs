//! Who may do what: permissions granted to roles by the pack, and how far they reach.
//!
//! Invariants: closed by default; a permission is a name granted to a role in the pack and held
//! through that role only; an ordinary officer reaches the matters of his own agency, a
//! supervisor, leader or auditor those of the division subtree of his agency.
//! Must not know: any record. Whether a certain record is within reach is asked by its owner with
//! [`same_agency`] and [`reaches`].

mod pages;
mod table;

pub use table::table;

use kernel::{Actor, ActorKind, Error, Result};
use store::Ctx;
use webkit::{Access, Module, get};

/// Roles whose reach is the division subtree rather than one agency.
const WIDE_ROLES: [&str; 4] = ["supervisor", "leader", "auditor", "administrator"];

/// True when one of the actor's roles grants the permission. The platform itself may everything:
/// its jobs decide on their own what they do.
pub fn may(ctx: &Ctx, permission: &str) -> bool {
    may_as(&ctx.env.pack, &ctx.actor, permission)
}

/// As [`may`], for an actor at hand.
pub fn may_as(pack: &pack::Province, actor: &Actor, permission: &str) -> bool {
    actor.kind == ActorKind::System
        || actor
            .roles
            .iter()
            .any(|role| pack.role_permissions(role).iter().any(|granted| granted == permission))
}

/// Refuses unless one of the actor's roles grants the permission.
/// Errors: `sign_in.needed` for nobody, `denied` for anybody else.
pub fn demand(ctx: &Ctx, permission: &str) -> Result<()> {
    if may(ctx, permission) {
        return Ok(());
    }
    if ctx.actor.account.is_empty() {
        return Err(Error::unauthenticated("sign_in.needed"));
    }
    Err(Error::denied("denied").detail(format!("{} lacks {permission}", ctx.actor.account)))
}

/// Refuses nobody but the anonymous; the account's id. Errors: `sign_in.needed`.
pub fn signed_in(ctx: &Ctx) -> Result<String> {
    if ctx.actor.account.is_empty() {
        return Err(Error::unauthenticated("sign_in.needed"));
    }
    Ok(ctx.actor.account.clone())
}

/// True when the actor acts for this agency, or is the platform.
pub fn same_agency(ctx: &Ctx, agency: &str) -> bool {
    ctx.actor.kind == ActorKind::System || (ctx.actor.is_officer() && ctx.actor.agency == agency)
}

/// Code of the division whose subtree the actor reaches: his agency's for supervisors, leaders and
/// auditors, the province's for the platform, empty (nothing) for everybody else.
pub fn scope_division(ctx: &Ctx) -> String {
    if ctx.actor.kind == ActorKind::System {
        return ctx.env.pack.divisions().root().map(|root| root.code()).unwrap_or_default();
    }
    let wide = WIDE_ROLES.iter().any(|role| ctx.actor.has_role(role));
    if wide && ctx.actor.is_officer() { ctx.actor.division.clone() } else { String::new() }
}

/// The digits with which the codes of all divisions in [`scope_division`] begin. Errors: `denied` for
/// an actor whose post reaches no division.
pub fn scope_prefix(ctx: &Ctx) -> Result<String> {
    let pack = ctx.env.pack.clone();
    let scope = pack.divisions().find(&scope_division(ctx)).map(|division| division.prefix());
    scope.ok_or_else(|| Error::denied("denied"))
}

/// True when a matter of this agency in this division is within the actor's reach: his own
/// agency's, or one in the division subtree of [`scope_division`].
pub fn reaches(ctx: &Ctx, agency: &str, division: &str) -> bool {
    if same_agency(ctx, agency) {
        return true;
    }
    let scope = scope_division(ctx);
    !scope.is_empty() && within(&ctx.env.pack, division, &scope)
}

/// True when the division is the scope or lies in it. Unknown codes lie nowhere.
pub fn within(pack: &pack::Province, division: &str, scope: &str) -> bool {
    match (pack.divisions().find(division), pack.divisions().find(scope)) {
        (Some(inner), Some(outer)) => inner.is_in(outer),
        _ => false,
    }
}

pub(crate) fn module() -> Module {
    Module {
        name: "party.authority",
        routes: vec![get("/authority", Access::Staff("audit.read"), pages::table)],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
