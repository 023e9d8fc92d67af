//! The catalogue of registries over REST.

use axum::extract::Path;
use kernel::Text;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Answer, Call};

/// A field.
#[derive(Serialize, JsonSchema)]
pub struct FieldView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Kind of value.
    pub kind: pack::one_thing::FieldKind,
    /// Sensitivity, 1 to 4.
    pub grade: u8,
}

/// A share contract.
#[derive(Serialize, JsonSchema)]
pub struct ContractView {
    /// Id.
    pub id: String,
    /// Agency kinds that may read.
    pub consumers: Vec<String>,
    /// One-thing whose open case admits the read.
    pub one_thing: String,
    /// For what.
    pub purpose: Text,
    /// Fields released.
    pub fields: Vec<String>,
    /// Reads a day.
    pub quota_per_day: u32,
    /// Last day, `2027-12-31`.
    pub expires: String,
}

/// A registry.
#[derive(Serialize, JsonSchema)]
pub struct RegistryView {
    /// Id.
    pub id: String,
    /// Version of the definition.
    pub version: u32,
    /// Name.
    pub name: Text,
    /// What it holds.
    pub summary: Text,
    /// Agency kind that answers for it.
    pub source: String,
    /// Catalogue code.
    pub code: String,
    /// Working days to answer an objection.
    pub objection_working_days: u16,
    /// Its fields.
    pub fields: Vec<FieldView>,
    /// Contracts that share it.
    pub contracts: Vec<ContractView>,
}

/// The registries.
#[derive(Serialize, JsonSchema)]
pub struct RegistryList {
    /// By id.
    pub registries: Vec<RegistryView>,
}

/// `GET /api/v1/registry-records/{id}/proof`.
pub(super) async fn proof(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::prove(&mut call.read(), &id).await?)
}

/// `GET /api/v1/registries`.
pub(super) async fn list(call: Call) -> Answer {
    let ctx = call.read();
    party::authority::demand(&ctx, "pack.read")?;
    let pack = &call.web.env.pack;
    let contracts = |registry: &str| {
        pack.contracts()
            .filter(|contract| contract.registry == registry)
            .map(|contract| ContractView {
                id: contract.id.clone(),
                consumers: contract.consumers.clone(),
                one_thing: contract.one_thing.clone(),
                purpose: contract.purpose.clone(),
                fields: contract.fields.clone(),
                quota_per_day: contract.quota_per_day,
                expires: contract.expires.to_string(),
            })
            .collect()
    };
    let registries = pack
        .registries()
        .map(|registry| RegistryView {
            id: registry.id.clone(),
            version: registry.version,
            name: registry.name.clone(),
            summary: registry.summary.clone(),
            source: registry.source.clone(),
            code: registry.code.clone(),
            objection_working_days: registry.objection_working_days,
            fields: registry
                .fields
                .iter()
                .map(|field| FieldView {
                    id: field.id.clone(),
                    name: field.name.clone(),
                    kind: field.kind,
                    grade: field.grade,
                })
                .collect(),
            contracts: contracts(&registry.id),
        })
        .collect();
    call.json(&RegistryList { registries })
}
