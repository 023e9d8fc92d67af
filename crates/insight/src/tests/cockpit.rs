//! The cockpit's numbers and the cases beneath them.

use super::world::{JINSHUI, LUOYANG, World, staff};
use crate::cockpit::{self, Beneath, Range, Wanted};
use crate::indicator;
use kernel::{Actor, Kind};
use service::figures::Metric;
use testkit::TUESDAY;

const HEALTH: &str = "health-410105";

fn leader() -> Actor {
    staff("data-410000", "leader")
}

/// Two cities, two items, two days; one decided late, one overdue, one from a window.
async fn busy() -> World {
    let world = World::new().await;
    let refused = world.submit("birth-certificate", JINSHUI, "online").await;
    let open = world.submit("birth-certificate", JINSHUI, "window").await;
    world.accept(&refused, HEALTH).await;
    world.accept(&open, HEALTH).await;
    world.submit("vaccination-file", LUOYANG, "online").await;
    world.advance_days(20);
    world.refuse(&refused, HEALTH).await;
    world.submit("birth-certificate", LUOYANG, "online").await;
    world.drain().await;
    world
}

#[tokio::test]
async fn lines_add_up_to_the_total_and_every_number_has_its_cases() {
    let world = busy().await;
    let mut ctx = world.read(&leader());
    for range in Range::ALL {
        for division in ["", "410100", LUOYANG] {
            let wanted = Wanted { division: division.to_owned(), range, ..Wanted::default() };
            let deck = cockpit::overview(&mut ctx, &wanted).await.unwrap();
            for lines in [&deck.divisions, &deck.items] {
                let sum = |of: &dyn Fn(&cockpit::Numbers) -> i64| {
                    lines.iter().map(|line| of(&line.numbers)).sum::<i64>()
                };
                assert_eq!(sum(&|n| n.submitted), deck.total.submitted, "{division} {range:?}");
                assert_eq!(sum(&|n| n.accepted), deck.total.accepted);
                assert_eq!(sum(&|n| n.decided), deck.total.decided);
                assert_eq!(sum(&|n| n.late), deck.total.late);
                assert_eq!(sum(&|n| n.overdue), deck.total.overdue);
            }
            let total = &deck.total;
            let numbers = [
                (Beneath::Metric(Metric::Submitted), total.submitted),
                (Beneath::Metric(Metric::Accepted), total.accepted),
                (Beneath::Metric(Metric::Decided), total.decided),
                (Beneath::Metric(Metric::Late), total.late),
                (Beneath::Overdue, total.overdue),
            ];
            for (beneath, count) in numbers {
                let rows = cockpit::cases(&mut ctx, &wanted, beneath, &deck.from, &deck.until, "")
                    .await
                    .unwrap();
                assert_eq!(rows.rows.len() as i64, count, "{division} {range:?} {beneath:?}");
                assert!(rows.rows.iter().all(|row| row.applicant.contains('*')));
            }
        }
    }
}

#[tokio::test]
async fn the_numbers_are_what_happened() {
    let world = busy().await;
    let mut ctx = world.read(&leader());
    let year = Wanted { range: Range::Year, ..Wanted::default() };
    let deck = cockpit::overview(&mut ctx, &year).await.unwrap();
    let total = deck.total;
    assert_eq!((total.submitted, total.decided, total.late), (4, 1, 1));
    assert!(total.overdue >= 1);
    let today = cockpit::overview(&mut ctx, &Wanted::default()).await.unwrap();
    assert_eq!((today.total.submitted, today.total.decided), (1, 1));
    let submitted = deck.trends.iter().find(|trend| trend.metric == "submitted").unwrap();
    assert_eq!((submitted.counts.len(), submitted.counts.iter().sum::<i64>()), (30, 4));
    let zhengzhou = deck.cities.iter().find(|city| city.of.id == "410100").unwrap();
    assert_eq!((deck.cities.len(), zhengzhou.decided, zhengzhou.late), (18, 1, 1));
    assert_eq!(deck.attention.overdue.len() as i64, total.overdue.min(5));
    let online = deck.targets.iter().find(|target| target.number == 2).unwrap();
    assert_eq!((online.numerator, online.denominator, online.value), (3, Some(4), Some(750)));
    assert_eq!(online.met, Some(false));
    let shown = indicator::find(&mut ctx, "online-incidence", "").await.unwrap();
    let beneath: u64 = shown.parts.iter().map(|part| part.numerator).sum();
    assert_eq!(beneath, 3);
}

