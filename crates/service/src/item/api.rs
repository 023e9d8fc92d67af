//! REST of the catalogue.

use super::list::{Entry, Filter, list, one_thing_entries};
use super::shown::{ItemShown, OneThingShown, PublishedShown};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Answer, Call};

/// An item: handled online, or only published.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ItemAnswer {
    /// Handled online.
    Online(Box<ItemShown>),
    /// Only published.
    Published(Box<PublishedShown>),
}

/// The things done once.
#[derive(Serialize, JsonSchema)]
pub(super) struct OneThings {
    /// Each as a row.
    one_things: Vec<Entry>,
}

/// What the query string asks of the list.
pub(super) fn filter(call: &Call) -> Filter {
    let text = |name: &str| {
        let value = call.query(name).unwrap_or_default();
        value
            .chars()
            .filter(|c| !webkit::form::forbidden(*c))
            .take(100)
            .collect::<String>()
            .trim()
            .to_owned()
    };
    Filter {
        text: text("q"),
        agency: text("agency"),
        item_type: text("type"),
        audience: text("for"),
        online: !text("online").is_empty(),
        after: text("after"),
    }
}

/// `GET /api/v1/items`.
pub(super) async fn items(call: Call) -> Answer {
    call.json(&list(&call.web.env.pack, &filter(&call)))
}

/// `GET /api/v1/items/{id}`.
pub(super) async fn item(call: Call, Path(id): Path<String>) -> Answer {
    let pack = &call.web.env.pack;
    let answer = match id.parse() {
        Ok(row) => ItemAnswer::Published(Box::new(PublishedShown::find(pack, row)?)),
        Err(_) => ItemAnswer::Online(Box::new(ItemShown::find(pack, &id)?)),
    };
    call.json(&answer)
}

/// `GET /api/v1/one-things`.
pub(super) async fn one_things(call: Call) -> Answer {
    call.json(&OneThings { one_things: one_thing_entries(&call.web.env.pack) })
}

/// `GET /api/v1/one-things/{id}`.
pub(super) async fn one_thing(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&OneThingShown::find(&call.web.env.pack, &id)?)
}
