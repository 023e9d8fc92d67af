//! Data use over REST.

use super::Receipt;
use crate::source;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Answer, Call};

/// One read of data.
#[derive(Serialize, JsonSchema)]
pub struct DataUse {
    /// Receipt id.
    pub receipt: String,
    /// When, RFC 3339.
    pub at: String,
    /// Agency id of the reader, or `portal`.
    pub consumer: String,
    /// Its name.
    pub consumer_name: String,
    /// Agency id of the source.
    pub source: String,
    /// Registry read.
    pub registry: String,
    /// Fields handed over; empty when nothing was found.
    pub fields: Vec<String>,
    /// For what.
    pub purpose: String,
    /// The case for which.
    pub case: String,
    /// Share contract.
    pub contract: String,
    /// Record to object to; empty when nothing was found.
    pub record: String,
}

/// A page of reads.
#[derive(Serialize, JsonSchema)]
pub struct DataUseList {
    /// Newest first.
    pub reads: Vec<DataUse>,
    /// Pass as `after` for the next page.
    pub next: Option<String>,
}

fn view(call: &Call, receipt: Receipt) -> DataUse {
    let consumer_name = if super::lookup::is_portal(&receipt.consumer) {
        call.t("data.portal")
    } else {
        source::name(&call.web.env.pack, &receipt.consumer).get(call.lang()).to_owned()
    };
    DataUse {
        receipt: receipt.id,
        at: receipt.at.rfc3339(),
        consumer_name,
        consumer: receipt.consumer,
        source: receipt.source,
        registry: receipt.registry,
        fields: receipt.fields,
        purpose: receipt.purpose.get(call.lang()).to_owned(),
        case: receipt.case_id,
        contract: receipt.contract,
        record: receipt.record,
    }
}

/// `GET /api/v1/my/data-use?after=`.
pub(super) async fn mine(call: Call) -> Answer {
    let mut ctx = call.read();
    let page = super::mine(&mut ctx, &call.query("after").unwrap_or_default()).await?;
    let reads = page.receipts.into_iter().map(|receipt| view(&call, receipt)).collect();
    call.json(&DataUseList { reads, next: page.next })
}
