//! Gaps and overlaps: against tables whose faults are known, and against the table itself on
//! random tables and samples of their inputs.

use super::{decision, model, object};
use crate::feel::Tests;
use crate::model::{Analysis, GaveUp, Model, Outcome, Region};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// A table with columns of a name, a type and allowed values; rules are cells.
fn table(policy: &str, columns: &[(&str, &str, &str)], rules: &[Vec<String>]) -> Model {
    let inputs: String = columns
        .iter()
        .map(|(name, _, allowed)| {
            let allowed = match *allowed {
                "" => String::new(),
                text => format!("<inputValues><text>{text}</text></inputValues>"),
            };
            format!(
                "<input><inputExpression><text>{name}</text></inputExpression>{allowed}</input>"
            )
        })
        .collect();
    let rules: String = rules
        .iter()
        .enumerate()
        .map(|(number, cells)| {
            let cells: String = cells
                .iter()
                .map(|cell| {
                    format!("<inputEntry><text>{}</text></inputEntry>", cell.replace('<', "&lt;"))
                })
                .collect();
            format!("<rule>{cells}<outputEntry><text>{}</text></outputEntry></rule>", number % 2)
        })
        .collect();
    let logic =
        format!(r#"<decisionTable hitPolicy="{policy}">{inputs}<output/>{rules}</decisionTable>"#);
    let typed: Vec<(&str, &str)> = columns.iter().map(|(name, kind, _)| (*name, *kind)).collect();
    model(&decision(&typed, &logic))
}

fn one(model: &Model) -> Analysis {
    model.analyse().into_iter().next().unwrap()
}

fn rules(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| cell.to_string()).collect()).collect()
}

fn gaps(analysis: &Analysis) -> Vec<Vec<&str>> {
    let texts = |region: &'_ [Region]| region.iter().map(|r| r.values.clone()).collect::<Vec<_>>();
    let all: Vec<Vec<String>> = analysis.gaps.iter().map(|gap| texts(&gap.region)).collect();
    all.iter()
        .map(|gap| gap.iter().map(|text| &*Box::leak(text.clone().into_boxed_str())).collect())
        .collect()
}

#[test]
fn gaps_of_numbers_dates_texts_and_truths() {
    let of = |kind: &str, allowed: &str, cells: &[&str]| {
        let rows: Vec<Vec<String>> = cells.iter().map(|cell| vec![cell.to_string()]).collect();
        let analysis = one(&table("UNIQUE", &[("v", kind, allowed)], &rows));
        assert_eq!(analysis.gave_up, None);
        let examples: Vec<Json> =
            analysis.gaps.iter().map(|gap| gap.example[0].value.clone()).collect();
        let texts: Vec<String> = gaps(&analysis).into_iter().map(|gap| gap.join("|")).collect();
        texts.into_iter().zip(examples).collect::<Vec<_>>()
    };
    let gap = |text: &str, example: Json| (text.to_owned(), example);
    assert_eq!(of("number", "", &["< 18", ">= 18"]), []);
    assert_eq!(of("number", "", &["< 18", "> 18"]), [gap("18", json!(18))]);
    assert_eq!(
        of("number", "", &["[0..5]", "[6..10]"]),
        [gap("< 0", json!(-1)), gap("(5..6)", json!(5.5)), gap("> 10", json!(11)),]
    );
    assert_eq!(of("number", "[0..10]", &["[0..5]", "[6..10]"]), [gap("(5..6)", json!(5.5))]);
    assert_eq!(of("number", "", &["not(1, 2)"]), [gap("1", json!(1)), gap("2", json!(2))]);
    assert_eq!(of("number", "", &["-"]), []);
    assert_eq!(of("boolean", "", &["true"]), [gap("false", json!(false))]);
    assert_eq!(of("boolean", "", &["true", "false"]), []);
    assert_eq!(of("string", "\"甲\", \"乙\"", &["\"甲\""]), [gap("\"乙\"", json!("乙"))]);
    assert_eq!(of("string", "\"甲\", \"乙\"", &["\"甲\"", "\"乙\""]), []);
    assert_eq!(
        of("string", "", &["\"甲\"", "\"乙\""]),
        [gap("not(\"乙\", \"甲\")", json!("其他"))]
    );
    let day = |text: &str| format!("date(\"{text}\")");
    let before = format!("< {}", day("2024-03-01"));
    let after = format!("> {}", day("2024-03-02"));
    assert_eq!(
        of("date", "", &[&before, &after]),
        [gap("[date(\"2024-03-01\")..date(\"2024-03-02\")]", json!("2024-03-01"),)]
    );
    let from = format!(">= {}", day("2024-02-29"));
    let up_to = format!("<= {}", day("2024-02-28"));
    assert_eq!(of("date", "", &[&from, &up_to]), []);
}

