//! Random walks: whatever is tried in whatever order, the invariants of a case hold.

use super::*;
use crate::case::{
    Change, CommandName, MESSAGES, Phase, TRANSITIONS, TimerName, allowed, fold, timers,
};
use kernel::time::HOUR_US;
use kernel::{Kind, Random};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One try: which command, in which flavour, how many hours later, by whom.
#[derive(Clone, Debug)]
struct Step {
    pick: u16,
    /// 0 to 9: the command is well formed; above: something in it is wrong or odd.
    flavour: u8,
    hours: i16,
    actor: u8,
}

type Seen = BTreeSet<(CommandName, Phase, Phase)>;

/// Commands that end a case without its result.
const ENDS: [CommandName; 6] = [
    CommandName::RefuseAcceptance,
    CommandName::Withdraw,
    CommandName::Terminate,
    CommandName::Lapse,
    CommandName::LapseTolerance,
    CommandName::Revoke,
];

fn command(name: CommandName, state: &State, flavour: u8) -> Command {
    let text = |good: &str| match flavour {
        10 => String::new(),
        11 => "长".repeat(5_000),
        12 => "\u{0}".to_owned(),
        _ => good.to_owned(),
    };
    let names = |asked: &[String]| {
        let mut names = asked.to_vec();
        if flavour == 13 {
            names.push("beyond".to_owned());
        }
        if flavour == 14 {
            names.pop();
        }
        names
    };
    match name {
        CommandName::Release => Command::Release,
        CommandName::Accept => match flavour {
            0..4 => accept(),
            4..7 => tolerate(&["photo"]),
            7..10 => tolerate(&["photo", "lease"]),
            _ => Command::Accept { tolerated: names(&["photo".to_owned()]), promise: text("诺") },
        },
        CommandName::DeemAccepted => Command::DeemAccepted,
        CommandName::RefuseAcceptance => Command::RefuseAcceptance {
            reasons: text("不属于本机关职权"),
            remedies: text("复议"),
            article: text("许可法 32"),
        },
        CommandName::AskCorrection => Command::AskCorrection {
            fields: names(&["name".to_owned()]),
            materials: vec![],
            note: text("有误"),
        },
        CommandName::SupplyCorrection => {
            let asked = state.correction.as_ref();
            Command::SupplyCorrection {
                fields: names(asked.map(|asked| asked.fields.as_slice()).unwrap_or_default()),
                materials: asked.map(|asked| asked.materials.clone()).unwrap_or_default(),
            }
        }
        CommandName::Lapse => Command::Lapse,
        CommandName::SupplyTolerated => Command::SupplyTolerated {
            material: text(state.outstanding().first().copied().unwrap_or("photo")),
        },
        CommandName::LapseTolerance => Command::LapseTolerance,
        CommandName::Suspend => suspend(),
        CommandName::Resume => Command::Resume { result: text("完毕") },
        CommandName::Extend => extend(u32::from(flavour)),
        CommandName::Decide => decision(flavour, &text),
        CommandName::AwaitPayment => {
            Command::AwaitPayment { cause: text("fee"), article: text("59") }
        }
        CommandName::SettlePayment => Command::SettlePayment,
        CommandName::Issue => Command::Issue { licence: text("L1") },
        CommandName::BeginProcedure => Command::BeginProcedure {
            instance: text("I1"),
            process: text("two-step-review"),
            version: i64::from(flavour),
        },
        CommandName::EndProcedure => Command::EndProcedure {
            instance: text(["I1", "I2"][usize::from(flavour > 9)]),
            end: text("end_agreed"),
            granted: (flavour < 8).then_some(flavour < 5),
            opinion: text("同意"),
        },
        CommandName::BeginCheck => Command::BeginCheck {
            instance: text("C1"),
            process: text("promise-check"),
            version: i64::from(flavour),
        },
        CommandName::EndCheck => Command::EndCheck {
            instance: text(["C1", "C2"][usize::from(flavour > 9)]),
            end: text("end_kept"),
            kept: (flavour < 8).then_some(flavour < 5),
            opinion: text("属实"),
        },
        CommandName::ConfirmCheck => {
            Command::ConfirmCheck { opinion: text("复核属实"), article: text("许可法 69") }
        }
        CommandName::LoseBasis => Command::LoseBasis { item: text("birth-certificate") },
        CommandName::Uphold => {
            Command::Uphold { opinion: text("另有登记为据"), article: text("许可法 69") }
        }
        CommandName::Transfer => Command::Transfer {
            from: text("health-410105"),
            to: text(["health-410100", "health-410105"][usize::from(flavour > 12)]),
            reason: text("不属于本机关职权"),
            article: text("许可法 32"),
        },
        CommandName::TakeOver => Command::TakeOver,
        CommandName::DeemTakenOver => Command::DeemTakenOver,
        CommandName::ReturnTransfer => {
            Command::ReturnTransfer { reason: text("不属于本机关") }
        }
        CommandName::Restore => Command::Restore { reason: text("前置事项恢复办理") },
        CommandName::Reopen => {
            Command::Reopen { reason: text("误撤回"), article: text("复议法 20") }
        }
        CommandName::Complete => Command::Complete,
        CommandName::Withdraw => Command::Withdraw { reason: text("") },
        CommandName::Terminate => {
            let article = flavour.is_multiple_of(2).then(|| text("许可法 70"));
            Command::Terminate { reason: text("前置事项未通过"), article }
        }
        CommandName::Revoke => {
            Command::Revoke { reason: text("欺骗"), article: text("许可法 69") }
        }
        CommandName::RequestHumanReview => Command::RequestHumanReview,
        CommandName::DisputeData => Command::DisputeData { facts: names(&[text("birth.sex")]) },
        CommandName::CorrectData => Command::CorrectData { facts: names(&[text("birth.sex")]) },
        CommandName::Claim => Command::Claim { officer: text("li") },
        CommandName::Unclaim => Command::Unclaim,
        CommandName::HandOver => Command::HandOver {
            to: text(["li", "wang"][usize::from(flavour % 2)]),
            reason: text("休假"),
        },
    }
}

