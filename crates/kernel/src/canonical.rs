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
    let mut out = String::new();
    write(value, &mut out, 0)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String, depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Error::invalid("canonical.depth"));
    }
    match value {
        Value::Number(number) if number.is_f64() => return Err(Error::invalid("canonical.float")),
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
            // Sorted here, since a dependency may switch `serde_json` to insertion order.
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (index, key) in keys.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String((*key).clone()).to_string());
                out.push(':');
                write(&map[*key], out, depth + 1)?;
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    Ok(())
}
