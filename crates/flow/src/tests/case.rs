//! The lifecycle of a case: acts, refusals, and what they leave.

use super::*;
use crate::case::{
    CommandName, DocumentKind, MESSAGES, Phase, TimerName, allowed, fold, print_transitions, timers,
};

fn opened() -> Driver {
    let mut case = Driver::new(profile());
    case.must(Command::Release);
    case
}

fn accepted() -> Driver {
    let mut case = opened();
    case.must(accept());
    case
}

#[test]
fn a_case_runs_from_opening_to_completion_and_owes_its_documents() {
    let mut case = Driver::new(profile());
    assert_eq!(case.state.phase, Phase::Waiting);
    case.must(Command::Release).must(accept()).must(grant());
    case.must(Command::Issue { licence: "1.2.156.3005.2".to_owned() }).must(Command::Complete);
    assert_eq!(case.state.phase, Phase::Completed);
    assert_eq!(case.state.revision, 6);
    let documents: Vec<DocumentKind> = case.events.iter().filter_map(Event::document).collect();
    use DocumentKind::{AcceptanceNotice, Decision, Receipt};
    assert_eq!(documents, [Receipt, AcceptanceNotice, Decision]);
    assert_eq!(fold(&case.events), case.state);
}

#[test]
fn a_withdrawn_case_cannot_be_approved() {
    let mut case = accepted();
    case.must(Command::Withdraw { reason: String::new() });
    assert_eq!(case.state.phase, Phase::Withdrawn);
    assert_eq!(case.refused(grant()), "case.ended");
    assert!(case.state.clocks.statutory.as_ref().unwrap().stopped.is_some());
}

#[test]
fn a_decision_cannot_be_made_twice_or_withdrawn_from() {
    let mut case = accepted();
    case.must(grant());
    assert_eq!(case.refused(grant()), "case.already_decided");
    assert_eq!(case.refused(refuse()), "case.already_decided");
    assert_eq!(case.refused(Command::Withdraw { reason: String::new() }), "case.already_decided");
}

#[test]
fn a_decision_needs_acceptance_and_a_running_clock() {
    let mut case = Driver::new(profile());
    assert_eq!(case.refused(grant()), "case.waiting");
    case.must(Command::Release);
    assert_eq!(case.refused(grant()), "case.not_accepted");
    case.must(accept()).must(suspend());
    assert_eq!(case.refused(grant()), "case.suspended");
}

#[test]
fn a_refusal_names_reasons_article_and_remedies() {
    let mut case = accepted();
    let bare = Command::Decide {
        granted: false,
        opinion: "不同意".to_owned(),
        reasons: " ".to_owned(),
        article: String::new(),
        remedies: String::new(),
        automatic: None,
    };
    let error = case.act(&bare).unwrap_err();
    assert_eq!(error.code, "case.fields");
    let fields: Vec<&str> = error.fields.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["article", "reasons", "remedies"]);
    case.must(refuse());
    assert_eq!(case.state.phase, Phase::Refused);
    assert!(case.state.clocks.delivery.is_none());
}

#[test]
fn correction_is_asked_once_and_mends_only_what_was_asked() {
    let mut case = opened();
    assert_eq!(case.refused(ask(&[], &[])), "case.correction_empty");
    case.must(ask(&["address"], &["photo"]));
    assert_eq!(case.refused(accept()), "case.correcting");
    assert_eq!(case.refused(supply(&["address"], &[])), "case.correction_incomplete");
    assert_eq!(case.refused(supply(&["address", "name"], &["photo"])), "case.correction_beyond");
    assert_eq!(case.refused(supply(&["photo"], &["address"])), "case.correction_beyond");
    case.go("2026-09-17T09:00:00").must(supply(&["address"], &["photo"]));
    assert_eq!(case.state.phase, Phase::Submitted);
    assert_eq!(case.state.received, Some(at("2026-09-17T09:00:00")));
    assert_eq!(case.refused(ask(&["name"], &[])), "case.correction_only_once");
}

#[test]
fn a_machine_never_refuses_and_never_passes_by_a_wish_for_a_person() {
    let mut case = accepted();
    let mut automatic_refusal = refuse();
    if let Command::Decide { automatic, .. } = &mut automatic_refusal {
        *automatic = Some(serde_json::json!({}));
    }
    assert_eq!(case.refused(automatic_refusal), "case.automatic_refusal");
    case.must(Command::RequestHumanReview);
    assert_eq!(case.refused(Command::RequestHumanReview), "case.human_review_already");
    assert_eq!(case.refused(grant_automatically()), "case.human_review_requested");
    case.must(grant());
    assert!(!case.state.decided.as_ref().unwrap().automatic);
}

