//! Expressions that loop, recurse, grow, break the evaluator underneath or are no expressions: each
//! is refused or stopped, always at the same point, and the next evaluation is as if it had not
//! been.

use super::{try_value, value};
use crate::feel::{Expression, Feel, Tests, check_expression, check_tests};
use crate::limit::{BRACKETS_MAX, CACHE_MAX, ITEMS_MAX, OPERATORS_MAX, TEXT_MAX};
use flow::process::{Context, Evaluate};
use serde_json::json;
use std::collections::BTreeMap;

fn stopped(text: &str) -> String {
    stopped_with(text, json!({}))
}

fn stopped_with(text: &str, variables: serde_json::Value) -> String {
    let first = try_value(text, variables);
    assert_eq!(value("1 + 1", json!({})), json!(2), "the next is as if it had not been");
    match first {
        Ok(value) => panic!("{text} gave {:.300}", value.to_string()),
        Err(code) => code,
    }
}

#[test]
fn endless_and_enormous_loops_are_stopped() {
    for text in [
        "count(for i in 1..1e12 return i)",
        "count(for i in 1..10**30 return i)",
        "for i in 10**34..10**34+5 return i",
        "for i in -1e33..1e33 return i",
        "for a in 1..5000, b in 1..5000 return a",
        "some a in (for i in 1..3000 return i), b in (for i in 1..3000 return i) satisfies a + b < 0",
        "every a in [1..1e9] satisfies a > 0",
        "for i in 1..3000 return for j in 1..3000 return 1",
        "(for i in 1..3000 return i)[count(for j in 1..3000 return item) < 0]",
        r#"for d in date("1000-01-01")..date("9999-12-31") return string(d) + string(d)"#,
    ] {
        assert_eq!(stopped(text), "feel.limit_work", "{text}");
    }
    // The bound comes from a value.
    assert_eq!(stopped_with("sum(for i in 1..n return i)", json!({"n": 1e15})), "feel.limit_work");
    assert_eq!(value("sum(for i in 1..n return i)", json!({"n": 10_000})), json!(50_005_000));
}

#[test]
fn a_loop_stops_at_the_same_point_every_time() {
    // Whether each of these is stopped, twice.
    let stopped = || -> Vec<bool> {
        let run = |n: i64| try_value("count(for i in 1..n return i * 2)", json!({"n": n})).is_err();
        (4..9).map(|n| run(n * 100_000)).collect()
    };
    let first = stopped();
    assert_eq!(first, stopped());
    assert!(first.contains(&true) && first.contains(&false), "{first:?}");
}

#[test]
fn a_loop_ends_when_its_result_is_known() {
    assert_eq!(value("some a in [1..1e30] satisfies a > 5", json!({})), json!(true));
    assert_eq!(value("every a in [1..1e30] satisfies a < 5", json!({})), json!(false));
}

#[test]
fn endless_recursion_is_stopped() {
    for text in [
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "{f: function(n) 1 + f(n + 1), r: f(1)}.r",
        "{f: function(n) if n = 0 then 0 else f(n), r: f(1)}.r",
        "{f: function(g, n) g(g, n + 1), r: f(f, 1)}.r",
    ] {
        assert_eq!(stopped(text), "feel.limit_calls", "{text}");
    }
    let mutual = Expression::open("{a: function(n) b(n), b: function(n) a(n), r: b(1)}.r").unwrap();
    assert_eq!(mutual.evaluate(&|_| None).unwrap_err().code, "feel.limit_calls");
    // One that branches spends its work before it is deep.
    let text = "{f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1), r: f(60)}.r";
    assert_eq!(stopped(text), "feel.limit_work");
    let text = "{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(20)}.r";
    assert_eq!(value(text, json!({})), json!(2_432_902_008_176_640_000_i64));
    let text = "{f: function(n) if n = 0 then 0 else 1 + f(n - 1), r: f(150)}.r";
    assert_eq!(value(text, json!({})), json!(150));
}

