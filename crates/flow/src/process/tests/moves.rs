//! Steps sent back, recalled and jumped over; elements added to a repeated activity.

use super::*;
use crate::process::TurnAt;

fn go(driver: &mut Driver, from: &str, to: &str, others: bool) -> Result<(), Error> {
    let (token, node) = (driver.at(from), to.to_owned());
    let variables = vars(json!({}));
    driver.act(&Command::Move { token, node, others, variables })
}

fn line() -> String {
    draw(
        &["startEvent s0", "userTask a", "userTask b", "userTask c", "endEvent e"],
        &["s0 a", "a b", "b c", "c e"],
    )
}

#[test]
fn a_step_is_sent_back_and_jumped_over() {
    let mut driver = Driver::begin(&line(), json!({}));
    driver.done("a", json!({}));
    go(&mut driver, "b", "a", false).unwrap();
    assert_eq!(driver.tasks(), ["a"]);
    go(&mut driver, "a", "c", false).unwrap();
    driver.done("c", json!({}));
    assert!(driver.ended());
}

fn parallel() -> String {
    draw(
        &[
            "startEvent s0",
            "userTask a",
            "parallelGateway f",
            "userTask b",
            "userTask b2",
            "userTask c",
            "parallelGateway j",
            "userTask d",
            "endEvent e",
        ],
        &["s0 a", "a f", "f b", "b b2", "f c", "b2 j", "c j", "j d", "d e"],
    )
}

#[test]
fn within_a_branch_the_other_branches_stay() {
    let mut driver = Driver::begin(&parallel(), json!({}));
    driver.done("a", json!({}));
    driver.done("b", json!({}));
    go(&mut driver, "b2", "b", false).unwrap();
    assert_eq!(driver.tasks(), ["c", "b"]);
}

#[test]
fn before_a_fork_only_all_branches_go_together() {
    let mut driver = Driver::begin(&parallel(), json!({}));
    driver.done("a", json!({}));
    let refused = go(&mut driver, "b", "a", false).unwrap_err();
    assert_eq!(refused.code, "process.move_unsound");
    go(&mut driver, "b", "a", true).unwrap();
    assert_eq!(driver.tasks(), ["a"]);
    driver.done("a", json!({}));
    assert_eq!(driver.tasks(), ["b", "c"]);
}

#[test]
fn a_branch_that_waits_at_the_join_is_counted() {
    let mut driver = Driver::begin(&parallel(), json!({}));
    driver.done("a", json!({}));
    driver.done("c", json!({}));
    assert_eq!(go(&mut driver, "b", "d", false).unwrap_err().code, "process.move_unsound");
    go(&mut driver, "b", "d", true).unwrap();
    driver.done("d", json!({}));
    assert!(driver.ended());
}

#[test]
fn nobody_jumps_into_one_branch_alone() {
    let mut driver = Driver::begin(&parallel(), json!({}));
    assert_eq!(go(&mut driver, "a", "c", true).unwrap_err().code, "process.move_unsound");
    assert_eq!(go(&mut driver, "a", "j", true).unwrap_err().code, "process.move_elsewhere");
    assert_eq!(go(&mut driver, "a", "nowhere", true).unwrap_err().code, "process.move_elsewhere");
}

#[test]
fn from_within_a_sub_process_the_way_back_takes_it_whole() {
    let inner = draw(&["startEvent is", "userTask x", "endEvent ie"], &["is x", "x ie"]);
    let inner = format!("<subProcess id=\"sub\">{inner}</subProcess>");
    let drawing =
        draw(&["startEvent s0", "userTask a", &inner, "endEvent e"], &["s0 a", "a sub", "sub e"]);
    let mut driver = Driver::begin(&drawing, json!({}));
    driver.done("a", json!({}));
    go(&mut driver, "x", "a", false).unwrap();
    assert_eq!(driver.tasks(), ["a"]);
    assert_eq!(go(&mut driver, "a", "x", false).unwrap_err().code, "process.move_elsewhere");
}

fn signers(sequential: bool) -> String {
    let each = format!(
        "<userTask id=\"sign\"><multiInstanceLoopCharacteristics isSequential=\"{sequential}\" \
         y:collection=\"signers\" y:item=\"signer\"/></userTask>"
    );
    draw(&["startEvent s0", &each, "endEvent e"], &["s0 sign", "sign e"])
}

fn signer(driver: &Driver) -> Vec<String> {
    let tokens = driver.state.tokens.iter().filter(|token| token.wait == Wait::Task);
    tokens.map(|token| token.locals["signer"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_signer_is_added_beside_before_and_after() {
    let mut driver = Driver::begin(&signers(false), json!({"signers": ["甲", "乙"]}));
    let token = driver.at("sign");
    driver.act(&Command::AddTurn { token, item: json!("丙"), at: TurnAt::Last }).unwrap();
    assert_eq!(signer(&driver), ["甲", "乙", "丙"]);
    for _ in 0..3 {
        driver.done("sign", json!({}));
    }
    assert!(driver.ended());

    let mut driver = Driver::begin(&signers(true), json!({"signers": ["甲", "乙"]}));
    let token = driver.at("sign");
    driver.act(&Command::AddTurn { token, item: json!("丙"), at: TurnAt::Next }).unwrap();
    driver.act(&Command::AddTurn { token, item: json!("丁"), at: TurnAt::Last }).unwrap();
    let mut order = Vec::new();
    while !driver.ended() {
        order.extend(signer(&driver));
        driver.done("sign", json!({}));
    }
    assert_eq!(order, ["甲", "丙", "乙", "丁"]);
}

#[test]
fn only_a_list_takes_another_element() {
    let mut driver = Driver::begin(&line(), json!({}));
    let token = driver.at("a");
    let refused = driver.act(&Command::AddTurn { token, item: json!("丙"), at: TurnAt::Last });
    assert_eq!(refused.unwrap_err().code, "process.not_repeated");
}
