//! Elements added to a repeated activity and taken out of it, against a list that is kept by hand;
//! ended instances opened again.

use super::*;
use crate::process::TurnAt;
use kernel::Random;

fn signing(sequential: bool, until: &str) -> String {
    let until = match until {
        "" => String::new(),
        text => format!("<completionCondition>{}</completionCondition>", text.replace('>', "&gt;")),
    };
    let each = format!(
        "<userTask id=\"sign\"><multiInstanceLoopCharacteristics isSequential=\"{sequential}\" \
         y:collection=\"signers\" y:item=\"signer\" y:output=\"votes\" y:outputItem=\"vote\">{until}\
         </multiInstanceLoopCharacteristics></userTask>"
    );
    draw(&["startEvent s0", &each, "userTask z", "endEvent e"], &["s0 sign", "sign z", "z e"])
}

fn begun(sequential: bool, until: &str) -> Driver {
    Driver::begin(&signing(sequential, until), json!({"signers": ["甲", "乙", "丙"]}))
}

/// Who signs now, with the number of his task.
fn now(driver: &Driver) -> Vec<(Id, String)> {
    let tokens = driver.state.tokens.iter().filter(|token| token.turn.is_some());
    tokens.map(|token| (token.id, token.locals["signer"].as_str().unwrap().to_owned())).collect()
}

fn names(driver: &Driver) -> Vec<String> {
    now(driver).into_iter().map(|(_, name)| name).collect()
}

fn drop_turn(driver: &mut Driver, turn: u32) -> Result<(), Error> {
    let token = driver.at("sign");
    driver.act(&Command::DropTurn { token, turn })
}

fn sign(driver: &mut Driver, name: &str) {
    let task = now(driver).into_iter().find(|(_, own)| own == name).unwrap().0;
    let variables = vars(json!({ "vote": name }));
    driver.act(&Command::CompleteTask { task, variables }).unwrap();
}

#[test]
fn who_has_not_signed_is_taken_out_and_leaves_no_gap() {
    let mut driver = begun(false, "");
    sign(&mut driver, "甲");
    assert_eq!(drop_turn(&mut driver, 0).unwrap_err().code, "process.turn_done");
    assert_eq!(drop_turn(&mut driver, 3).unwrap_err().code, "process.turn_unknown");
    drop_turn(&mut driver, 1).unwrap();
    assert_eq!(names(&driver), ["丙"]);
    assert_eq!(drop_turn(&mut driver, 1).unwrap_err().code, "process.turn_last");
    sign(&mut driver, "丙");
    assert_eq!(driver.state.variables["votes"], json!(["甲", "丙"]));
    assert_eq!(driver.tasks(), ["z"]);
    let token = driver.at("z");
    let refused = driver.act(&Command::DropTurn { token, turn: 0 });
    assert_eq!(refused.unwrap_err().code, "process.not_repeated");
}

#[test]
fn in_order_the_next_one_signs_when_who_signs_now_is_taken_out() {
    let mut driver = begun(true, "");
    drop_turn(&mut driver, 0).unwrap();
    assert_eq!(names(&driver), ["乙"]);
    drop_turn(&mut driver, 1).unwrap();
    assert_eq!(drop_turn(&mut driver, 0).unwrap_err().code, "process.turn_last");
    sign(&mut driver, "乙");
    assert_eq!(driver.state.variables["votes"], json!(["乙"]));
    assert_eq!(driver.tasks(), ["z"]);
}

#[test]
fn one_taken_out_counts_as_never_listed() {
    let mut driver = begun(false, "numberOfInstances = 2");
    drop_turn(&mut driver, 2).unwrap();
    assert_eq!(names(&driver), ["甲", "乙"], "the condition is asked when one is done");
    sign(&mut driver, "乙");
    assert_eq!(driver.tasks(), ["z"]);
}

#[test]
fn who_is_added_before_signs_first_and_the_present_one_after() {
    let mut driver = begun(true, "");
    sign(&mut driver, "甲");
    let token = driver.at("sign");
    driver.act(&Command::AddTurn { token, item: json!("丁"), at: TurnAt::Before }).unwrap();
    assert_eq!(names(&driver), ["丁"]);
    for name in ["丁", "乙", "丙"] {
        sign(&mut driver, name);
    }
    assert_eq!(driver.state.variables["votes"], json!(["甲", "丁", "乙", "丙"]));
    let mut driver = begun(false, "");
    let token = driver.at("sign");
    let refused = driver.act(&Command::AddTurn { token, item: json!("丁"), at: TurnAt::Before });
    assert_eq!(refused.unwrap_err().code, "process.turns_at_once");
}

/// What a list kept by hand says: who has signed, who is still to sign.
#[derive(Default)]
struct List {
    slots: Vec<(String, bool)>,
}

impl List {
    fn open(&self) -> Vec<usize> {
        let open = self.slots.iter().enumerate().filter(|(_, (_, signed))| !signed);
        open.map(|(at, _)| at).collect()
    }
}