#[test]
fn values_that_grow_without_end_are_stopped() {
    let doubling =
        "for i in 1..200 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])";
    assert_eq!(stopped(doubling), "feel.limit_work");
    let text = r#"for i in 1..200 return if i = 1 then "ab" else partial[-1] + partial[-1]"#;
    assert_eq!(stopped(text), "feel.limit_work");
    let mut lets = "{a0: [1, 2]".to_owned();
    for i in 1..60 {
        lets += &format!(", a{i}: [a{}, a{}]", i - 1, i - 1);
    }
    assert!(stopped(&(lets + "}")).starts_with("feel.limit_"));
    let nested = "for i in 1..1000 return if i = 1 then [] else [partial[-1]]";
    assert_eq!(stopped(nested), "feel.limit_value");
    let text = r#"{s: string join(for i in 1..2000 return "aaaaaaaaaa"), r: replace(s, "a", s)}.r"#;
    assert_eq!(stopped(text), "feel.limit_work");
    let text = r#"{s: string join(for i in 1..2000 return "aaaaaaaaaa"),
                   r: string join(for i in 1..2000 return "b", s)}.r"#;
    assert_eq!(stopped(text), "feel.limit_work");
    let text =
        r#"for i in 1..100000 return matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a{1,50}){1,50}")"#;
    assert_eq!(stopped(text), "feel.limit_work");
    let text = "count(distinct values(for i in 1..20000 return i))";
    assert_eq!(stopped(text), "feel.limit_work");
}

#[test]
fn texts_beyond_their_bounds_are_refused_before_they_are_parsed() {
    let code = |text: &str| check_expression(text).err().map(|error| error.code);
    let deep =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    assert_eq!(code(&deep("(", ")", 10_000)), Some("feel.limit_text"));
    assert_eq!(code(&deep("(", ")", 5_000)), Some("feel.limit_depth"));
    assert_eq!(code(&deep("[", "]", 5_000)), Some("feel.limit_depth"));
    assert_eq!(code(&deep("{a:", "}", 2_000)), Some("feel.limit_depth"));
    assert_eq!(code(&deep("not(", ")", 2_000)), Some("feel.limit_depth"));
    assert_eq!(code(&deep("-", "", 10_000)), Some("feel.limit_depth"));
    assert_eq!(code(&deep("if true then 1 else ", "", 700)), Some("feel.limit_depth"));
    assert_eq!(code(&deep("for i in [1] return ", "", 700)), Some("feel.limit_depth"));
    assert_eq!(code(&deep("function() ", "", 1_300)), Some("feel.limit_depth"));
    assert_eq!(code(&format!("1{}", "+1".repeat(5_000))), Some("feel.limit_depth"));
    assert_eq!(code(&"x".repeat(TEXT_MAX + 1)), Some("feel.limit_text"));
    assert_eq!(code(&format!("[1{}]", ",1".repeat(ITEMS_MAX + 1))), Some("feel.limit_items"));
    let words: Vec<String> = (0..2_000).map(|i| format!("a{i}")).collect();
    assert_eq!(code(&format!("[{}]", words.join(","))), Some("feel.limit_names"));
    assert_eq!(code(""), Some("feel.empty"));
    assert_eq!(code(" \u{3000}\n"), Some("feel.empty"));
    // What is within them runs, on any stack.
    let text = deep("(", ")", BRACKETS_MAX);
    assert_eq!(value(&text, json!({})), json!(1));
    let text = deep("not(", ")", BRACKETS_MAX - 1).replace('1', "true");
    assert_eq!(value(&text, json!({})), json!(false));
    let text = format!("1{}", "+1".repeat(OPERATORS_MAX));
    assert_eq!(value(&text, json!({})), json!(OPERATORS_MAX + 1));
    let text = deep("if false then 1 else ", "", OPERATORS_MAX / 3);
    assert_eq!(value(&text, json!({})), json!(1));
    let text = deep("-", "", OPERATORS_MAX);
    assert_eq!(value(&text, json!({})), json!(1));
}

