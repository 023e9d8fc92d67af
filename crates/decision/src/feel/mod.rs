//! FEEL, the expression language of DMN: parsed once, evaluated many times against JSON.
//!
//! Nouns: [`Expression`] a compiled expression; [`Tests`] compiled unary tests, the cells of a
//! decision table; [`Feel`] the evaluator that procedures use.
//!
//! Invariants
//! - An evaluation is a function of its text and its variables. `now()` and `today()` are refused
//!   when parsed, as are functions in other languages; time is a variable like any other.
//! - Work is bounded (`crate::limit`): an expression that loops, recurses or grows without end is
//!   stopped at the same point everywhere, and the caller learns it.
//! - No text and no value ends the process.
//!
//! What is left to the evaluator underneath: a time of day with a region for its zone is compared
//! by the offset that region has on the day of the comparison; a date and time without zone equals
//! one that has a zone by the zone of the machine; and in ranges and unary tests instants are
//! ordered by the clocks of their zones. Definitions that compare instants give them one offset.
//! Regular expressions have no references back. What departs from the standard otherwise is put
//! right in `mended`.
//!
//! Must not know: DMN, procedures beyond their seam.

mod cache;
mod costly;
mod loops;
mod mended;
mod meter;
mod program;
mod scan;
mod tree;
mod value;

pub use cache::Feel;
pub(crate) use loops::{Loop, Quantified, Strictness, Turn, run_filter};
pub(crate) use mended::{coerced, compared};
pub(crate) use meter::{call, charge, made, metered, on_stack, result, size};
pub(crate) use program::{Program, Region, function};
pub(crate) use scan::is_name;
pub(crate) use tree::{any, parts_mut};
pub(crate) use value::{decimal, digits, duration_fits, from_json, name, to_json, to_variable};

use crate::limit::NAMES_MAX;
use dsntk_feel::bif::Bif;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelScope, FeelType, Name};
use dsntk_feel_parser::{AstNode, parse_expression, parse_unary_tests};
use kernel::Error;
use serde_json::Value as Json;
use std::str::FromStr;

/// What an expression may name, with types where they are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    context: FeelContext,
    /// How many names there are, those of entries included.
    names: usize,
    /// True when a name that is not here is nobody's.
    pub closed: bool,
}

impl Scope {
    /// A scope in which every name is declared.
    pub fn closed() -> Scope {
        Scope { closed: true, ..Scope::default() }
    }

    /// Declares a name.
    pub fn declare(&mut self, name: Name, of: FeelType) {
        self.names += 1 + entries(&of);
        self.context.set_entry(&name, Value::FeelType(of));
    }

    /// Declares a name inside a name: what an import brings.
    pub fn declare_in(&mut self, parent: &Name, name: Name, of: FeelType) {
        self.names += 2 + entries(&of);
        self.context.create_entries(&[parent.clone(), name], Value::FeelType(of));
    }

    /// True when the name is declared.
    pub fn knows(&self, name: &Name) -> bool {
        self.context.contains_entry(name)
    }
}

/// Names of entries of a type.
fn entries(of: &FeelType) -> usize {
    match of {
        FeelType::Context(types) => types.values().map(|of| 1 + entries(of)).sum(),
        FeelType::List(of) => entries(of),
        _ => 0,
    }
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// An expression.
    Expression,
    /// Tests of a value, which is named `?`.
    Tests,
}

