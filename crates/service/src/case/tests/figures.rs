//! Figures agree with the cases beneath them.

use super::world::{HEALTH, World, approver};
use crate::case::{self, Decision, Lamp, Withdrawal};
use crate::figures::{self, Metric, Scope, Subject};
use flow::case::Phase;

async fn busy() -> World {
    let world = World::new().await;
    let (mother, new) = world.application("all-by-rule").await;
    world.submit(&mother, new).await;
    world.drain().await;
    let (_, _, referred) = world.referred("referred").await;
    let (mother, done, _) = world.referred("withdrawn").await;
    world
        .run(&mother, async |ctx| case::withdraw(ctx, &done.id, None, Withdrawal::default()).await)
        .await
        .unwrap();
    world.advance_days(1);
    let officer = approver(HEALTH);
    world
        .run(&officer, async |ctx| case::accept(ctx, &referred, None, Default::default()).await)
        .await
        .unwrap();
    world.advance_days(30);
    let refusal = Decision {
        granted: false,
        opinion: "不同意".to_owned(),
        reasons: "无法核实".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        remedies: String::new(),
    };
    world
        .run(&officer, async |ctx| case::decide(ctx, &referred, None, refusal).await)
        .await
        .unwrap();
    let (_, _, open) = world.referred("open").await;
    assert_eq!(world.phase(&open).await, "submitted");
    world
}

#[tokio::test]
async fn each_figure_has_exactly_the_cases_it_counts() {
    let world = busy().await;
    let mut ctx = world.system().await;
    let scopes = [
        Scope::default(),
        Scope::of("410105"),
        Scope::of("410105001"),
        Scope::of("410102"),
        Scope::default().item("birth-certificate"),
        Scope { subject: Subject::Applications, ..Scope::default() },
        Scope { from: "2026-09-16".to_owned(), ..Scope::default() },
        Scope { agency: HEALTH.to_owned(), to: "2026-09-15".to_owned(), ..Scope::default() },
    ];
    let mut seen = 0;
    for scope in &scopes {
        for metric in Metric::ALL {
            if matches!(metric, Metric::PromisedDays | Metric::UsedDays) {
                continue;
            }
            let total = figures::total(&mut ctx, metric, scope).await.unwrap();
            let beneath = figures::drill(&mut ctx, metric, scope, "").await.unwrap().rows.len();
            assert_eq!(total, beneath as i64, "{metric:?} {scope:?}");
            seen += total;
        }
        for point in figures::by_phase(&mut ctx, scope).await.unwrap() {
            if !scope.from.is_empty() || !scope.to.is_empty() || scope.division == "410105001" {
                continue;
            }
            let phase = Phase::parse(&point.key).unwrap();
            let beneath =
                figures::drill_phase(&mut ctx, phase, scope, "").await.unwrap().rows.len();
            assert_eq!(point.count, beneath as i64, "{phase:?} {scope:?}");
        }
        let lamps = figures::lamps(&mut ctx, scope).await.unwrap();
        let counted = [
            (Lamp::Green, lamps.green),
            (Lamp::Yellow, lamps.yellow),
            (Lamp::Red, lamps.red),
            (Lamp::Paused, lamps.paused),
        ];
        for (lamp, count) in counted {
            let beneath = figures::drill_lamp(&mut ctx, lamp, scope, "").await.unwrap().rows.len();
            assert_eq!(count, beneath as i64, "{lamp:?} {scope:?}");
        }
    }
    assert!(seen > 50, "{seen}");
}

#[tokio::test]
async fn the_figures_are_what_happened() {
    let world = busy().await;
    let mut ctx = world.system().await;
    let all = figures::counts(&mut ctx, &Scope::default()).await.unwrap();
    assert_eq!(all.get(Metric::Submitted), 24);
    assert_eq!(
        (all.get(Metric::Decided), all.get(Metric::Granted), all.get(Metric::Refused)),
        (7, 6, 1)
    );
    assert_eq!((all.get(Metric::Automatic), all.get(Metric::Late)), (6, 1));
    assert_eq!((all.get(Metric::Withdrawn), all.get(Metric::Ended)), (6, 12));
    let whole = Scope { subject: Subject::Applications, ..Scope::default() };
    let whole = figures::counts(&mut ctx, &whole).await.unwrap();
    assert_eq!(
        (whole.get(Metric::Submitted), whole.get(Metric::Completed), whole.get(Metric::Ended)),
        (4, 1, 2)
    );
    let shares = figures::online_share(&mut ctx, &Scope::default()).await.unwrap();
    assert_eq!(shares.permille(), 1_000);
    let used = figures::licence_share(&mut ctx, &Scope::default()).await.unwrap();
    assert!(used.part >= 3 && used.whole == 7, "{used:?}");
    let days = figures::by_day(&mut ctx, Metric::Submitted, &Scope::default()).await.unwrap();
    assert_eq!(days.iter().map(|day| day.count).sum::<i64>(), 24);
    let cities =
        figures::by_division(&mut ctx, Metric::Submitted, &Scope::default()).await.unwrap();
    assert_eq!((cities.len(), cities[0].key.as_str(), cities[0].count), (1, "410100", 24));
    let counties =
        figures::by_division(&mut ctx, Metric::Submitted, &Scope::of("410100")).await.unwrap();
    assert_eq!(counties[0].key, "410105");
}