#[test]
fn data_in_dispute_hold_the_machine_up_until_their_source_has_corrected_them() {
    let dispute = |facts: &[&str]| Command::DisputeData {
        facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
    };
    let correct = |fact: &str| Command::CorrectData { facts: vec![fact.to_owned()] };
    let mut case = accepted();
    assert_eq!(case.refused(dispute(&[])), "case.fields");
    case.must(dispute(&["birth.sex", "birth.weight"]));
    assert_eq!(case.refused(grant_automatically()), "case.data_disputed");
    case.go("2026-09-17T09:00:00").must(correct("birth.sex"));
    assert_eq!(case.refused(grant_automatically()), "case.data_disputed");
    assert_eq!(case.state.corrected["birth.sex"], at("2026-09-17T09:00:00"));
    case.must(correct("birth.weight"));
    case.must(grant_automatically());
    assert_eq!(case.refused(correct("birth.sex")), "case.already_decided");
}

#[test]
fn a_machine_decides_only_where_the_item_lets_it() {
    let mut case = accepted();
    case.profile.automatic = false;
    assert_eq!(case.refused(grant_automatically()), "case.not_automatic");
    case.profile.automatic = true;
    case.must(grant_automatically());
    assert!(case.state.decided.as_ref().unwrap().automatic);
}

#[test]
fn an_automatic_decision_can_still_be_put_before_a_person() {
    let mut case = accepted();
    case.must(grant_automatically()).must(Command::RequestHumanReview);
    assert!(case.state.human_review_requested);
    let mut case = accepted();
    case.must(grant());
    assert_eq!(case.refused(Command::RequestHumanReview), "case.decided_by_person");
}

#[test]
fn tolerance_admits_listed_materials_against_a_promise_alone() {
    let mut case = opened();
    assert_eq!(case.refused(tolerate(&["passport"])), "case.not_tolerable");
    assert_eq!(case.refused(tolerate(&["photo", "photo"])), "case.fields");
    let unpromised =
        Command::Accept { tolerated: vec!["photo".to_owned()], promise: String::new() };
    assert_eq!(case.refused(unpromised), "case.fields");
    case.profile.tolerance = None;
    assert_eq!(case.refused(tolerate(&["photo"])), "case.not_tolerable");
}

#[test]
fn an_outstanding_material_blocks_the_licence_until_it_is_supplied() {
    let mut case = opened();
    let supplied = |material: &str| Command::SupplyTolerated { material: material.to_owned() };
    case.must(tolerate(&["photo", "lease"]));
    assert_eq!(case.refused(grant_automatically()), "case.tolerance_outstanding");
    case.must(grant()).must(supplied("photo"));
    assert_eq!(case.refused(supplied("photo")), "case.not_outstanding");
    let issue = Command::Issue { licence: "L1".to_owned() };
    assert_eq!(case.refused(issue.clone()), "case.tolerance_outstanding");
    assert!(case.state.clocks.tolerance.as_ref().unwrap().stopped.is_none());
    case.must(supplied("lease"));
    assert!(case.state.clocks.tolerance.as_ref().unwrap().stopped.is_some());
    case.must(issue);
    assert_eq!(case.state.licence, "L1");
}

#[test]
fn a_promise_not_kept_takes_acceptance_back_and_a_grant_with_it() {
    for granted in [false, true] {
        let mut case = opened();
        case.must(tolerate(&["photo"]));
        if granted {
            case.must(grant());
        }
        assert_eq!(case.refused(Command::LapseTolerance), "case.not_due");
        // 16, 17, 18, Sunday 20 (worked) and 21 September are the five days.
        case.go("2026-09-22T00:00:00");
        let supplied = Command::SupplyTolerated { material: "photo".to_owned() };
        assert_eq!(case.refused(supplied), "case.tolerance_overdue");
        let events = case.act(&Command::LapseTolerance).unwrap();
        assert_eq!(events[0].document(), Some(DocumentKind::Revocation));
        let expected = if granted { Phase::Revoked } else { Phase::NotAccepted };
        assert_eq!(case.state.phase, expected);
    }
}

#[test]
fn an_item_without_a_licence_completes_on_the_decision() {
    let mut case = accepted();
    case.must(grant());
    assert_eq!(case.refused(Command::Complete), "case.not_issued");
    case.profile.licence = false;
    assert_eq!(case.refused(Command::Issue { licence: "L1".to_owned() }), "case.no_licence");
    case.must(Command::Complete);
    assert_eq!(case.state.phase, Phase::Completed);
}

