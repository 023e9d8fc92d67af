//! The page on which an agency proves its own ledgers.

use super::chain::{Role, Side};
use super::{Report, verify};
use serde_json::json;
use webkit::{Answer, Call};

/// `GET /ledger`.
pub(super) async fn own(call: Call) -> Answer {
    let mut ctx = call.read();
    let agency = ctx.actor.agency.clone();
    let mut sides: Vec<(&str, Report)> = Vec::new();
    for role in [Role::Consumer, Role::Source] {
        let side = Side { agency: agency.clone(), role };
        sides.push((role.name(), verify(&mut ctx, &side).await?));
    }
    let agency = crate::source::name(&call.web.env.pack, &agency);
    call.page("data/ledger/own.html", &json!({"agency": agency, "sides": sides}))
}
