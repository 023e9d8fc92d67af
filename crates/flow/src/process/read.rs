//! From the tree of a document to definitions, holding the closed subset: what this engine does
//! not run is refused here, by rule and place.
//!
//! Invariant: nothing of the BPMN vocabulary is passed over silently; foreign vocabulary is.
//!
//! Must not know: how a model runs, whether it is sound.

mod detail;

use super::evaluate::Evaluate;
use super::finding::{FINDINGS_MAX, Finding, Place};
use super::model::{
    AdHoc, Container, Definition, Flow, FlowIx, Gateway, Kind, Message, Node, NodeIx, Task, Throw,
    Trigger,
};
use super::xml::{Document, Element, Space, name_of};
use std::collections::{BTreeMap, BTreeSet};

/// Nodes of one process: more than a person can read on a wall.
pub const NODES_MAX: usize = 2_000;
/// Processes of one document: pools of one collaboration.
pub const PROCESSES_MAX: usize = 20;
/// Bytes of one expression.
pub const EXPRESSION_MAX: usize = 4_000;

/// BPMN elements that say nothing of how a process runs.
const SILENT: &[&str] = &[
    "documentation",
    "extensionElements",
    "incoming",
    "outgoing",
    "textAnnotation",
    "group",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "dataStore",
    "property",
    "ioSpecification",
    "dataInputAssociation",
    "dataOutputAssociation",
    "auditing",
    "monitoring",
    "category",
    "resource",
    "itemDefinition",
    "import",
    "relationship",
    "potentialOwner",
    "performer",
    "humanPerformer",
    "resourceRole",
    "rendering",
    "interface",
    "message",
    "signal",
    "error",
    "escalation",
    "collaboration",
    "process",
    "laneSet",
    "association",
    "sequenceFlow",
    "script",
    "completionCondition",
    "conditionExpression",
    "dataOutput",
    "dataInput",
    "outputSet",
    "inputSet",
    "supportedInterfaceRef",
    "endPoint",
    "extension",
    "correlationProperty",
    "correlationSubscription",
    "partnerEntity",
    "partnerRole",
    "ioBinding",
];

/// What the document says outside its processes.
#[derive(Default)]
struct World<'a> {
    /// Event definitions that events share, by id.
    events: BTreeMap<String, &'a Element>,
    messages: BTreeMap<String, Message>,
    signals: BTreeMap<String, String>,
    errors: BTreeMap<String, String>,
    escalations: BTreeMap<String, String>,
    /// Message flows between pools.
    message_flows: Vec<MessageFlow>,
    /// The language of expressions that name none, when it is not FEEL.
    foreign: bool,
}

/// A message flow: its ends, and the message it carries. One drawn without a message carries one
/// of its own name, so that both its ends mean the same.
struct MessageFlow {
    source: String,
    target: String,
    message: Message,
}

struct Reader<'a> {
    evaluate: &'a dyn Evaluate,
    world: World<'a>,
    findings: Vec<Finding>,
    nodes: Vec<Node>,
    flows: Vec<Flow>,
    containers: Vec<Container>,
    by_id: BTreeMap<String, NodeIx>,
    lanes: BTreeMap<String, Vec<String>>,
    /// Boundary events and the activity each names.
    attached: Vec<(NodeIx, String)>,
    /// Nodes and the default flow each names.
    defaults: Vec<(NodeIx, String)>,
    associations: Vec<(String, String)>,
    sequence: Vec<(usize, &'a Element)>,
}