#[test]
fn a_claimed_case_is_acted_on_by_its_officer_or_the_head() {
    let mut case = opened();
    let claim = |officer: &str| Command::Claim { officer: officer.to_owned() };
    assert_eq!(case.refused(Command::Unclaim), "case.not_claimed");
    assert_eq!(case.refused(claim("wang")), "case.claim_for_other");
    case.must(claim("li"));
    assert_eq!(case.act(&claim("li")).unwrap(), [], "a double click does nothing");
    case.actor = "wang".to_owned();
    assert_eq!(case.refused(claim("wang")), "case.already_claimed");
    assert_eq!(case.refused(accept()), "case.not_assignee");
    case.approver = true;
    case.must(accept());
    case.approver = false;
    case.actor = "li".to_owned();
    let hand = |to: &str| Command::HandOver { to: to.to_owned(), reason: "休假".to_owned() };
    assert_eq!(case.refused(hand("li")), "case.hand_over_to_self");
    case.must(hand("wang"));
    assert_eq!(case.refused(grant()), "case.not_assignee");
    case.actor = "wang".to_owned();
    case.must(Command::Unclaim);
    case.actor = "zhao".to_owned();
    case.must(grant());
}

#[test]
fn the_applicant_is_not_bound_by_who_has_claimed_the_case() {
    let mut case = opened();
    case.must(Command::Claim { officer: "li".to_owned() });
    case.actor = "citizen".to_owned();
    case.must(Command::Withdraw { reason: "不再需要".to_owned() });
}

#[test]
fn extension_is_the_heads_act_and_happens_once() {
    let mut case = accepted();
    assert_eq!(case.refused(extend(10)), "case.not_approver");
    case.approver = true;
    assert_eq!(case.refused(extend(11)), "case.extension_amount");
    assert_eq!(case.refused(extend(0)), "case.extension_amount");
    case.must(extend(10));
    assert_eq!(case.refused(extend(1)), "case.already_extended");
    let mut case = accepted();
    case.approver = true;
    case.profile.extension_max = None;
    assert_eq!(case.refused(extend(1)), "case.extension_not_allowed");
}

#[test]
fn a_special_procedure_is_one_the_item_knows_and_is_told_in_writing() {
    let mut case = accepted();
    let with = |procedure: &str, document: &str, needed: &str| Command::Suspend {
        procedure: procedure.to_owned(),
        document: document.to_owned(),
        article: "许可法 45".to_owned(),
        needed: needed.to_owned(),
    };
    assert_eq!(case.refused(with("auction", "1号", "十日")), "case.unknown_procedure");
    assert_eq!(case.refused(with("hearing", "", "")), "case.fields");
    case.must(with("hearing", "1号", "十日"));
    assert_eq!(case.refused(suspend()), "case.suspended");
    case.must(Command::Resume { result: "已听证".to_owned() });
    assert_eq!(case.refused(Command::Resume { result: "x".to_owned() }), "case.not_suspended");
    case.profile.special_procedures.clear();
    assert_eq!(case.refused(suspend()), "case.no_special_procedure");
}

#[test]
fn a_clock_set_back_stops_every_command() {
    let mut case = accepted();
    case.go("2026-09-15T09:59:59");
    for command in [grant(), suspend(), Command::Claim { officer: "li".to_owned() }] {
        assert_eq!(case.refused(command), "case.clock_set_back");
    }
}

#[test]
fn a_case_is_opened_before_anything_else() {
    let mut case = Driver::new(profile());
    case.state = State::default();
    assert_eq!(case.refused(Command::Release), "case.not_open");
    assert_eq!(allowed(&case.profile, &case.state), []);
}

#[test]
fn texts_are_bounded_and_free_of_control_characters() {
    let mut case = accepted();
    let revoke = |reason: &str| Command::Terminate { reason: reason.to_owned(), article: None };
    assert_eq!(case.refused(revoke("a\0b")), "case.fields");
    assert_eq!(case.refused(revoke(&"长".repeat(4_001))), "case.fields");
    case.must(revoke(&format!(" {} ", "长".repeat(3_999))));
    assert_eq!(case.state.opinions.last().unwrap().text.chars().count(), 3_999);
}