/// Parses a text. Errors: what is wrong with it.
pub(crate) fn parse(form: Form, text: &str, scope: &Scope) -> Result<AstNode, Error> {
    if form == Form::Tests && text.trim() == "-" {
        return Ok(AstNode::Irrelevant);
    }
    let seen = scan::scan(text)?;
    if seen.words.saturating_mul(seen.names.len() + scope.names) > NAMES_MAX {
        return Err(Error::invalid("feel.limit_names").arg("detail", seen.names.len()));
    }
    let mut context = scope.context.clone();
    let asked = Name::from("?");
    let mut names: Vec<Name> = seen.names.iter().map(Name::from).chain([asked]).collect();
    names.extend(seen.types.iter().map(|name| Name::from(*name)));
    if seen.types.contains("date") {
        names.push("date and time".into());
    }
    for name in names {
        if !context.contains_entry(&name) {
            context.set_null(name);
        }
    }
    let parsed = metered(|| {
        let known = FeelScope::from(context);
        match form {
            Form::Expression => parse_expression(&known, &seen.text, false),
            Form::Tests => parse_unary_tests(&known, &seen.text, false),
        }
    });
    let Ok(Ok(mut node)) = parsed else { return Err(syntax(text)) };
    if !seen.types.is_empty() {
        name_types(&mut node);
    }
    check(&node, form, scope)?;
    if let AstNode::ExpressionList(items) | AstNode::NegatedList(items) = &mut node {
        for item in items {
            let test = std::mem::replace(item, AstNode::Null);
            *item = hoisted(test);
        }
    }
    Ok(node)
}

/// Puts the types of the language in the place of their names.
fn name_types(node: &mut AstNode) {
    if let AstNode::QualifiedName(segments) = node
        && let [AstNode::QualifiedNameSegment(name)] = &segments[..]
        && let Ok(of) = FeelType::from_str(name.as_str())
    {
        *node = AstNode::FeelType(of);
        return;
    }
    parts_mut(node).into_iter().for_each(name_types);
}

/// The error of a text that is not in the grammar, with what is most often the cause.
fn syntax(text: &str) -> Error {
    let wide = |c: &char| matches!(c, '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}');
    match text.chars().find(wide) {
        Some(c) => Error::invalid("feel.syntax_wide").arg("detail", c),
        None => Error::invalid("feel.syntax").arg("detail", snippet(text)),
    }
}

