//! Random models: drawn from a grammar of blocks and walked beside a small interpreter of the
//! tree; and spoilt ones, which are refused or keep the invariants.

use super::*;
use crate::process::TurnAt;
use kernel::Random;

/// A block of the grammar.
pub enum Block {
    Task(usize),
    /// A task whose answer chooses the branch of that number.
    Asked(usize, usize, Vec<Block>),
    Sequence(Vec<Block>),
    /// Exclusive: the branch of that number is taken.
    Choice(usize, Vec<Block>),
    Parallel(Vec<Block>),
    /// Parallel: the first branch goes on, each other comes to an end of its own.
    Ending(Vec<Block>),
    /// Inclusive: branches whose bit is set.
    Some(u64, Vec<Block>),
    Sub(Box<Block>),
    /// Done again so many times.
    Again(usize, u64, Box<Block>),
}

/// Draws blocks, numbering what it draws.
pub struct Artist {
    pub random: Random,
    next: usize,
    /// Loops around what is drawn now: nothing in one may go on beside the next time.
    loops: usize,
    /// Of how many in a thousand sub-processes the start events are left out.
    implied: u64,
    nodes: Vec<String>,
    flows: Vec<String>,
    /// What it begins with.
    pub variables: Variables,
    /// What tasks answer.
    pub answers: Variables,
}

impl Artist {
    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn block(&mut self, depth: usize) -> Block {
        let kind = if depth == 0 { 0 } else { self.random.below(10) };
        let some = |artist: &mut Artist, least: u64| {
            let count = least + artist.random.below(3);
            (0..count).map(|_| artist.block(depth - 1)).collect::<Vec<_>>()
        };
        match kind {
            0 | 1 => Block::Task(self.number()),
            2 | 3 => Block::Sequence(some(self, 1)),
            4 => {
                let branches = some(self, 2);
                Block::Choice(self.random.below(branches.len() as u64) as usize, branches)
            }
            5 => Block::Parallel(some(self, 2)),
            6 if self.loops == 0 => Block::Ending(some(self, 2)),
            6 => Block::Parallel(some(self, 2)),
            7 => {
                let branches = some(self, 2);
                let taken = self.random.below(branches.len() as u64) as usize;
                Block::Asked(self.number(), taken, branches)
            }
            8 => {
                let branches = some(self, 2);
                let mask = 1 + self.random.below((1 << branches.len()) - 1);
                Block::Some(mask, branches)
            }
            _ if self.random.chance(500) => Block::Sub(Box::new(self.block(depth - 1))),
            _ => {
                let times = self.random.below(3);
                self.loops += 1;
                let inner = self.block(depth - 1);
                self.loops -= 1;
                Block::Again(self.number(), times, Box::new(inner))
            }
        }
    }

    fn node(&mut self, kind: &str) -> String {
        let id = format!("n{}", self.number());
        self.nodes.push(format!("{kind} {id}"));
        id
    }

    fn flow(&mut self, from: &str, to: &str, condition: &str) {
        self.flows.push(format!("{from} {to} {condition}").trim().to_owned());
    }