#[tokio::test]
async fn indicators_page_through_all_they_count() {
    let world = World::new().await;
    let mut ctx = world.read(&leader());
    let (mut seen, mut after) = (0, String::new());
    let whole = indicator::find(&mut ctx, "online-ratio", "").await.unwrap();
    loop {
        let page = indicator::find(&mut ctx, "online-ratio", &after).await.unwrap();
        assert!(page.parts.len() <= 50);
        seen += page.parts.iter().map(|part| part.denominator).sum::<u64>();
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(Some(seen), whole.indicator.denominator);
    assert_eq!(
        indicator::find(&mut ctx, "online-ratio", "x").await.unwrap_err().code,
        "insight.cursor"
    );
    assert_eq!(indicator::find(&mut ctx, "no-such", "").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn the_cockpit_ends_where_the_reach_ends() {
    let world = busy().await;
    let luoyang = staff("data-410300", "leader");
    let mut ctx = world.read(&luoyang);
    let year = Wanted { range: Range::Year, ..Wanted::default() };
    let own = cockpit::overview(&mut ctx, &year).await.unwrap();
    assert_eq!((own.division.id.as_str(), own.total.submitted, own.cities.len()), ("410300", 2, 0));
    assert!(own.above.is_none());
    let beyond = Wanted { division: JINSHUI.to_owned(), ..Wanted::default() };
    assert_eq!(cockpit::overview(&mut ctx, &beyond).await.unwrap_err().kind, Kind::NotFound);
    let metric = Beneath::Metric(Metric::Submitted);
    assert_eq!(
        cockpit::cases(&mut ctx, &beyond, metric, "", "", "").await.unwrap_err().kind,
        Kind::NotFound
    );
    for role in ["clerk", "approver", "supervisor", "auditor"] {
        let mut ctx = world.read(&staff(HEALTH, role));
        assert_eq!(
            cockpit::overview(&mut ctx, &year).await.unwrap_err().kind,
            Kind::Denied,
            "{role}"
        );
        assert_eq!(indicator::list(&mut ctx).await.unwrap_err().kind, Kind::Denied, "{role}");
        let beneath = cockpit::cases(&mut ctx, &year, metric, "", "", "").await;
        assert_eq!(beneath.unwrap_err().kind, Kind::Denied, "{role}");
    }
}

#[tokio::test]
async fn numbers_are_marked_stale_when_the_queue_is_behind() {
    let world = World::new().await;
    world.drain().await;
    let health = cockpit::health(&mut world.read(&leader())).await.unwrap();
    assert!(!health.stale);
    let mut ctx = world.system().await;
    ctx.enqueue("licence.no_such_job", &serde_json::json!({})).await.unwrap();
    ctx.commit().await.unwrap();
    world.env.clock.advance_us(11 * 60 * kernel::time::SECOND_US);
    let health = cockpit::health(&mut world.read(&leader())).await.unwrap();
    assert_eq!((health.stale, health.behind_minutes, health.failed), (true, 11, 0));
    assert!(world.env.clock.now() > TUESDAY);
}

#[test]
fn the_plan_has_stones_for_every_city_and_no_other_letter() {
    let pack = pack::Province::embedded().unwrap();
    let plan = include_str!("../cockpit/henan.txt");
    let letters: std::collections::BTreeSet<char> =
        plan.chars().filter(char::is_ascii_lowercase).collect();
    let cities = pack.divisions().root().unwrap().children().count();
    assert_eq!(letters.len(), cities);
    assert!(plan.lines().all(|line| line.chars().count() == 22));
    assert!(plan.chars().all(|c| c == '.' || c == '\n' || letters.contains(&c)));
}