#[test]
fn steps_that_can_repeat_are_bounded_and_the_case_can_still_be_decided() {
    let mut case = accepted();
    let mut refused = None;
    for _ in 0..crate::case::STEPS_MAX {
        let claim = Command::Claim { officer: "li".to_owned() };
        if let Err(error) = case.act(&claim).and_then(|_| case.act(&Command::Unclaim)) {
            refused = Some(error.code);
            break;
        }
    }
    assert_eq!(refused, Some("case.too_many_steps"));
    case.must(grant()).must(Command::Issue { licence: "L".to_owned() }).must(Command::Complete);
}

#[test]
fn what_is_allowed_follows_profile_and_state() {
    let mut case = accepted();
    let names = allowed(&case.profile, &case.state);
    use CommandName::{
        Claim, CorrectData, Decide, DisputeData, Extend, RequestHumanReview, Suspend, Terminate,
        Transfer, Withdraw,
    };
    assert_eq!(
        names,
        [
            Suspend,
            Extend,
            Decide,
            Withdraw,
            Terminate,
            Transfer,
            RequestHumanReview,
            DisputeData,
            CorrectData,
            Claim
        ]
    );
    case.profile.special_procedures.clear();
    case.profile.extension_max = None;
    let names = allowed(&case.profile, &case.state);
    assert_eq!(
        names,
        [
            Decide,
            Withdraw,
            Terminate,
            Transfer,
            RequestHumanReview,
            DisputeData,
            CorrectData,
            Claim
        ]
    );
}

#[test]
fn revocation_follows_a_grant_at_any_later_time() {
    let revoke = Command::Revoke {
        reason: "以欺骗取得".to_owned(),
        article: "许可法 69".to_owned(),
    };
    let mut case = accepted();
    assert_eq!(case.refused(revoke.clone()), "case.not_decided");
    case.must(grant()).must(Command::Issue { licence: "L".to_owned() }).must(Command::Complete);
    case.go("2028-06-01T10:00:00").must(revoke.clone());
    assert_eq!(case.state.phase, Phase::Revoked);
    assert_eq!(case.refused(revoke), "case.revoked");
}

