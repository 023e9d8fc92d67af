//! Decision models in DMN 1.2 (read as 1.3), 1.3, 1.4 and 1.5: checked when deployed, then asked any number of times.
//!
//! Nouns: [`Model`] a deployed definition; [`Input`] what a decision must be told; [`Decided`] its
//! value with an [`Explained`] tree; [`Analysis`] gaps and overlaps of a decision table;
//! [`TestOutcome`] a test case of the definition, run; [`Suite`] test cases in a file of their own.
//!
//! Invariants
//! - Only [`Model::deploy`] makes models. What does not run is refused, by rule, element and
//!   place: functions in other languages, `now()` and `today()`, imports that are not given, texts
//!   out of the grammar, names that nothing declares, circles, and whatever is beyond a limit.
//! - A decision is a function of the model and its inputs; inputs that are missing or of the wrong
//!   type are named and nothing is decided.
//! - A decision without logic is made by people: it cannot be asked, and is null to those that
//!   require it.
//! - Elements that require each other in a circle are refused. A knowledge model may call itself,
//!   and so may a function written in an expression: calls are counted.
//!
//! Must not know: where definitions are kept, who asks, what a decision is for.

mod analysis;
mod build;
mod explain;
mod graph;
mod run;
mod suite;
mod table;
mod test_case;
mod types;
mod written;
mod xml;

pub use analysis::{Analysis, Gap, GaveUp, Overlap, Region};
pub use explain::{Explained, Hit, Matched, Note, Outcome, Used};
pub use suite::{Suite, SuiteOutcome};
pub use test_case::TestOutcome;
pub use written::{Written, WrittenRule, WrittenTable, written};

use crate::feel::{charge, from_json, metered, name, result, size, to_json, to_variable};
use crate::limit::{FINDINGS_MAX, IMPORTS_MAX};
use build::Built;
use dsntk_feel::Name;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use flow::process::Finding;
use graph::{Kind, Role};
use kernel::Error;
use run::{Decision, Knowledge, Run, Service};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use table::Table;
use test_case::TestCase;
use types::{Fault, ItemType};
use xml::Element;

/// A deployed definition.
pub struct Model {
    name: String,
    namespace: String,
    asked: Vec<Asked>,
    tables: Vec<(String, Arc<Table>)>,
    tests: Vec<TestCase>,
}

/// Something a model can be asked.
struct Asked {
    id: String,
    name: String,
    logic: Logic,
    takes: Vec<Taken>,
}

enum Logic {
    Decision(Arc<Decision>),
    Knowledge(Arc<Knowledge>),
    Service(Arc<Service>),
}

/// What a decision takes.
struct Taken {
    /// Node of the input or the decision that is given.
    node: usize,
    /// Names of the imports it comes by.
    way: Vec<Name>,
    name: Name,
    label: String,
    kind: Arc<ItemType>,
}

/// What a decision, service or knowledge model must be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type, as the model names it.
    pub kind: String,
    /// Tests its value must pass, as the model writes them.
    pub allowed: Option<String>,
}

/// A decision that was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decided {
    /// Its value, every digit of it.
    pub value: Json,
    /// Its value, as a variable keeps it; none when a number is too long for that.
    #[serde(skip)]
    pub variable: Option<Json>,
    /// Why. A service has one tree for each decision it gives.
    pub explained: Vec<Explained>,
}

/// What kind of thing a model can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedKind {
    /// A decision.
    Decision,
    /// A decision service.
    Service,
    /// A business knowledge model.
    Knowledge,
}

impl Model {
    /// Reads and checks a document. Errors: what is wrong, in the order of the document.
    pub fn deploy(document: &[u8]) -> Result<Model, Vec<Finding>> {
        Model::deploy_with(document, &[])
    }

    /// Reads and checks a document with those it imports. Errors: what is wrong.
    pub fn deploy_with(document: &[u8], imported: &[&[u8]]) -> Result<Model, Vec<Finding>> {
        match Model::draft(document, imported)? {
            (model, findings) if findings.is_empty() => Ok(model),
            (_, findings) => Err(findings),
        }
    }

