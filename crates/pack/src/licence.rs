//! Licence types (证照类型) by GB/T 36902 to 36904: their fields, who may read them and how far,
//! what may be done with them, and what a province adds to a national type.
//!
//! Invariants: the type code is the definer's credit code and three characters; a type that does
//! not allow several has one live licence per holder; an operation leads from given states to one
//! state, the same for every type, and a type says which operations it has.
//! Must not know: licences issued, keys.

use crate::definition::{Basis, Day, definition};
use crate::one_thing::{Choice, FieldKind};
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// 06 办理转出.
    Transferred,
    /// 07 吊销.
    Forfeited,
}

impl LicenceState {
    /// Every state.
    pub const ALL: [LicenceState; 7] = [
        LicenceState::Valid,
        LicenceState::Suspended,
        LicenceState::Revoked,
        LicenceState::Cancelled,
        LicenceState::Expired,
        LicenceState::Transferred,
        LicenceState::Forfeited,
    ];

    /// The two-digit code.
    pub fn code(self) -> &'static str {
        match self {
            LicenceState::Valid => "01",
            LicenceState::Suspended => "02",
            LicenceState::Revoked => "03",
            LicenceState::Cancelled => "04",
            LicenceState::Expired => "05",
            LicenceState::Transferred => "06",
            LicenceState::Forfeited => "07",
        }
    }
}

/// What may be done with a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// 新发: a first licence.
    Issue,
    /// 加注: a note; the state stays.
    Annotate,
    /// 变更: the next version with other contents.
    Change,
    /// 延续: the next version with a later last day.
    Renew,
    /// 补证: the next version in place of a lost or damaged one.
    Reissue,
    /// 暂扣.
    Suspend,
    /// 暂扣发还.
    Resume,
    /// 撤销: it was granted wrongly.
    Revoke,
    /// 吊销: a penalty.
    Forfeit,
    /// 注销: its ground is gone, or its holder asks.
    Cancel,
    /// 过期失效.
    Expire,
    /// 转出: to another agency's register.
    TransferOut,
    /// 转入: from another agency's register.
    TransferIn,
}

impl Operation {
    /// Every operation, in the order in which people are offered them.
    pub const ALL: [Operation; 13] = [
        Operation::Issue,
        Operation::Annotate,
        Operation::Change,
        Operation::Renew,
        Operation::Reissue,
        Operation::Suspend,
        Operation::Resume,
        Operation::Revoke,
        Operation::Forfeit,
        Operation::Cancel,
        Operation::Expire,
        Operation::TransferOut,
        Operation::TransferIn,
    ];

    /// As packs and the register write it.
    pub fn id(self) -> &'static str {
        match self {
            Operation::Issue => "issue",
            Operation::Annotate => "annotate",
            Operation::Change => "change",
            Operation::Renew => "renew",
            Operation::Reissue => "reissue",
            Operation::Suspend => "suspend",
            Operation::Resume => "resume",
            Operation::Revoke => "revoke",
            Operation::Forfeit => "forfeit",
            Operation::Cancel => "cancel",
            Operation::Expire => "expire",
            Operation::TransferOut => "transfer_out",
            Operation::TransferIn => "transfer_in",
        }
    }

    /// The two-digit code under which the national licence directory has it; 07 其他 for those
    /// without one.
    pub fn code(self) -> &'static str {
        match self {
            Operation::Issue => "01",
            Operation::Renew => "02",
            Operation::Suspend => "03",
            Operation::Expire => "04",
            Operation::Cancel => "05",
            Operation::Resume => "06",
            Operation::TransferIn => "08",
            _ => "07",
        }
    }

    /// States in which a licence must be for it.
    pub fn from(self) -> &'static [LicenceState] {
        use LicenceState::{Suspended, Transferred, Valid};
        match self {
            Operation::Issue => &[],
            Operation::Change
            | Operation::Renew
            | Operation::Reissue
            | Operation::Suspend
            | Operation::TransferOut => &[Valid],
            Operation::Resume => &[Suspended],
            Operation::TransferIn => &[Transferred],
            Operation::Annotate => &LicenceState::ALL,
            Operation::Revoke | Operation::Forfeit | Operation::Cancel | Operation::Expire => {
                &[Valid, Suspended]
            }
        }
    }

    /// The state in which the licence is afterwards; none when it stays as it is. Of an operation
    /// that makes the next version, the former one's.
    pub fn to(self) -> Option<LicenceState> {
        match self {
            Operation::Issue | Operation::Resume => Some(LicenceState::Valid),
            Operation::Annotate | Operation::TransferIn => None,
            Operation::Suspend => Some(LicenceState::Suspended),
            Operation::Revoke => Some(LicenceState::Revoked),
            Operation::Forfeit => Some(LicenceState::Forfeited),
            Operation::Cancel => Some(LicenceState::Cancelled),
            Operation::TransferOut => Some(LicenceState::Transferred),
            Operation::Change | Operation::Renew | Operation::Reissue | Operation::Expire => {
                Some(LicenceState::Expired)
            }
        }
    }

    /// True when it makes the next licence of a chain.
    pub fn makes_next(self) -> bool {
        matches!(
            self,
            Operation::Change | Operation::Renew | Operation::Reissue | Operation::TransferIn
        )
    }
}

