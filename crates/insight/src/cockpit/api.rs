//! The cockpit over REST.

use super::cockpit::{self, Beneath};
use super::model::Overview;
use super::pages::wanted;
use crate::{DRILL, READ};
use kernel::Error;
use service::case::Rows;
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/cockpit", Access::Staff(READ), overview)
            .doc("Numbers of a division subtree and its days, with lines, trends, targets and attention.")
            .gives::<Overview>(),
        get("/api/v1/cockpit/cases", Access::Staff(DRILL), cases)
            .doc("The cases beneath a number: `beneath=submitted`, `overdue` …, names masked.")
.asks(&["beneath", "division", "item", "from", "to", "after"])
            .gives::<Rows>(),
    ]
}

async fn overview(call: Call) -> Answer {
    let mut ctx = call.read();
    call.json(&cockpit::overview(&mut ctx, &wanted(&call)).await?)
}

async fn cases(call: Call) -> Answer {
    let mut ctx = call.read();
    let text = |name: &str| call.query(name).unwrap_or_default();
    let beneath = Beneath::parse(&text("beneath")).ok_or_else(Error::not_found)?;
    let rows = cockpit::cases(
        &mut ctx,
        &wanted(&call),
        beneath,
        &text("from"),
        &text("to"),
        &text("after"),
    )
    .await?;
    call.json(&rows)
}
