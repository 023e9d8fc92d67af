//! For whom the actor stands in, and what he may take in their name: what names them, and, where the
//! absence grants it, what is offered to their posts as they hold them now.
//!
//! Invariants
//! - Nothing is taken in the name of an officer that he could not take himself.
//! - What is offered to the actor too is his own, not done for anybody.
//!
//! Must not know: tables of tasks.

use crate::definition;
use ::store::Ctx;
use kernel::Result;
use party::absence;
use party::account::AccountKind;

/// An absent officer for whom the actor stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stead {
    /// His account.
    pub(crate) officer: String,
    /// Where tasks are offered that the actor may take in his name.
    pub(crate) pools: Vec<String>,
}

impl Stead {
    /// Whether one of the pools is his.
    pub(crate) fn has(&self, pools: &[String]) -> bool {
        pools.iter().any(|pool| self.pools.contains(pool))
    }
}

/// Everybody for whom the actor stands in now.
pub(crate) async fn steads(ctx: &mut Ctx) -> Result<Vec<Stead>> {
    let officers = absence::absent(ctx).await?;
    if officers.is_empty() {
        return Ok(Vec::new());
    }
    let posts = absence::absent_from_posts(ctx).await?;
    let mut all = Vec::with_capacity(officers.len());
    for officer in officers {
        let mut pools = vec![format!("@{officer}")];
        if posts.contains(&officer) {
            pools.extend(posts_of(ctx, &officer).await?);
        }
        all.push(Stead { officer, pools });
    }
    Ok(all)
}

/// The pools of an officer's agency and posts; none once he may do no tasks.
async fn posts_of(ctx: &mut Ctx, officer: &str) -> Result<Vec<String>> {
    if super::offer::officer(ctx, officer).await?.is_none() {
        return Ok(Vec::new());
    }
    let account = party::account::find(ctx, officer).await?;
    let account = account.filter(|one| one.kind == AccountKind::Officer && !one.closed);
    Ok(account.map(|one| definition::posts(&one.agency, &one.roles)).unwrap_or_default())
}