fn decision(flavour: u8, text: &dyn Fn(&str) -> String) -> Command {
    match flavour {
        0..4 => grant(),
        4..6 => grant_automatically(),
        6..10 => refuse(),
        _ => Command::Decide {
            granted: flavour.is_multiple_of(2),
            opinion: text("意见"),
            reasons: text("理由"),
            article: text("许可法 38"),
            remedies: text("复议"),
            automatic: (flavour > 12).then(|| serde_json::json!({})),
        },
    }
}

/// Walks, and holds every invariant after every step.
fn walk(steps: &[Step], (licence, examined): (bool, bool), seen: &mut Seen) {
    let check = licence.then(|| days(20));
    let mut case = Driver::new(Profile { licence, examined, check, ..profile() });
    for step in steps {
        let possible = allowed(&case.profile, &case.state);
        // Mostly keep the case going, or few walks would come far.
        let going: Vec<CommandName> = possible
            .iter()
            .copied()
            .filter(|name| {
                !ENDS.contains(name)
                    && (*name != CommandName::Transfer || step.pick.is_multiple_of(4))
            })
            .collect();
        let offered = if step.flavour < 7 && !going.is_empty() { &going } else { &possible };
        let name = if step.flavour > 12 || offered.is_empty() {
            CommandName::ALL[usize::from(step.pick) % CommandName::ALL.len()]
        } else {
            offered[usize::from(step.pick) % offered.len()]
        };
        case.now = case.state.at.unwrap_or(case.now).plus_us(i64::from(step.hours) * HOUR_US);
        case.actor = ["li", "wang"][usize::from(step.actor % 2)].to_owned();
        case.approver = step.actor > 1;
        let command = command(name, &case.state, step.flavour);
        let before = case.state.clone();
        match case.act(&command) {
            Err(error) => {
                assert_eq!(case.state, before);
                let kinds = [Kind::Invalid, Kind::Conflict, Kind::Denied, Kind::Limited];
                let told = MESSAGES.iter().any(|(code, _, _)| *code == error.code);
                let year = error.code == "calendar.year_missing";
                assert!(year || (told && kinds.contains(&error.kind)), "{command:?}: {error}");
            }
            Ok(events) => {
                assert!(step.hours >= 0, "acted although the clock was set back");
                holds_after(&case, &before, name, &possible, &events);
                if !events.is_empty() {
                    seen.insert((name, before.phase, case.state.phase));
                }
            }
        }
    }
    let asked =
        case.events.iter().filter(|event| matches!(event.change, Change::CorrectionAsked { .. }));
    assert!(asked.count() <= 1);
    let decided = case.events.iter().filter(|event| matches!(event.change, Change::Decided { .. }));
    assert!(decided.count() <= 1 + case.state.reopenings.len());
}

