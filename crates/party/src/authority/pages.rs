//! The page of the permission table.

use super::table::grid;
use serde_json::json;
use std::collections::BTreeMap;
use webkit::{Answer, Call};

/// `GET /authority`.
pub(super) async fn table(call: Call) -> Answer {
    let pack = &call.web.env.pack;
    let names: Vec<_> = pack.roles().map(|role| &role.name).collect();
    let permissions: BTreeMap<_, _> =
        pack.permissions().iter().map(|one| (&one.id, &one.name)).collect();
    let context = json!({ "grid": grid(pack), "names": names, "permissions": permissions });
    call.page("party/audit/authority.html", &context)
}