#[test]
fn allowed_values_come_from_the_type_of_the_input_too() {
    let types = r#"<itemDefinition name="t类"><typeRef>string</typeRef><allowedValues><text>"甲", "乙", "丙"</text></allowedValues></itemDefinition>
      <itemDefinition name="t人"><itemComponent name="类 别"><typeRef>t类</typeRef></itemComponent></itemDefinition>"#;
    let logic = r#"<decisionTable><input><inputExpression><text>人.类 别</text></inputExpression></input><output/>
      <rule><inputEntry><text>"甲"</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>
      <rule><inputEntry><text>not("甲", "乙")</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable>"#;
    let model = model(&(types.to_owned() + decision(&[("人", "t人")], logic).as_str()));
    assert_eq!(gaps(&one(&model)), [["\"乙\""]]);
}

#[test]
fn overlaps_where_one_rule_may_match_or_all_must_agree() {
    let columns = [("v", "number", ""), ("b", "boolean", "")];
    let rows = rules(&[&["< 10", "-"], &["> 5", "true"], &[">= 10", "-"]]);
    let analysis = one(&table("UNIQUE", &columns, &rows));
    let overlaps: Vec<_> = analysis
        .overlaps
        .iter()
        .map(|o| (o.rules.clone(), o.region[0].values.clone(), o.region[1].values.clone()))
        .collect();
    assert_eq!(
        overlaps,
        [
            (vec![1, 2], "(5..10)".to_owned(), "true".to_owned()),
            (vec![2, 3], ">= 10".to_owned(), "true".to_owned()),
        ]
    );
    assert_eq!(analysis.overlaps[0].example[0].value, json!(7.5));
    // Rules 1 and 3 give 0, rule 2 gives 1.
    let rows = rules(&[&["< 10", "-"], &["> 5", "true"], &["< 3", "-"]]);
    let analysis = one(&table("ANY", &columns, &rows));
    assert_eq!(analysis.overlaps.iter().map(|o| o.rules.clone()).collect::<Vec<_>>(), [vec![1, 2]]);
    for policy in ["FIRST", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"] {
        assert_eq!(one(&table(policy, &columns, &rows)).overlaps, [], "{policy}");
    }
}

#[test]
fn what_it_cannot_tell_it_says() {
    let of = |cells: &[&str]| {
        let rows: Vec<Vec<String>> = cells.iter().map(|cell| vec![cell.to_string()]).collect();
        one(&table("UNIQUE", &[("v", "Any", "")], &rows)).gave_up
    };
    let cell = |rule| Some(GaveUp::Cell { rule, column: "v".to_owned() });
    assert_eq!(of(&["< 5", "> v"]), cell(2));
    assert_eq!(of(&["odd(?)"]), cell(1));
    assert_eq!(of(&["5", "\"甲\""]), cell(2));
    assert_eq!(of(&["5", "date(\"2024-01-01\")"]), cell(2));
    assert_eq!(of(&["< \"m\""]), cell(1));
    assert_eq!(of(&["time(\"08:00:00\")"]), cell(1));
    assert_eq!(of(&["sum(for i in 1..100000000 return i)"]), cell(1));
    assert_eq!(of(&["< 2 + 3", ">= 10 / 2"]), None);
    // Twenty columns that each tell a hundred cases apart.
    let names: Vec<String> = (0..20).map(|i| format!("c{i}")).collect();
    let columns: Vec<(&str, &str, &str)> =
        names.iter().map(|name| (name.as_str(), "number", "")).collect();
    let rows: Vec<Vec<String>> = (0..100)
        .map(|i| (0..20).map(|c| format!("> {}", (i * 37 + c * 61) % 101)).collect())
        .collect();
    assert_eq!(one(&table("UNIQUE", &columns, &rows)).gave_up, Some(GaveUp::TooLarge));
}

