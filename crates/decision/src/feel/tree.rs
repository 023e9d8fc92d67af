//! Reading the tree of a parsed expression: its parts, its size, the names it reads from outside.
//!
//! Invariant: nothing here changes what an expression means.
//!
//! Must not know: evaluation.

use dsntk_feel::Name;
use dsntk_feel_parser::AstNode;
use std::collections::BTreeMap;

/// The parts of a node, by reference or mutably: the shape of the tree, written once.
macro_rules! parts {
    ($node:expr, $one:ident, $many:ident) => {
        match $node {
            AstNode::Add(a, b)
            | AstNode::And(a, b)
            | AstNode::ContextEntry(a, b)
            | AstNode::ContextTypeEntry(a, b)
            | AstNode::Div(a, b)
            | AstNode::Eq(a, b)
            | AstNode::Every(a, b)
            | AstNode::Exp(a, b)
            | AstNode::Filter(a, b)
            | AstNode::For(a, b)
            | AstNode::FormalParameter(a, b)
            | AstNode::FunctionDefinition(a, b)
            | AstNode::FunctionInvocation(a, b)
            | AstNode::FunctionType(a, b)
            | AstNode::Ge(a, b)
            | AstNode::Gt(a, b)
            | AstNode::In(a, b)
            | AstNode::InstanceOf(a, b)
            | AstNode::IterationContextSingle(a, b)
            | AstNode::Le(a, b)
            | AstNode::Lt(a, b)
            | AstNode::Mul(a, b)
            | AstNode::NamedParameter(a, b)
            | AstNode::Nq(a, b)
            | AstNode::Or(a, b)
            | AstNode::Out(a, b)
            | AstNode::Path(a, b)
            | AstNode::QuantifiedContext(a, b)
            | AstNode::Range(a, b)
            | AstNode::Some(a, b)
            | AstNode::Sub(a, b) => vec![a.$one(), b.$one()],
            AstNode::Between(a, b, c)
            | AstNode::If(a, b, c)
            | AstNode::IterationContextInterval(a, b, c) => vec![a.$one(), b.$one(), c.$one()],
            AstNode::EvaluatedExpression(a)
            | AstNode::FunctionBody(a, _)
            | AstNode::IntervalEnd(a, _)
            | AstNode::IntervalStart(a, _)
            | AstNode::ListType(a)
            | AstNode::Neg(a)
            | AstNode::RangeType(a)
            | AstNode::Satisfies(a)
            | AstNode::UnaryGe(a)
            | AstNode::UnaryGt(a)
            | AstNode::UnaryLe(a)
            | AstNode::UnaryLt(a)
            | AstNode::UnaryEq(a)
            | AstNode::UnaryNe(a) => vec![a.$one()],
            AstNode::CommaList(items)
            | AstNode::Context(items)
            | AstNode::ContextType(items)
            | AstNode::ExpressionList(items)
            | AstNode::FormalParameters(items)
            | AstNode::IterationContexts(items)
            | AstNode::List(items)
            | AstNode::NamedParameters(items)
            | AstNode::NegatedList(items)
            | AstNode::ParameterTypes(items)
            | AstNode::PositionalParameters(items)
            | AstNode::QualifiedName(items)
            | AstNode::QuantifiedContexts(items) => items.$many().collect(),
            AstNode::At(_)
            | AstNode::Boolean(_)
            | AstNode::ContextEntryKey(_)
            | AstNode::ContextTypeEntryKey(_)
            | AstNode::FeelType(_)
            | AstNode::Irrelevant
            | AstNode::Name(_)
            | AstNode::Null
            | AstNode::Numeric(..)
            | AstNode::ParameterName(_)
            | AstNode::QualifiedNameSegment(_)
            | AstNode::String(_) => Vec::new(),
        }
    };
}

/// The parts of a node in order.
pub fn parts(node: &AstNode) -> Vec<&AstNode> {
    parts!(node, as_ref, iter)
}

/// The parts of a node in order, to be changed.
pub fn parts_mut(node: &mut AstNode) -> Vec<&mut AstNode> {
    parts!(node, as_mut, iter_mut)
}

/// Nodes of the tree.
pub fn weight(node: &AstNode) -> u64 {
    let (mut count, mut rest) = (0, vec![node]);
    while let Some(node) = rest.pop() {
        count += 1;
        rest.extend(parts(node));
    }
    count
}

