//! Random models beside two engines of others, SpiffWorkflow and bpmn-engine: the same tasks
//! answered in the same order come to the same ends with the same variables.
//!
//! Each peer is one process over all models, JSON in and out, and writes conditions in its own
//! language. What a peer is known to do otherwise than the standard says is left out for that peer
//! alone, in [`differs`], with the reason.

use super::random::{Artist, Block, artist};
use super::*;
use crate::process::{Document, Element, Kind, XmlNode};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command as Process;

/// Models compared.
const MODELS: u64 = 100;
/// Tasks of the longest instance: a peer walks its whole past at every step.
const TASKS_MAX: usize = 30;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Peer {
    Spiff,
    BpmnEngine,
}

/// A model with what is to be done in it.
#[derive(Serialize)]
struct Case {
    seed: u64,
    xml: String,
    variables: Variables,
    /// Tasks in the order in which they are completed, each with its answer.
    order: Vec<(String, Variables)>,
}

/// What came of it, whatever the order was.
#[derive(Debug, PartialEq, Deserialize)]
struct Came {
    /// End events of the process, as often as each was reached.
    ends: BTreeMap<String, usize>,
    /// Tasks, as often as each was completed.
    tasks: BTreeMap<String, usize>,
    variables: Variables,
}

/// A peer's answer: what came of it, or why nothing did.
#[derive(Deserialize)]
struct Told {
    seed: u64,
    came: Result<Came, String>,
}

/// What is around a block.
#[derive(Clone, Copy, Default)]
struct Around {
    choice: bool,
    looped: bool,
}

/// Whether a peer is known to do a block otherwise than the standard says.
fn differs(peer: Peer, block: &Block, around: Around) -> bool {
    let any = |blocks: &[Block], around| blocks.iter().any(|block| differs(peer, block, around));
    match block {
        Block::Task(_) => false,
        Block::Sequence(blocks) | Block::Ending(blocks) => any(blocks, around),
        Block::Choice(_, blocks) | Block::Asked(_, _, blocks) => {
            any(blocks, Around { choice: true, ..around })
        }
        // SpiffWorkflow gives every branch a copy of the variables and merges the copies at the
        // join: those of the last time round win over what a branch has set since.
        Block::Parallel(_) | Block::Some(..) if peer == Peer::Spiff && around.looped => true,
        // bpmn-engine walks the ways not taken too, and a parallel join on such a way can keep
        // the process from ending though nothing is left in it.
        Block::Parallel(_) if peer == Peer::BpmnEngine && around.choice => true,
        // bpmn-engine does not wait at an inclusive join: it goes on once for every branch.
        Block::Some(..) if peer == Peer::BpmnEngine => true,
        Block::Parallel(blocks) | Block::Some(_, blocks) => any(blocks, around),
        Block::Sub(block) => differs(peer, block, around),
        Block::Again(_, _, block) => differs(peer, block, Around { looped: true, ..around }),
    }
}

/// The drawing as the peer reads it: conditions and scripts in its language.
fn dialect(peer: Peer, drawing: &str) -> String {
    let mut document = Document::parse(document(drawing).as_bytes()).unwrap();
    document.root.attributes.push(crate::process::Attribute {
        name: "xmlns:xsi".to_owned(),
        space: crate::process::Space::Foreign,
        value: "http://www.w3.org/2001/XMLSchema-instance".to_owned(),
    });
    translate(peer, &mut document.root);
    document.write()
}

fn translate(peer: Peer, element: &mut Element) {
    let set = |element: &mut Element, name: &str, value: &str| {
        let space = crate::process::Space::Foreign;
        let (name, value) = (name.to_owned(), value.to_owned());
        element.attributes.push(crate::process::Attribute { name, space, value });
    };
    let text = element.text();
    match element.local() {
        "conditionExpression" => {
            let mut text = words(peer, &text);
            set(element, "xsi:type", "tFormalExpression");
            if peer == Peer::BpmnEngine {
                set(element, "language", "javascript");
                text = format!("next(null, {text})");
            }
            element.children = vec![XmlNode::Text(text)];
        }
        "scriptTask" => {
            let result = element.own("result").unwrap().to_owned();
            let script = element.child("script").unwrap().text();
            let text = format!("{} = {}", words(peer, &result), words(peer, &script));
            let text = match peer {
                Peer::Spiff => text,
                Peer::BpmnEngine => {
                    set(element, "scriptFormat", "javascript");
                    format!("{text}; next()")
                }
            };
            for child in &mut element.children {
                if let XmlNode::Element(script) = child {
                    script.children = vec![XmlNode::Text(text.clone())];
                }
            }
            return;
        }
        _ => {}
    }
    for child in &mut element.children {
        if let XmlNode::Element(child) = child {
            translate(peer, child);
        }
    }
}

