//! A legal limit: how much, of what.

use crate::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// Largest amount of any limit: more than a generation of days.
pub const AMOUNT_MAX: u32 = 10_000;

/// What a limit counts. Statutes mix all three, even within one statute.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Working days of the State Council's calendar (行政许可法 art. 82).
    WorkingDay,
    /// Civil days; a last day that is a rest day moves on (民法典 art. 203).
    CalendarDay,
    /// Hours of 60 minutes, rest days included.
    Hour,
}

/// A limit, e.g. `{ amount: 5, unit: working_day }`. Zero days means "within the same day".
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many units, at most [`AMOUNT_MAX`].
    #[serde(deserialize_with = "amount")]
    #[schemars(range(min = 0, max = 10000))]
    pub amount: u32,
    /// What is counted.
    pub unit: Unit,
}

impl Limit {
    /// A checked limit. Errors: `limit.too_large`.
    pub fn new(amount: u32, unit: Unit) -> Result<Limit> {
        Limit { amount, unit }.checked()
    }

    /// The limit itself when its amount is in bounds. Errors: `limit.too_large`.
    pub fn checked(self) -> Result<Limit> {
        if self.amount > AMOUNT_MAX {
            return Err(Error::invalid("limit.too_large").arg("max", AMOUNT_MAX));
        }
        Ok(self)
    }
}

fn amount<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<u32, D::Error> {
    let amount = u32::deserialize(from)?;
    if amount > AMOUNT_MAX {
        return Err(D::Error::custom(format_args!("amount above {AMOUNT_MAX}")));
    }
    Ok(amount)
}
