//! What supervision hears of an item's case: its place, its clocks and its history, nothing of the
//! people in it.

use super::shown::{ClockShown, Happened};
use super::{access, history, store, view_parts};
use ::store::Ctx;
use kernel::{ActorKind, Error, Result};

/// An item's case as it is watched.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Id.
    pub id: String,
    /// Number.
    pub number: String,
    /// Item.
    pub item: String,
    /// Agency in charge.
    pub agency: String,
    /// Division, 12 digits.
    pub division: String,
    /// Its clocks, as [`super::show`] gives them.
    pub clocks: Vec<ClockShown>,
    /// Its history, the oldest first.
    pub history: Vec<Happened>,
}

/// The case with this id; none for a parent. For the platform alone, which looks after every act:
/// a few reads, where the page of a case takes dozens. Errors: `denied`, `not_found`.
pub async fn watched(ctx: &mut Ctx, id: &str) -> Result<Option<Watched>> {
    if ctx.actor.kind != ActorKind::System {
        return Err(Error::denied("denied"));
    }
    let case = store::get(ctx, id).await?;
    if case.is_parent() {
        return Ok(None);
    }
    let events = history::list(ctx, case.root_id(), Some(&case.id)).await?;
    let family = std::slice::from_ref(&case);
    let reader = access::Reader::Supervisor;
    Ok(Some(Watched {
        clocks: view_parts::clocks(ctx, &case)?,
        history: view_parts::timeline(ctx, &case, family, &events, &[], reader)?,
        id: case.id,
        number: case.number,
        item: case.item,
        agency: case.agency,
        division: case.division,
    }))
}
