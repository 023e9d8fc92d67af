//! What runs under the meter gives what dsntk gives without it: random expressions, evaluated both
//! ways. What is mended on the way (`feel::mended`), such as equality with null, is not among them.

use crate::feel::{Expression, from_json, to_json};
use dsntk_feel::FeelScope;
use dsntk_feel::context::FeelContext;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// The value without the meter; none when the bare parser, which knows the names of no property
/// that is absent, takes several for one.
fn bare(text: &str, variables: &Json) -> Option<Option<Json>> {
    let mut context = FeelContext::default();
    for (name, value) in variables.as_object().unwrap() {
        context.set_entry(&name.as_str().into(), from_json(value).unwrap());
    }
    let scope = FeelScope::from(context);
    let node = dsntk_feel_parser::parse_expression(&scope, text, false).ok()?;
    Some(to_json(&dsntk_feel_evaluator::evaluate(&scope, &node)).ok())
}

/// The value under the meter, or the code of the refusal.
fn metered(text: &str, variables: &Json) -> Result<Json, &'static str> {
    let variables = variables.as_object().unwrap();
    let names: Vec<&str> = variables.keys().map(String::as_str).collect();
    let expression = Expression::parse(text, &names).map_err(|error| error.code)?;
    expression.evaluate(&|name| variables.get(name)).map_err(|error| error.code)
}

/// Expressions over `n` a number, `s` a text, `l` a list of numbers, `r` a list of contexts with
/// `a` a number and `b` a text, and the loop variables `x` and `y`.
fn number() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (-9..10_i32).prop_map(|n| format!("({n})")),
        Just("n".to_owned()),
        Just("count(l)".to_owned()),
        Just("l[1]".to_owned()),
        Just("r[-1].a".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let list = list_of(inner.clone());
        prop_oneof![
            (inner.clone(), "[-+*/]", inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (truth_of(inner.clone()), inner.clone(), inner.clone())
                .prop_map(|(c, a, b)| format!("(if {c} then {a} else {b})")),
            list.clone().prop_map(|l| format!("sum({l})")),
            list.clone().prop_map(|l| format!("count({l}[item > 0])")),
            (list, -3..4_i32).prop_map(|(l, i)| format!("{l}[{i}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{p: {a}, q: p + {b}}}.q")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!(
                "{{f: function(x) x + {a}, g: function(x) f(x) * 2, v: g({b})}}.v"
            )),
            inner.prop_map(|a| format!(
                "{{f: function(x) if x <= 0 then {a} else 1 + f(x - 1), v: f(3)}}.v"
            )),
        ]
    })
    .boxed()
}

fn list_of(number: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![
        Just("l".to_owned()),
        Just("r.a".to_owned()),
        Just("(for x in r return x.a)".to_owned()),
        Just("r[b = s].a".to_owned()),
        prop::collection::vec(number.clone(), 0..3)
            .prop_map(|items| format!("[{}]", items.join(", "))),
        number.clone().prop_map(|n| format!("(for x in l return x + {n})")),
        number.clone().prop_map(
            |n| format!("(for x in 1..3, y in [x, {n}] return x * 2 - y)").replace("[x, ", "[")
        ),
        number
            .clone()
            .prop_map(|n| format!("(for x in 1..4 return if x = 1 then {n} else partial[-1] + x)")),
        number.clone().prop_map(|n| format!("(l[item >= {n}])")),
        number.clone().prop_map(|n| format!("distinct values(append(l, {n}))")),
        number.clone().prop_map(|n| format!("sort([{n}, 3, 1, 2], function(x, y) x < y)")),
        number.prop_map(|n| format!("concatenate(l, [{n}])")),
    ]
    .boxed()
}

fn truth_of(number: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![
        (number.clone(), "(<|<=|>|>=)", number.clone())
            .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        (number.clone(), number.clone()).prop_map(|(a, b)| format!("({a} in [{b}..10])")),
        number.clone().prop_map(|n| format!("({n} in l)")),
        number.clone().prop_map(|n| format!("(some x in l satisfies x > {n})")),
        number.clone().prop_map(|n| format!("(every x in l, y in r.a satisfies x + y > {n})")),
        Just(r#"matches(s, "^[a-c]+$")"#.to_owned()),
        number.prop_map(|n| format!("({n} > 0 and not(n = 1) or s = \"a\")")),
    ]
    .boxed()
}

fn any_expression() -> BoxedStrategy<String> {
    let text = prop_oneof![
        Just(r#"replace(s, "[a-b]", "x$0")"#.to_owned()),
        Just(r#"string join(split(s, "b"), "-")"#.to_owned()),
        number().prop_map(|n| format!("string({n}) + s")),
    ];
    prop_oneof![
        4 => number(),
        2 => list_of(number()),
        2 => truth_of(number()),
        1 => text,
        1 => (number(), list_of(number())).prop_map(|(n, l)| format!("{{a: {n}, b: {l}, c: [a, b]}}")),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_expression_means_what_it_means_without_the_meter(
        text in any_expression(),
        n in -5..6_i32,
        s in "[abc]{0,4}",
        l in prop::collection::vec(-5..6_i32, 0..4),
        r in prop::collection::vec((-5..6_i32, "[abc]"), 1..4),
    ) {
        let r: Vec<Json> = r.into_iter().map(|(a, b)| json!({"a": a, "b": b})).collect();
        let variables = json!({"n": n, "s": s, "l": l, "r": r});
        let metered = metered(&text, &variables);
        // What is stopped would not end without the meter.
        prop_assume!(metered != Err("feel.limit_calls") && metered != Err("feel.limit_work"));
        if let Some(bare) = bare(&text, &variables) {
            prop_assert_eq!(metered.ok(), bare, "{}", text);
        }
    }
}
