//! Boxed expressions: contexts, invocations, functions, lists, relations, conditionals and loops.
//!
//! Invariants
//! - What a boxed expression pushes on the scope it pops again.
//! - A function closes over the values its body reads where it is defined.

use super::{At, Builder, expression_of, expressions_of, nothing};
use crate::feel::{
    Form, Loop, Program, Quantified, Region, Strictness, Turn, call, charge, coerced, made, name,
    run_filter, size,
};
use crate::model::types::ItemType;
use crate::model::xml::Element;
use dsntk_feel::closure::Closure;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{Evaluator, FeelScope, FeelType, FunctionBody, Name};
use std::sync::Arc;

/// Languages that are FEEL.
const FEEL: &[&str] = &[
    "feel",
    "http://www.omg.org/spec/DMN/20180521/FEEL/",
    "https://www.omg.org/spec/DMN/20191111/FEEL/",
    "https://www.omg.org/spec/DMN/20211108/FEEL/",
    "https://www.omg.org/spec/DMN/20230324/FEEL/",
];

/// Names that programs read.
fn reads<'p>(programs: impl IntoIterator<Item = &'p Program>) -> Vec<Name> {
    let mut names: Vec<Name> =
        programs.into_iter().flat_map(|program| program.reads().cloned()).collect();
    names.sort();
    names.dedup();
    names
}

/// A program whose value has a type.
pub fn typed(program: Program, kind: Arc<ItemType>) -> Program {
    match kind.feel {
        FeelType::Any => program,
        _ => Program::native(reads([&program]), move |scope| kind.coerced(program.run(scope))),
    }
}

