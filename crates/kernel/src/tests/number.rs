//! Numbers of JSON that change when they are read.

use crate::number::inexact;

#[test]
fn a_number_that_would_become_another_is_found() {
    for held in [
        "0",
        "-0",
        "0.0",
        "1e3",
        "-12.50",
        "0.1",
        "1E-7",
        "100000000000000000000",
        "1e22",
        "9223372036854775807",
        "18446744073709551615",
        "1.7976931348623157e308",
        "5e-324",
        "0.30000000000000004",
        "12345678.12345678",
        "00",
        "1.",
        "-",
        "",
        "true",
        "1e",
        "{\"a\":[1,2.5]}",
        "\"1234567890123456789012345\"",
        "\"\\\"0.1234567890123456789012345\"",
        "\"\\",
        "\"",
    ] {
        assert_eq!(inexact(held), None, "{held}");
    }
    for lost in [
        "1234567890123456789012345678901234567890",
        "0.1234567890123456789012345",
        "18446744073709551617",
        "-9223372036854775809",
        "1.00000000000000000001",
        "1e400",
        "1e-400",
        "9007199254740993.0",
        "1e99999999999999999999",
    ] {
        let within = format!("{{\"x\\\"\": [\"1\", {lost}], \"y\": 1}}");
        assert_eq!(inexact(&within), Some(lost));
    }
}

proptest::proptest! {
    /// Whatever is found or not, what is printed of a number is read as it was.
    #[test]
    fn a_number_printed_is_never_found(bits: u64) {
        let number = f64::from_bits(bits);
        if number.is_finite() {
            for text in [format!("{number}"), format!("{number:e}"), format!("{number:?}")] {
                proptest::prop_assert_eq!(inexact(&text), None);
            }
        }
    }

    #[test]
    fn no_text_is_too_odd(text in ".{0,60}") {
        let _ = inexact(&text);
    }
}
