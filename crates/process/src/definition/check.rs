//! What this installation must have for a definition to run: the rules beside soundness.
//!
//! Invariant: a definition that passes names no service, candidate or process that is not there.

use super::model::{Extra, TaskLimit, walk};
use crate::bundle::Decisions;
use crate::instance::service;
use flow::process::{Definition, Deployed, Finding, Kind, Node, Space, Task, Trigger};
use kernel::{Actor, Timestamp};
use pack::Province;
use pack::procedure::TaskForm;
use std::collections::BTreeMap;

/// Expressions given to one service.
const INPUTS_MAX: usize = 20;
/// Longest id of a process: it stands in addresses.
const PROCESS_MAX: usize = 80;

/// What a document may name beside itself.
pub(crate) struct Needs<'a> {
    /// Decisions deployed with it.
    pub(crate) decisions: &'a Decisions,
    /// Forms deployed with it.
    pub(crate) forms: &'a [TaskForm],
    /// Whether a process that the document does not hold is deployed.
    pub(crate) known: &'a dyn Fn(&str) -> bool,
}

/// Everything wrong with the document for this installation.
pub(crate) fn check(
    deployed: &Deployed,
    pack: &Province,
    needs: &Needs,
) -> (BTreeMap<String, Extra>, Vec<Finding>) {
    let (extras, mut findings) = extras(deployed);
    findings.extend(super::asks::faults(deployed, &extras, needs.forms));
    let own = |id: &str| deployed.definitions.iter().any(|one| one.id() == id);
    for definition in &deployed.definitions {
        let id = definition.id();
        let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if id.len() > PROCESS_MAX || !id.chars().all(plain) {
            findings.push(Finding::new("process.id_shape", id, Default::default()).detail(id));
        }
        for (node, trigger) in definition.starts() {
            if let Trigger::Timer(text) = trigger
                && flow::process::due(text, Timestamp(0)).is_none()
            {
                let found = Finding::new("process.start_timer", node.id.clone(), node.place);
                findings.push(found.detail(text));
            }
        }
        for node in definition.nodes() {
            let found =
                |rule, detail: &str| Finding::new(rule, node.id.clone(), node.place).detail(detail);
            match &node.kind {
                Kind::Task(Task::Service { topic, .. }) if service::find(topic).is_none() => {
                    findings.push(found("process.service_unknown", topic));
                }
                Kind::Task(Task::Decision { decision, .. })
                    if needs.decisions.find(decision).is_none() =>
                {
                    findings.push(found("process.decision_unknown", decision));
                }
                Kind::Task(Task::Decision { decision, .. })
                    if needs.decisions.is_ambiguous(decision) =>
                {
                    findings.push(found("process.decision_ambiguous", decision));
                }
                Kind::Task(Task::User { form })
                    if !form.is_empty() && !needs.forms.iter().any(|one| one.id == *form) =>
                {
                    findings.push(found("process.form_unknown", form));
                }
                Kind::Call(called) if !own(called) && !(needs.known)(called) => {
                    findings.push(found("process.call_unknown", called));
                }
                _ => {}
            }
            if is_work(definition, node) {
                let wrong = node.candidates.iter().find(|one| pool(pack, one, "").is_none());
                findings.extend(wrong.map(|one| found("process.candidate_unknown", one)));
            }
        }
    }
    (extras, findings)
}

/// Whether a person does it: a task, or the choice among the activities of an ad-hoc sub-process.
pub(super) fn is_work(definition: &Definition, node: &Node) -> bool {
    match &node.kind {
        Kind::Task(Task::User { .. } | Task::Manual) => true,
        Kind::Sub(inner) => {
            definition.containers().get(*inner).is_some_and(|inner| inner.ad_hoc.is_some())
        }
        _ => false,
    }
}

/// The platform's own attributes and elements on activities.
fn extras(deployed: &Deployed) -> (BTreeMap<String, Extra>, Vec<Finding>) {
    let (mut extras, mut findings) = (BTreeMap::new(), Vec::new());
    walk(&deployed.document.root, &mut |element| {
        let Some(id) = element.get("id").filter(|_| element.space == Space::Bpmn) else { return };
        let mut extra = Extra::default();
        if let Some(limit) = element.own("limit") {
            extra.limit = TaskLimit::parse(limit);
            if extra.limit.is_none() {
                findings.push(Finding::new("process.limit", id, element.place).detail(limit));
            }
        }
        let inputs = element.child("extensionElements").into_iter().flat_map(|one| one.elements());
        let inputs = inputs.filter(|one| one.space == Space::Yipan && one.local() == "input");
        for input in inputs.take(INPUTS_MAX) {
            let (name, text) = (input.get("name").unwrap_or_default(), input.text());
            let wrong = match crate::evaluate::evaluator().check(&text) {
                _ if name.is_empty() => Some("name".to_owned()),
                checked => checked.err(),
            };
            if let Some(wrong) = wrong {
                findings.push(Finding::new("process.input", id, input.place).detail(wrong));
            }
            extra.inputs.push((name.to_owned(), text));
        }
        super::office::read(deployed, element, id, &mut extra, &mut findings);
        super::extension::read(deployed, element, id, &mut extra, &mut findings);
        extra.asks = super::asks::read(deployed, element, id);
        if extra != Extra::default() {
            extras.insert(id.to_owned(), extra);
        }
    });
    (extras, findings)
}

/// The pool of officers a candidate names, for an instance of an agency: a role, `role@agency`,
/// `role@*`, an agency, or a role by its name. `$variable` and `@starter` are told when the task
/// is offered and stand for themselves here. `None` for what is nobody.
pub(crate) fn pool(pack: &Province, candidate: &str, agency: &str) -> Option<String> {
    if candidate == "@starter" || candidate.strip_prefix('$').is_some_and(|name| !name.is_empty()) {
        return Some(candidate.to_owned());
    }
    if let Some((role, at)) = candidate.split_once('@') {
        let role = role_id(pack, role)?;
        let at = if at == "*" { "*".to_owned() } else { pack.agency(at)?.id };
        return Some(format!("{at}/{role}"));
    }
    if let Some(role) = role_id(pack, candidate) {
        return Some(format!("{agency}/{role}"));
    }
    pack.agency(candidate).map(|agency| format!("{}/*", agency.id))
}

fn role_id(pack: &Province, text: &str) -> Option<String> {
    let named = |role: &&pack::standard::Role| {
        role.id == text || role.name.zh == text || role.name.en == text
    };
    pack.roles().find(named).map(|role| role.id.clone())
}

/// Every pool an actor is in: where tasks he may take are offered.
pub fn pools(actor: &Actor) -> Vec<String> {
    let mut pools = vec![format!("@{}", actor.account)];
    if actor.is_officer() {
        pools.extend(posts(&actor.agency, &actor.roles));
    }
    pools
}

/// The pools of an agency's officer with these roles.
pub(crate) fn posts(agency: &str, roles: &[String]) -> Vec<String> {
    let mut pools = vec![format!("{agency}/*")];
    for role in roles {
        pools.push(format!("{agency}/{role}"));
        pools.push(format!("*/{role}"));
    }
    pools
}
