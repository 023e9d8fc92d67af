//! Values: numbers to the last digit, dates to the edges, zones, and names in Chinese.

use super::{decision, literal, model, try_value, value};
use crate::feel::{Expression, Tests, check_tests};
use serde_json::json;

#[test]
fn numbers_are_decimal_to_the_last_digit() {
    assert_eq!(value("0.1 + 0.2", json!({})), json!(0.3));
    assert_eq!(value("a + b", json!({"a": 0.1, "b": 0.2})), json!(0.3));
    assert_eq!(value("a * 100", json!({"a": 1.15})), json!(115));
    assert_eq!(value("9007199254740993", json!({})), json!(9_007_199_254_740_993_i64));
    assert_eq!(value("a", json!({"a": u64::MAX})), json!(u64::MAX));
    assert_eq!(value("-a - 1", json!({"a": i64::MAX})), json!(i64::MIN));
    // 34 digits are exact; what JSON cannot hold comes as its digits.
    let digits = "1234567890123456789012345678901234";
    assert_eq!(value(digits, json!({})), json!(digits));
    assert_eq!(
        value(&format!("{digits} - 1"), json!({})),
        json!("1234567890123456789012345678901233")
    );
    assert_eq!(value("0.1234567890123456789", json!({})), json!("0.1234567890123456789"));
    assert_eq!(value("1 / 3", json!({})), json!("0.3333333333333333333333333333333333"));
    assert_eq!(value("100000000000000000000000000", json!({})), json!(1e26));
    // 35 digits and more are refused, wherever they come from.
    for digits in [digits.to_owned() + "5", digits.to_owned() + "567890"] {
        assert_eq!(try_value(&digits, json!({})), Err("feel.number_digits".to_owned()));
        assert_eq!(
            try_value(&format!("0.{digits}"), json!({})),
            Err("feel.number_digits".to_owned())
        );
    }
    assert_eq!(
        value(&format!("{digits}000000"), json!({})),
        json!("1234567890123456789012345678901234000000")
    );
    assert_eq!(try_value("1e7000", json!({})), Err("feel.number_digits".to_owned()));
    assert_eq!(
        try_value("1e99999999999999999999", json!({})),
        Err("feel.number_digits".to_owned())
    );
    assert_eq!(value("1e-6000 * 1e6000", json!({})), json!(1));
    assert_eq!(value("1 / 0", json!({})), json!(null));
    // A typed number may come as its digits.
    let model = model(&decision(&[("n", "number")], &literal("n + 1")));
    let of = |n: serde_json::Value| model.decide("decision", &super::object(json!({"n": n})));
    assert_eq!(
        of(json!("1234567890123456789012345678901234")).unwrap().value,
        json!("1234567890123456789012345678901235")
    );
    let code = |n: &str| of(json!(n)).unwrap_err().fields[0].code.clone();
    assert_eq!(code("1234567890123456789012345678901234567890"), "decision.input_type");
    for text in ["", "１２", "0x10", "1_000", "NaN", "Infinity", "1e", "--1", "1.2.3", " 1"] {
        assert_eq!(code(text), "decision.input_type", "{text:?}");
    }
}

