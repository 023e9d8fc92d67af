//! The procedures of the shipped packs: each deploys, can be read as a drawing, is offered to people
//! who exist, has limits, and its examples walk every way to every end.

use super::world::World;
use crate::definition::{named, pool};
use decision::model::Model;
use flow::process::{Definition, Document, Element, Kind, Space, Task, deploy};
use pack::Province;
use pack::procedure::Drawn;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Procedures a province begins with.
const LIBRARY_MIN: usize = 29;

fn province() -> Arc<Province> {
    Province::embedded().unwrap()
}

/// What is wrong, all of it at once.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn unless(&mut self, holds: bool, said: impl FnOnce() -> String) {
        if !holds {
            self.0.push(said());
        }
    }

    fn nothing(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

fn definition(drawn: &Drawn, wrong: &mut Wrong) -> Option<(Document, Definition)> {
    let id = &drawn.procedure.id;
    let mut deployed = match deploy(drawn.diagram, crate::evaluate::evaluator()) {
        Ok(deployed) => deployed,
        Err(findings) => {
            wrong.0.push(format!("{id}: {findings:#?}"));
            return None;
        }
    };
    let definition = deployed.definitions.remove(0);
    let alone = deployed.definitions.is_empty() && definition.id() == id.as_str();
    wrong.unless(alone, || format!("{id}: one procedure to a drawing"));
    let named = definition.name() == drawn.procedure.name.zh;
    wrong.unless(named, || format!("{id}: the drawing has another name"));
    Some((deployed.document, definition))
}

#[test]
fn every_procedure_is_sound_and_there_are_enough() {
    let province = province();
    let mut wrong = Wrong::default();
    let sound = province.procedures().filter_map(|drawn| definition(&drawn, &mut wrong)).count();
    wrong.nothing();
    assert!(sound >= LIBRARY_MIN, "{sound}");
}

#[test]
fn every_task_is_somebodys_has_a_form_and_a_limit() {
    let province = province();
    let mut wrong = Wrong::default();
    for drawn in province.procedures() {
        let Some((document, definition)) = definition(&drawn, &mut wrong) else { continue };
        let id = definition.id();
        let elements = elements(&document);
        for node in definition.nodes() {
            let (form, at) = match &node.kind {
                Kind::Task(Task::User { form }) => (Some(form), &node.id),
                Kind::Task(Task::Manual) => (None, &node.id),
                _ => continue,
            };
            wrong.unless(!node.candidates.is_empty(), || format!("{id}: {at} is nobody's"));
            for who in &node.candidates {
                let known = pool(&province, who, "").is_some();
                wrong.unless(known, || format!("{id}: {at}: who is {who}"));
            }
            let limit = elements.get(at.as_str()).and_then(|element| element.own("limit"));
            wrong.unless(limit.is_some(), || format!("{id}: {at} has no limit"));
            let asked = form.is_none_or(|form| drawn.procedure.form(form).is_some());
            wrong.unless(asked, || format!("{id}: {at} has no form {form:?}"));
        }
    }
    wrong.nothing();
}

#[test]
fn every_form_is_asked_and_every_decision_is_made() {
    let province = province();
    let mut wrong = Wrong::default();
    for drawn in province.procedures() {
        let Some((document, definition)) = definition(&drawn, &mut wrong) else { continue };
        let id = definition.id();
        let mut forms: BTreeSet<&str> = ["start"].into();
        let mut decisions = BTreeSet::new();
        for node in definition.nodes() {
            match &node.kind {
                Kind::Task(Task::User { form }) => forms.extend([form.as_str()]),
                Kind::Task(Task::Decision { decision, .. }) => {
                    decisions.insert(decision.as_str());
                }
                _ => {}
            }
        }
        // Events that wait for a message ask whom the matter concerns.
        forms.extend(elements(&document).values().filter_map(|element| element.own("form")));
        for form in &drawn.procedure.forms {
            let asked = forms.contains(form.id.as_str());
            wrong.unless(asked, || format!("{id}: nobody is asked {}", form.id));
        }
        let made = models(&drawn, &decisions, &mut wrong);
        for decision in &decisions {
            wrong.unless(made.contains(*decision), || format!("{id}: {decision} is not there"));
        }
    }
    wrong.nothing();
}

/// Ids of the decisions of a procedure: each tested, without gaps, in a file of which one is asked.
fn models(drawn: &Drawn, asked: &BTreeSet<&str>, wrong: &mut Wrong) -> BTreeSet<String> {
    let id = &drawn.procedure.id;
    let mut made = BTreeSet::new();
    for (name, text) in &drawn.decisions {
        let model = match Model::deploy(text) {
            Ok(model) => model,
            Err(findings) => {
                wrong.0.push(format!("{id}/{name}: {findings:#?}"));
                continue;
            }
        };
        let mut untested: BTreeSet<String> =
            model.questions().map(|(id, ..)| id.to_owned()).collect();
        let idle = !untested.iter().any(|one| asked.contains(one.as_str()));
        wrong.unless(!idle, || format!("{id}/{name}: nobody asks it"));
        made.extend(untested.iter().cloned());
        for test in model.run_tests() {
            wrong.unless(test.passed, || format!("{id}/{name}: {test:?}"));
            untested.remove(&test.decision);
        }
        wrong.unless(untested.is_empty(), || format!("{id}/{name}: no test of {untested:?}"));
        for analysis in model.analyse() {
            let whole = analysis.gaps.is_empty() && analysis.overlaps.is_empty();
            wrong.unless(whole, || format!("{id}/{name}: {analysis:?}"));
        }
    }
    made
}

/// A rectangle: left, top, right, bottom.
type Area = (f64, f64, f64, f64);
/// Areas of shapes by the id of what they show.
type Shapes = BTreeMap<String, Area>;
/// Points of edges by the id of what they show.
type Edges = BTreeMap<String, Vec<(f64, f64)>>;

#[test]
fn every_drawing_shows_everything_and_nothing_lies_on_another() {
    let province = province();
    let mut wrong = Wrong::default();
    for drawn in province.procedures() {
        let Some((document, definition)) = definition(&drawn, &mut wrong) else { continue };
        let id = definition.id();
        let (shapes, edges) = drawing(&document);
        let undrawn: Vec<&str> = definition
            .nodes()
            .iter()
            .map(|node| node.id.as_str())
            .chain(definition.flows().iter().map(|flow| flow.id.as_str()))
            .filter(|one| !shapes.contains_key(*one) && !edges.contains_key(*one))
            .collect();
        wrong.unless(undrawn.is_empty(), || format!("{id}: not drawn: {undrawn:?}"));
        if undrawn.is_empty() {
            arrows(&definition, &shapes, &edges, &mut wrong);
            apart(&definition, &shapes, &mut wrong);
        }
    }
    wrong.nothing();
}

/// Arrows go at right angles from step to step, and through none.
fn arrows(definition: &Definition, shapes: &Shapes, edges: &Edges, wrong: &mut Wrong) {
    for flow in definition.flows() {
        let points = &edges[&flow.id];
        let said = |what: &str| format!("{}: {} {what}", definition.id(), flow.id);
        let (from, to) = (definition.node(flow.from).unwrap(), definition.node(flow.to).unwrap());
        wrong.unless(touches(shapes[&from.id], points[0]), || said("begins in the air"));
        let last = points[points.len() - 1];
        wrong.unless(touches(shapes[&to.id], last), || said("ends in the air"));
        for pair in points.windows(2) {
            let straight = pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1;
            wrong.unless(straight, || said("is not at right angles"));
            let line = (
                pair[0].0.min(pair[1].0),
                pair[0].1.min(pair[1].1),
                pair[0].0.max(pair[1].0),
                pair[0].1.max(pair[1].1),
            );
            let others = definition.nodes().iter().filter(|node| {
                let ends = [flow.from, flow.to].iter().any(|ix| definition.node(*ix) == Some(node));
                node.container == from.container && !ends
            });
            let on = |kind: &Kind| matches!(kind, Kind::Boundary { on, .. } if *on == flow.from);
            for other in others.filter(|other| !on(&other.kind)) {
                let clear = !meet(line, shapes[&other.id]);
                wrong.unless(clear, || said(&format!("goes through {}", other.id)));
            }
        }
    }
}

/// Steps lie beside each other, within what holds them; an event on an edge lies on it.
fn apart(definition: &Definition, shapes: &Shapes, wrong: &mut Wrong) {
    let nodes = definition.nodes();
    for (at, one) in nodes.iter().enumerate() {
        let said = |what: &str| format!("{}: {} {what}", definition.id(), one.id);
        if let Some(around) = definition.containers()[one.container].node {
            let around = shapes[&definition.node(around).unwrap().id];
            wrong.unless(within(shapes[&one.id], around), || said("lies outside"));
        }
        if let Kind::Boundary { on, .. } = one.kind {
            let on = shapes[&definition.node(on).unwrap().id];
            wrong.unless(meet(shapes[&one.id], on), || said("is off its edge"));
            continue;
        }
        let others = nodes[at + 1..].iter().filter(|other| other.container == one.container);
        for other in others.filter(|other| !matches!(other.kind, Kind::Boundary { .. })) {
            let clear = !meet(shapes[&one.id], shapes[&other.id]);
            wrong.unless(clear, || said(&format!("lies on {}", other.id)));
        }
    }
}

fn meet(a: Area, b: Area) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

fn within(a: Area, b: Area) -> bool {
    a.0 >= b.0 && a.1 >= b.1 && a.2 <= b.2 && a.3 <= b.3
}

fn touches(a: Area, point: (f64, f64)) -> bool {
    let (x, y) = point;
    x >= a.0 - 1.0 && x <= a.2 + 1.0 && y >= a.1 - 1.0 && y <= a.3 + 1.0
}

#[test]
fn every_example_goes_where_it_says_and_every_end_is_reached() {
    let province = province();
    let mut wrong = Wrong::default();
    for (id, findings) in crate::walk::check(&province) {
        wrong.0.push(format!("{id}: {findings:#?}"));
    }
    for drawn in province.procedures() {
        let Some((_, definition)) = definition(&drawn, &mut wrong) else { continue };
        let examples = &drawn.procedure.examples;
        wrong.unless(examples.len() >= 2, || format!("{}: one example", definition.id()));
        let reached: BTreeSet<&String> = examples.iter().flat_map(|one| &one.ends).collect();
        let steps: BTreeSet<&String> =
            examples.iter().flat_map(|one| &one.steps).map(|step| &step.task).collect();
        for node in definition.nodes() {
            let shown = match node.kind {
                Kind::End(_) => reached.contains(&node.id),
                Kind::Task(Task::User { .. } | Task::Manual) => steps.contains(&node.id),
                _ => true,
            };
            wrong.unless(shown, || format!("{}: no example of {}", definition.id(), node.id));
        }
    }
    wrong.nothing();
}

#[test]
fn a_procedure_is_called_as_the_packs_say_unless_it_was_drawn_under_another_name() {
    let province = province();
    assert_eq!(named(&province, "hearing", "听证").en, "Hearing");
    assert_eq!(named(&province, "hearing", "本局听证").en, "本局听证");
    assert_eq!(named(&province, "seal-use", "用印申请").en, "用印申请");
}

#[tokio::test]
async fn officers_of_an_agency_work_on_procedures_of_the_library() {
    let world = World::new().await;
    let refused = crate::definition::deploy_packs(&world.env).await.unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let papers = json!({ "number": "4101-1", "matter": "社会保障卡申领", "applicant": "李某",
        "materials_complete": true, "data_matched": true, "data_age_days": 0, "dishonest": false });
    let begun = world.start("clerk", "instant", papers).await.unwrap().id;
    world.drain().await;
    assert_eq!(world.open(&begun).await, ["issue"], "granted by rule, noted as evidence");
    let issued = json!({ "result_number": "SC-1", "delivery": "electronic" });
    world.done("clerk", &begun, "issue", issued).await.unwrap();
    assert_eq!(world.phase(&begun).await, "completed");
    let text = json!({ "number": "C-1", "title": "通知", "signers": ["wang", "lijing"],
        "mode": "parallel" });
    let begun = world.start("clerk", "countersign", text).await.unwrap().id;
    let early = world.done("clerk", &begun, "together", json!({ "opinion": "agree" })).await;
    assert!(early.is_err(), "it is the signers'");
    world.done("wang", &begun, "together", json!({ "opinion": "agree" })).await.unwrap();
    world.done("lijing", &begun, "together", json!({ "opinion": "object" })).await.unwrap();
    assert_eq!(world.open(&begun).await, ["negotiate"]);
    let settled = json!({ "settled": true, "views": "已改" });
    world.done("clerk", &begun, "negotiate", settled).await.unwrap();
    assert_eq!(world.phase(&begun).await, "completed");
}

/// Elements of the model by id.
fn elements(document: &Document) -> BTreeMap<&str, &Element> {
    let mut found = BTreeMap::new();
    crate::definition::walk(&document.root, &mut |element| {
        if let Some(id) = element.get("id").filter(|_| element.space == Space::Bpmn) {
            found.insert(id, element);
        }
    });
    found
}

/// What is drawn: areas of shapes and points of edges, by the id of what they show.
fn drawing(document: &Document) -> (Shapes, Edges) {
    let (mut shapes, mut edges) = (BTreeMap::new(), BTreeMap::new());
    let number = |element: &Element, name: &str| element.get(name).unwrap().parse::<f64>().unwrap();
    crate::definition::walk(&document.root, &mut |element| {
        let Some(of) = element.get("bpmnElement").map(str::to_owned) else { return };
        match element.local() {
            "BPMNShape" => {
                let bounds = element.elements().find(|child| child.local() == "Bounds").unwrap();
                let (x, y) = (number(bounds, "x"), number(bounds, "y"));
                let (width, height) = (number(bounds, "width"), number(bounds, "height"));
                shapes.insert(of, (x, y, x + width, y + height));
            }
            "BPMNEdge" => {
                let points = element.elements().filter(|child| child.local() == "waypoint");
                let points = points.map(|one| (number(one, "x"), number(one, "y"))).collect();
                edges.insert(of, points);
            }
            _ => {}
        }
    });
    (shapes, edges)
}

#[test]
fn who_begins_a_joint_review_by_hand_does_not_skip_its_acceptance() {
    let province = province();
    let drawn = province.procedure("joint-review").unwrap();
    let asked = drawn.procedure.form("start").unwrap();
    let typed =
        json!({ "number": "J-1", "project": "产业园", "applicant": "某公司", "item": "any" });
    let typed = serde_json::from_value(typed).unwrap();
    let refused = crate::bundle::form::accept(asked, &typed).unwrap_err();
    let fields: Vec<&str> = refused.fields.iter().map(|one| one.field.as_str()).collect();
    assert_eq!((refused.code, fields.as_slice()), ("process.answers", ["item"].as_slice()));
}
