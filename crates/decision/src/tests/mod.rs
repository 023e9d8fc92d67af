//! Tests of expressions and models.

mod allowed;
mod analysis;
mod boxed;
mod builtins;
mod dialects;
mod differential;
mod hostile;
mod language;
mod laws;
mod limits;
mod random;
mod refused;
mod suite;
mod tables;
mod words;

use crate::feel::Expression;
use crate::model::Model;
use serde_json::{Map, Value as Json};

/// The value of an expression over variables.
fn value(text: &str, variables: Json) -> Json {
    try_value(text, variables).unwrap_or_else(|code| panic!("{text}: {code}"))
}

/// The value, or the code of the refusal.
fn try_value(text: &str, variables: Json) -> Result<Json, String> {
    let variables = object(variables);
    let names: Vec<&str> = variables.keys().map(String::as_str).collect();
    let run = Expression::parse(text, &names)
        .and_then(|expression| expression.evaluate(&|name| variables.get(name)));
    run.map_err(|error| error.code.to_owned())
}

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(entries) => entries,
        Json::Null => Map::new(),
        other => panic!("{other} is no object"),
    }
}

/// A document around some elements.
fn document(elements: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" xmlns:yipan="urn:yipan:decision:1"
  namespace="urn:test" name="test" id="test">
{elements}
</definitions>"#
    )
}

fn model(elements: &str) -> Model {
    Model::deploy(document(elements).as_bytes()).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

/// The rules by which a document is refused.
fn refused(elements: &str) -> Vec<&'static str> {
    match Model::deploy(document(elements).as_bytes()) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.into_iter().map(|finding| finding.rule).collect(),
    }
}

/// A decision over inputs, given as `name: type`, with some logic.
fn decision(inputs: &[(&str, &str)], logic: &str) -> String {
    let mut data = String::new();
    let mut needs = String::new();
    for (at, (name, kind)) in inputs.iter().enumerate() {
        data += &format!(
            r#"<inputData id="i{at}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>"#
        );
        needs += &format!(
            r##"<informationRequirement><requiredInput href="#i{at}"/></informationRequirement>"##
        );
    }
    format!(
        r#"{data}<decision id="d" name="decision"><variable name="decision"/>{needs}{logic}</decision>"#
    )
}

fn literal(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<literalExpression><text>{text}</text></literalExpression>")
}

fn decide(model: &Model, name: &str, inputs: Json) -> Json {
    match model.decide(name, &object(inputs)) {
        Ok(decided) => decided.value,
        Err(error) => panic!("{error}"),
    }
}