const NUMBERS: &[&str] =
    &["-", "< 3", "<= 3", "> 3", "[1..4]", "(1..4)", "not(2, 5)", "5", "2, [4..6)", ">= 6"];
const DAYS: &[&str] = &[
    "-",
    "< date(\"2024-02-29\")",
    ">= date(\"2024-02-29\")",
    "date(\"2024-03-01\")",
    "[date(\"2024-02-28\")..date(\"2024-03-01\"))",
    "> date(\"2024-03-01\")",
];
const TEXTS: &[&str] = &["-", "\"甲\"", "\"乙\", \"丙\"", "not(\"甲\")"];
const TRUTHS: &[&str] = &["-", "true", "false"];

fn samples() -> [Vec<Json>; 4] {
    let numbers = (0..16).map(|n| json!(f64::from(n) / 2.0)).collect();
    let days = ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"];
    [
        numbers,
        days.iter().map(|day| json!(day)).collect(),
        ["甲", "乙", "丙"].iter().map(|text| json!(text)).collect(),
        vec![json!(true), json!(false)],
    ]
}

/// The rules that match, from the decision itself.
fn matching(model: &Model, inputs: &Map<String, Json>) -> (Vec<usize>, Outcome) {
    let decided = model.decide("decision", inputs).unwrap();
    let hit = &decided.explained[0].tables[0];
    (hit.rules.iter().map(|rule| rule.rule).collect(), hit.outcome)
}

fn inside(region: &[Region], values: &[Json]) -> bool {
    region.iter().zip(values).all(|(region, value)| match value {
        Json::String(text) if region.values.contains("date(") => {
            let tests = format!("date({text:?}) in ({})", region.values);
            super::value(&tests, json!({})) == true
        }
        value => Tests::parse(&region.values, &[]).unwrap().hold(value, &|_| None).unwrap(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_analysis_agrees_with_the_table(
        rows in prop::collection::vec(
            (prop::sample::select(NUMBERS), prop::sample::select(DAYS), prop::sample::select(TEXTS), prop::sample::select(TRUTHS)),
            1..7,
        ),
    ) {
        let columns = [("n", "number", ""), ("d", "date", ""), ("t", "string", "\"甲\", \"乙\", \"丙\""), ("b", "boolean", "")];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|(a, b, c, d)| [a, b, c, d].iter().map(|cell| cell.to_string()).collect()).collect();
        let model = table("UNIQUE", &columns, &rows);
        let analysis = one(&model);
        prop_assert!(analysis.gave_up.is_none());
        let names = ["n", "d", "t", "b"];
        let inputs = |values: &[Json]| -> Map<String, Json> {
            names.iter().map(|name| name.to_string()).zip(values.iter().cloned()).collect()
        };
        // Every example is what it is said to be.
        for gap in &analysis.gaps {
            let values: Vec<Json> = gap.example.iter().map(|used| used.value.clone()).collect();
            prop_assert_eq!(matching(&model, &inputs(&values)), (vec![], Outcome::None));
            prop_assert!(inside(&gap.region, &values), "{:?}", gap);
        }
        for overlap in &analysis.overlaps {
            let values: Vec<Json> = overlap.example.iter().map(|used| used.value.clone()).collect();
            prop_assert_eq!(matching(&model, &inputs(&values)), (overlap.rules.clone(), Outcome::Conflict));
        }
        // Every sample that is a fault is told.
        let [numbers, days, texts, truths] = samples();
        for (at, n) in numbers.iter().enumerate() {
            // A part of the samples is enough, and quicker.
            let (d, t, b) = (&days[at % days.len()], &texts[at % 3], &truths[at % 2]);
            for values in [[n, d, t, b], [n, &days[2], t, b], [n, d, &texts[0], &truths[0]]] {
                let values = values.map(Clone::clone);
                let (rules, outcome) = matching(&model, &object(Json::Object(inputs(&values))));
                match outcome {
                    Outcome::None => prop_assert!(
                        analysis.more || analysis.gaps.iter().any(|gap| inside(&gap.region, &values)),
                        "{values:?} is a gap nobody told: {:?}", analysis.gaps
                    ),
                    Outcome::Conflict => prop_assert!(
                        analysis.more || analysis.overlaps.iter().any(|overlap| overlap.rules == rules),
                        "{values:?} is an overlap nobody told"
                    ),
                    _ => prop_assert_eq!(rules.len(), 1),
                }
            }
        }
    }
}