/// The beginning of a text, on one line.
pub(crate) fn snippet(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

fn check(node: &AstNode, form: Form, scope: &Scope) -> Result<(), Error> {
    if program::is_external(node) {
        return Err(Error::invalid("feel.external"));
    }
    if let Some(text) = impossible_duration(node) {
        return Err(Error::invalid("feel.duration").arg("detail", snippet(&text)));
    }
    for (name, reads) in tree::names(node) {
        let text = name.as_str();
        if scope.knows(&name) || (form == Form::Tests && text == "?") {
            continue;
        }
        if matches!(text, "now" | "today") {
            return Err(Error::invalid("feel.clock").arg("detail", text));
        }
        if scope.closed && !reads.property && Bif::from_str(text).is_err() {
            return Err(Error::invalid("feel.name_unknown").arg("detail", text));
        }
    }
    Ok(())
}

/// A literal duration that is longer than can be held.
fn impossible_duration(node: &AstNode) -> Option<String> {
    let mut rest = vec![node];
    while let Some(node) = rest.pop() {
        let text = match node {
            AstNode::At(text) => Some(text),
            AstNode::FunctionInvocation(callee, arguments) => {
                let duration =
                    matches!(callee.as_ref(), AstNode::Name(n) if n.as_str() == "duration");
                match tree::parts(arguments).first() {
                    Some(AstNode::String(text)) if duration => Some(text),
                    _ => None,
                }
            }
            _ => None,
        };
        let is_duration = |text: &&String| text.trim_start_matches('-').starts_with('P');
        if let Some(text) = text.filter(is_duration)
            && !duration_fits(text)
        {
            return Some(text.clone());
        }
        rest.extend(tree::parts(node));
    }
    None
}

/// The tests of a subject as one condition. A test that asks about `?` is a condition itself;
/// another is compared with the subject.
pub(crate) fn condition(subject: &AstNode, tests: AstNode) -> AstNode {
    let asks = |test: &AstNode| any(test, is_asked);
    let of = |tests, subject: &AstNode| AstNode::In(Box::new(subject.clone()), Box::new(tests));
    match tests {
        AstNode::ExpressionList(items) if items.iter().any(asks) => {
            let (asked, plain): (Vec<_>, Vec<_>) = items.into_iter().partition(asks);
            let plain = (!plain.is_empty()).then(|| of(AstNode::ExpressionList(plain), subject));
            let asked = asked.into_iter().map(|test| ask(test, subject));
            let either = |a, b| AstNode::Or(Box::new(a), Box::new(b));
            plain.into_iter().chain(asked).reduce(either).unwrap_or(AstNode::Boolean(false))
        }
        AstNode::NegatedList(items) if items.iter().any(asks) => {
            let positive = condition(subject, AstNode::ExpressionList(items));
            let arguments = AstNode::PositionalParameters(vec![positive]);
            let not = AstNode::Name("not".into());
            AstNode::FunctionInvocation(Box::new(not), Box::new(arguments))
        }
        tests => of(tests, subject),
    }
}

/// A comparison as a test of what stands after it: the parser binds `< a + b` as `(< a) + b`.
fn hoisted(node: AstNode) -> AstNode {
    type Make = fn(Box<AstNode>, Box<AstNode>) -> AstNode;
    let (left, right, make): (_, _, Make) = match node {
        AstNode::Add(left, right) => (left, right, AstNode::Add),
        AstNode::Sub(left, right) => (left, right, AstNode::Sub),
        AstNode::Mul(left, right) => (left, right, AstNode::Mul),
        AstNode::Div(left, right) => (left, right, AstNode::Div),
        AstNode::Exp(left, right) => (left, right, AstNode::Exp),
        other => return other,
    };
    match hoisted(*left) {
        AstNode::UnaryEq(inner) => AstNode::UnaryEq(Box::new(make(inner, right))),
        AstNode::UnaryNe(inner) => AstNode::UnaryNe(Box::new(make(inner, right))),
        AstNode::UnaryLt(inner) => AstNode::UnaryLt(Box::new(make(inner, right))),
        AstNode::UnaryLe(inner) => AstNode::UnaryLe(Box::new(make(inner, right))),
        AstNode::UnaryGt(inner) => AstNode::UnaryGt(Box::new(make(inner, right))),
        AstNode::UnaryGe(inner) => AstNode::UnaryGe(Box::new(make(inner, right))),
        left => make(Box::new(left), right),
    }
}

fn is_asked(node: &AstNode) -> bool {
    matches!(node, AstNode::Name(name) if name.as_str() == "?")
}

fn ask(mut test: AstNode, subject: &AstNode) -> AstNode {
    fn replace(node: &mut AstNode, subject: &AstNode) {
        if is_asked(node) {
            *node = subject.clone();
        } else {
            parts_mut(node).into_iter().for_each(|part| replace(part, subject));
        }
    }
    let compared = matches!(
        test,
        AstNode::Name(_)
            | AstNode::Range(..)
            | AstNode::List(_)
            | AstNode::UnaryEq(_)
            | AstNode::UnaryGe(_)
            | AstNode::UnaryGt(_)
            | AstNode::UnaryLe(_)
            | AstNode::UnaryLt(_)
            | AstNode::UnaryNe(_)
            | AstNode::Add(..)
            | AstNode::Sub(..)
            | AstNode::Mul(..)
            | AstNode::Div(..)
    );
    replace(&mut test, subject);
    if compared {
        let list = AstNode::ExpressionList(vec![test]);
        return AstNode::In(Box::new(subject.clone()), Box::new(list));
    }
    test
}

fn scope_of(names: &[&str]) -> Scope {
    let mut scope = Scope::closed();
    for text in names {
        scope.declare(name(text), FeelType::Any);
    }
    scope
}

/// Checks that a text is an expression over any names. Errors: what is wrong.
pub fn check_expression(text: &str) -> Result<(), Error> {
    parse(Form::Expression, text, &Scope::default()).map(|_| ())
}

/// Checks that a text is unary tests, as in a cell of a decision table, over any names. Errors:
/// what is wrong.
pub fn check_tests(text: &str) -> Result<(), Error> {
    parse(Form::Tests, text, &Scope::default()).map(|_| ())
}

/// Gives the variable of a name.
pub type Lookup<'a> = dyn Fn(&str) -> Option<&'a Json> + 'a;

/// A compiled expression.
pub struct Expression {
    program: Program,
    reads: Vec<Variable>,
}

impl Expression {
    /// Compiles a text over declared names. Errors: what is wrong, an undeclared name included.
    pub fn parse(text: &str, names: &[&str]) -> Result<Expression, Error> {
        Expression::compile(parse(Form::Expression, text, &scope_of(names))?, names)
    }

    /// Compiles a text over whatever it names; what is absent is null. Errors: what is wrong.
    pub fn open(text: &str) -> Result<Expression, Error> {
        Expression::compile(parse(Form::Expression, text, &Scope::default())?, &[])
    }

    fn compile(node: AstNode, names: &[&str]) -> Result<Expression, Error> {
        let reads = variables_of(&node, names);
        Ok(Expression { program: metered(|| Program::new(node))?, reads })
    }

    /// Names of the variables it reads, as they were declared, or as FEEL writes them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.reads.iter().map(|variable| variable.declared.as_str())
    }

    /// The value, every digit of it. Errors: it was stopped, or its value is none of JSON.
    pub fn evaluate(&self, variables: &Lookup) -> Result<Json, Error> {
        self.run(variables, to_json)
    }

    /// The value, as a variable keeps it. Errors: as [`Expression::evaluate`]; a number too long.
    pub fn variable(&self, variables: &Lookup) -> Result<Json, Error> {
        self.run(variables, to_variable)
    }

    fn run(
        &self,
        variables: &Lookup,
        written: fn(&Value) -> Result<Json, Error>,
    ) -> Result<Json, Error> {
        let context = read(&self.reads, variables)?;
        metered(|| {
            let value = self.program.run(&FeelScope::from(context));
            result(&value);
            written(&value)
        })?
    }
}

