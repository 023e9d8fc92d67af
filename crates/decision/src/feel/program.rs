//! Expressions compiled so that they run under the meter.
//!
//! dsntk turns a tree into closures of its own, which loop and call without anybody watching. So
//! the tree is rewritten first: every loop, filter, function body, context entry and expensive
//! built-in becomes a call of a *hook*, a function value whose body is a closure of ours, which
//! counts the work, does the looping itself and calls the compiled parts. Everything else stays
//! dsntk's.
//!
//! Invariants
//! - What is rewritten means what it meant, except that it stops when it has spent its share.
//! - Every value that is copied, and every turn of every loop, is charged.
//! - A function value carries the hooks of its body in its closure, so it can leave the
//!   expression that made it.
//!
//! Must not know: where expressions come from, JSON, DMN.

use super::costly;
use super::loops::{Loop, Quantified, Strictness, Turn, run_filter};
use super::mended;
use super::meter::{call, charge, made, on_deep_stack, size};
use super::tree::{any, height, names, parts_mut, weight};
use dsntk_feel::closure::Closure;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{Evaluator, FeelScope, FeelType, FunctionBody, Name};
use dsntk_feel_evaluator::prepare;
use dsntk_feel_parser::{AstNode, ClosureBuilder};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Height of a tree from which on it runs on a stack of its own.
const DEEP: usize = 80;

/// A compiled expression.
pub struct Program {
    region: Region,
    hooks: FeelContext,
    deep: bool,
}

/// A compiled part, with what running it once costs.
pub struct Region {
    run: Evaluator,
    /// Nodes of its tree.
    pub weight: u64,
    /// Names it reads from outside, and how often.
    pub reads: Vec<(Name, u64)>,
}

impl Program {
    /// Compiles a tree.
    pub fn new(node: AstNode) -> Program {
        let deep = height(&node) > DEEP;
        let compile = || {
            let mut rewriter = Rewriter::default();
            let region = rewriter.region(node);
            Program { region, hooks: rewriter.hooks, deep }
        };
        if deep { on_deep_stack(compile) } else { compile() }
    }

    /// A program that is not an expression but a closure of ours over programs that read these
    /// names.
    pub fn native(
        reads: Vec<Name>,
        run: impl Fn(&FeelScope) -> Value + Send + Sync + 'static,
    ) -> Program {
        // The programs inside charge for what they read.
        let reads = reads.into_iter().map(|name| (name, 0)).collect();
        let region = Region { run: Box::new(run), weight: 1, reads };
        Program { region, hooks: FeelContext::default(), deep: false }
    }

    /// The program as a part of a loop.
    pub fn into_region(self) -> Region {
        let reads = self.region.reads.clone();
        let run = Box::new(move |scope: &FeelScope| self.run_charged(scope));
        Region { run, weight: 1, reads }
    }

    /// The value in a scope, with everything it reads charged.
    pub fn run(&self, scope: &FeelScope) -> Value {
        self.region.charge_reads(scope);
        self.run_charged(scope)
    }

    /// The value in a scope whose names are small or charged by the caller.
    pub fn run_charged(&self, scope: &FeelScope) -> Value {
        let hooked = !self.hooks.is_empty();
        if hooked {
            scope.push(self.hooks.clone());
        }
        let run = || self.region.run(scope);
        let value = if self.deep { on_deep_stack(run) } else { run() };
        if hooked {
            scope.pop();
        }
        value
    }

    /// Names the expression reads.
    pub fn reads(&self) -> impl Iterator<Item = &Name> {
        self.region.reads.iter().map(|(name, _)| name)
    }
}

impl Region {
    /// Runs the part.
    pub fn run(&self, scope: &FeelScope) -> Value {
        charge(1 + self.weight / 4);
        (self.run)(scope)
    }

    /// Units read from the scope when the part runs once, but for some names.
    pub fn cost(&self, scope: &FeelScope, except: &dyn Fn(&Name) -> bool) -> u64 {
        let read = |(name, count): &(Name, u64)| {
            scope.get_value(name).map_or(0, |value| count * size(&value))
        };
        let counted = |(name, count): &&(Name, u64)| *count > 0 && !except(name);
        self.reads.iter().filter(counted).map(read).sum()
    }

    fn charge_reads(&self, scope: &FeelScope) {
        charge(self.cost(scope, &|_| false));
    }
}

/// A function value without parameters whose body is a closure.
pub fn hook_value(run: Evaluator) -> Value {
    function(Vec::new(), run, FeelType::Any)
}