    /// The documents among `others` that a document imports, itself or by what it imports, by
    /// their namespaces. What cannot be read imports nothing.
    pub fn imported<'a>(document: &[u8], others: &[&'a [u8]]) -> Vec<&'a [u8]> {
        let roots = |bytes: &&'a [u8]| Some((*bytes, xml::parse(bytes).ok()?));
        let known: Vec<(&[u8], Element)> = others.iter().filter_map(roots).collect();
        let namespace = |root: &Element| root.get("namespace").unwrap_or_default().to_owned();
        let imports =
            |root: &Element| -> Vec<String> { root.all("import").map(namespace).collect() };
        let Ok(root) = xml::parse(document) else { return Vec::new() };
        let (mut seen, mut rest) = (BTreeSet::from([namespace(&root)]), imports(&root));
        let mut found = Vec::new();
        while let Some(wanted) = rest.pop() {
            if !seen.insert(wanted.clone()) {
                continue;
            }
            if let Some((bytes, root)) = known.iter().find(|(_, root)| namespace(root) == wanted) {
                found.push(*bytes);
                rest.extend(imports(root));
            }
        }
        found
    }

    /// Reads a document that is still being written: what is wrong is told, and what it concerns
    /// is null when asked. Errors: nothing can be made of it.
    pub fn draft(
        document: &[u8],
        imported: &[&[u8]],
    ) -> Result<(Model, Vec<Finding>), Vec<Finding>> {
        let mut findings = Vec::new();
        let mut roots = Vec::new();
        if imported.len() > IMPORTS_MAX {
            let finding = Finding::new("decision.limit_imports", "", Default::default());
            return Err(vec![finding.detail(IMPORTS_MAX)]);
        }
        for bytes in std::iter::once(&document).chain(imported) {
            roots.push(xml::parse(bytes).map_err(|finding| vec![finding])?);
        }
        let graph = graph::read(&roots, &mut findings);
        let hopeless = ["decision.not_dmn", "decision.limit_nodes", "decision.cycle"];
        if findings.iter().any(|finding| hopeless.contains(&finding.rule)) {
            return Err(told(findings));
        }
        let built = build::build(&graph, &mut findings);
        let tests = test_case::read(&graph, &mut findings);
        let model = Model::new(&graph, built, tests);
        model.check_tests(&mut findings);
        Ok((model, told(findings)))
    }

    fn new(graph: &graph::Graph, built: Built, tests: Vec<TestCase>) -> Model {
        let mut asked = Vec::new();
        let main = graph.documents.first();
        for (at, node) in graph.nodes.iter().enumerate() {
            let logic = match node.kind {
                Kind::Decision if !build::has_logic(node.element) => None,
                Kind::Decision => built.decisions.get(&at).cloned().map(Logic::Decision),
                Kind::Service => built.services.get(&at).cloned().map(Logic::Service),
                Kind::Knowledge => built.knowledge.get(&at).cloned().map(Logic::Knowledge),
                Kind::Input => None,
            };
            let Some(logic) = logic.filter(|_| node.document == 0) else { continue };
            let takes = taken(graph, &built, at, &logic);
            let id = node.element.label().to_owned();
            asked.push(Asked { id, name: node.name.clone(), logic, takes });
        }
        let owner = |(node, table): (usize, Arc<Table>)| {
            let label = graph.nodes.get(node).map(|node| node.element.label().to_owned());
            (label.unwrap_or_default(), table)
        };
        Model {
            name: main.and_then(|main| main.root.get("name")).unwrap_or_default().to_owned(),
            namespace: main.map(|main| main.namespace).unwrap_or_default().to_owned(),
            asked,
            tables: built.tables.into_iter().map(owner).collect(),
            tests,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What it can be asked: id, name and kind, in the order of the document.
    pub fn questions(&self) -> impl Iterator<Item = (&str, &str, AskedKind)> {
        self.asked.iter().map(|asked| {
            let kind = match asked.logic {
                Logic::Decision(_) => AskedKind::Decision,
                Logic::Service(_) => AskedKind::Service,
                Logic::Knowledge(_) => AskedKind::Knowledge,
            };
            (asked.id.as_str(), asked.name.as_str(), kind)
        })
    }

    fn asked(&self, decision: &str) -> Result<&Asked, Error> {
        let by_id = self.asked.iter().find(|asked| asked.id == decision);
        let by_name = || self.asked.iter().find(|asked| name(&asked.name) == name(decision));
        by_id
            .or_else(by_name)
            .ok_or_else(|| Error::invalid("decision.unknown").arg("detail", decision))
    }

    /// What a decision, service or knowledge model must be told. Errors: there is none of that id
    /// or name.
    pub fn inputs(&self, decision: &str) -> Result<Vec<Input>, Error> {
        let input = |taken: &Taken| Input {
            name: taken.shown(),
            kind: taken.kind.name.clone(),
            allowed: taken.kind.allowed.as_ref().map(|allowed| allowed.text.clone()),
        };
        Ok(self.asked(decision)?.takes.iter().map(input).collect())
    }

    /// Makes a decision, by id or name, and says why. Errors: inputs that are missing or wrong,
    /// each a field; work beyond the limits.
    pub fn decide(&self, decision: &str, inputs: &Map<String, Json>) -> Result<Decided, Error> {
        let asked = self.asked(decision)?;
        metered(|| {
            let values = asked.accept(&given(inputs))?;
            let (value, explained) = asked.answer(values, BTreeMap::new(), true);
            result(&value);
            let variable = to_variable(&value).ok();
            Ok(Decided { value: to_json(&value)?, variable, explained })
        })?
    }

    /// The value of a decision, by id or name, without reasons. Errors: as [`Model::decide`].
    pub fn value(&self, decision: &str, inputs: &Map<String, Json>) -> Result<Json, Error> {
        let asked = self.asked(decision)?;
        metered(|| {
            let values = asked.accept(&given(inputs))?;
            let (value, _) = asked.answer(values, BTreeMap::new(), false);
            result(&value);
            to_json(&value)
        })?
    }

    /// Gaps and overlaps of every decision table.
    pub fn analyse(&self) -> Vec<Analysis> {
        self.tables.iter().map(|(id, table)| analysis::analyse(id, table)).collect()
    }

    /// Runs the test cases of the definition.
    pub fn run_tests(&self) -> Vec<TestOutcome> {
        self.tests.iter().map(|test| test.run(self)).collect()
    }
}

/// The first findings, in the order of the document.
fn told(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.place);
    findings.truncate(FINDINGS_MAX);
    findings
}

