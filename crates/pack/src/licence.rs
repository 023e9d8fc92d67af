//! Licence types (证照类型) by GB/T 36902 to 36904.
//!
//! Invariants: the type code is the definer's credit code and three characters; a type that does
//! not allow several has one live licence per holder. Must not know: licences issued, keys.

use crate::definition::{Basis, Day, definition};
use crate::one_thing::FieldKind;
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who holds a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A natural person, by citizen number (holder code 111).
    Person,
    /// An organisation, by credit code (holder code 001).
    Organisation,
    /// A newborn without a citizen number yet, by the number of the birth record.
    Newborn,
}

/// State of a licence, with its two-digit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LicenceState {
    /// 01 有效.
    Valid,
    /// 02 暂扣.
    Suspended,
    /// 03 撤销.
    Revoked,
    /// 04 注销.
    Cancelled,
    /// 05 失效.
    Expired,
    /// 07 吊销.
    Forfeited,
}

impl LicenceState {
    /// The two-digit code.
    pub fn code(self) -> &'static str {
        match self {
            LicenceState::Valid => "01",
            LicenceState::Suspended => "02",
            LicenceState::Revoked => "03",
            LicenceState::Cancelled => "04",
            LicenceState::Expired => "05",
            LicenceState::Forfeited => "07",
        }
    }
}

/// A field printed on the licence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenceField {
    /// Id within the type.
    pub id: String,
    /// Name as printed.
    pub name: Text,
    /// Kind of value.
    pub kind: FieldKind,
    /// Sensitivity, 1 to 4: what a presentation hides unless chosen.
    pub grade: u8,
    /// Fact it is filled from: `form.<field>`, `<lookup>.<field>`, `licence.<type>.<field>`,
    /// `case.<…>` or `issued.<…>` (given at issue, such as a number drawn).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// `licences/<id>.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenceType {
    /// Stable id, the file's name.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Type code, 21 characters.
    pub type_code: String,
    /// Name.
    pub name: Text,
    /// Who holds it.
    pub holder: Holder,
    /// Agency kind that issues it.
    pub issuer: String,
    /// Its fields.
    pub fields: Vec<LicenceField>,
    /// Years it runs from issue; without end (长期) when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity_years: Option<u8>,
    /// Layout, the name of a `.typ` file in `layouts/` of the packs; none for a licence that is
    /// only consumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// One holder may have several live ones.
    pub multiple_allowed: bool,
    /// States it can take.
    pub states: Vec<LicenceState>,
}

definition!(LicenceType, "licence_type");

impl LicenceType {
    /// A field by its id.
    pub fn field(&self, id: &str) -> Option<&LicenceField> {
        self.fields.iter().find(|field| field.id == id)
    }
}
