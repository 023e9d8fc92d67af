//! A case handed to the agency that has the power: no clock stops, silence takes over, and what the
//! former agency came to binds nobody.

use super::*;
use crate::case::{CommandName, Phase, TimerName, allowed, fold, timers};

const HERE: &str = "health-410105";
const THERE: &str = "health-410100";

fn hand(to: &str) -> Command {
    Command::Transfer {
        from: HERE.to_owned(),
        to: to.to_owned(),
        reason: "由市级机关许可".to_owned(),
        article: "许可法 32".to_owned(),
    }
}

fn received() -> Driver {
    let mut case = Driver::new(profile());
    case.must(Command::Release);
    case
}

#[test]
fn the_clocks_run_on_while_it_is_handed_over_and_after() {
    let mut case = received();
    let acceptance = case.state.clocks.acceptance.clone();
    case.go("2026-09-16T09:00:00").must(hand(THERE));
    assert_eq!(case.state.clocks.acceptance, acceptance, "no day is lost");
    assert_eq!(case.refused(accept()), "case.transferring");
    assert_eq!(case.refused(hand("health-410000")), "case.transferring");
    let offered = allowed(&case.profile, &case.state);
    assert!(offered.contains(&CommandName::TakeOver) && offered.contains(&CommandName::Withdraw));
    assert!(!offered.contains(&CommandName::Accept) && !offered.contains(&CommandName::Claim));
    case.go("2026-09-17T09:00:00").must(Command::TakeOver);
    assert_eq!(case.state.clocks.acceptance, acceptance);
    assert_eq!(case.refused(Command::TakeOver), "case.no_transfer");
    case.must(accept()).must(grant());
    assert_eq!(fold(&case.events), case.state);
}

#[test]
fn silence_takes_over_and_an_answer_after_it_is_too_late() {
    let mut case = received();
    case.must(hand(THERE));
    assert_eq!(case.refused(Command::DeemTakenOver), "case.not_due");
    let lapse = |case: &Driver| {
        let due = timers(&case.state, &case.calendar).unwrap();
        due.into_iter().find(|timer| timer.name == TimerName::TransferLapse)
    };
    let at = lapse(&case).unwrap().at;
    // The day of the handing does not count: two working days later, at its end.
    assert_eq!(at, super::at("2026-09-18T00:00:00"));
    case.now = at;
    let late = Command::ReturnTransfer { reason: "也不属于本机关".to_owned() };
    assert_eq!(case.refused(late), "case.transfer_overdue");
    case.must(lapse(&case).unwrap().name.command().unwrap());
    let last = case.state.transfers.last().unwrap();
    assert!(last.taken && lapse(&case).is_none());
    assert_eq!(fold(&case.events), case.state);
}

#[test]
fn what_was_accepted_only_the_head_hands_over_and_its_examination_begins_anew() {
    let mut case = Driver::new(Profile { examined: true, ..profile() });
    let begin = |instance: &str| Command::BeginProcedure {
        instance: instance.to_owned(),
        process: "two-step-review".to_owned(),
        version: 1,
    };
    case.must(Command::Release).must(Command::Claim { officer: "li".to_owned() }).must(accept());
    case.must(begin("I1"));
    let statutory = case.state.clocks.statutory.clone();
    assert_eq!(case.refused(hand(THERE)), "case.transfer_not_head");
    case.approver = true;
    assert_eq!(case.refused(hand(HERE)), "case.transfer_to_self");
    case.must(hand(THERE));
    let back = || Command::ReturnTransfer { reason: "区级有权".to_owned() };
    case.must(back());
    assert_eq!(case.state.examined_by().unwrap().instance, "I1", "it goes on where it was");
    assert_eq!(case.state.assignee, "li");
    case.must(hand(THERE)).must(Command::TakeOver);
    assert!(case.state.procedure.is_none() && case.state.assignee.is_empty());
    let was = case.state.transfers[1].procedure.clone().unwrap();
    assert_eq!((was.instance.as_str(), &case.state.clocks.statutory), ("I1", &statutory));
    case.must(begin("I2"));
    assert_eq!(case.refused(grant()), "case.procedure_open");
    case.must(hand("health-410000")).must(back());
    assert_eq!(case.refused(hand(THERE)), "case.too_many_steps", "no game of ball");
    assert_eq!(fold(&case.events), case.state);
}

#[test]
fn the_applicant_and_silence_act_while_it_is_under_way() {
    let mut case = received();
    case.must(hand(THERE));
    let due = case.state.clocks.acceptance.as_ref().unwrap().due(&case.calendar).unwrap();
    case.now = due.unwrap();
    case.must(Command::DeemAccepted);
    assert_eq!(case.state.phase, Phase::Accepted, "silence accepts whoever has it");
    case.must(Command::Withdraw { reason: String::new() });
    assert!(case.state.transferring().is_none(), "nothing is left to answer");
    assert!(timers(&case.state, &case.calendar).unwrap().is_empty());
    case.approver = true;
    let reopen =
        Command::Reopen { reason: "误撤回".to_owned(), article: "复议法 20".to_owned() };
    case.must(reopen);
    assert!(case.state.transferring().is_none());
    assert_eq!(fold(&case.events), case.state);
}

#[test]
fn what_the_head_ended_by_mistake_is_opened_again_and_what_followed_another_item_is_not() {
    let end = |article: Option<&str>| Command::Terminate {
        reason: "申请人已死亡".to_owned(),
        article: article.map(str::to_owned),
    };
    let reopen = || Command::Reopen {
        reason: "户籍信息有误，申请人健在".to_owned(),
        article: "行政复议法 20".to_owned(),
    };
    let mut case = received();
    case.approver = true;
    case.must(accept()).must(end(Some("许可法 70")));
    case.now = case.now.plus_days(3);
    case.must(reopen());
    assert_eq!((case.state.phase, case.state.reopenings[0].was), {
        (Phase::Accepted, Phase::Terminated)
    });
    assert!(case.state.terminated.is_empty());
    case.must(end(None));
    assert_eq!(case.refused(reopen()), "case.ended", "it follows the item it depended on");
    assert_eq!(fold(&case.events), case.state);
}
