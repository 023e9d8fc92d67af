//! Hit policies, cells and outputs of decision tables.

use super::{decide, decision, model, object};
use crate::model::{Model, Outcome};
use serde_json::{Value as Json, json};

/// A table over a number `n`, with rules of a cell and an output.
fn table(policy: &str, output: &str, rules: &[(&str, &str)]) -> String {
    let rules: String = rules
        .iter()
        .map(|(cell, output)| {
            let cell = cell.replace('<', "&lt;");
            format!(
                "<rule><inputEntry><text>{cell}</text></inputEntry>\
                 <outputEntry><text>{output}</text></outputEntry></rule>"
            )
        })
        .collect();
    decision(
        &[("n", "number")],
        &format!(
            "<decisionTable {policy}><input><inputExpression><text>n</text></inputExpression></input>\
             {output}{rules}</decisionTable>"
        ),
    )
}

const RULES: &[(&str, &str)] =
    &[("&lt; 10", r#""b""#), ("[5..20]", r#""a""#), ("&gt; 15", r#""c""#), ("7", r#""b""#)];
const NUMBERS: &[(&str, &str)] =
    &[("&lt; 10", "3"), ("[5..20]", "1.5"), ("&gt; 15", "10"), ("7", "3")];

fn at(model: &Model, n: i64) -> Json {
    decide(model, "decision", json!({"n": n}))
}

fn values(policy: &str, output: &str, rules: &[(&str, &str)]) -> Vec<Json> {
    let model = model(&table(policy, output, rules));
    [1, 5, 7, 12, 17, 30, -4].into_iter().map(|n| at(&model, n)).collect()
}

#[test]
fn every_hit_policy() {
    let plain = "<output/>";
    let ranked = r#"<output><outputValues><text>"c", "a", "b"</text></outputValues></output>"#;
    let of = |values: Json| values.as_array().unwrap().clone();
    let unique = [("&lt; 5", r#""x""#), ("[5..20)", r#""y""#), ("20", r#""z""#)];
    assert_eq!(values("", plain, &unique), of(json!(["x", "y", "y", "y", "y", null, "x"])));
    let policy = r#"hitPolicy="UNIQUE""#;
    assert_eq!(values(policy, plain, RULES), of(json!(["b", null, null, "a", null, "c", "b"])));
    let policy = r#"hitPolicy="ANY""#;
    let any = [("&lt; 10", r#""b""#), ("7", r#""b""#), ("[12..17]", r#""b""#), ("17", r#""c""#)];
    assert_eq!(values(policy, plain, &any), of(json!(["b", "b", "b", "b", null, null, "b"])));
    let policy = r#"hitPolicy="FIRST""#;
    assert_eq!(values(policy, plain, RULES), of(json!(["b", "b", "b", "a", "a", "c", "b"])));
    let policy = r#"hitPolicy="PRIORITY""#;
    assert_eq!(values(policy, ranked, RULES), of(json!(["b", "a", "a", "a", "c", "c", "b"])));
    let policy = r#"hitPolicy="RULE ORDER""#;
    let all = json!([["b"], ["b", "a"], ["b", "a", "b"], ["a"], ["a", "c"], ["c"], ["b"]]);
    assert_eq!(values(policy, plain, RULES), of(all.clone()));
    let policy = r#"hitPolicy="OUTPUT ORDER""#;
    let ordered = json!([["b"], ["a", "b"], ["a", "b", "b"], ["a"], ["c", "a"], ["c"], ["b"]]);
    assert_eq!(values(policy, ranked, RULES), of(ordered));
    let policy = r#"hitPolicy="COLLECT""#;
    assert_eq!(values(policy, plain, RULES), of(all));
    let policy = r#"hitPolicy="COLLECT" aggregation="SUM""#;
    assert_eq!(values(policy, plain, NUMBERS), of(json!([3, 4.5, 7.5, 1.5, 11.5, 10, 3])));
    let policy = r#"hitPolicy="COLLECT" aggregation="MIN""#;
    assert_eq!(values(policy, plain, NUMBERS), of(json!([3, 1.5, 1.5, 1.5, 1.5, 10, 3])));
    let policy = r#"hitPolicy="COLLECT" aggregation="MAX""#;
    assert_eq!(values(policy, plain, NUMBERS), of(json!([3, 3, 3, 1.5, 10, 10, 3])));
    let policy = r#"hitPolicy="COLLECT" aggregation="COUNT""#;
    assert_eq!(values(policy, plain, NUMBERS), of(json!([1, 2, 3, 1, 2, 1, 1])));
}

#[test]
fn an_explanation_says_what_the_policy_made_of_the_matches() {
    let outcome = |policy: &str, rules: &[(&str, &str)], n: i64| {
        let model = model(&table(policy, "<output/>", rules));
        let decided = model.decide("decision", &object(json!({"n": n}))).unwrap();
        let hit = &decided.explained[0].tables[0];
        let rules: Vec<usize> = hit.rules.iter().map(|rule| rule.rule).collect();
        (hit.policy, hit.outcome, rules, decided.value)
    };
    let rules = RULES;
    assert_eq!(outcome("", rules, 7), ("U", Outcome::Conflict, vec![1, 2, 4], json!(null)));
    assert_eq!(outcome("", rules, 12), ("U", Outcome::Matched, vec![2], json!("a")));
    assert_eq!(outcome("", &rules[..1], 12), ("U", Outcome::None, vec![], json!(null)));
    let any = r#"hitPolicy="ANY""#;
    assert_eq!(outcome(any, rules, 7), ("A", Outcome::Conflict, vec![1, 2, 4], json!(null)));
    let first = r#"hitPolicy="FIRST""#;
    assert_eq!(outcome(first, rules, 7), ("F", Outcome::Matched, vec![1], json!("b")));
}

#[test]
fn default_outputs_and_allowed_values() {
    let output = r#"<output><defaultOutputEntry><text>"none"</text></defaultOutputEntry></output>"#;
    let model_ = model(&table("", output, &[("&lt; 5", r#""x""#)]));
    assert_eq!((at(&model_, 1), at(&model_, 9)), (json!("x"), json!("none")));
    let output = r#"<output><outputValues><text>"x", "y"</text></outputValues></output>"#;
    let model_ = model(&table("", output, &[("&lt; 5", r#""x""#), ("&gt; 5", r#""w""#)]));
    assert_eq!((at(&model_, 1), at(&model_, 9)), (json!("x"), json!(null)));
    let limited = table("", "<output/>", &[("&lt; 5", r#""x""#)]).replace(
        "</inputExpression></input>",
        "</inputExpression><inputValues><text>[0..9]</text></inputValues></input>",
    );
    let model_ = model(&limited);
    assert_eq!((at(&model_, 1), at(&model_, -1)), (json!("x"), json!(null)));
    let decided = model_.decide("decision", &object(json!({"n": -1}))).unwrap();
    assert_eq!(decided.explained[0].tables[0].outcome, Outcome::NotAllowed);
}

#[test]
fn cells_of_every_form() {
    let cases: &[(&str, &[i64])] = &[
        ("-", &[1, 5, 7, 12, 17, 30, -4]),
        ("5", &[5]),
        ("5, 7", &[5, 7]),
        ("not(5, 7)", &[1, 12, 17, 30, -4]),
        ("not(&gt; 6)", &[1, 5, -4]),
        ("&lt; 5, &gt; 20", &[1, 30, -4]),
        ("[5..7]", &[5, 7]),
        ("(5..17)", &[7, 12]),
        ("]5..17[", &[7, 12]),
        ("-4", &[-4]),
        ("&lt;= 10 / 2", &[1, 5, -4]),
        ("&gt; n - 1 + 0 * 5", &[1, 5, 7, 12, 17, 30, -4]),
        ("&lt; max(6, 8)", &[1, 5, 7, -4]),
        ("&lt; [6, 8][2]", &[1, 5, 7, -4]),
        ("&lt; {a: 6}.a", &[1, 5, -4]),
        ("&gt; -n", &[1, 5, 7, 12, 17, 30]),
        ("[n - 1..n + 1]", &[1, 5, 7, 12, 17, 30, -4]),
        ("&lt; (if n = 7 then 10 else 0)", &[7, -4]),
        ("? &gt; 5 and ? &lt; 13", &[7, 12]),
        ("odd(?)", &[1, 5, 7, 17]),
        ("odd(?), 30", &[1, 5, 7, 17, 30]),
        ("not(odd(?), 30)", &[12, -4]),
        ("[5, 7, 9]", &[5, 7]),
        ("n", &[1, 5, 7, 12, 17, 30, -4]),
        ("some m in [5, 6, 7] satisfies m = ?", &[5, 7]),
    ];
    for (cell, expected) in cases {
        let model = model(&table("", "<output/>", &[(cell, "true")]));
        let matched = [1, 5, 7, 12, 17, 30, -4].into_iter().filter(|n| at(&model, *n) == true);
        assert_eq!(matched.collect::<Vec<_>>(), *expected, "{cell}");
    }
}

#[test]
fn several_outputs_make_a_context_and_rank_column_by_column() {
    let logic = r#"<decisionTable hitPolicy="OUTPUT ORDER">
      <input><inputExpression><text>n</text></inputExpression></input>
      <output name="级 别"><outputValues><text>"高", "低"</text></outputValues></output>
      <output name="days"><outputValues><text>10, 20, 30</text></outputValues></output>
      <rule><inputEntry><text>&lt; 9</text></inputEntry><outputEntry><text>"低"</text></outputEntry><outputEntry><text>10</text></outputEntry></rule>
      <rule><inputEntry><text>&lt; 8</text></inputEntry><outputEntry><text>"高"</text></outputEntry><outputEntry><text>30</text></outputEntry></rule>
      <rule><inputEntry><text>&lt; 7</text></inputEntry><outputEntry><text>"高"</text></outputEntry><outputEntry><text>20</text></outputEntry></rule>
    </decisionTable>"#;
    let all = json!([
        {"级 别": "高", "days": 20}, {"级 别": "高", "days": 30}, {"级 别": "低", "days": 10},
    ]);
    assert_eq!(at(&model(&decision(&[("n", "number")], logic)), 1), all);
    let best = logic.replace("OUTPUT ORDER", "PRIORITY");
    assert_eq!(at(&model(&decision(&[("n", "number")], &best)), 1), all[0]);
}

#[test]
fn a_table_of_thousands_of_rules_is_decided_within_the_bounds() {
    let rules: Vec<(String, String)> =
        (0..4_000).map(|i| (format!("[{}..{})", i * 10, i * 10 + 10), i.to_string())).collect();
    let rules: Vec<(&str, &str)> = rules.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let model = model(&table("", "<output/>", &rules));
    assert_eq!(
        (at(&model, 0), at(&model, 25_555), at(&model, 39_999)),
        (json!(0), json!(2_555), json!(3_999))
    );
    assert_eq!(at(&model, 40_000), json!(null));
    let analyses = model.analyse();
    assert!(analyses[0].gave_up.is_none() && analyses[0].overlaps.is_empty());
    assert_eq!(analyses[0].gaps.len(), 2);
    assert_eq!(analyses[0].gaps[0].region[0].values, "< 0");
    assert_eq!(analyses[0].gaps[1].region[0].values, ">= 40000");
}