#[test]
fn a_state_kept_by_an_older_program_can_be_read() {
    let state: State =
        serde_json::from_str(r#"{"version":1,"phase":"accepted","revision":3}"#).unwrap();
    assert_eq!((state.phase, state.revision), (Phase::Accepted, 3));
}

#[test]
fn a_profile_reads_from_a_pack_with_the_defaults_of_law() {
    let yaml = "{promised: {amount: 5, unit: working_day}, statutory: {amount: 20, unit: working_day}, correction: {amount: 15, unit: working_day}}";
    let read: Profile = serde_norway::from_str(yaml).unwrap();
    assert_eq!(read, Profile::new(days(5), days(20), days(15)));
    assert_eq!((read.acceptance, read.delivery), (days(5), days(10)));
    assert_eq!(read.check(), []);
    assert!(serde_norway::from_str::<Profile>(&yaml.replace("correction", "mending")).is_err());
}

#[test]
fn each_fault_of_a_profile_has_its_finding() {
    let codes = |change: fn(&mut Profile)| {
        let mut profile = profile();
        change(&mut profile);
        profile.check().into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(|_| ()), [""; 0]);
    assert_eq!(codes(|one| one.promised = days(21)), ["profile.promise_over_law"]);
    assert_eq!(
        codes(|one| one.extension_max = Some(Limit { amount: 10, unit: Unit::CalendarDay })),
        ["profile.extension_unit"]
    );
    assert_eq!(codes(|one| one.delivery.amount = 20_000), ["profile.limit_too_large"]);
    assert_eq!(
        codes(|one| one.tolerance.as_mut().unwrap().materials.clear()),
        ["profile.tolerance_materials"]
    );
    assert_eq!(
        codes(|one| one.special_procedures.push(one.special_procedures[0].clone())),
        ["profile.procedure_ids"]
    );
    assert_eq!(
        codes(|one| one.special_procedures[0].article.clear()),
        ["profile.procedure_incomplete"]
    );
}

#[test]
fn every_code_in_the_source_has_its_sentence_and_every_sentence_its_code() {
    let sources = [
        include_str!("../case/decide.rs"),
        include_str!("../case/table.rs"),
        include_str!("../composition/mod.rs"),
    ]
    .join("\n");
    let mut used: Vec<&str> = sources
        .split('"')
        .filter(|part| part.starts_with("case.") || part.starts_with("composition."))
        .filter(|part| part.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_'))
        .collect();
    used.sort_unstable();
    used.dedup();
    let told: Vec<&str> = MESSAGES.iter().map(|(code, _, _)| *code).collect();
    assert_eq!(told, used);
    assert!(MESSAGES.iter().all(|(_, zh, en)| !zh.is_empty() && !en.is_empty()));
    assert!(
        print_transitions()
            .lines()
            .filter_map(|line| line.trim().strip_prefix("! "))
            .all(|line| told.contains(&line.split(':').next().unwrap_or_default()))
    );
}

fn begin() -> Command {
    let (instance, process) = ("I1".to_owned(), "two-step-review".to_owned());
    Command::BeginProcedure { instance, process, version: 3 }
}

fn end(instance: &str) -> Command {
    Command::EndProcedure {
        instance: instance.to_owned(),
        end: "end_agreed".to_owned(),
        granted: Some(true),
        opinion: "同意".to_owned(),
    }
}

#[test]
fn nobody_decides_while_a_procedure_examines_the_case() {
    let mut case = accepted();
    assert_eq!(case.act(&begin()).unwrap_err().code, "case.no_procedure", "its item names none");
    case.profile.examined = true;
    assert_eq!(case.act(&end("I1")).unwrap_err().code, "case.no_procedure");
    case.act(&begin()).unwrap();
    assert_eq!(case.act(&begin()).unwrap_err().code, "case.procedure_begun");
    assert!(!allowed(&case.profile, &case.state).contains(&CommandName::Decide));
    assert_eq!(case.act(&grant()).unwrap_err().code, "case.procedure_open");
    assert_eq!(case.act(&end("I2")).unwrap_err().code, "case.no_procedure", "another's end");
    case.act(&end("I1")).unwrap();
    let proposal = case.state.procedure.clone().and_then(|one| one.ended).unwrap();
    assert_eq!((proposal.granted, proposal.opinion.as_str()), (Some(true), "同意"));
    assert_eq!(case.act(&end("I1")).unwrap_err().code, "case.no_procedure");
    case.act(&refuse()).unwrap();
    assert_eq!(case.state.phase, Phase::Refused, "what is proposed binds nobody");
    assert_eq!(fold(&case.events), case.state);
}

fn begin_check() -> Command {
    Command::BeginCheck {
        instance: "C1".to_owned(),
        process: "promise-check".to_owned(),
        version: 1,
    }
}

fn end_check(instance: &str, kept: bool) -> Command {
    Command::EndCheck {
        instance: instance.to_owned(),
        end: "end".to_owned(),
        kept: Some(kept),
        opinion: "现场核对".to_owned(),
    }
}

fn granted_on_a_promise() -> Driver {
    let mut case = accepted();
    case.profile.licence = false;
    case.profile.check = Some(days(20));
    case.must(grant()).must(Command::Complete);
    case
}

#[test]
fn a_promise_is_checked_after_the_end_by_a_clock_of_its_own() {
    let mut case = granted_on_a_promise();
    assert_eq!(case.refused(end_check("C1", true)), "case.no_check");
    case.must(begin_check());
    assert_eq!(case.state.phase, Phase::Completed, "the grant stands");
    assert_eq!(case.refused(begin_check()), "case.check_begun");
    assert_eq!(case.refused(end_check("C2", true)), "case.no_check", "another's end");
    let due = timers(&case.state, &case.calendar).unwrap();
    assert!(due.iter().any(|timer| timer.name == TimerName::CheckOverdue));
    case.must(end_check("C1", true));
    assert!(timers(&case.state, &case.calendar).unwrap().is_empty(), "confirmed");
    assert_eq!(case.state.check.as_ref().unwrap().ended.as_ref().unwrap().kept, Some(true));
    assert_eq!(fold(&case.events), case.state);
    let mut none = accepted();
    none.profile.licence = false;
    none.must(grant()).must(Command::Complete);
    assert_eq!(none.refused(begin_check()), "case.no_check", "nothing was promised");
}

#[test]
fn a_broken_promise_waits_for_the_revocation_by_a_person() {
    let mut case = granted_on_a_promise();
    case.must(begin_check()).must(end_check("C1", false));
    assert_eq!(case.state.phase, Phase::Completed);
    assert!(!timers(&case.state, &case.calendar).unwrap().is_empty(), "the time runs on");
    let revoke =
        Command::Revoke { reason: "承诺不实".to_owned(), article: "许可法 69".to_owned() };
    case.must(revoke);
    assert_eq!(case.state.phase, Phase::Revoked);
    assert!(timers(&case.state, &case.calendar).unwrap().is_empty());
    assert_eq!(fold(&case.events), case.state);
}

#[test]
fn a_check_that_found_nothing_is_confirmed_by_the_head() {
    let confirm = || Command::ConfirmCheck {
        opinion: "书面材料复核属实".to_owned(),
        article: "许可法 61".to_owned(),
    };
    let mut case = granted_on_a_promise();
    case.must(begin_check());
    case.approver = true;
    assert_eq!(case.refused(confirm()), "case.check_found", "it goes on");
    let open = Command::EndCheck {
        instance: "C1".to_owned(),
        end: String::new(),
        kept: None,
        opinion: String::new(),
    };
    case.must(open);
    assert!(!timers(&case.state, &case.calendar).unwrap().is_empty(), "the time runs on");
    case.approver = false;
    assert_eq!(case.refused(confirm()), "case.not_head");
    case.approver = true;
    case.must(confirm());
    let ended = case.state.check.clone().unwrap().ended.unwrap();
    assert_eq!((ended.kept, ended.confirmed_by.is_empty()), (Some(true), false));
    assert!(timers(&case.state, &case.calendar).unwrap().is_empty());
    assert_eq!(case.refused(confirm()), "case.check_found", "once");
    assert_eq!(fold(&case.events), case.state);
}

#[test]
fn what_waited_and_was_stopped_waits_again_and_nothing_else_does() {
    let stop =
        || Command::Terminate { reason: "前置事项未取得结果".to_owned(), article: None };
    let restore = || Command::Restore { reason: "前置事项恢复办理".to_owned() };
    let mut case = Driver::new(profile());
    assert_eq!(case.refused(restore()), "case.waiting");
    case.must(stop()).must(restore());
    assert_eq!(case.state.phase, Phase::Waiting);
    assert!(timers(&case.state, &case.calendar).unwrap().is_empty());
    case.must(Command::Release);
    assert_eq!(case.state.phase, Phase::Submitted);
    case.must(stop());
    assert_eq!(case.refused(restore()), "case.ended", "it had been received");
    assert_eq!(fold(&case.events), case.state);
}

fn reopen() -> Command {
    Command::Reopen {
        reason: "适用依据错误".to_owned(), article: "行政复议法 20".to_owned()
    }
}

#[test]
fn what_was_refused_is_opened_again_by_the_head_within_the_limit() {
    let mut case = accepted();
    case.approver = true;
    assert_eq!(case.refused(reopen()), "case.not_ended");
    let first = case.state.clocks.promised.clone().unwrap().started;
    case.must(refuse());
    case.approver = false;
    assert_eq!(case.refused(reopen()), "case.not_head");
    case.approver = true;
    assert_eq!(
        case.refused(Command::Reopen { reason: String::new(), article: "x".to_owned() }),
        "case.fields"
    );
    let ended = case.now;
    case.now = ended.plus_days(64);
    assert_eq!(case.refused(reopen()), "case.reopening_overdue");
    case.now = ended.plus_days(3);
    case.must(reopen());
    assert_eq!((case.state.phase, &case.state.decided), (Phase::Accepted, &None));
    let clock = case.state.clocks.promised.clone().unwrap();
    assert_eq!((clock.started, clock.stopped), (case.now, None), "a segment of its own");
    let was = case.state.reopenings[0].clone();
    assert_eq!((was.was, was.promised.unwrap().started), (Phase::Refused, first));
    assert!(!was.decided.unwrap().granted);
    case.must(grant());
    assert_eq!(fold(&case.events), case.state);
}

#[test]
fn what_was_withdrawn_goes_on_where_it_was_and_three_times_at_most() {
    let withdraw = || Command::Withdraw { reason: String::new() };
    let mut case = opened();
    case.approver = true;
    case.must(ask(&["address"], &[])).must(withdraw()).must(reopen());
    assert_eq!(case.state.phase, Phase::Correcting);
    case.must(supply(&["address"], &[])).must(withdraw()).must(reopen());
    assert_eq!(case.state.phase, Phase::Submitted);
    case.must(accept()).must(withdraw()).must(reopen());
    assert_eq!(case.state.phase, Phase::Accepted);
    case.must(withdraw());
    assert_eq!(case.refused(reopen()), "case.too_many_steps");
    let mut waiting = Driver::new(profile());
    waiting.approver = true;
    waiting.must(withdraw());
    assert_eq!(waiting.refused(reopen()), "case.waiting", "nothing was ever received");
    assert_eq!(fold(&case.events), case.state);
}