/// Reads every process of the document that has content. Never fails: what is wrong is in the
/// findings.
pub fn read(document: &Document, evaluate: &dyn Evaluate) -> (Vec<Definition>, Vec<Finding>) {
    let root = &document.root;
    let mut findings = Vec::new();
    if !root.is("definitions") {
        findings.push(Finding::new("process.not_bpmn", name_of(root), root.place));
        return (Vec::new(), findings);
    }
    duplicates(root, &mut findings);
    for element in root.elements() {
        let shared = element.local().ends_with("EventDefinition");
        if element.is("extension") && element.get("mustUnderstand") == Some("true") {
            findings.push(unsupported(element));
        }
        if element.space == Space::Bpmn && !shared && !SILENT.contains(&element.local()) {
            findings.push(unsupported(element));
        }
    }
    let mut definitions = Vec::new();
    if let Some(beyond) = root.all("process").nth(PROCESSES_MAX) {
        let finding = Finding::new("process.limit_processes", name_of(beyond), beyond.place);
        return (Vec::new(), vec![finding.detail(PROCESSES_MAX)]);
    }
    let drawn = |process: &&Element| process.elements().next().is_some();
    for process in root.all("process").filter(drawn) {
        let mut reader = Reader {
            evaluate,
            world: world(root),
            findings: Vec::new(),
            nodes: Vec::new(),
            flows: Vec::new(),
            containers: Vec::new(),
            by_id: BTreeMap::new(),
            lanes: BTreeMap::new(),
            attached: Vec::new(),
            defaults: Vec::new(),
            associations: Vec::new(),
            sequence: Vec::new(),
        };
        reader.process(process);
        link_receivers(&mut reader.nodes, &reader.world.message_flows, root);
        findings.append(&mut reader.findings);
        definitions.push(Definition {
            id: process.get("id").unwrap_or_default().to_owned(),
            name: process.get("name").unwrap_or_default().to_owned(),
            place: process.place,
            nodes: reader.nodes,
            flows: reader.flows,
            containers: reader.containers,
            by_id: reader.by_id,
        });
    }
    if definitions.is_empty() {
        findings.push(Finding::new("process.none", name_of(root), root.place));
    }
    findings.truncate(FINDINGS_MAX);
    (definitions, findings)
}

fn unsupported(element: &Element) -> Finding {
    let local = element.local();
    let rule = match local {
        "complexGateway" => "process.complex_gateway",
        "transaction" | "cancelEventDefinition" => "process.transaction",
        _ if local.to_lowercase().contains("choreography") => "process.choreography",
        _ => "process.element_unsupported",
    };
    Finding::new(rule, name_of(element), element.place).detail(local)
}

fn duplicates(root: &Element, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    let mut rest = vec![root];
    while let Some(element) = rest.pop() {
        // Ids of foreign elements are nobody's: two forms may have a field of one name.
        if let Some(id) = element.get("id").filter(|_| element.space == Space::Bpmn)
            && !seen.insert(id)
            && findings.len() < FINDINGS_MAX
        {
            findings.push(Finding::new("process.id_duplicate", id, element.place).detail(id));
        }
        let mut children: Vec<&Element> = element.elements().collect();
        children.reverse();
        rest.append(&mut children);
    }
}

fn world(root: &Element) -> World<'_> {
    let named = |kind: &'static str, attribute: &'static str| {
        let pair = move |element: &Element| {
            let id = element.get("id").unwrap_or_default().to_owned();
            let text = given(element, attribute).or(given(element, "name")).or(element.get("id"));
            (id, text.unwrap_or_default().to_owned())
        };
        root.all(kind).map(pair).collect::<BTreeMap<_, _>>()
    };
    let messages = root.all("message").map(|element| {
        let id = element.get("id").unwrap_or_default();
        let name = given(element, "name").unwrap_or(id).to_owned();
        let correlation = element.own("correlation").unwrap_or_default().to_owned();
        (id.to_owned(), Message { name, correlation })
    });
    let messages: BTreeMap<String, Message> = messages.collect();
    let message_flow = |flow: &Element| {
        let end = |name| flow.get(name).map(local_ref).unwrap_or_default();
        let name = given(flow, "name").or(given(flow, "id")).unwrap_or_default().trim().to_owned();
        let carried = messages.get(&end("messageRef")).cloned();
        let message = carried.unwrap_or(Message { name, correlation: String::new() });
        MessageFlow { source: end("sourceRef"), target: end("targetRef"), message }
    };
    let drawn = root.all("collaboration").flat_map(|one| one.all("messageFlow"));
    let message_flows = drawn.map(message_flow).collect();
    let shared = root.elements().filter(|one| one.space == Space::Bpmn);
    let shared = shared.filter(|one| one.local().ends_with("EventDefinition"));
    World {
        events: shared.filter_map(|one| Some((one.get("id")?.to_owned(), one))).collect(),
        messages,
        signals: named("signal", "name"),
        errors: named("error", "errorCode"),
        escalations: named("escalation", "escalationCode"),
        message_flows,
        foreign: root.get("expressionLanguage").is_some_and(|language| !is_feel(language)),
    }
}