/// What something takes: the inputs beneath a decision, those of a service, or parameters.
fn taken(graph: &graph::Graph, built: &Built, at: usize, logic: &Logic) -> Vec<Taken> {
    let way = |node: usize| {
        let document = graph.nodes.get(node).and_then(|node| graph.documents.get(node.document));
        document.map(|document| document.way.clone()).unwrap_or_default()
    };
    let input = |input: &Arc<run::Input>| Taken {
        node: input.node,
        way: way(input.node),
        name: input.name.clone(),
        label: input.label.clone(),
        kind: input.kind.clone(),
    };
    match logic {
        Logic::Knowledge(knowledge) => {
            let parameter = |(name, kind): &(Name, Arc<ItemType>)| Taken {
                node: 0,
                way: Vec::new(),
                name: name.clone(),
                label: name.to_string(),
                kind: kind.clone(),
            };
            knowledge.parameters.iter().map(parameter).collect()
        }
        Logic::Service(service) => {
            let given = |given: &Arc<Decision>| Taken {
                node: given.node,
                way: way(given.node),
                name: given.name.clone(),
                label: given.label.clone(),
                kind: given.kind.clone(),
            };
            let declared = |taken: Taken| Taken {
                kind: service.kind(&taken.name, &taken.kind).clone(),
                ..taken
            };
            let takes = service.inputs.iter().map(input).chain(service.given.iter().map(given));
            takes.map(declared).collect()
        }
        Logic::Decision(_) => {
            let (mut seen, mut rest) = (BTreeSet::new(), vec![at]);
            while let Some(node) = rest.pop() {
                let needs = graph.nodes.get(node).into_iter().flat_map(|node| &node.needs);
                for need in needs.filter(|need| matches!(need.role, Role::Input | Role::Decision)) {
                    if seen.insert(need.to) {
                        rest.push(need.to);
                    }
                }
            }
            seen.iter().filter_map(|node| built.inputs.get(node)).map(input).collect()
        }
    }
}