/// Height of the tree.
pub fn height(node: &AstNode) -> usize {
    let (mut height, mut rest) = (0, vec![(node, 1)]);
    while let Some((node, depth)) = rest.pop() {
        height = height.max(depth);
        rest.extend(parts(node).into_iter().map(|part| (part, depth + 1)));
    }
    height
}

/// True when some node passes the test.
pub fn any(node: &AstNode, test: impl Fn(&AstNode) -> bool) -> bool {
    let mut rest = vec![node];
    while let Some(node) = rest.pop() {
        if test(node) {
            return true;
        }
        rest.extend(parts(node));
    }
    false
}

/// A name read from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reads {
    /// How often it is read.
    pub count: u64,
    /// How often of these it is called.
    pub called: u64,
    /// True when it is read only inside filters, where it can be a property of the item.
    pub property: bool,
}

/// Names an expression reads from outside, built-in functions among them.
pub fn names(node: &AstNode) -> BTreeMap<Name, Reads> {
    let mut reader = Reader::default();
    reader.visit(node);
    reader.names
}

#[derive(Default)]
struct Reader {
    names: BTreeMap<Name, Reads>,
    bound: Vec<Name>,
    filters: u32,
}

impl Reader {
    fn read(&mut self, name: &Name) {
        if self.bound.contains(name) {
            return;
        }
        let property = self.filters > 0;
        let none = Reads { count: 0, called: 0, property };
        let reads = self.names.entry(name.clone()).or_insert(none);
        reads.count += 1;
        reads.property &= property;
    }

    fn visit(&mut self, node: &AstNode) {
        let bound = self.bound.len();
        match node {
            AstNode::Name(name) => self.read(name),
            AstNode::Path(base, _) => self.visit(base),
            AstNode::FunctionInvocation(callee, arguments) => {
                self.visit(callee);
                if let AstNode::Name(name) = callee.as_ref()
                    && let Some(reads) = self.names.get_mut(name)
                    && !self.bound.contains(name)
                {
                    reads.called += 1;
                }
                self.visit(arguments);
            }
            AstNode::For(contexts, body) => {
                self.iterations(contexts);
                self.bound.push("partial".into());
                self.visit(body);
            }
            AstNode::Some(contexts, body) | AstNode::Every(contexts, body) => {
                self.iterations(contexts);
                self.visit(body);
            }
            AstNode::Filter(subject, predicate) => {
                self.visit(subject);
                self.bound.push("item".into());
                self.filters += 1;
                self.visit(predicate);
                self.filters -= 1;
            }
            AstNode::FunctionDefinition(parameters, body) => {
                self.bound.extend(parameter_names(parameters));
                self.visit(body);
            }
            AstNode::Context(entries) => self.entries(entries),
            AstNode::InstanceOf(value, _) => self.visit(value),
            AstNode::FunctionType(..) | AstNode::ContextType(_) | AstNode::FormalParameter(..) => {}
            _ => parts(node).into_iter().for_each(|part| self.visit(part)),
        }
        self.bound.truncate(bound);
    }

    /// Binds the variables of a loop, each visible to the domains after it.
    fn iterations(&mut self, contexts: &AstNode) {
        for context in parts(contexts) {
            let mut inner = parts(context).into_iter();
            let variable = inner.next();
            inner.for_each(|domain| self.visit(domain));
            if let Some(AstNode::Name(name)) = variable {
                self.bound.push(name.clone());
            }
        }
    }

    fn entries(&mut self, entries: &[AstNode]) {
        for entry in entries {
            let AstNode::ContextEntry(key, value) = entry else { continue };
            let AstNode::ContextEntryKey(key) = key.as_ref() else { continue };
            // A function may call itself by the key it is kept under.
            let itself = matches!(value.as_ref(), AstNode::FunctionDefinition(..));
            if itself {
                self.bound.push(key.clone());
            }
            self.visit(value);
            if !itself {
                self.bound.push(key.clone());
            }
        }
    }
}

/// Names of the parameters of a function definition.
pub fn parameter_names(parameters: &AstNode) -> Vec<Name> {
    let name = |parameter: &AstNode| match parameter {
        AstNode::FormalParameter(name, _) => match name.as_ref() {
            AstNode::ParameterName(name) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    };
    parts(parameters).into_iter().filter_map(name).collect()
}
