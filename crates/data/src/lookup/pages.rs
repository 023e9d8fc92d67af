//! "Who read my data" (谁用了我的数据).

use super::{Receipt, consumer_name};
use crate::source;
use serde_json::{Value as Json, json};
use webkit::form::encode;
use webkit::{Answer, Call};

/// `GET /my/data-use?after=`.
pub(super) async fn mine(call: Call) -> Answer {
    let mut ctx = call.read();
    let page = super::mine(&mut ctx, &call.query("after").unwrap_or_default()).await?;
    let uses: Vec<Json> = page.receipts.iter().map(|receipt| shown(&call, receipt)).collect();
    let next = page.next.map(|after| format!("/my/data-use?after={}", encode(&after)));
    call.page("data/lookup/mine.html", &json!({"uses": uses, "next": next}))
}

fn shown(call: &Call, receipt: &Receipt) -> Json {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let object_to = |field: &String| {
        let href = format!(
            "/my/objections/new?record={}&field={}&receipt={}",
            encode(&receipt.record),
            encode(field),
            encode(&receipt.id)
        );
        json!({"name": source::field_name(pack, &receipt.registry, field, lang), "href": href})
    };
    json!({
        "id": receipt.id,
        "at": receipt.at,
        "consumer": consumer_name(call, &receipt.consumer),
        "source": source::name(pack, &receipt.source),
        "registry": source::registry_name(pack, &receipt.registry, lang),
        "one_thing": pack.one_thing(&receipt.one_thing).map(|thing| &thing.name),
        "purpose": receipt.purpose,
        "case": receipt.case_id,
        "contract": receipt.contract,
        "found": !receipt.record.is_empty(),
        "fields": receipt.fields.iter().map(object_to).collect::<Vec<_>>(),
    })
}
