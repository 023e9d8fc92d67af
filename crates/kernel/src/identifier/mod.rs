//! Identifiers of Chinese standards: each read strictly after mending what typing and forms do to
//! it (full-width characters, spaces, hyphens, lower case), each with its check digit, each with
//! a maker of valid synthetic values.
//!
//! Invariants: a value of one of these types is well-formed, so nothing downstream checks again;
//! `Display`, JSON and `parse` agree; a person's identifiers print masked in `{:?}`, so that no log
//! shows them; an error names the reason (`identifier.<type>.<reason>`) and never repeats the input.
//! Must not know: whether the thing named exists.

macro_rules! text_form {
    ($type:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::Error;

            fn from_str(input: &str) -> crate::Result<Self> {
                Self::parse(input)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(
                &self,
                to: S,
            ) -> std::result::Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(
                from: D,
            ) -> std::result::Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// `{:?}` shows the masked form only.
macro_rules! masked_debug {
    ($type:ident) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.masked())
            }
        }
    };
}

mod bank_card;
mod case_number;
mod chars;
mod citizen;
mod division;
mod item_code;
mod licence_id;
mod mobile;
mod name;
mod normalised;
mod org_code;
mod uscc;

pub use bank_card::BankCard;
pub use case_number::{CaseNumber, QueryCode};
pub use citizen::{CitizenNumber, Holder};
pub use division::{Division, Form, Level};
pub use item_code::{ItemCode, LocalItemCode, PowerLevel, PublishedCode};
pub use licence_id::{LicenceId, Warning};
pub use mobile::Mobile;
pub use name::PersonName;
pub use normalised::{Normalised, Reason};
pub use org_code::OrgCode;
pub use uscc::{CreditCode, Organisation};
