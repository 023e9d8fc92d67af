//! Random texts and spoilt documents: whatever they are, they are refused or have a value, and nothing breaks.

use crate::feel::{Expression, Tests, check_expression, check_tests};
use crate::model::Model;
use proptest::prelude::*;
use serde_json::json;

const WORDS: &[&str] = &[
    "1",
    "0",
    "-7",
    "3.14",
    "1e9",
    "1..1e12",
    "\"a\"",
    "\"甲\"",
    "true",
    "null",
    "x",
    "金额",
    "a b",
    "?",
    "item",
    "partial",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "+",
    "-",
    "*",
    "/",
    "**",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "->",
    "@",
    "@\"2024-02-30\"",
    "@\"P1Y\"",
    "and",
    "or",
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
    "instance of",
    "number",
    "list<string>",
    "context<a: number>",
    "function",
    "function(x)",
    "external",
    "not(",
    "date(\"2024-01-01\")",
    "duration(\"P999D\")",
    "time(\"25:00:00\")",
    "sum(",
    "count(",
    "sort(",
    "replace(",
    "matches(",
    "string join(",
    "date and time(",
    "get entries(",
    "context put(",
    "range(\"[1..2]\")",
    "flatten(",
    "//",
    "/*",
    "\\",
    "；",
    "\u{feff}",
];

fn run(text: &str) {
    let _ = check_expression(text);
    let _ = check_tests(text);
    let (list, number) = (json!([1, "a", null, {"x": 2}]), json!(5));
    let variables = |name: &str| match name {
        "x" => Some(&list),
        "金额" => Some(&number),
        _ => None,
    };
    if let Ok(expression) = Expression::open(text) {
        let first = expression.evaluate(&variables);
        assert_eq!(first, expression.evaluate(&variables), "{text}");
    }
    if let Ok(tests) = Tests::parse(text, &["x", "金额"]) {
        let _ = tests.hold(&number, &variables);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_of_the_language_in_any_order(words in prop::collection::vec(prop::sample::select(WORDS), 1..24)) {
        run(&words.join(" "));
        run(&words.concat());
    }

    #[test]
    fn any_text(text in "\\PC{0,60}") {
        run(&text);
    }

    #[test]
    fn an_expression_with_something_cut_out_or_put_in(
        at in 0..200_usize, length in 0..6_usize, word in prop::sample::select(WORDS), which in 0..4_usize,
    ) {
        let whole = [
            r#"{率: 0.16, 缴: function(额) round half up(额 * 率, 2), r: for x in [1..3] return 缴(x) + 金额}.r[item > 1]"#,
            r#"if some x in [1, 2] satisfies x > 金额 then date("2024-01-01") + duration("P1D") else sort([3, 1], function(a, b) a < b)"#,
            r#"[1..5], not("a", "b"), > 3 and ? < 10, {a: {b c: 1}}.a.b c between 1 and 2"#,
            r#"every x in x[item instance of number], y in 1..3 satisfies string join(["a", string(y)], "-") != replace("abc", "b", "$0")"#,
        ][which];
        let chars: Vec<char> = whole.chars().collect();
        let at = at.min(chars.len());
        let end = (at + length).min(chars.len());
        let text: String = chars[..at].iter().collect::<String>() + word + &chars[end..].iter().collect::<String>();
        run(&text);
    }
}

const DOCUMENTS: &[&str] = &[
    include_str!("models/maternity-leave.dmn"),
    include_str!("models/pension-contribution.dmn"),
    include_str!("models/food-penalty.dmn"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_document_is_refused_or_answers(
        which in 0..DOCUMENTS.len(),
        cuts in prop::collection::vec((0.0..1.0_f64, 0..40_usize, prop::sample::select(WORDS)), 1..4),
    ) {
        let mut chars: Vec<char> = DOCUMENTS[which].chars().collect();
        for (at, length, word) in cuts {
            let at = (at * chars.len() as f64) as usize;
            let end = (at + length).min(chars.len());
            chars.splice(at..end, word.chars());
        }
        let text: String = chars.into_iter().collect();
        if let Ok((model, findings)) = Model::draft(text.as_bytes(), &[]) {
            prop_assert_eq!(Model::deploy(text.as_bytes()).is_ok(), findings.is_empty());
            let ids: Vec<String> = model.questions().map(|(id, ..)| id.to_owned()).collect();
            for id in ids {
                let inputs = model.inputs(&id).unwrap();
                let nulls = inputs.into_iter().map(|input| (input.name, json!(null))).collect();
                let _ = model.decide(&id, &nulls);
            }
            model.run_tests();
            model.analyse();
        }
    }
}