    /// Draws the block after a node; gives the node it ends at.
    fn draw(&mut self, block: &Block, from: &str, condition: &str) -> String {
        match block {
            Block::Task(id) => {
                let id = format!("t{id}");
                self.nodes.push(format!("userTask {id}"));
                self.flow(from, &id, condition);
                id
            }
            Block::Sequence(blocks) => {
                let mut at = self.node("task");
                self.flow(from, &at, condition);
                for block in blocks {
                    at = self.draw(block, &at, "");
                }
                at
            }
            Block::Choice(taken, branches) => {
                let name = format!("v{}", self.number());
                self.variables.insert(name.clone(), json!(taken));
                self.choose(&name, branches, from, condition)
            }
            Block::Asked(id, taken, branches) => {
                let (task, name) = (format!("t{id}"), format!("v{id}"));
                self.nodes.push(format!("userTask {task}"));
                self.flow(from, &task, condition);
                self.answers.insert(name.clone(), json!(taken));
                self.choose(&name, branches, &task, "")
            }
            Block::Parallel(branches) => {
                let conditions = vec![String::new(); branches.len()];
                self.fork("parallelGateway", branches, &conditions, from, condition)
            }
            Block::Ending(branches) => {
                let split = self.node("parallelGateway");
                self.flow(from, &split, condition);
                let lasts: Vec<String> =
                    branches.iter().map(|branch| self.draw(branch, &split, "")).collect();
                for last in &lasts[1..] {
                    let end = self.node("endEvent");
                    self.flow(last, &end, "");
                }
                lasts[0].clone()
            }
            Block::Some(mask, branches) => {
                let name = format!("v{}", self.number());
                let mut conditions = Vec::new();
                for nth in 0..branches.len() {
                    let name = format!("{name}_{nth}");
                    self.variables.insert(name.clone(), json!(mask & (1 << nth) != 0));
                    conditions.push(name);
                }
                self.fork("inclusiveGateway", branches, &conditions, from, condition)
            }
            Block::Sub(block) => {
                let (nodes, flows) =
                    (std::mem::take(&mut self.nodes), std::mem::take(&mut self.flows));
                let implied = self.implied > 0 && self.random.chance(self.implied);
                let start = self.node("startEvent");
                let branches = match (&**block, implied) {
                    (Block::Parallel(branches), true) => branches.as_slice(),
                    (block, _) => std::slice::from_ref(block),
                };
                for branch in branches {
                    let last = self.draw(branch, &start, "");
                    let end = self.node("endEvent");
                    self.flow(&last, &end, "");
                }
                if implied {
                    self.nodes.retain(|node| *node != format!("startEvent {start}"));
                    self.flows.retain(|flow| !flow.starts_with(&format!("{start} ")));
                }
                let inner = self.drawing();
                (self.nodes, self.flows) = (nodes, flows);
                let id = format!("n{}", self.number());
                self.nodes.push(format!("<subProcess id=\"{id}\">{inner}</subProcess>"));
                self.flow(from, &id, condition);
                id
            }
            Block::Again(id, times, block) => {
                let name = format!("v{id}");
                // Set here, not at the start: an outer loop comes here again.
                let first = self.script(&name, &times.to_string());
                self.flow(from, &first, condition);
                let merge = self.node("exclusiveGateway");
                self.flow(&first, &merge, "");
                let last = self.draw(block, &merge, "");
                let count = self.script(&name, &format!("{name} - 1"));
                self.flow(&last, &count, "");
                let split = self.node("exclusiveGateway");
                self.flow(&count, &split, "");
                self.flow(&split, &merge, &format!("{name} >= 0"));
                let out = self.node("task");
                self.flow(&split, &out, &format!("{name} < 0"));
                out
            }
        }
    }

    fn script(&mut self, name: &str, text: &str) -> String {
        let id = format!("n{}", self.number());
        self.nodes.push(format!(
            "<scriptTask id=\"{id}\" y:result=\"{name}\"><script>{text}</script></scriptTask>"
        ));
        id
    }

    /// A choice by the number in a variable.
    fn choose(&mut self, name: &str, branches: &[Block], from: &str, condition: &str) -> String {
        let conditions: Vec<String> =
            (0..branches.len()).map(|nth| format!("{name} = {nth}")).collect();
        self.fork("exclusiveGateway", branches, &conditions, from, condition)
    }

    fn fork(
        &mut self,
        kind: &str,
        branches: &[Block],
        conditions: &[String],
        from: &str,
        condition: &str,
    ) -> String {
        let split = self.node(kind);
        self.flow(from, &split, condition);
        let join = self.node(kind);
        for (branch, condition) in branches.iter().zip(conditions) {
            let last = self.draw(branch, &split, condition);
            self.flow(&last, &join, "");
        }
        join
    }

    pub fn drawing(&self) -> String {
        let nodes: Vec<&str> = self.nodes.iter().map(String::as_str).collect();
        let flows: Vec<&str> = self.flows.iter().map(String::as_str).collect();
        draw(&nodes, &flows)
    }
}

