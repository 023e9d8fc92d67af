//! The page of one's own file.

use crate::registry::{self, Record};
use crate::source;
use serde_json::{Value as Json, json};
use webkit::form::encode;
use webkit::{Answer, Call};

/// `GET /my/file`.
pub(super) async fn mine(call: Call) -> Answer {
    let mut ctx = call.write().await?;
    let records = super::open(&mut ctx).await?;
    ctx.commit().await?;
    let shown: Vec<Json> = records.iter().filter_map(|record| shown(&call, record)).collect();
    call.page("data/file/mine.html", &json!({"records": shown}))
}

fn shown(call: &Call, record: &Record) -> Option<Json> {
    let pack = &call.web.env.pack;
    let definition = pack.registry(&record.registry)?;
    let fields: Vec<Json> = definition
        .fields
        .iter()
        .filter_map(|field| {
            let value = record.fields.get(&field.id)?;
            let href = format!(
                "/my/objections/new?record={}&field={}",
                encode(&record.id),
                encode(&field.id)
            );
            Some(json!({"name": field.name, "value": registry::masked(pack, field, value, call.lang()),
                "href": href}))
        })
        .collect();
    let source = source::agency(pack, definition, &record.division).ok()?;
    Some(json!({
        "id": record.id,
        "registry": definition.name,
        "summary": definition.summary,
        "source": source.name,
        "observed": record.observed,
        "fields": fields,
    }))
}