/// A function value whose body is a closure, called with its parameters on top of the scope.
pub fn function(parameters: Vec<(Name, FeelType)>, run: Evaluator, result: FeelType) -> Value {
    let body = FunctionBody::LiteralExpression(Arc::new(run));
    let (closure, context) = (Closure::default(), FeelContext::default());
    Value::FunctionDefinition(parameters, body, false, closure, context, result)
}

#[derive(Default)]
struct Rewriter {
    hooks: FeelContext,
}

impl Rewriter {
    fn region(&mut self, node: AstNode) -> Region {
        let reads = names(&node).into_iter().map(|(name, reads)| (name, reads.count)).collect();
        let weight = weight(&node);
        Region { run: prepare(&self.rewrite(node)), weight, reads }
    }

    /// Keeps a closure under a name of its own and gives the call of it.
    fn hook(&mut self, run: Evaluator) -> AstNode {
        let name = Name::from(format!("⧗{}", self.hooks.len()));
        self.hooks.set_entry(&name, hook_value(run));
        let none = AstNode::PositionalParameters(Vec::new());
        AstNode::FunctionInvocation(Box::new(AstNode::Name(name)), Box::new(none))
    }

    fn rewrite(&mut self, node: AstNode) -> AstNode {
        match node {
            AstNode::For(contexts, body) => self.iteration(*contexts, *body),
            AstNode::Some(contexts, test) => self.quantified(*contexts, *test, true),
            AstNode::Every(contexts, test) => self.quantified(*contexts, *test, false),
            AstNode::Filter(subject, predicate) => self.filter(*subject, *predicate),
            AstNode::Context(entries) => self.context(entries),
            AstNode::FunctionDefinition(parameters, body) => self.function(*parameters, *body),
            AstNode::FunctionInvocation(callee, arguments) => self.invocation(*callee, *arguments),
            AstNode::In(value, tests) => self.membership(*value, *tests),
            AstNode::Eq(a, b) if !mended::is_literal(&a) && mended::is_literal(&b) => {
                self.inside(AstNode::Eq(b, a))
            }
            AstNode::Nq(a, b) if !mended::is_literal(&a) && mended::is_literal(&b) => {
                self.inside(AstNode::Nq(b, a))
            }
            AstNode::Eq(..)
            | AstNode::Nq(..)
            | AstNode::Add(..)
            | AstNode::Sub(..)
            | AstNode::Lt(..)
            | AstNode::Le(..)
            | AstNode::Gt(..)
            | AstNode::Ge(..)
            | AstNode::Between(..) => self.operator(node),
            other => self.inside(other),
        }
    }

    fn inside(&mut self, mut node: AstNode) -> AstNode {
        for part in parts_mut(&mut node) {
            let inner = std::mem::replace(part, AstNode::Null);
            *part = self.rewrite(inner);
        }
        node
    }

    /// An operator that is mended where it must be.
    fn operator(&mut self, mut node: AstNode) -> AstNode {
        let literal = parts_mut(&mut node).first().is_some_and(|part| mended::is_literal(part));
        let Some(mend) = mended::of_operator(&node).filter(|_| !literal) else {
            return self.inside(node);
        };
        let mut values = Vec::new();
        for (at, part) in parts_mut(&mut node).into_iter().enumerate() {
            let name = AstNode::Name(costly::argument(at));
            values.push(self.region(std::mem::replace(part, name)));
        }
        let run = prepare(&node);
        self.hook(mended::mended(mend, values, run))
    }

    fn iteration(&mut self, contexts: AstNode, body: AstNode) -> AstNode {
        let turns = self.turns(contexts);
        let body = match body {
            AstNode::EvaluatedExpression(body) => *body,
            other => other,
        };
        let partial = names(&body).contains_key(&Name::from("partial"));
        let run = Loop { turns, body: self.region(body), partial };
        self.hook(Box::new(move |scope| run.run(scope)))
    }

    fn quantified(&mut self, contexts: AstNode, test: AstNode, some: bool) -> AstNode {
        let turns = self.turns(contexts);
        let test = match test {
            AstNode::Satisfies(test) => *test,
            other => other,
        };
        let run = Quantified { turns, test: self.region(test), some };
        self.hook(Box::new(move |scope| run.run(scope)))
    }