/// The oracle: tasks open in a block, told from how often each was done. True when what follows
/// the block may begin.
pub fn open(block: &Block, done: &mut BTreeMap<usize, u64>, out: &mut Vec<usize>) -> bool {
    match block {
        Block::Task(id) => answered(*id, done, out),
        Block::Asked(id, taken, branches) => {
            answered(*id, done, out) && open(&branches[*taken], done, out)
        }
        Block::Sequence(blocks) => blocks.iter().all(|block| open(block, done, out)),
        Block::Choice(taken, branches) => open(&branches[*taken], done, out),
        // Every branch is asked, so no short way out.
        Block::Parallel(branches) => every(&mut branches.iter(), done, out),
        Block::Some(mask, branches) => {
            let taken = branches.iter().enumerate().filter(|(nth, _)| mask & (1 << nth) != 0);
            every(&mut taken.map(|(_, branch)| branch), done, out)
        }
        Block::Ending(branches) => {
            let first = open(&branches[0], done, out);
            every(&mut branches[1..].iter(), done, out);
            first
        }
        // It is left when nothing in it is open.
        Block::Sub(block) => {
            let before = out.len();
            open(block, done, out) && out.len() == before
        }
        Block::Again(_, times, block) => (0..=*times).all(|_| open(block, done, out)),
    }
}

fn answered(id: usize, done: &mut BTreeMap<usize, u64>, out: &mut Vec<usize>) -> bool {
    let times = done.entry(id).or_default();
    if *times == 0 {
        out.push(id);
        return false;
    }
    *times -= 1;
    true
}

/// Opens every branch; true when all are done.
fn every(
    branches: &mut dyn Iterator<Item = &Block>,
    done: &mut BTreeMap<usize, u64>,
    out: &mut Vec<usize>,
) -> bool {
    let mut all = true;
    for branch in branches {
        all = open(branch, done, out) && all;
    }
    all
}

pub fn artist(seed: u64, depth: usize) -> (Artist, Block) {
    drawn(seed, depth, 0)
}

fn drawn(seed: u64, depth: usize, implied: u64) -> (Artist, Block) {
    let (nodes, flows) = (Vec::new(), Vec::new());
    let (variables, answers) = (Variables::new(), Variables::new());
    let random = Random::from_number(seed);
    let mut artist =
        Artist { random, next: 0, loops: 0, implied, nodes, flows, variables, answers };
    let block = artist.block(depth);
    artist.nodes.push("startEvent s0".to_owned());
    let last = artist.draw(&block, "s0", "");
    artist.nodes.push("endEvent e".to_owned());
    artist.flow(&last, "e", "");
    (artist, block)
}

#[test]
fn random_blocks_run_as_their_tree_says() {
    let (mut too_large, mut implied) = (0, 0);
    for seed in 0..120 {
        let (mut artist, block) = drawn(seed, 4, 500 * (seed % 2));
        // What is too large to prove is refused; that must stay rare.
        let findings = broken(&artist.drawing());
        if findings.iter().any(|finding| finding.rule == "process.sound_too_large") {
            too_large += 1;
            continue;
        }
        let mut driver = Driver::new(&artist.drawing());
        let nodes = driver.definition.nodes();
        implied += nodes.iter().filter(|node| node.id.ends_with(":start")).count();
        let variables = json!(artist.variables);
        driver.start(variables).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let mut done: BTreeMap<usize, u64> = BTreeMap::new();
        for _ in 0..400 {
            let mut expected = Vec::new();
            let whole = open(&block, &mut done.clone(), &mut expected) && expected.is_empty();
            let mut tasks: Vec<usize> =
                driver.tasks().iter().map(|task| task[1..].parse().unwrap()).collect();
            tasks.sort_unstable();
            expected.sort_unstable();
            assert_eq!(tasks, expected, "seed {seed}");
            assert_eq!(whole, driver.ended(), "seed {seed}");
            let Some(task) = artist.random.pick(&tasks) else {
                break;
            };
            driver.done(&format!("t{task}"), json!(artist.answers));
            *done.entry(*task).or_default() += 1;
        }
    }
    assert!(too_large < 6, "{too_large} too large to prove");
    assert!(implied > 10, "{implied} sub-processes without a start event");
}