#[test]
fn dates_reach_to_their_edges() {
    assert_eq!(value(r#"date("9999-12-31") + duration("P1D")"#, json!({})), json!("10000-01-01"));
    assert_eq!(value(r#"date("0000-01-01")"#, json!({})), json!(null));
    assert_eq!(value(r#"date("1000-01-01") - duration("P1D")"#, json!({})), json!("0999-12-31"));
    assert_eq!(value(r#"date("2023-02-29")"#, json!({})), json!(null));
    assert_eq!(value(r#"@"2024-02-29" + @"P1Y""#, json!({})), json!("2025-02-28"));
    assert_eq!(value(r#"date(d).day"#, json!({"d": "2024-02-29"})), json!(29));
    assert_eq!(value(r#"date("99999-12-31").year"#, json!({})), json!(99_999));
    let model = model(&decision(&[("d", "date")], &literal(r#"string(d + duration("P1D"))"#)));
    let of = |d: &str| model.decide("decision", &super::object(json!({"d": d})));
    assert_eq!(of("9999-12-31").unwrap().value, json!("10000-01-01"));
    for wrong in [
        "0000-01-01",
        "2023-02-29",
        "2023-13-01",
        "20230101",
        "2023-1-1",
        "2023-01-01T00:00:00",
        "昨天",
    ] {
        assert_eq!(of(wrong).unwrap_err().fields[0].code, "decision.input_type", "{wrong}");
    }
}

#[test]
fn zones_are_known_or_null() {
    let text = r#"date and time("2024-06-01T08:00:00@Asia/Shanghai") = date and time("2024-06-01T00:00:00Z")"#;
    assert_eq!(value(text, json!({})), json!(true));
    assert_eq!(
        value(r#"date and time("2024-06-01T08:00:00@Asia/Atlantis")"#, json!({})),
        json!(null)
    );
    assert_eq!(value(r#"time("08:00:00@Mars/Base")"#, json!({})), json!(null));
    assert_eq!(value(r#"time("08:00:00+25:00")"#, json!({})), json!(null));
    let model = model(&decision(&[("t", "date and time")], &literal("t.time offset")));
    let of = |t: &str| model.decide("decision", &super::object(json!({"t": t})));
    assert_eq!(of("2024-06-01T08:00:00+08:00").unwrap().value, json!("PT8H"));
    assert_eq!(
        of("2024-06-01T08:00:00@Mars/Base").unwrap_err().fields[0].code,
        "decision.input_type"
    );
}

#[test]
fn names_in_chinese_with_spaces_signs_and_keywords() {
    assert_eq!(
        value("金额 * 2 > 限额 and 已缴", json!({"金额": 6, "限额": 11, "已缴": true})),
        json!(true)
    );
    assert_eq!(value("申请 金额 + 1", json!({"申请 金额": 1})), json!(2));
    assert_eq!(value("城乡-居民 补贴 - 1", json!({"城乡-居民 补贴": 5})), json!(4));
    assert_eq!(value("Credit - score + 1", json!({"Credit - score": 5})), json!(6));
    assert_eq!(value("terms and conditions", json!({"terms and conditions": 7})), json!(7));
    assert_eq!(value("工资（月） * 12", json!({"工资（月）": 100})), json!(1200));
    assert_eq!(
        value("人.户籍 地.省 代码", json!({"人": {"户籍 地": {"省 代码": "41"}}})),
        json!("41")
    );
    assert_eq!(value("人.父 and 人.母", json!({"人": {"父": true, "母": false}})), json!(false));
    assert_eq!(value("{应缴 额: 3, 实缴: 应缴 额 + 1}.实缴", json!({})), json!(4));
    assert_eq!(value("for 每 项 in 清单 return 每 项 + 1", json!({"清单": [1, 2]})), json!([2, 3]));
    assert_eq!(
        value(
            "清单[金额 > 2].名 称",
            json!({"清单": [{"金额": 1, "名 称": "甲"}, {"金额": 3, "名 称": "乙"}]})
        ),
        json!(["乙"])
    );
    assert_eq!(value("𠮷田 = \"𠮷\"", json!({"𠮷田": "𠮷"})), json!(true));
    assert_eq!(value("if(a) then(1) else(2)", json!({"a": true})), json!(1));
    assert_eq!(value("a in(1, 2) or a in[3..4]", json!({"a": 4})), json!(true));
}

#[test]
fn names_nobody_declared_are_found_by_their_words() {
    let of = |text: &str, variables: serde_json::Value| {
        let expression = Expression::open(text).unwrap();
        let names: Vec<String> = expression.names().map(str::to_owned).collect();
        let variables = super::object(variables);
        (names, expression.evaluate(&|name| variables.get(name)).unwrap())
    };
    let of_names = |text: &str| of(text, json!({})).0;
    assert_eq!(of_names("approved and loan amount > 10"), ["approved", "loan amount"]);
    assert_eq!(of_names("x in [1, 2] and string length(y) > 3"), ["x", "y"]);
    assert_eq!(of_names(r#"day of week(d) = "Monday" and date and time(s) > t"#), ["d", "s", "t"]);
    assert_eq!(of_names("if 甲 then 乙.丙 丁 else 戊"), ["乙", "戊", "甲"]);
    assert_eq!(
        of_names("v instance of number and w instance of years and months duration"),
        ["v", "w"]
    );
    assert_eq!(of_names("count(list[price > 3]) + count"), ["count", "list", "price"]);
    assert_eq!(of("loan amount > 10", json!({"loan amount": 11})).1, json!(true));
    assert_eq!(of("count(l) > 1", json!({"l": [1, 2], "count": 5})).1, json!(true));
    assert_eq!(of("absent = null", json!({})).1, json!(true));
    assert_eq!(of("a.x and b.y", json!({"a": {"x": true}, "b": {"y": true}})).1, json!(true));
}

#[test]
fn values_come_out_as_they_would_go_in() {
    let variables = json!({"v": {"甲": [1, "二", true, null, {"三": 3.5}]}});
    assert_eq!(value("v", variables.clone()), variables["v"]);
    assert_eq!(
        value(r#"[duration("P1Y2M"), duration("PT90M"), time("08:00:00Z")]"#, json!({})),
        json!(["P1Y2M", "PT1H30M", "08:00:00Z"])
    );
    let range =
        json!({"start": 1, "start included": true, "end": "2024-01-01", "end included": false});
    assert_eq!(value(r#"{a: [1..date("2024-01-01"))}.a"#, json!({})), range);
    assert_eq!(try_value("function(x) x", json!({})), Err("feel.result_function".to_owned()));
    assert_eq!(try_value("[count]", json!({})), Err("feel.result_function".to_owned()));
}

#[test]
fn unary_tests_stand_alone() {
    let holds = |text: &str, value: serde_json::Value| {
        let limit = json!(10);
        Tests::parse(text, &["限额"]).unwrap().hold(&value, &|_| Some(&limit)).unwrap()
    };
    assert!(holds("< 限额 / 2", json!(4)) && !holds("< 限额 / 2", json!(5)));
    assert!(holds(r#""甲", "乙""#, json!("乙")) && !holds(r#"not("甲", "乙")"#, json!("乙")));
    assert!(holds("-", json!(null)));
    assert!(holds("string length(?) = 18", json!("110105194912310021")));
    assert!(!holds("> 5", json!("x")) && !holds("> 5", json!(null)));
    assert!(check_tests("> 5, [1..2]").is_ok());
    assert_eq!(check_tests("5 >").unwrap_err().code, "feel.syntax");
    assert_eq!(Tests::parse("> 别的", &["限额"]).err().unwrap().code, "feel.name_unknown");
}

#[test]
fn a_number_kept_as_a_variable_is_still_a_number() {
    let kept = |text: &str, seen: serde_json::Value| {
        Expression::open(text).unwrap().variable(&|name| seen.get(name))
    };
    for amount in [100, 300] {
        let share = kept("amount / 3", json!({"amount": amount})).unwrap();
        assert!(share.is_number(), "{share}");
        let seen = json!({"share": share});
        assert_eq!(kept("share < 50", seen.clone()).unwrap(), json!(amount == 100));
        assert_eq!(kept("round half up(share * 3, 2)", seen).unwrap(), json!(amount));
    }
    assert_eq!(
        kept("[mean([80, 90, 86]) >= 60, {a: 2/3}.a > 0.6]", json!({})).unwrap(),
        json!([true, true])
    );
    let long = kept("12345678901234567890123.5 + 1", json!({})).unwrap_err();
    assert_eq!(long.code, "feel.number_long");
}