/// A reference without its prefix.
fn local_ref(reference: &str) -> String {
    reference.rsplit(':').next().unwrap_or_default().trim().to_owned()
}

/// An attribute that says something.
fn given<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.get(name).filter(|text| !text.trim().is_empty())
}

/// True for an element that says nothing.
fn is_blank(element: &Element) -> bool {
    element.text().trim().is_empty()
}

fn is_feel(language: &str) -> bool {
    language.to_lowercase().contains("feel")
}

fn link_receivers(nodes: &mut [Node], flows: &[MessageFlow], root: &Element) {
    let sends = |node: &&mut Node| {
        let task = matches!(node.kind, Kind::Task(Task::Send(_)));
        task || matches!(node.kind, Kind::End(Throw::Message(_)) | Kind::Throw(Throw::Message(_)))
    };
    for node in nodes.iter_mut().filter(sends) {
        let Some(MessageFlow { target, .. }) = flows.iter().find(|flow| flow.source == node.id)
        else {
            continue;
        };
        let owner = root.all("process").find(|process| holds(process, target));
        node.receiver = owner
            .and_then(|process| process.get("id"))
            .map(|process| (process.to_owned(), target.clone()));
    }
}

fn holds(element: &Element, id: &str) -> bool {
    element.get("id") == Some(id) || element.elements().any(|child| holds(child, id))
}

impl<'a> Reader<'a> {
    fn fault(&mut self, rule: &'static str, element: &Element, detail: impl std::fmt::Display) {
        if self.findings.len() < FINDINGS_MAX {
            let finding = Finding::new(rule, name_of(element), element.place).detail(detail);
            self.findings.push(finding);
        }
    }

    fn process(&mut self, process: &'a Element) {
        if process.get("id").unwrap_or_default().is_empty() {
            self.fault("process.id_missing", process, "process");
        }
        self.container(process, None, false);
        let sequence = std::mem::take(&mut self.sequence);
        for (container, element) in sequence {
            self.flow(container, element);
        }
        self.implied_starts();
        self.attach();
        for (node, id) in std::mem::take(&mut self.defaults) {
            let found = self.nodes[node.0 as usize]
                .outgoing
                .iter()
                .find(|flow| self.flows[flow.0 as usize].id == id);
            match found {
                Some(flow) => self.nodes[node.0 as usize].default = Some(*flow),
                None => self.fault_at("process.default_dangling", node, &id),
            }
        }
        self.handlers();
        self.links();
    }

    fn fault_at(&mut self, rule: &'static str, node: NodeIx, detail: &str) {
        let node = &self.nodes[node.0 as usize];
        let finding = Finding::new(rule, node.id.clone(), node.place).detail(detail);
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }

    fn container(&mut self, element: &'a Element, node: Option<NodeIx>, by_event: bool) -> usize {
        let ad_hoc = element.is("adHocSubProcess").then(|| AdHoc {
            until: self.expression_of(element, "completionCondition"),
            sequential: element.get("ordering") == Some("Sequential"),
            cancel_rest: element.get("cancelRemainingInstances") != Some("false"),
        });
        let at = self.containers.len();
        self.containers.push(Container { node, by_event, ad_hoc, ..Container::default() });
        for set in element.all("laneSet") {
            self.lane_set(set, &[]);
        }
        for child in element.elements().filter(|child| child.space == Space::Bpmn) {
            match child.local() {
                "sequenceFlow" => self.sequence.push((at, child)),
                "association" => {
                    let end = |name| child.get(name).map(local_ref).unwrap_or_default();
                    self.associations.push((end("sourceRef"), end("targetRef")));
                }
                "multiInstanceLoopCharacteristics" | "standardLoopCharacteristics" => {}
                name if name.ends_with("EventDefinition") => {}
                name if SILENT.contains(&name) => {}
                _ => self.node(at, child),
            }
        }
        at
    }

    fn lane_set(&mut self, set: &Element, around: &[String]) {
        for lane in set.all("lane") {
            let own = lane.own("candidates").or(lane.get("name")).or(lane.get("id"));
            let mut candidates = list(own.unwrap_or_default());
            if candidates.is_empty() {
                candidates = around.to_vec();
            }
            for node in lane.all("flowNodeRef") {
                self.lanes.insert(local_ref(&node.text()), candidates.clone());
            }
            for inner in lane.all("childLaneSet") {
                self.lane_set(inner, &candidates);
            }
        }
    }

