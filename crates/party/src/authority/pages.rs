//! The page of the permission table.

use super::table::grid;
use serde_json::json;
use webkit::{Answer, Call};

/// `GET /authority`.
pub(super) async fn table(call: Call) -> Answer {
    let pack = &call.web.env.pack;
    let names: Vec<_> = pack.roles().map(|role| &role.name).collect();
    call.page("party/audit/authority.html", &json!({ "grid": grid(pack), "names": names }))
}