/// Compiled unary tests.
pub struct Tests {
    program: Program,
    reads: Vec<Variable>,
}

impl Tests {
    /// Compiles tests over declared names; `?` is what is tested. Errors: what is wrong.
    pub fn parse(text: &str, names: &[&str]) -> Result<Tests, Error> {
        let tests = parse(Form::Tests, text, &scope_of(names))?;
        let node = condition(&AstNode::Name("?".into()), tests);
        let reads = variables_of(&node, names);
        Ok(Tests { program: metered(|| Program::new(node))?, reads })
    }

    /// True when the value passes. Errors: it was stopped.
    pub fn hold(&self, value: &Json, variables: &Lookup) -> Result<bool, Error> {
        let mut context = read(&self.reads, variables)?;
        context.set_entry(&"?".into(), from_json(value)?);
        metered(|| self.program.run(&FeelScope::from(context)).is_true())
    }
}

/// A variable that is read.
struct Variable {
    /// As FEEL writes it.
    name: Name,
    /// As it was declared.
    declared: String,
}

/// Variables are the names that are read, but for those that are only called. Data is never a
/// function, so a variable named `count` does not stand in the way of `count(list)`.
fn variables_of(node: &AstNode, declared: &[&str]) -> Vec<Variable> {
    let variable = |found: Name| {
        let as_declared = declared.iter().find(|declared| name(declared) == found);
        let declared = as_declared.map_or_else(|| found.to_string(), |text| text.to_string());
        Variable { name: found, declared }
    };
    let names = tree::names(node).into_iter();
    names.filter(|(_, reads)| reads.count > reads.called).map(|(name, _)| variable(name)).collect()
}

fn read(reads: &[Variable], variables: &Lookup) -> Result<FeelContext, Error> {
    let mut context = FeelContext::default();
    for Variable { name, declared } in reads {
        match variables(declared) {
            Some(json) => context.set_entry(name, from_json(json)?),
            None if Bif::from_str(name.as_str()).is_ok() => {}
            None => context.set_entry(name, Value::Null(None)),
        }
    }
    Ok(context)
}
