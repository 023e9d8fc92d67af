//! Canonical JSON.

use crate::canonical::{DEPTH_MAX, to_string};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn keys_are_sorted_and_nothing_is_spaced() {
    let value = json!({"b": [1, -2, null, true], "a": {"号": "\"\\\n\u{1}/é😀"}, "": u64::MAX});
    let text = "{\"\":18446744073709551615,\"a\":{\"号\":\"\\\"\\\\\\n\\u0001/é😀\"},\"b\":[1,-2,null,true]}";
    assert_eq!(to_string(&value).unwrap(), text);
}

#[test]
fn fractions_and_endless_depth_are_refused() {
    assert_eq!(to_string(&json!([{"a": 0.5}])).unwrap_err().code, "canonical.float");
    let nested = |depth| (0..depth).fold(Value::Null, |inner, _| json!([inner]));
    assert!(to_string(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(to_string(&nested(DEPTH_MAX + 1)).unwrap_err().code, "canonical.depth");
}

proptest! {
    #[test]
    fn what_is_written_reads_as_what_it_was(entries: Vec<(String, String, i64)>) {
        let members = entries.into_iter().map(|(key, text, number)| (key, json!([text, number])));
        let value = Value::Object(members.collect());
        let text = to_string(&value).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &value);
        prop_assert_eq!(to_string(&read).unwrap(), text);
    }
}