impl Taken {
    fn shown(&self) -> String {
        let way: String = self.way.iter().map(|import| format!("{import}.")).collect();
        way + &self.label
    }
}

/// What JSON tells of each input. Errors of it: a value beyond the limits.
fn given(inputs: &Map<String, Json>) -> impl Fn(&Taken) -> Option<Result<Value, Error>> {
    let by_name: BTreeMap<Name, &Json> =
        inputs.iter().map(|(key, value)| (name(key), value)).collect();
    move |taken| {
        let own = by_name.get(&taken.name).copied();
        let inner = taken.way.split_first().and_then(|(first, way)| {
            let start = by_name.get(first).copied()?;
            way.iter().chain([&taken.name]).try_fold(start, entry)
        });
        inner.or(own).map(from_json)
    }
}

/// The entry of a context under a name, however it is spaced.
fn entry<'j>(context: &'j Json, wanted: &Name) -> Option<&'j Json> {
    let mut entries = context.as_object()?.iter();
    entries.find(|(key, _)| name(key) == *wanted).map(|(_, value)| value)
}

impl Asked {
    /// The inputs as the model has them. Errors: which are missing or wrong. Runs under the meter.
    fn accept(
        &self,
        given: &dyn Fn(&Taken) -> Option<Result<Value, Error>>,
    ) -> Result<Vec<Value>, Error> {
        let (mut values, mut faults) = (Vec::new(), Vec::new());
        for taken in &self.takes {
            let path = taken.shown();
            match given(taken) {
                None => {
                    let (code, expected) = ("decision.input_missing", taken.kind.name.clone());
                    faults.push(Fault { path, code, expected });
                }
                Some(Ok(value)) => {
                    charge(size(&value));
                    values.push(taken.kind.accept(value, &path, &mut faults));
                }
                Some(Err(error)) => {
                    let expected = error.args.first().map(|(_, detail)| detail.clone());
                    let expected = expected.unwrap_or_default();
                    faults.push(Fault { path, code: error.code, expected });
                }
            }
        }
        if faults.is_empty() {
            return Ok(values);
        }
        let error = Error::invalid("decision.inputs").arg("detail", faults.len());
        Err(faults.into_iter().take(FINDINGS_MAX).fold(error, |error, fault| {
            error.field_with(fault.path, fault.code, vec![("detail", fault.expected)])
        }))
    }

    /// The value for accepted inputs, with results of decisions, by node, that are not made anew.
    /// Runs under the meter.
    fn answer(
        &self,
        values: Vec<Value>,
        results: BTreeMap<usize, Value>,
        why: bool,
    ) -> (Value, Vec<Explained>) {
        let by_node = || self.takes.iter().map(|taken| taken.node).zip(values.iter().cloned());
        match &self.logic {
            Logic::Decision(decision) => {
                let run = Run::new(by_node().collect(), results, why);
                let (value, explained) = decision.make(&run);
                (value, explained.into_iter().collect())
            }
            Logic::Service(service) => {
                let given = |node: &usize| service.given.iter().any(|given| given.node == *node);
                let (given, inputs) = by_node().partition(|(node, _)| given(node));
                service.outcome(&Run::new(inputs, given, why))
            }
            Logic::Knowledge(knowledge) => {
                let mut parameters = FeelContext::default();
                for (taken, value) in self.takes.iter().zip(values) {
                    parameters.set_entry(&taken.name, value);
                }
                let (value, explained) = knowledge.explain(parameters, why);
                let named = |explained| Explained {
                    id: self.id.clone(),
                    name: self.name.clone(),
                    ..explained
                };
                (value, explained.map(named).into_iter().collect())
            }
        }
    }
}