    fn node(&mut self, container: usize, element: &'a Element) {
        let id = element.get("id").unwrap_or_default().to_owned();
        if id.is_empty() {
            return self.fault("process.id_missing", element, element.local());
        }
        if self.nodes.len() >= NODES_MAX {
            if self.nodes.len() == NODES_MAX && self.findings.len() < FINDINGS_MAX {
                self.fault("process.limit_nodes", element, NODES_MAX);
            }
            return;
        }
        for quantity in ["startQuantity", "completionQuantity"] {
            if element.get(quantity).is_some_and(|value| value.trim() != "1") {
                self.fault("process.quantity", element, quantity);
            }
        }
        let ix = NodeIx(self.nodes.len() as u32);
        let own = match element.own("candidates") {
            Some(text) => list(text),
            None => owners(element),
        };
        let candidates = match (own.is_empty(), self.lanes.get(&id)) {
            (true, Some(lane)) => lane.clone(),
            (true, None) => self.surrounding(container),
            _ => own,
        };
        self.nodes.push(Node {
            name: element.get("name").unwrap_or_default().to_owned(),
            candidates,
            for_compensation: element.get("isForCompensation") == Some("true"),
            ..blank(id.clone(), element.place, container)
        });
        self.by_id.entry(id).or_insert(ix);
        self.containers[container].nodes.push(ix);
        if let Some(default) = element.get("default") {
            self.defaults.push((ix, local_ref(default)));
        }
        if let Some(kind) = self.kind(container, ix, element) {
            self.nodes[ix.0 as usize].kind = kind;
        }
        let repeat = self.repeat(element);
        self.nodes[ix.0 as usize].repeat = repeat;
    }

    /// Candidates of the sub-process around.
    fn surrounding(&self, container: usize) -> Vec<String> {
        let owner = self.containers.get(container).and_then(|container| container.node);
        owner.map(|owner| self.nodes[owner.0 as usize].candidates.clone()).unwrap_or_default()
    }

    fn kind(&mut self, container: usize, ix: NodeIx, element: &'a Element) -> Option<Kind> {
        let interrupting = |name| element.get(name) != Some("false");
        let result = element.own("result").unwrap_or_default().to_owned();
        Some(match element.local() {
            "startEvent" => {
                self.containers[container].starts.push(ix);
                let trigger = self.trigger(element);
                Kind::Start { trigger, interrupting: interrupting("isInterrupting") }
            }
            "endEvent" => Kind::End(self.throw(element)),
            "intermediateThrowEvent" => Kind::Throw(self.throw(element)),
            "intermediateCatchEvent" => Kind::Catch(self.trigger(element)),
            "boundaryEvent" => {
                let on = element.get("attachedToRef").map(local_ref).unwrap_or_default();
                self.attached.push((ix, on));
                let trigger = self.trigger(element);
                let interrupting = interrupting("cancelActivity");
                Kind::Boundary { on: NodeIx(0), trigger, interrupting }
            }
            "exclusiveGateway" => Kind::Gateway(Gateway::Exclusive),
            "parallelGateway" => Kind::Gateway(Gateway::Parallel),
            "inclusiveGateway" => Kind::Gateway(Gateway::Inclusive),
            "eventBasedGateway" => {
                let kind = element.get("eventGatewayType").unwrap_or("Exclusive");
                if element.get("instantiate") == Some("true") || kind != "Exclusive" {
                    self.fault("process.event_gateway", element, kind);
                }
                Kind::Gateway(Gateway::Event)
            }
            "task" => Kind::Task(Task::None),
            "userTask" => {
                Kind::Task(Task::User { form: element.own("form").unwrap_or_default().to_owned() })
            }
            "manualTask" => Kind::Task(Task::Manual),
            "serviceTask" => {
                let topic = element.own("topic").or(element.get("id")).unwrap_or_default();
                Kind::Task(Task::Service { topic: topic.to_owned(), result })
            }
            "businessRuleTask" => {
                let decision = element.own("decision").or(element.get("id")).unwrap_or_default();
                Kind::Task(Task::Decision { decision: decision.to_owned(), result })
            }
            "sendTask" => Kind::Task(Task::Send(self.message(element, element))),
            "receiveTask" => {
                if element.get("instantiate") == Some("true") {
                    self.fault("process.element_unsupported", element, "instantiate");
                }
                Kind::Task(Task::Receive(self.message(element, element)))
            }
            "scriptTask" => {
                if element.get("scriptFormat").is_some_and(|format| !is_feel(format)) {
                    self.fault("process.language", element, "scriptFormat");
                }
                let script = element.child("script").map(Element::text).unwrap_or_default();
                let text = self.expression(element, &script);
                Kind::Task(Task::Script { text, result })
            }
            "subProcess" | "adHocSubProcess" => {
                let by_event = element.get("triggeredByEvent") == Some("true");
                let inner = self.container(element, Some(ix), by_event);
                if by_event {
                    self.containers[container].handlers.push(ix);
                }
                Kind::Sub(inner)
            }
            "callActivity" => {
                let called = element.get("calledElement").map(local_ref).unwrap_or_default();
                if called.is_empty() {
                    self.fault("process.call_missing", element, "calledElement");
                }
                Kind::Call(called)
            }
            _ => {
                self.findings.push(unsupported(element));
                return None;
            }
        })
    }