/// The words of an expression in the peer's language.
fn words(peer: Peer, text: &str) -> String {
    let word = |word: &str| match (peer, word) {
        (_, "=") => "==".to_owned(),
        (Peer::BpmnEngine, name) if name.starts_with('v') => {
            format!("this.environment.variables.data.{name}")
        }
        (_, other) => other.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Runs the model here; gives the order of its tasks and what came of it. None when it is too
/// large to prove or to compare.
fn here(artist: &mut Artist) -> Option<(Vec<(String, Variables)>, Came)> {
    let mut deployed = deploy(document(&artist.drawing()).as_bytes(), &Tiny).ok()?;
    let mut driver = Driver::of(deployed.definitions.remove(0));
    driver.start(json!(artist.variables)).unwrap();
    let mut tasks: BTreeMap<String, usize> = BTreeMap::new();
    let mut order = Vec::new();
    while !driver.ended() {
        let open: Vec<String> = driver.tasks().into_iter().map(str::to_owned).collect();
        let task = artist.random.pick(&open).expect("a task is open").clone();
        let times = tasks.entry(task.clone()).or_default();
        *times += 1;
        let mut answer = vars(json!({format!("d{}", &task[1..]): *times}));
        let own = artist.answers.get_key_value(&format!("v{}", &task[1..]));
        answer.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        driver.done(&task, json!(answer));
        order.push((task, answer));
        if order.len() > TASKS_MAX {
            return None;
        }
    }
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for event in &driver.events {
        let node = match event {
            Event::TokenMoved { node, .. } => driver.definition.node(*node).unwrap(),
            _ => continue,
        };
        if matches!(node.kind, Kind::End(_)) && node.container == 0 {
            *ends.entry(node.id.clone()).or_default() += 1;
        }
    }
    let variables = driver.state.variables.clone();
    Some((order, Came { ends, tasks, variables }))
}

/// Folder in which both are installed: that of the benchmark.
fn home() -> PathBuf {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let folder = named.or_else(home).unwrap_or_default().join("yipan/peers");
    assert!(folder.is_dir(), "the engines to compare with are missing: cargo xtask peers");
    folder
}

fn run(peer: Peer, cases: &[Case]) -> Vec<Told> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let models = write("cases.json", &serde_json::to_string(cases).unwrap());
    let home = home();
    let mut process = match peer {
        Peer::Spiff => {
            let mut python = Process::new(home.join("python/bin/python"));
            python.arg(write("driver.py", include_str!("peers/spiff.py")));
            python
        }
        Peer::BpmnEngine => {
            let mut node = Process::new("node");
            node.arg(write("driver.mjs", include_str!("peers/bpmn_engine.mjs")));
            node.arg(Path::new(&home).join("node"));
            node
        }
    };
    let output = process.arg(models).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{peer:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}

/// Compares what can be compared; at least so many models of it.
fn compare(peer: Peer, least: usize) {
    let mut cases = Vec::new();
    let mut expected = BTreeMap::new();
    for seed in 0..MODELS {
        let (mut artist, block) = artist(seed, 4);
        if differs(peer, &block, Around::default()) {
            continue;
        }
        let Some((order, came)) = here(&mut artist) else { continue };
        let xml = dialect(peer, &artist.drawing());
        cases.push(Case { seed, xml, variables: artist.variables.clone(), order });
        expected.insert(seed, came);
    }
    assert!(cases.len() >= least, "{} models are compared", cases.len());
    let mut others = Vec::new();
    for told in run(peer, &cases) {
        let expected = expected.remove(&told.seed).unwrap();
        match told.came {
            Ok(came) if came == expected => {}
            Ok(came) => others.push(format!("seed {}: {came:?}, here {expected:?}", told.seed)),
            Err(why) => others.push(format!("seed {}: {why}", told.seed)),
        }
    }
    assert!(expected.is_empty(), "{peer:?} tells nothing of {:?}", expected.keys());
    assert!(
        others.is_empty(),
        "{peer:?} of {}: {}\n{}",
        cases.len(),
        others.len(),
        others.join("\n")
    );
}

#[test]
fn spiffworkflow_comes_to_the_same_ends() {
    compare(Peer::Spiff, 40);
}

#[test]
fn bpmn_engine_comes_to_the_same_ends() {
    compare(Peer::BpmnEngine, 40);
}