#[test]
fn broken_texts_are_refused_with_their_reason() {
    let code = |text: &str| check_expression(text).err().map(|error| error.code);
    assert_eq!(code(r#"1 + 2 "abc"#), Some("feel.string_open"));
    assert_eq!(code("\"a\nb\""), Some("feel.string_open"));
    assert_eq!(code("1 /* and so on"), Some("feel.comment_open"));
    assert_eq!(code("1 +"), Some("feel.syntax"));
    assert_eq!(code("a == 1"), Some("feel.syntax"));
    assert_eq!(code("for in in [1] return in"), Some("feel.syntax"));
    assert_eq!(code("a ; b"), Some("feel.character"));
    assert_eq!(code("a = ‘b’"), Some("feel.character"));
    assert_eq!(code("金额 ＞ 100"), Some("feel.syntax_wide"));
    assert_eq!(code("max（1，2）+"), Some("feel.syntax_wide"));
    // UTF-8 read as Latin-1, and a decoder's replacement characters.
    assert!(code("é\u{87}\u{91}é¢\u{9d} > 100").is_some());
    assert!(code("\u{FFFD}\u{FFFD} > ) 100").is_some());
    for text in ["\u{0}", "\u{1b}[31m", "\u{202e}", "\\u0041", "💥 +"] {
        assert!(code(text).is_some(), "{text:?}");
    }
}

#[test]
fn clocks_and_foreign_functions_are_refused_wherever_they_stand() {
    let code = |text: &str| check_expression(text).err().map(|error| error.code);
    for text in [
        "now()",
        "today()",
        "a > today() + duration(\"P1D\")",
        "{f: now, r: f()}",
        "for i in [1] return if false then today() else i",
        "[1, 2][item > now()]",
        "function(x) now()",
        "sort([1], function(a, b) today() > a)",
    ] {
        assert_eq!(code(text), Some("feel.clock"), "{text}");
    }
    assert_eq!(check_tests("< today()").err().map(|e| e.code), Some("feel.clock"));
    let java = r#"function(a) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}"#;
    assert_eq!(code(java), Some("feel.external"));
    // A variable of that name is a variable.
    assert_eq!(value("today > 3", json!({"today": 4})), json!(true));
}

#[test]
fn a_fault_of_the_evaluator_is_an_error() {
    // Durations are counted in 64 bits underneath.
    let text = r#"duration("P100000D") + duration("P100000D")"#;
    assert_eq!(try_value(text, json!({})), Err("feel.broken".to_owned()));
    assert_eq!(value("1", json!({})), json!(1));
    assert_eq!(try_value(r#"duration("P200000DT1H")"#, json!({})), Err("feel.duration".to_owned()));
    assert_eq!(value(r#"duration("P200000D" + "T1H")"#, json!({})), json!(null));
    assert_eq!(value(r#"duration("P2" + "D").days"#, json!({})), json!(2));
    // A product beyond the range of decimals.
    let text = "9e5999 * 9e5999";
    assert_eq!(try_value(text, json!({})), Err("feel.number_range".to_owned()));
}

#[test]
fn large_variables_are_refused_and_their_copies_are_counted() {
    let list: Vec<i64> = (0..300_000).collect();
    assert_eq!(try_value("count(l)", json!({"l": list})), Err("feel.limit_size".to_owned()));
    let list: Vec<i64> = (0..50_000).collect();
    assert_eq!(value("count(l)", json!({"l": list})), json!(50_000));
    let code = stopped_with("for i in 1..50000 return l[i]", json!({"l": list}));
    assert_eq!(code, "feel.limit_work");
    let code = stopped_with("{f: function(x) f(l), r: f(1)}", json!({"l": list}));
    assert_eq!(code, "feel.limit_work");
    let code = stopped_with("l in l", json!({"l": list}));
    assert_eq!(code, "feel.limit_work");
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    assert_eq!(try_value("d", json!({"d": deep})), Err("feel.limit_value".to_owned()));
}

#[test]
fn the_evaluator_of_procedures_keeps_what_it_compiled_within_a_bound() {
    let feel = Feel::new();
    let variables =
        BTreeMap::from([("金额".to_owned(), json!(1200)), ("loan amount".to_owned(), json!(7))]);
    let context = Context::new(&variables);
    for i in 0..3 * CACHE_MAX {
        let text = format!("金额 + {i}");
        assert_eq!(feel.evaluate(&text, &context), Ok(json!(1200 + i)));
        assert_eq!(feel.evaluate("金额 > 1000 and loan amount = 7", &context), Ok(json!(true)));
    }
    assert!(feel.kept() <= CACHE_MAX, "{}", feel.kept());
    assert_eq!(feel.check("金额 >"), Err("This is not in the grammar of FEEL: 金额 >".to_owned()));
    assert_eq!(feel.evaluate("absent", &context), Ok(json!(null)));
    assert!(feel.evaluate("now()", &context).unwrap_err().contains("take the time as an input"));
}

#[test]
fn an_expression_can_be_used_by_many_threads() {
    let expression = Expression::parse("sum(for i in 1..n return i * i)", &["n"]).unwrap();
    let tests = Tests::parse("[1..n], > 2 * n", &["n"]).unwrap();
    std::thread::scope(|scope| {
        for n in 1..9_i64 {
            let (expression, tests) = (&expression, &tests);
            scope.spawn(move || {
                let json = json!(n);
                for _ in 0..200 {
                    let sum = expression.evaluate(&|_| Some(&json)).unwrap();
                    assert_eq!(sum, json!((1..=n).map(|i| i * i).sum::<i64>()));
                    assert!(tests.hold(&json!(n), &|_| Some(&json)).unwrap());
                    assert!(!tests.hold(&json!(n + 1), &|_| Some(&json)).unwrap() || n == 0);
                }
            });
        }
    });
}
