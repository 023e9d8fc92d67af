//! JSON of others: read strictly, and written canonically (JCS, RFC 8785).
//!
//! Invariants: no name twice in an object, so that no two readers can differ; size and depth are
//! bounded; what is written has one spelling, also for fractions, so that a digest over it is
//! reproducible. The platform's own data, which has no fractions, is written by
//! [`kernel::canonical`]: for names within the basic plane both write the same.
//! Must not know: what the values say.

use kernel::{Error, Result};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Depth beyond which a value is refused.
pub const DEPTH_MAX: usize = 32;

const CODE: &str = "proof.jose.json";
/// Up to here every integer is a number of its own to every reader (RFC 7493 §2.2).
const EXACT: u64 = 1 << 53;

/// Reads a value of at most `max` bytes. Errors: `proof.jose.json` for what is not JSON, is too
/// large or too deep, or has a name twice.
pub fn parse(bytes: &[u8], max: usize) -> Result<Value> {
    if bytes.len() > max {
        return Err(Error::invalid(CODE).detail("too large"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(0)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|e| Error::invalid(CODE).detail(e))?;
    Ok(value)
}

/// Reads an object. Errors: as [`parse`].
pub(crate) fn object(bytes: &[u8], max: usize) -> Result<Map<String, Value>> {
    match parse(bytes, max)? {
        Value::Object(map) => Ok(map),
        _ => Err(Error::invalid(CODE).detail("not an object")),
    }
}

struct Strict(usize);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> std::result::Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(value) = list.next_element_seed(self.inside()?)? {
            out.push(value);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(self.inside()?)?;
            if out.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a name twice in an object"));
            }
        }
        Ok(Value::Object(out))
    }
}

impl Strict {
    fn inside<E: serde::de::Error>(&self) -> std::result::Result<Strict, E> {
        if self.0 >= DEPTH_MAX {
            return Err(E::custom("nested too deep"));
        }
        Ok(Strict(self.0 + 1))
    }
}

/// The canonical form of a value. Errors: `proof.jose.json` when it is nested too deep or holds an
/// integer that readers with double precision would round.
pub fn canonical(value: &Value) -> Result<String> {
    let mut out = String::new();
    write(value, &mut out, 0)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String, depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Error::invalid(CODE).detail("nested too deep"));
    }
    match value {
        Value::Number(given) => out.push_str(&number(given)?),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            // RFC 8785 §3.2.3: by UTF-16 code units.
            names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (index, name) in names.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write(&map[name], out, depth + 1)?;
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    Ok(())
}

/// A number as ECMAScript writes it (ECMA-262 §6.1.6.1.20).
fn number(given: &Number) -> Result<String> {
    let whole = given.as_i64().map(i64::unsigned_abs).or_else(|| given.as_u64());
    if whole.is_some_and(|whole| whole <= EXACT) {
        return Ok(given.to_string());
    }
    let value = given.as_f64().unwrap_or(f64::NAN);
    let text = fraction(value)?;
    // A larger integer has one spelling too, and readers with double precision know no other.
    if whole.is_some() && text != given.to_string() {
        return Err(Error::invalid(CODE).detail("an integer readers would round"));
    }
    Ok(text)
}

fn fraction(value: f64) -> Result<String> {
    if value == 0.0 {
        return Ok("0".to_owned());
    }
    let shortest = Number::from_f64(value.abs())
        .ok_or_else(|| Error::invalid(CODE).detail("not a finite number"))?
        .to_string();
    // Its digits are the shortest, the nearer of two and the even of two as near, as ECMAScript
    // wants; where the point stands and when an exponent is written differ.
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{before}{after}");
    let digits = all.trim_start_matches('0');
    let zeros = (all.len() - digits.len()) as i32;
    let point = before.len() as i32 - zeros + exponent.parse::<i32>().unwrap_or(0);
    let sign = if value < 0.0 { "-" } else { "" };
    Ok(format!("{sign}{}", place(digits.trim_end_matches('0'), point)))
}

/// Digits with the decimal point after the first `point` of them.
fn place(digits: &str, point: i32) -> String {
    let count = digits.len() as i32;
    let zeros = |n: i32| "0".repeat(n.max(0) as usize);
    match point {
        point if (count..=21).contains(&point) => format!("{digits}{}", zeros(point - count)),
        point if (1..=21).contains(&point) => {
            let (whole, rest) = digits.split_at(point as usize);
            format!("{whole}.{rest}")
        }
        point if (-5..=0).contains(&point) => format!("0.{}{digits}", zeros(-point)),
        point => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let sign = if point > 0 { "+" } else { "-" };
            format!("{first}{dot}{rest}e{sign}{}", (point - 1).abs())
        }
    }
}
