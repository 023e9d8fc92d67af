//! Numbers as JSON writes them.
//!
//! A number of JSON has as many digits as were written; what reads it holds a binary floating point
//! number (RFC 8259 §6 warns of it). One that would change on the way is found here, before it is
//! read, so that nobody's forty digits become sixteen without a word.

/// The first number of a JSON text that a whole number of 64 bits or a binary floating point number
/// does not hold as written. One pass; the text need not be sound.
pub fn inexact(json: &str) -> Option<&str> {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_text(bytes, at + 1),
            b'-' | b'0'..=b'9' => {
                let rest = bytes.get(at..).unwrap_or_default();
                let of_number =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let length = rest.iter().take_while(|byte| of_number(byte)).count();
                let number = json.get(at..at + length).unwrap_or_default();
                if !is_exact(number) {
                    return Some(number);
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    None
}

/// Where a text that began before the place has ended.
fn end_of_text(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// True for a number that is read as it is written; also for what is no number, which whoever reads
/// it refuses.
fn is_exact(number: &str) -> bool {
    if number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok() {
        return true;
    }
    let Ok(near) = number.parse::<f64>() else { return true };
    near.is_finite() && parts(number) == parts(&format!("{near:e}"))
}

/// Digits without zeros at either end, and the power of ten of the last of them.
fn parts(number: &str) -> (String, i64) {
    let number = number.trim_start_matches('-').to_ascii_lowercase();
    let (mantissa, power) = number.split_once('e').unwrap_or((&number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return (String::new(), 0);
    }
    let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let dropped = i64::try_from(digits.len() - kept.len()).unwrap_or(0);
    // Powers beyond what is written by anybody are held by nothing.
    let power = power.trim_start_matches('+').parse::<i64>().unwrap_or(i64::MAX / 2);
    (kept.trim_start_matches('0').to_owned(), power.saturating_sub(places).saturating_add(dropped))
}