#[test]
fn spoilt_models_are_refused_or_keep_the_invariants() {
    let mut random = Random::from_number(7);
    let (mut refused, mut ran) = (0, 0);
    for seed in 0..150 {
        let (artist, _) = artist(seed % 40, 4);
        let mut flows = artist.flows.clone();
        let mut nodes = artist.nodes.clone();
        let at = random.below(flows.len() as u64) as usize;
        let node = random.below(nodes.len() as u64) as usize;
        match random.below(5) {
            0 => drop(flows.remove(at)),
            1 => {
                let target = nodes[node].split([' ', '"']).nth(1).unwrap_or("e").to_owned();
                let from = flows[at].split(' ').next().unwrap_or("s0").to_owned();
                flows.push(format!("{from} {target}"));
            }
            2 => nodes[node] = nodes[node].replace("parallelGateway", "exclusiveGateway"),
            3 => nodes[node] = nodes[node].replace("exclusiveGateway", "parallelGateway"),
            _ => drop(nodes.remove(node)),
        }
        let spoilt = Artist { nodes, flows, ..artist };
        let deployed = deploy(document(&spoilt.drawing()).as_bytes(), &Tiny);
        let Ok(mut deployed) = deployed else {
            let findings = deployed.err().unwrap_or_default();
            assert!(
                !findings.is_empty() && findings.iter().all(|one| one.rule.starts_with("process."))
            );
            refused += 1;
            continue;
        };
        ran += 1;
        // The driver holds the invariants after every step; a sound model never gets stuck.
        let mut driver = Driver::of(deployed.definitions.remove(0));
        if driver.start(json!(spoilt.variables)).is_err() {
            continue;
        }
        for _ in 0..200 {
            let tasks: Vec<Id> = driver.open.keys().copied().collect();
            let Some(task) = random.pick(&tasks).copied() else {
                break;
            };
            let _ = driver.act(&Command::CompleteTask { task, variables: spoilt.answers.clone() });
        }
    }
    assert!(refused > 30 && ran > 10, "{refused} refused, {ran} ran");
}

#[test]
fn commands_at_random_never_panic_and_never_break_anything() {
    let mut random = Random::from_number(11);
    for seed in 0..40 {
        let (artist, _) = artist(seed, 4);
        if !broken(&artist.drawing()).is_empty() {
            continue;
        }
        let mut driver = Driver::new(&artist.drawing());
        for _ in 0..60 {
            let id = random.below(30);
            let variables = vars(json!({"v1": random.below(3)}));
            let name = "汛情".to_owned();
            let nodes: Vec<String> =
                driver.definition.nodes().iter().map(|node| node.id.clone()).collect();
            let node = random.pick(&nodes).cloned().unwrap_or_default();
            let command = match random.below(13) {
                0 => Command::Start {
                    instance: "案".to_owned(),
                    start: None,
                    variables: artist.variables.clone(),
                },
                1 => Command::FireTimer { timer: id },
                2 => Command::DeliverMessage { name, correlation: String::new(), variables },
                3 => Command::BroadcastSignal { name, variables },
                4 => Command::CompleteJob { job: id, variables },
                5 => Command::FailJob { job: id, code: "E".to_owned() },
                6 => Command::EndChild { child: id, status: Status::Completed, variables },
                7 => Command::FinishAdHoc { ad_hoc: id },
                8 => Command::AddTurn { token: id, item: json!(1), at: TurnAt::Next },
                9 => Command::DropTurn { token: id, turn: random.below(4) as u32 },
                10 => Command::Reopen { node },
                11 => Command::Move { token: id, node, others: id.is_multiple_of(2), variables },
                _ => Command::CompleteTask { task: id, variables },
            };
            let _ = driver.act(&command);
        }
    }
}
