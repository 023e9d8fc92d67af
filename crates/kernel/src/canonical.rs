//! Canonical JSON: one byte sequence for one value, so that hashes and signatures are reproducible.
//!
//! Object keys are sorted by code point, no white space, strings as `serde_json` escapes them.
//! Numbers must be integers: a float has no single spelling across languages and is refused.

use crate::{Error, Result};
use serde_json::Value;

/// Depth beyond which a value is refused.
pub const DEPTH_MAX: usize = 64;

/// The canonical bytes of a value. Errors: `canonical.float`, `canonical.depth`.
pub fn to_string(value: &Value) -> Result<String> {
    let mut out = Vec::with_capacity(512);
    write(value, &mut out, 0)?;
    String::from_utf8(out).map_err(Error::internal)
}

fn write(value: &Value, out: &mut Vec<u8>, depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Error::invalid("canonical.depth"));
    }
    match value {
        Value::Number(number) if number.is_f64() => return Err(Error::invalid("canonical.float")),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out, depth + 1)?;
            }
            out.push(b']');
        }
        Value::Object(map) => {
            // Sorted here, since a dependency may switch `serde_json` to insertion order.
            let mut members: Vec<(&String, &Value)> = map.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            out.push(b'{');
            for (index, (key, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, key).map_err(Error::internal)?;
                out.push(b':');
                write(member, out, depth + 1)?;
            }
            out.push(b'}');
        }
        scalar => serde_json::to_writer(&mut *out, scalar).map_err(Error::internal)?,
    }
    Ok(())
}
