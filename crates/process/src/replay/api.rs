//! The REST interface of playing again.

use super::{Ask, Report};
use crate::DEPLOY;
use axum::extract::Path;
use webkit::{Access, Answer, Call, Route, get};

/// Instances played when nobody says how many.
pub(super) const NUMBER: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/processes/{id}/replay", Access::Staff(DEPLOY), run)
            .doc("Plays the instances of one version that ended last on another and tells what would differ; ?from=&to=&number=.")
            .gives::<Report>(),
    ]
}

/// What the address asks for.
pub(super) fn ask(call: &Call) -> Ask {
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    let most = number("number").map(|number| usize::try_from(number).unwrap_or(0));
    Ask {
        from: number("from").unwrap_or_default(),
        to: number("to").unwrap_or_default(),
        number: most.unwrap_or(NUMBER),
    }
}

async fn run(call: Call, Path(process): Path<String>) -> Answer {
    let ask = ask(&call);
    call.json(&super::run(&mut call.read(), &process, &ask).await?)
}