    fn turns(&mut self, contexts: AstNode) -> Vec<Turn> {
        let (AstNode::IterationContexts(items) | AstNode::QuantifiedContexts(items)) = contexts
        else {
            return Vec::new();
        };
        let mut turns = Vec::new();
        for item in items {
            let turn = match item {
                AstNode::IterationContextInterval(name, start, end) => {
                    let (start, end) = (self.region(*start), self.region(*end));
                    variable(&name).map(|name| Turn::interval(name, start, end))
                }
                AstNode::IterationContextSingle(name, domain)
                | AstNode::QuantifiedContext(name, domain) => {
                    let strict = match domain.as_ref() {
                        AstNode::Range(..) => Strictness::Range,
                        _ => Strictness::Loose,
                    };
                    let domain = self.region(*domain);
                    variable(&name).map(|name| Turn::values(name, domain, strict))
                }
                _ => None,
            };
            turns.extend(turn);
        }
        turns
    }

    fn filter(&mut self, subject: AstNode, predicate: AstNode) -> AstNode {
        let (subject, predicate) = (self.region(subject), self.region(predicate));
        let run = move |scope: &FeelScope| run_filter(scope, subject.run(scope), &predicate);
        self.hook(Box::new(run))
    }

    /// Entries are kept for the entries after them: what each makes is charged for every reading.
    fn context(&mut self, entries: Vec<AstNode>) -> AstNode {
        let reads: Vec<_> = entries.iter().map(names).collect();
        let rewritten = entries.into_iter().enumerate().map(|(at, entry)| {
            let AstNode::ContextEntry(key, value) = entry else { return self.inside(entry) };
            if is_scalar(&value) {
                return AstNode::ContextEntry(key, Box::new(self.rewrite(*value)));
            }
            let later = match key.as_ref() {
                AstNode::ContextEntryKey(key) => read_after(&reads, at, key),
                _ => 0,
            };
            let value = self.region(*value);
            let kept = self.hook(Box::new(move |scope| {
                let value = value.run(scope);
                charge((2 + later) * size(&value));
                value
            }));
            AstNode::ContextEntry(key, Box::new(kept))
        });
        AstNode::Context(rewritten.collect())
    }

    fn function(&mut self, parameters: AstNode, body: AstNode) -> AstNode {
        let AstNode::FunctionBody(body, false) = body else {
            return AstNode::FunctionDefinition(Box::new(parameters), Box::new(body));
        };
        let closure = ClosureBuilder::from_function_definition(&parameters, &body);
        let first = self.hooks.len();
        let region = self.region(*body);
        let called = self.hook(Box::new(move |scope| {
            let value = call(|| {
                region.charge_reads(scope);
                region.run(scope)
            });
            made(&value);
            value
        }));
        // dsntk finds what a function closes over by reading its body, where the names now hide
        // behind hooks. The branch never taken shows them to it.
        let mut shown: Vec<AstNode> = closure.iter().filter_map(|name| path(name)).collect();
        shown.extend((first..self.hooks.len()).map(|at| AstNode::Name(format!("⧗{at}").into())));
        let (always, shown) = (AstNode::Boolean(true), AstNode::List(shown));
        let body = AstNode::If(Box::new(always), Box::new(called), Box::new(shown));
        let body = AstNode::FunctionBody(Box::new(body), false);
        AstNode::FunctionDefinition(Box::new(parameters), Box::new(body))
    }

    fn invocation(&mut self, callee: AstNode, arguments: AstNode) -> AstNode {
        let name = match &callee {
            AstNode::Name(name) => name.as_str(),
            _ => "",
        };
        let (cost, mut mend) = (costly::of(name), mended::of(name));
        // A parameter of another name is the evaluator's to refuse.
        if let AstNode::NamedParameters(items) = &arguments
            && !items.iter().all(|item| is_parameter(item, mended::only_parameter(name)))
        {
            mend = None;
        }
        if cost.is_none() && mend.is_none() {
            let (callee, arguments) =
                (self.rewrite(callee.clone()), self.named(&callee, arguments));
            return AstNode::FunctionInvocation(Box::new(callee), Box::new(arguments));
        }
        let replaces = name == "replace";
        let (mut values, mut named) = (Vec::new(), Vec::new());
        // Where the pattern and the flags of a replacement are.
        let (mut pattern, mut flags) = (None, None);
        match arguments {
            AstNode::PositionalParameters(items) => {
                (pattern, flags) = ((items.len() > 1).then_some(1), (items.len() > 3).then_some(3));
                for item in items {
                    named.push(AstNode::Name(costly::argument(values.len())));
                    values.push(self.region(item));
                }
                named = vec![AstNode::PositionalParameters(named)];
            }
            AstNode::NamedParameters(items) => {
                for item in items {
                    let AstNode::NamedParameter(name, value) = item else { continue };
                    match name.as_ref() {
                        AstNode::ParameterName(name) if name.as_str() == "pattern" => {
                            pattern = Some(values.len());
                        }
                        AstNode::ParameterName(name) if name.as_str() == "flags" => {
                            flags = Some(values.len());
                        }
                        _ => {}
                    }
                    let argument = AstNode::Name(costly::argument(values.len()));
                    named.push(AstNode::NamedParameter(name, Box::new(argument)));
                    values.push(self.region(*value));
                }
                named = vec![AstNode::NamedParameters(named)];
            }
            other => named.push(other),
        }
        let arguments = named.pop().unwrap_or(AstNode::Null);
        let mut call = AstNode::FunctionInvocation(Box::new(callee), Box::new(arguments));
        if replaces {
            call = mended::unless_empty(call, pattern, flags);
        }
        let run = prepare(&call);
        self.hook(match (cost, mend) {
            (Some(cost), _) => costly::charged(cost, values, run),
            (_, Some(mend)) => mended::mended(mend, values, run),
            (None, None) => run,
        })
    }