    fn language(&mut self, element: &Element) {
        let foreign = match element.get("language") {
            Some(language) => !is_feel(language),
            None => self.world.foreign,
        };
        if foreign {
            self.fault("process.language", element, element.local());
        }
    }

    /// The expression in a child of that name; empty when there is none, or one without a text, as
    /// some tools leave behind.
    fn expression_of(&mut self, element: &'a Element, name: &'a str) -> String {
        let Some(child) = element.child(name).filter(|child| !is_blank(child)) else {
            return String::new();
        };
        self.language(child);
        self.expression(element, &child.text())
    }

    /// Checks an expression and gives it without the sign some tools put before it.
    fn expression(&mut self, element: &Element, text: &str) -> String {
        let text = text.trim();
        let text = text.strip_prefix('=').unwrap_or(text).trim();
        if text.len() > EXPRESSION_MAX {
            self.fault("process.limit_expression", element, EXPRESSION_MAX);
        } else if text.is_empty() {
            self.fault("process.expression_missing", element, element.local());
        } else if let Err(reason) = self.evaluate.check(text) {
            self.fault("process.expression_wrong", element, reason);
        }
        text.to_owned()
    }

    fn flow(&mut self, container: usize, element: &'a Element) {
        let end = |name: &str| element.get(name).map(local_ref).unwrap_or_default();
        let (from, to) = (end("sourceRef"), end("targetRef"));
        let (Some(&from), Some(&to)) = (self.by_id.get(&from), self.by_id.get(&to)) else {
            return self.fault("process.flow_dangling", element, format!("{from} → {to}"));
        };
        let within = |node: NodeIx| self.nodes[node.0 as usize].container;
        if within(from) != container || within(to) != container {
            return self.fault("process.flow_crosses", element, "");
        }
        if self.flows.len() >= NODES_MAX * 4 {
            return self.fault("process.limit_nodes", element, NODES_MAX * 4);
        }
        let condition = self.expression_of(element, "conditionExpression");
        let ix = FlowIx(self.flows.len() as u32);
        self.flows.push(Flow {
            id: element.get("id").unwrap_or_default().to_owned(),
            from,
            to,
            condition: (!condition.is_empty()).then_some(condition),
            place: element.place,
        });
        self.nodes[from.0 as usize].outgoing.push(ix);
        self.nodes[to.0 as usize].incoming.push(ix);
    }

    /// An embedded sub-process without a start event begins at every node to which no flow leads (BPMN
    /// 2.0, 10.3.5): it gets a start event of its own before them. The id is none that a document can
    /// have.
    fn implied_starts(&mut self) {
        for at in 0..self.containers.len() {
            let container = &self.containers[at];
            let Some(owner) = container.node.filter(|_| {
                !container.by_event && container.ad_hoc.is_none() && container.starts.is_empty()
            }) else {
                continue;
            };
            let begins = |ix: &&NodeIx| {
                let node = &self.nodes[ix.0 as usize];
                let elsewhere =
                    matches!(node.kind, Kind::Boundary { .. } | Kind::Catch(Trigger::Link(_)))
                        || node.for_compensation
                        || container.handlers.contains(ix);
                node.incoming.is_empty() && !elsewhere
            };
            let first: Vec<NodeIx> = container.nodes.iter().filter(begins).copied().collect();
            if !first.is_empty() {
                self.implied_start(at, owner, &first);
            }
        }
    }