#[test]
fn signers_come_and_go_at_random_as_a_list_says() {
    let mut random = Random::from_number(31);
    for seed in 0..200 {
        let sequential = u64::is_multiple_of(seed, 2);
        let mut driver = begun(sequential, "");
        let first = ["甲", "乙", "丙"];
        let mut list =
            List { slots: first.iter().map(|name| ((*name).to_owned(), false)).collect() };
        for round in 0..40 {
            let open = list.open();
            let (Some(first), Some(any)) = (open.first().copied(), random.pick(&open).copied())
            else {
                break;
            };
            let token = driver.at("sign");
            let name = format!("新{round}");
            let item = json!(name);
            match random.below(5) {
                0 => {
                    let dropped = drop_turn(&mut driver, any as u32);
                    assert_eq!(dropped.is_ok(), open.len() > 1, "seed {seed}");
                    if dropped.is_ok() {
                        list.slots.remove(any);
                    }
                }
                1 => {
                    let at = if sequential { TurnAt::Before } else { TurnAt::Next };
                    driver.act(&Command::AddTurn { token, item, at }).unwrap();
                    let place = if sequential { first } else { list.slots.len() };
                    list.slots.insert(place, (name, false));
                }
                2 => {
                    let at = if sequential { TurnAt::Next } else { TurnAt::Last };
                    driver.act(&Command::AddTurn { token, item, at }).unwrap();
                    let place = if sequential { first + 1 } else { list.slots.len() };
                    list.slots.insert(place, (name, false));
                }
                _ => {
                    let at = if sequential { first } else { any };
                    let name = list.slots[at].0.clone();
                    sign(&mut driver, &name);
                    list.slots[at].1 = true;
                }
            }
            let expected: Vec<String> = match (sequential, list.open().first()) {
                (true, Some(at)) => vec![list.slots[*at].0.clone()],
                (false, _) => list.open().iter().map(|at| list.slots[*at].0.clone()).collect(),
                (true, None) => Vec::new(),
            };
            let mut shown = names(&driver);
            let mut wanted = expected;
            shown.sort();
            wanted.sort();
            assert_eq!(shown, wanted, "seed {seed}");
        }
        while let Some((_, name)) = now(&driver).first().cloned() {
            sign(&mut driver, &name);
        }
        let votes: Vec<String> = list.slots.into_iter().map(|(name, _)| name).collect();
        assert_eq!(driver.state.variables["votes"], json!(votes), "seed {seed}");
        assert_eq!(driver.tasks(), ["z"]);
    }
}

fn reopen(driver: &mut Driver, node: &str) -> Result<(), Error> {
    driver.act(&Command::Reopen { node: node.to_owned() })
}

#[test]
fn an_ended_instance_goes_on_at_a_step_and_ends_again() {
    let line = draw(
        &["startEvent s0", "userTask a", "userTask b", "userTask c", "endEvent e"],
        &["s0 a", "a b", "b c", "c e"],
    );
    for cancelled in [false, true] {
        let mut driver = Driver::begin(&line, json!({"n": 1}));
        assert_eq!(reopen(&mut driver, "b").unwrap_err().code, "process.not_ended");
        driver.done("a", json!({}));
        if cancelled {
            driver.act(&Command::Cancel).unwrap();
        } else {
            driver.done("b", json!({}));
            driver.done("c", json!({}));
        }
        for nowhere in ["e", "s0", "nowhere"] {
            let refused = reopen(&mut driver, nowhere).unwrap_err();
            assert_eq!(refused.code, "process.move_elsewhere");
        }
        reopen(&mut driver, "b").unwrap();
        assert_eq!(driver.tasks(), ["b"]);
        assert_eq!(driver.state.variables["n"], 1);
        driver.done("b", json!({}));
        driver.done("c", json!({}));
        assert!(driver.ended());
    }
    let mut fresh = Driver::new(&line);
    assert_eq!(reopen(&mut fresh, "b").unwrap_err().code, "process.not_started");
}

#[test]
fn a_branch_is_not_opened_alone_nor_the_inside_of_a_sub_process() {
    let inner = draw(&["startEvent is", "userTask x", "endEvent ie"], &["is x", "x ie"]);
    let sub = format!("<subProcess id=\"sub\">{inner}</subProcess>");
    let drawing = draw(
        &[
            "startEvent s0",
            "parallelGateway f",
            "userTask b",
            "userTask c",
            "parallelGateway j",
            &sub,
            "endEvent e",
        ],
        &["s0 f", "f b", "f c", "b j", "c j", "j sub", "sub e"],
    );
    let mut driver = Driver::begin(&drawing, json!({}));
    driver.act(&Command::Cancel).unwrap();
    assert_eq!(reopen(&mut driver, "b").unwrap_err().code, "process.move_unsound");
    assert_eq!(reopen(&mut driver, "x").unwrap_err().code, "process.move_elsewhere");
    reopen(&mut driver, "sub").unwrap();
    driver.done("x", json!({}));
    assert!(driver.ended());
}

#[test]
fn what_listens_beside_the_process_listens_again() {
    let handler = "<subProcess id=\"h\" triggeredByEvent=\"true\"><startEvent id=\"hs\" isInterrupting=\"false\"><signalEventDefinition signalRef=\"s\"/></startEvent><userTask id=\"x\"/><sequenceFlow id=\"hf\" sourceRef=\"hs\" targetRef=\"x\"/></subProcess>";
    let drawing = draw(&["startEvent s0", "userTask a", handler, "endEvent e"], &["s0 a", "a e"]);
    let mut driver = Driver::begin(&drawing, json!({}));
    driver.done("a", json!({}));
    assert!(driver.ended());
    assert_eq!(reopen(&mut driver, "h").unwrap_err().code, "process.move_elsewhere");
    reopen(&mut driver, "a").unwrap();
    let signal = Command::BroadcastSignal { name: "汛情".to_owned(), variables: vars(json!({})) };
    driver.act(&signal).unwrap();
    assert_eq!(driver.tasks(), ["a", "x"]);
}
