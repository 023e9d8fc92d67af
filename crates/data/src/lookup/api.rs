//! Data use over REST.

use super::disclosure::uses;
use super::{Disclosure, Receipt, Use};
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

/// What an officer was shown whole or took away of a case.
#[derive(Serialize, JsonSchema)]
pub struct DataDisclosure {
    /// Id.
    pub id: String,
    /// When, RFC 3339.
    pub at: String,
    /// Agency id of the officer.
    pub agency: String,
    /// Its name.
    pub agency_name: String,
    /// What.
    pub what: String,
    /// For what.
    pub purpose: String,
    /// The case.
    pub case: String,
}

/// A page of reads and disclosures.
#[derive(Serialize, JsonSchema)]
pub struct DataUseList {
    /// Reads of registries, newest first.
    pub reads: Vec<DataUse>,
    /// Disclosures, newest first.
    pub disclosures: Vec<DataDisclosure>,
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
    let (uses, next) = uses(&mut ctx, &call.query("after").unwrap_or_default()).await?;
    let (mut reads, mut disclosures) = (Vec::new(), Vec::new());
    for one in uses {
        match one {
            Use::Read(receipt) => reads.push(view(&call, receipt)),
            Use::Disclosed(one) => disclosures.push(disclosed(&call, one)),
        }
    }
    call.json(&DataUseList { reads, disclosures, next })
}

fn disclosed(call: &Call, one: Disclosure) -> DataDisclosure {
    let lang = call.lang();
    DataDisclosure {
        id: one.id,
        at: one.at.rfc3339(),
        agency_name: source::name(&call.web.env.pack, &one.agency).get(lang).to_owned(),
        agency: one.agency,
        what: one.what.get(lang).to_owned(),
        purpose: one.purpose.get(lang).to_owned(),
        case: one.case_id,
    }
}