    fn implied_start(&mut self, container: usize, owner: NodeIx, first: &[NodeIx]) {
        let ix = NodeIx(self.nodes.len() as u32);
        let owner = &self.nodes[owner.0 as usize];
        let (id, place) = (format!("{}:start", owner.id), owner.place);
        self.nodes.push(Node {
            kind: Kind::Start { trigger: Trigger::None, interrupting: true },
            ..blank(id.clone(), place, container)
        });
        for (n, to) in first.iter().enumerate() {
            let flow = FlowIx(self.flows.len() as u32);
            let id = format!("{id}:{n}");
            self.flows.push(Flow { id, from: ix, to: *to, condition: None, place });
            self.nodes[ix.0 as usize].outgoing.push(flow);
            self.nodes[to.0 as usize].incoming.push(flow);
        }
        self.by_id.insert(id, ix);
        self.containers[container].nodes.push(ix);
        self.containers[container].starts.push(ix);
    }

    fn attach(&mut self) {
        for (event, id) in std::mem::take(&mut self.attached) {
            let own = self.nodes[event.0 as usize].container;
            let found = self.by_id.get(&id).copied().filter(|on| {
                let on = &self.nodes[on.0 as usize];
                on.container == own && on.is_activity()
            });
            let Some(activity) = found else {
                self.fault_at("process.boundary_dangling", event, &id);
                continue;
            };
            if let Kind::Boundary { on, .. } = &mut self.nodes[event.0 as usize].kind {
                *on = activity;
            }
            self.nodes[activity.0 as usize].boundaries.push(event);
        }
    }

    /// Finds the activity each compensation event leads to.
    fn handlers(&mut self) {
        for (from, to) in std::mem::take(&mut self.associations) {
            let (Some(&event), Some(&handler)) = (self.by_id.get(&from), self.by_id.get(&to))
            else {
                continue;
            };
            if let Kind::Boundary { on, trigger: Trigger::Compensation, .. } =
                self.nodes[event.0 as usize].kind
            {
                self.nodes[on.0 as usize].handler = Some(handler);
            }
        }
    }

    fn links(&mut self) {
        for at in 0..self.nodes.len() {
            let Kind::Throw(Throw::Link(name)) = &self.nodes[at].kind else {
                continue;
            };
            let container = self.nodes[at].container;
            let mut catches = self.containers[container].nodes.iter().filter(|ix| {
                let node = &self.nodes[ix.0 as usize];
                matches!(&node.kind, Kind::Catch(Trigger::Link(other)) if other == name)
            });
            match (catches.next().copied(), catches.next()) {
                (Some(catch), None) => self.nodes[at].link = Some(catch),
                _ => {
                    let name = name.clone();
                    self.fault_at("process.link", NodeIx(at as u32), &name);
                }
            }
        }
    }
}

/// A node of which nothing else is known yet.
fn blank(id: String, place: Place, container: usize) -> Node {
    Node {
        id,
        name: String::new(),
        place,
        kind: Kind::Task(Task::None),
        container,
        incoming: Vec::new(),
        outgoing: Vec::new(),
        default: None,
        candidates: Vec::new(),
        boundaries: Vec::new(),
        repeat: None,
        handler: None,
        for_compensation: false,
        region: Vec::new(),
        link: None,
        receiver: None,
    }
}

fn list(text: &str) -> Vec<String> {
    let parts = text.split([',', '，', '、']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Groups of standard resource assignments.
fn owners(element: &Element) -> Vec<String> {
    let roles = element.elements().filter(|child| {
        ["potentialOwner", "humanPerformer", "performer"].iter().any(|name| child.is(name))
    });
    let mut owners = Vec::new();
    for role in roles {
        if let Some(expression) = role.child("resourceAssignmentExpression") {
            let formal = expression.child("formalExpression");
            owners.extend(list(&formal.map(Element::text).unwrap_or_default()));
        }
    }
    owners
}