impl<'a> Builder<'a, '_> {
    /// Compiles an expression; its value has the type it declares.
    pub fn expression(&mut self, element: &'a Element, at: &At) -> Program {
        let program = match element.local.as_str() {
            "literalExpression" => self.literal(element, at),
            "decisionTable" => self.table(element, at),
            "context" => self.context(element, at),
            "invocation" => self.invocation(element, at),
            "functionDefinition" => self.function(element, at),
            "list" => self.list(element, at),
            "relation" => self.relation(element, at),
            "conditional" => self.conditional(element, at),
            "filter" => self.filter(element, at),
            "for" => self.iteration(element, at),
            "every" => self.quantified(element, at, false),
            "some" => self.quantified(element, at, true),
            _ => nothing(),
        };
        // The declared type of a function definition is that of its result.
        let declared = element.get("typeRef").filter(|_| element.local != "functionDefinition");
        let kind = self.type_of(declared, at.document, element);
        typed(program, kind)
    }

    /// Compiles the expression in an element; a finding when there is none.
    fn expression_in(&mut self, element: &'a Element, at: &At) -> Program {
        match expression_of(element) {
            Some(inner) => self.expression(inner, at),
            None => {
                self.found("decision.logic_missing", element, at, &element.local);
                nothing()
            }
        }
    }

    /// The expression in a part of an element.
    fn part(&mut self, element: &'a Element, part: &str, at: &At) -> Program {
        match element.child(part) {
            Some(inner) => self.expression_in(inner, at),
            None => {
                self.found("decision.logic_missing", element, at, part);
                nothing()
            }
        }
    }

    fn literal(&mut self, element: &'a Element, at: &At) -> Program {
        let foreign =
            |language: &&str| !FEEL.contains(language) && !language.eq_ignore_ascii_case("feel");
        if let Some(language) = element.get("expressionLanguage").filter(foreign) {
            self.found("decision.language", element, at, language);
            return nothing();
        }
        if let Some(imported) = element.child("importedValues") {
            self.found("decision.element_unsupported", imported, at, "importedValues");
            return nothing();
        }
        match (element.text_of("text"), element.child("text")) {
            (Some(text), Some(place)) => self.compiled(Form::Expression, text, place, at),
            _ => {
                self.found("decision.logic_missing", element, at, "text");
                nothing()
            }
        }
    }

    fn context(&mut self, element: &'a Element, at: &At) -> Program {
        let mut place = at.inner();
        let mut entries: Vec<(Option<Name>, Arc<ItemType>, Program)> = Vec::new();
        for entry in element.all("contextEntry") {
            let variable = entry.child("variable");
            let key = variable.and_then(|variable| variable.get("name")).map(name);
            let reference = variable.and_then(|variable| variable.get("typeRef"));
            let kind = self.type_of(reference, at.document, entry);
            let is_function = expression_of(entry).is_some_and(|inner| {
                inner.is("functionDefinition")
                    || inner.text_of("text").is_some_and(|text| text.starts_with("function"))
            });
            // A function may call itself by the name it is kept under.
            if let Some(key) = key.as_ref().filter(|_| is_function) {
                place.declare(key, &kind);
            }
            let program = self.expression_in(entry, &place);
            if let Some(key) = &key {
                place.declare(key, &kind);
            }
            entries.push((key, kind, program));
        }
        let reads = reads(entries.iter().map(|(_, _, program)| program));
        Program::native(reads, move |scope| {
            scope.push(FeelContext::default());
            let mut result = FeelContext::default();
            for (key, kind, program) in &entries {
                let value = kind.coerced(program.run(scope));
                charge(3 * size(&value));
                let Some(key) = key else {
                    scope.pop();
                    return value;
                };
                scope.set_value(key, value.clone());
                result.set_entry(key, value);
            }
            scope.pop();
            Value::Context(result)
        })
    }

    /// The formal parameters of a function, declared in its scope.
    pub fn parameters(&mut self, element: &Element, at: &mut At) -> Vec<(Name, Arc<ItemType>)> {
        let mut parameters = Vec::new();
        for parameter in element.all("formalParameter") {
            let key = name(parameter.get("name").unwrap_or_default());
            let kind = self.type_of(parameter.get("typeRef"), at.document, parameter);
            at.declare(&key, &kind);
            parameters.push((key, kind));
        }
        parameters
    }

    /// Refuses a function in another language.
    pub fn language(&mut self, element: &Element, at: &At) {
        if let Some(kind) = element.get("kind").filter(|kind| *kind != "FEEL") {
            self.found("decision.external", element, at, kind);
        }
    }

    fn function(&mut self, element: &'a Element, at: &At) -> Program {
        self.language(element, at);
        let mut place = at.inner();
        let parameters = self.parameters(element, &mut place);
        let result = self.type_of(element.get("typeRef"), at.document, element).result();
        let body = self.expression_in(element, &place);
        let own = |name: &Name| parameters.iter().any(|(own, _)| own == name);
        let closed: Vec<Name> = body.reads().filter(|name| !own(name)).cloned().collect();
        let feel = result.feel.clone();
        let types: Vec<(Name, FeelType)> =
            parameters.iter().map(|(name, kind)| (name.clone(), kind.feel.clone())).collect();
        let run: Evaluator = Box::new(move |scope: &FeelScope| {
            let is = |(name, kind): &(Name, Arc<ItemType>)| {
                scope.get_value(name).is_none_or(|value| kind.allows(&value))
            };
            if !parameters.iter().filter(|(_, kind)| kind.is_constrained()).all(is) {
                return Value::Null(Some("an argument is not allowed".to_owned()));
            }
            let value = result.coerced(call(|| body.run(scope)));
            made(&value);
            value
        });
        let body = FunctionBody::LiteralExpression(Arc::new(run));
        Program::native(closed.clone(), move |scope| {
            let mut closure = FeelContext::default();
            for name in &closed {
                if let Some(value) = scope.get_value(name) {
                    charge(size(&value));
                    closure.set_entry(name, value);
                }
            }
            let (types, body, feel) = (types.clone(), body.clone(), feel.clone());
            Value::FunctionDefinition(types, body, false, Closure::default(), closure, feel)
        })
    }

    fn invocation(&mut self, element: &'a Element, at: &At) -> Program {
        let called = self.expression_in(element, at);
        let mut bindings: Vec<(Name, Arc<ItemType>, Program)> = Vec::new();
        for binding in element.all("binding") {
            let Some(parameter) = binding.child("parameter") else { continue };
            let key = name(parameter.get("name").unwrap_or_default());
            let kind = self.type_of(parameter.get("typeRef"), at.document, parameter);
            let Some(formula) = expression_of(binding) else { continue };
            bindings.push((key, kind, self.expression(formula, at)));
        }
        let programs = bindings.iter().map(|(_, _, program)| program);
        Program::native(reads(programs.chain([&called])), move |scope| {
            let mut arguments = FeelContext::default();
            for (key, kind, program) in &bindings {
                let Some(value) = kind.argument(program.run(scope)) else {
                    return Value::Null(Some(format!("{key} is not of type {}", kind.name)));
                };
                charge(size(&value));
                arguments.set_entry(key, value);
            }
            invoke(scope, called.run(scope), arguments)
        })
    }

    fn list(&mut self, element: &'a Element, at: &At) -> Program {
        let items: Vec<Program> =
            expressions_of(element).map(|inner| self.expression(inner, at)).collect();
        Program::native(reads(&items), move |scope| {
            Value::List(items.iter().map(|item| item.run(scope)).collect())
        })
    }

    fn relation(&mut self, element: &'a Element, at: &At) -> Program {
        let mut columns: Vec<(Name, Arc<ItemType>)> = Vec::new();
        for column in element.all("column") {
            let kind = self.type_of(column.get("typeRef"), at.document, column);
            columns.push((name(column.get("name").unwrap_or_default()), kind));
        }
        let mut rows: Vec<Vec<Program>> = Vec::new();
        for row in element.all("row") {
            let cells: Vec<Program> =
                expressions_of(row).map(|cell| self.expression(cell, at)).collect();
            if cells.len() != columns.len() {
                self.found("decision.relation_shape", row, at, columns.len());
            }
            rows.push(cells);
        }
        Program::native(reads(rows.iter().flatten()), move |scope| {
            let row = |cells: &Vec<Program>| {
                let mut context = FeelContext::default();
                for ((column, kind), cell) in columns.iter().zip(cells) {
                    context.set_entry(column, kind.coerced(cell.run(scope)));
                }
                Value::Context(context)
            };
            Value::List(rows.iter().map(row).collect())
        })
    }

    fn conditional(&mut self, element: &'a Element, at: &At) -> Program {
        let [test, yes, no] = ["if", "then", "else"].map(|part| self.part(element, part, at));
        Program::native(reads([&test, &yes, &no]), move |scope| match test.run(scope) {
            Value::Boolean(true) => yes.run(scope),
            Value::Boolean(false) => no.run(scope),
            _ => Value::Null(None),
        })
    }

    fn filter(&mut self, element: &'a Element, at: &At) -> Program {
        let subject = self.part(element, "in", at);
        let mut place = at.inner();
        // Properties of the item are named without it.
        place.scope.closed = false;
        place.scope.declare("item".into(), FeelType::Any);
        let predicate = self.part(element, "match", &place);
        let reads = reads([&subject, &predicate]);
        let predicate = predicate.into_region();
        Program::native(reads, move |scope| run_filter(scope, subject.run(scope), &predicate))
    }

    fn turn(&mut self, element: &'a Element, strict: Strictness, at: &At) -> (Turn, Vec<Name>) {
        let domain = self.part(element, "in", at);
        let reads = reads([&domain]);
        let variable = name(element.get("iteratorVariable").unwrap_or_default());
        (Turn::values(variable, domain.into_region(), strict), reads)
    }

    fn body(&mut self, element: &'a Element, part: &str, at: &At) -> (Region, Vec<Name>) {
        let mut place = at.inner();
        let variable = name(element.get("iteratorVariable").unwrap_or_default());
        place.scope.declare(variable, FeelType::Any);
        place.scope.declare("partial".into(), FeelType::Any);
        let body = self.part(element, part, &place);
        let reads = reads([&body]);
        (body.into_region(), reads)
    }

    fn iteration(&mut self, element: &'a Element, at: &At) -> Program {
        let (turn, mut reads) = self.turn(element, Strictness::List, at);
        let (body, inner) = self.body(element, "return", at);
        let partial = inner.iter().any(|name| name.as_str() == "partial");
        reads.extend(inner);
        let run = Loop { turns: vec![turn], body, partial };
        Program::native(reads, move |scope| run.run(scope))
    }

    fn quantified(&mut self, element: &'a Element, at: &At, some: bool) -> Program {
        let (turn, mut reads) = self.turn(element, Strictness::Loose, at);
        let (test, inner) = self.body(element, "satisfies", at);
        reads.extend(inner);
        let run = Quantified { turns: vec![turn], test, some };
        Program::native(reads, move |scope| run.run(scope))
    }
}

/// Calls a function with arguments by name.
fn invoke(scope: &FeelScope, function: Value, mut arguments: FeelContext) -> Value {
    let Value::FunctionDefinition(formals, body, false, _, closure, result) = function else {
        return Value::Null(Some("what is invoked is not a function".into()));
    };
    let mut parameters = FeelContext::default();
    for (formal, kind) in formals {
        let Some(value) = arguments.remove_entry(&formal) else {
            return Value::Null(Some(format!("argument not provided: {formal}")));
        };
        let value = coerced(value, &kind);
        if value.is_invalid_coercion() {
            return value;
        }
        parameters.set_entry(&formal, value);
    }
    scope.push(closure);
    scope.push(parameters);
    let value = body.evaluate(scope);
    scope.pop();
    scope.pop();
    coerced(value, &result)
}
