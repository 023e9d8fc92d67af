//! The board's figures and the lists beneath them.

use super::world::{JINSHUI, LUOYANG, World, staff};
use crate::monitor::{self, Beneath, Irregularity, Wanted};
use flow::case::Phase;
use kernel::{Actor, Kind};
use service::case::Lamp;
use service::figures::Group;

const HEALTH: &str = "health-410105";

fn supervisor() -> Actor {
    staff("data-410000", "supervisor")
}

/// Cases of two items in two cities: overdue, accepted by silence, refused, fresh.
async fn busy() -> World {
    let world = World::new().await;
    let late = world.submit("birth-certificate", JINSHUI, "online").await;
    world.accept(&late, HEALTH).await;
    world.submit("vaccination-file", JINSHUI, "online").await;
    world.submit("birth-certificate", LUOYANG, "window").await;
    let refused = world.submit("birth-certificate", JINSHUI, "online").await;
    world.accept(&refused, HEALTH).await;
    world.refuse(&refused, HEALTH).await;
    world.advance_days(45);
    world.drain().await;
    world.submit("birth-certificate", JINSHUI, "online").await;
    world.submit("vaccination-file", LUOYANG, "online").await;
    world
}

#[tokio::test]
async fn lines_add_up_to_the_total_and_every_number_has_its_cases() {
    let world = busy().await;
    for division in ["", "410100", "410105"] {
        for by in [Group::Division, Group::Agency, Group::Item] {
            let wanted = Wanted { division: division.to_owned(), by, ..Wanted::default() };
            let mut ctx = world.read(&supervisor());
            let board = monitor::overview(&mut ctx, &wanted).await.unwrap();
            let total = &board.total;
            assert!(total.open > 0 && total.lamps.red > 0, "{total:?}");
            let sum = |of: &dyn Fn(&monitor::Line) -> i64| board.lines.iter().map(of).sum::<i64>();
            assert_eq!(sum(&|line| line.open), total.open, "{division} {by:?}");
            assert_eq!(sum(&|line| line.lamps.red), total.lamps.red);
            assert_eq!(sum(&|line| line.lamps.yellow), total.lamps.yellow);
            assert_eq!(sum(&|line| line.durations.used_days), total.durations.used_days);
            for line in &board.lines {
                let mut narrow = wanted.clone();
                match by {
                    Group::Division => narrow.division.clone_from(&line.of.id),
                    Group::Agency => narrow.agency.clone_from(&line.of.id),
                    Group::Item => narrow.item.clone_from(&line.of.id),
                }
                assert!(line.narrows);
                let lamps = [
                    (Lamp::Red, line.lamps.red),
                    (Lamp::Yellow, line.lamps.yellow),
                    (Lamp::Green, line.lamps.green),
                    (Lamp::Paused, line.lamps.paused),
                ];
                for (lamp, count) in lamps {
                    let rows =
                        monitor::cases(&mut ctx, &narrow, Beneath::Lamp(lamp), "").await.unwrap();
                    assert_eq!(rows.rows.len() as i64, count, "{narrow:?} {lamp:?}");
                    assert!(rows.rows.iter().all(|row| row.applicant.contains('*')));
                }
            }
            let phase = |phase| Beneath::Phase(phase);
            let beneath =
                monitor::cases(&mut ctx, &wanted, phase(Phase::NotAccepted), "").await.unwrap();
            assert_eq!(beneath.rows.len() as i64, total.not_accepted);
        }
    }
}

#[tokio::test]
async fn silence_is_found_once_and_counted_as_listed() {
    let world = busy().await;
    world.drain().await;
    let mut ctx = world.read(&supervisor());
    for (division, expected) in [("", 2), ("410105", 1), ("410300", 1), ("410500", 0)] {
        let wanted = Wanted { division: division.to_owned(), ..Wanted::default() };
        let kind = Some(Irregularity::AcceptedBySilence);
        let page = monitor::anomalies(&mut ctx, &wanted, kind, "").await.unwrap();
        let board = monitor::overview(&mut ctx, &wanted).await.unwrap();
        assert_eq!(
            (page.anomalies.len() as i64, board.total.silence),
            (expected, expected),
            "{division}"
        );
    }
    let twice = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'supervise.anomaly_found'";
    assert_eq!(
        world.count(twice).await,
        world.count("SELECT COUNT(*) FROM supervise_anomaly").await
    );
}

#[tokio::test]
async fn a_case_shows_each_clock_with_its_warnings_and_who_held_it() {
    let world = busy().await;
    let mut ctx = world.read(&supervisor());
    let red = Beneath::Lamp(Lamp::Red);
    let wanted = Wanted {
        division: JINSHUI.to_owned(),
        item: "birth-certificate".to_owned(),
        ..Wanted::default()
    };
    let id = monitor::cases(&mut ctx, &wanted, red, "").await.unwrap().rows[0].id.clone();
    let case = monitor::case(&mut ctx, &id).await.unwrap();
    let promised = case.steps.iter().find(|step| step.name == "promised").unwrap();
    assert!(promised.overdue && promised.used > Some(0));
    let timers: Vec<&str> = promised.warned.iter().map(|one| one.timer.as_str()).collect();
    assert_eq!(timers, ["promised_warning", "promised_overdue"]);
    assert!(!promised.held.is_empty() && case.may_urge && !case.notices.is_empty());
    assert!(case.acts.iter().any(|act| act.kind == "accepted"));
}

#[tokio::test]
async fn the_board_ends_where_the_reach_ends() {
    let world = busy().await;
    let luoyang = staff("data-410300", "supervisor");
    let mut ctx = world.read(&luoyang);
    let own = monitor::overview(&mut ctx, &Wanted::default()).await.unwrap();
    assert_eq!((own.division.id.as_str(), own.total.open, own.above.len()), ("410300", 2, 0));
    let beyond = Wanted { division: JINSHUI.to_owned(), ..Wanted::default() };
    assert_eq!(monitor::overview(&mut ctx, &beyond).await.unwrap_err().kind, Kind::NotFound);
    let red = Beneath::Lamp(Lamp::Red);
    assert_eq!(monitor::cases(&mut ctx, &beyond, red, "").await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(
        monitor::anomalies(&mut ctx, &beyond, None, "").await.unwrap_err().kind,
        Kind::NotFound
    );
    let id = {
        let mut ctx = world.read(&supervisor());
        let jinshui = Wanted { division: JINSHUI.to_owned(), ..Wanted::default() };
        monitor::cases(&mut ctx, &jinshui, red, "").await.unwrap().rows[0].id.clone()
    };
    assert_eq!(monitor::case(&mut ctx, &id).await.unwrap_err().kind, Kind::NotFound);
    for role in ["clerk", "reviewer", "approver", "auditor"] {
        let mut ctx = world.read(&staff(HEALTH, role));
        let denied = monitor::overview(&mut ctx, &Wanted::default()).await.unwrap_err();
        assert_eq!(denied.kind, Kind::Denied, "{role}");
    }
}