/// For what somebody other than the holder reads a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Anybody who verifies it.
    Public,
    /// An agency that handles a case.
    Handling,
}

/// How far a field is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// Whole.
    Plain,
    /// With its middle left out.
    Masked,
    /// Not at all.
    Hidden,
}

/// How far a field is shown for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Masks {
    /// To anybody who verifies the licence.
    #[serde(default = "hidden")]
    pub public: Mask,
    /// To an agency that handles a case.
    #[serde(default = "plain")]
    pub handling: Mask,
}

fn hidden() -> Mask {
    Mask::Hidden
}

fn plain() -> Mask {
    Mask::Plain
}

impl Default for Masks {
    fn default() -> Masks {
        Masks { public: hidden(), handling: plain() }
    }
}

impl Masks {
    fn is_usual(&self) -> bool {
        *self == Masks::default()
    }
}

/// The side of the sheet on which a field is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// 正面 (正本).
    #[default]
    Front,
    /// 背面 (副页).
    Back,
}

impl Side {
    fn is_front(&self) -> bool {
        *self == Side::Front
    }
}

fn is_false(value: &bool) -> bool {
    !*value
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
    /// The choices of a choice; without them, those of the form it is filled from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Side of the sheet; the front unless said.
    #[serde(default, skip_serializing_if = "Side::is_front")]
    pub side: Side,
    /// Shown on the card on a phone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub card: bool,
    /// The fact it answers: `person.name`, `organisation.credit_code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<String>,
    /// How far others see it; hidden from the public and plain in a case unless said.
    #[serde(default, skip_serializing_if = "Masks::is_usual")]
    pub masks: Masks,
    /// Value in a specimen, of kinds for which none can be made up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
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
    /// Type code, 21 characters; in a national type only where the nation has given one, else in
    /// the province's `licences/local.yaml`.
    #[serde(default)]
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
    /// What may be done with it.
    pub operations: Vec<Operation>,
    /// Kinds of agencies that may read it for a case, beside the one that issues it.
    pub consumers: Vec<String>,
    /// What its holder should know, printed on the back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Text>,
}

definition!(LicenceType, "licence_type");

impl LicenceType {
    /// A field by its id.
    pub fn field(&self, id: &str) -> Option<&LicenceField> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// True when the type has the operation.
    pub fn allows(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// True when an agency of this kind may read it for a case.
    pub fn may_ask(&self, agency_kind: &str) -> bool {
        self.issuer == agency_kind || self.consumers.iter().any(|kind| kind == agency_kind)
    }

    /// The field that answers a fact.
    pub fn proving(&self, fact: &str) -> Option<&LicenceField> {
        self.fields.iter().find(|field| field.proves.as_deref() == Some(fact))
    }
}

impl LicenceField {
    /// How far the field is shown for a purpose.
    pub fn mask(&self, purpose: Purpose) -> Mask {
        match purpose {
            Purpose::Public => self.masks.public,
            Purpose::Handling => self.masks.handling,
        }
    }
}

/// What a province says of a national type beyond what the nation does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalLicence {
    /// Licence type.
    pub licence: String,
    /// The province's code for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
    /// Agency kind that issues it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The province's own layout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// Further kinds of agencies that may read it for a case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consumers: Vec<String>,
    /// Facts from which fields are filled when an item of the province yields it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fills: BTreeMap<String, String>,
}

/// `licences/local.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalLicences {
    /// The types.
    pub licences: Vec<LocalLicence>,
}

impl LocalLicence {
    /// Adds it to the national type; fields it would fill that the type does not have.
    pub(crate) fn apply(&self, kind: &mut LicenceType) -> Vec<String> {
        if let Some(code) = &self.type_code {
            kind.type_code.clone_from(code);
        }
        if let Some(issuer) = &self.issuer {
            kind.issuer.clone_from(issuer);
        }
        if let Some(layout) = &self.layout {
            kind.layout = Some(layout.clone());
        }
        kind.consumers.extend(self.consumers.iter().cloned());
        let mut unknown = Vec::new();
        for (id, fact) in &self.fills {
            match kind.fields.iter_mut().find(|field| field.id == *id) {
                Some(field) => field.from = Some(fact.clone()),
                None => unknown.push(id.clone()),
            }
        }
        unknown
    }
}