    /// Arguments rewritten, with the names the evaluator knows.
    fn named(&mut self, callee: &AstNode, arguments: AstNode) -> AstNode {
        let arguments = match arguments {
            AstNode::NamedParameters(items) => {
                let renamed = items.into_iter().map(|item| match item {
                    AstNode::NamedParameter(name, value) => {
                        let name = mended::parameter(callee, *name);
                        AstNode::NamedParameter(Box::new(name), value)
                    }
                    other => other,
                });
                AstNode::NamedParameters(renamed.collect())
            }
            other => other,
        };
        self.inside(arguments)
    }

    /// Membership of a list in a list compares every item with every other.
    fn membership(&mut self, value: AstNode, tests: AstNode) -> AstNode {
        let listed = match &tests {
            AstNode::List(_) => weight(&tests) > 64,
            AstNode::Name(_) | AstNode::Path(..) | AstNode::FunctionInvocation(..) => true,
            AstNode::For(..) | AstNode::Filter(..) | AstNode::If(..) => true,
            _ => false,
        };
        if !listed {
            let (value, tests) = (self.rewrite(value), self.rewrite(tests));
            return AstNode::In(Box::new(value), Box::new(tests));
        }
        let values = vec![self.region(value), self.region(tests)];
        let name = |at| Box::new(AstNode::Name(costly::argument(at)));
        let run = prepare(&AstNode::In(name(0), name(1)));
        self.hook(costly::charged(costly::Cost::Pairs, values, run))
    }
}

fn variable(node: &AstNode) -> Option<Name> {
    match node {
        AstNode::Name(name) => Some(name.clone()),
        _ => None,
    }
}

/// True when the value is a scalar whatever it is made of.
fn is_scalar(node: &AstNode) -> bool {
    matches!(
        node,
        AstNode::And(..)
            | AstNode::At(_)
            | AstNode::Between(..)
            | AstNode::Boolean(_)
            | AstNode::Div(..)
            | AstNode::Eq(..)
            | AstNode::Exp(..)
            | AstNode::Ge(..)
            | AstNode::Gt(..)
            | AstNode::In(..)
            | AstNode::InstanceOf(..)
            | AstNode::Le(..)
            | AstNode::Lt(..)
            | AstNode::Mul(..)
            | AstNode::Neg(_)
            | AstNode::Nq(..)
            | AstNode::Null
            | AstNode::Numeric(..)
            | AstNode::Or(..)
            | AstNode::String(_)
            | AstNode::Sub(..)
    )
}

fn read_after(reads: &[BTreeMap<Name, super::tree::Reads>], at: usize, key: &Name) -> u64 {
    let later = reads.get(at + 1..).unwrap_or_default();
    later.iter().filter_map(|names| names.get(key)).map(|reads| reads.count).sum()
}

/// A qualified name as the expression that reads it.
fn path(names: &[Name]) -> Option<AstNode> {
    let mut names = names.iter().map(|name| AstNode::Name(name.clone()));
    let first = names.next()?;
    Some(names.fold(first, |base, name| AstNode::Path(Box::new(base), Box::new(name))))
}

/// True when the tree calls a function in Java or PMML.
pub fn is_external(node: &AstNode) -> bool {
    any(node, |node| matches!(node, AstNode::FunctionBody(_, true)))
}

/// Whether an argument is given by that name.
fn is_parameter(item: &AstNode, wanted: &str) -> bool {
    let AstNode::NamedParameter(name, _) = item else { return false };
    matches!(name.as_ref(), AstNode::ParameterName(name) if name.as_str() == wanted)
}
