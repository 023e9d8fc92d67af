//! Values bound to a statement, made by the [`vals!`](crate::vals) macro.
//!
//! Only four shapes reach the database, so that both engines bind and read them alike: text,
//! 64-bit integers, bytes and NULL of each. Flags are the integers 0 and 1.

use kernel::Timestamp;

/// One bound value.
#[derive(Clone, Debug)]
pub struct Value(pub(crate) sea_orm::Value);

macro_rules! from {
    ($($type:ty, $value:ident => $expr:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Value {
                Value(sea_orm::Value::from($expr))
            }
        })*
    };
}

from! {
    &str, v => v.to_owned();
    &String, v => v.clone();
    String, v => v;
    Option<String>, v => v;
    Option<&str>, v => v.map(str::to_owned);
    i64, v => v;
    &i64, v => *v;
    i32, v => i64::from(v);
    u32, v => i64::from(v);
    u8, v => i64::from(v);
    bool, v => i64::from(v);
    Option<i64>, v => v;
    Timestamp, v => v.0;
    &Timestamp, v => v.0;
    Option<Timestamp>, v => v.map(|t| t.0);
    Vec<u8>, v => v;
    &[u8], v => v.to_vec();
    &Vec<u8>, v => v.clone();
    Option<Vec<u8>>, v => v;
    &serde_json::Value, v => v.to_string();
    serde_json::Value, v => v.to_string();
}

impl From<usize> for Value {
    fn from(value: usize) -> Value {
        Value::from(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Value {
        Value::from(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

/// Values for a statement's `$1 $2 …`: `vals![id, "text", 3i64, now]`.
#[macro_export]
macro_rules! vals {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}