fn holds_after(
    case: &Driver,
    before: &State,
    name: CommandName,
    possible: &[CommandName],
    events: &[Event],
) {
    let state = &case.state;
    assert!(possible.contains(&name), "{name:?} was not offered");
    assert_eq!(&fold(&case.events), state);
    assert_eq!(state.revision, case.events.len() as u64);
    let kept = serde_json::to_string(&(state, events)).unwrap();
    let read: (State, Vec<Event>) = serde_json::from_str(&kept).unwrap();
    assert_eq!((&read.0, read.1.as_slice()), (state, events));
    let lawful = TRANSITIONS.iter().filter(|row| row.command == name).any(|row| {
        row.from.contains(&before.phase)
            && (row.to.contains(&state.phase) || (row.to.is_empty() && before.phase == state.phase))
    });
    assert!(lawful || events.is_empty(), "{name:?}: {:?} to {:?}", before.phase, state.phase);
    match name {
        CommandName::Decide => {
            assert_eq!(before.phase, Phase::Accepted);
            assert!(before.examined_by().is_none(), "decided while a procedure examined it");
            assert!(before.transferring().is_none(), "decided while another agency had to answer");
        }
        CommandName::Issue => {
            assert!(before.outstanding().is_empty());
            assert!(!before.awaits_payment(), "delivered before it was paid");
        }
        CommandName::Extend | CommandName::Reopen => assert!(case.approver),
        _ => {}
    }
    assert!(!state.phase.is_final() || state.transferring().is_none());
    let waits = state.clocks.transfer.as_ref().is_some_and(|clock| clock.stopped.is_none());
    assert_eq!(waits, state.transferring().is_some(), "{name:?}");
    if let Some(decided) = &state.decided
        && decided.automatic
    {
        assert!(decided.granted);
    }
    let due = timers(state, &case.calendar).unwrap();
    use TimerName::{CheckOverdue, CheckWarning, ReviewOverdue, ReviewWarning};
    let checked = [CheckWarning, CheckOverdue, ReviewWarning, ReviewOverdue];
    let after = due.iter().all(|timer| checked.contains(&timer.name));
    assert!(
        !state.phase.is_final() || (after && (due.is_empty() || state.phase == Phase::Completed))
    );
    for clock in [&state.clocks.promised, &state.clocks.statutory].into_iter().flatten() {
        assert_eq!(clock.is_paused(), state.phase == Phase::Suspended, "{name:?}");
        if clock.is_paused() {
            let used = |at| clock.used(at, &case.calendar).unwrap();
            let started = clock.pauses.last().unwrap().from;
            assert_eq!(used(started), used(started.plus_days(20)), "a clock that stands still ran");
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let hours = prop_oneof![4 => 0i16..30, 2 => 100i16..900, 1 => -3i16..0];
    (any::<u16>(), prop_oneof![4 => 0u8..10, 1 => 10u8..16], hours, 0u8..4)
        .prop_map(|(pick, flavour, hours, actor)| Step { pick, flavour, hours, actor })
}

proptest! {
    #[test]
    fn the_invariants_hold_on_every_walk(
        steps in prop::collection::vec(step(), 1..40),
        licence in any::<bool>(),
        examined in any::<bool>(),
    ) {
        walk(&steps, (licence, examined), &mut Seen::new());
    }
}

#[test]
fn every_row_of_the_table_is_walked_and_no_other() {
    let mut random = Random::from_number(20_260_915);
    let mut seen = Seen::new();
    for round in 0..16_000 {
        let steps: Vec<Step> = (0..20)
            .map(|_| Step {
                pick: random.below(1_000) as u16,
                flavour: random.below(10) as u8,
                hours: if random.chance(300) { random.below(600) as i16 } else { 1 },
                actor: random.below(4) as u8,
            })
            .collect();
        walk(&steps, (round % 2 == 0, round % 4 == 1), &mut seen);
    }
    let mut expected = Seen::new();
    for row in TRANSITIONS {
        for &from in row.from {
            let stays = [from];
            let to = if row.to.is_empty() { &stays[..] } else { row.to };
            expected.extend(to.iter().map(|&to| (row.command, from, to)));
        }
    }
    let missed: Vec<_> = expected.difference(&seen).collect();
    let beyond: Vec<_> = seen.difference(&expected).collect();
    assert!(missed.is_empty() && beyond.is_empty(), "missed {missed:?}, beyond {beyond:?}");
}
