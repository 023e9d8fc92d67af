//! Notices on a real database.

use super::world::{JINSHUI, LUOYANG, World, staff};
use crate::notice::{self, Answer, Closure, Filter, Kind, Phase, Urge};
use kernel::{Actor, Kind as Fault};
use store::vals;

const HEALTH: &str = "health-410105";

/// A supervisor of the province.
fn supervisor() -> Actor {
    staff("data-410000", "supervisor")
}

async fn head(world: &World) -> Actor {
    let mut ctx = world.system().await;
    let id = party::account::create_officer(
        &mut ctx,
        "head",
        "correct horse battery",
        "王审批",
        HEALTH,
        &["approver"],
    )
    .await
    .unwrap();
    let actor = party::account::actor_of(&mut ctx, &id, 2).await.unwrap();
    ctx.commit().await.unwrap();
    actor
}

async fn kinds(world: &World) -> Vec<String> {
    let mut ctx = world.system().await;
    let sql = "SELECT kind || ' ' || timer || ' ' || state FROM supervise_notice ORDER BY id";
    ctx.column(sql, vals![]).await.unwrap()
}

#[tokio::test]
async fn each_clock_draws_a_yellow_card_before_and_a_red_card_after_exactly_once() {
    let world = World::new().await;
    let head = head(&world).await;
    let id = world.submit("hygiene-permit", JINSHUI, "online").await;
    world.accept(&id, HEALTH).await;
    for _ in 0..60 {
        world.advance_days(1);
        world.drain().await;
    }
    let opened = kinds(&world).await;
    let of = |wanted: &str| opened.iter().filter(|one| one.starts_with(wanted)).count();
    assert_eq!((of("yellow promised_warning"), of("red promised_overdue")), (1, 1), "{opened:?}");
    assert_eq!((of("yellow statutory_warning"), of("red statutory_overdue")), (1, 1), "{opened:?}");
    let told = world.count("SELECT COUNT(*) FROM message WHERE template = 'work.assigned'").await;
    assert_eq!(told, opened.len() as i64);
    // The event told again, as after a crash.
    let mut ctx = world.system().await;
    let body: String = ctx
        .one_text("SELECT body FROM evidence_entry WHERE kind = 'case.overdue' AND body LIKE '%promised%'")
        .await;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let again = serde_json::json!({ "case": id, "timer": body["timer"], "at": body["at"] });
    ctx.emit("case.overdue", &again).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    assert_eq!(kinds(&world).await, opened);
    let mine =
        notice::list(&mut world.read(&head), &Filter { received: true, ..Filter::default() })
            .await
            .unwrap();
    assert_eq!(mine.0.notices.len(), opened.len());
}

#[tokio::test]
async fn a_yellow_card_settles_when_the_case_is_decided_in_time() {
    let world = World::new().await;
    let id = world.submit("birth-certificate", JINSHUI, "online").await;
    world.accept(&id, HEALTH).await;
    while kinds(&world).await.is_empty() {
        world.advance_days(1);
        world.drain().await;
    }
    world.refuse(&id, HEALTH).await;
    world.drain().await;
    let states = kinds(&world).await;
    assert!(states.iter().any(|one| one == "yellow promised_warning closed"), "{states:?}");
    let figures = notice::statistics(&mut world.read(&supervisor()), "").await.unwrap();
    let yellow: i64 = figures.agencies.iter().map(|line| line.yellow).sum();
    assert_eq!((figures.total.yellow, figures.total.settled >= 1), (yellow, true));
}

#[tokio::test]
async fn a_notice_by_hand_is_answered_sent_back_answered_and_closed() {
    let world = World::new().await;
    let head = head(&world).await;
    let id = world.submit("birth-certificate", JINSHUI, "online").await;
    let urge = Urge { reason: "群众反映两天没有回音".to_owned() };
    let opened =
        world.run(&supervisor(), async |ctx| notice::urge(ctx, &id, &urge).await).await.unwrap();
    assert_eq!(
        (opened.row.number.as_str(), opened.row.kind, opened.row.phase),
        ("DB2609-0001", Kind::Urge, Phase::Open)
    );
    let notice = opened.row.id.clone();
    let empty =
        world.run(&supervisor(), async |ctx| notice::urge(ctx, &id, &Urge::default()).await).await;
    assert_eq!(empty.unwrap_err().code, "supervise.urge_wrong");
    world.run(&head, async |ctx| notice::acknowledge(ctx, &notice, Some(1)).await).await.unwrap();
    let stale =
        world.run(&head, async |ctx| notice::acknowledge(ctx, &notice, Some(1)).await).await;
    assert_eq!(stale.unwrap_err().code, "supervise.notice_stale");
    let answer = Answer {
        explanation: "系统接口中断".to_owned(),
        mend: "已恢复，今天办完".to_owned(),
        mend_by: "2026-09-16".to_owned(),
    };
    world
        .run(&head, async |ctx| notice::answer(ctx, &notice, Some(2), &answer).await)
        .await
        .unwrap();
    let wrong = world
        .run(&head, async |ctx| {
            notice::close(ctx, &notice, None, &Closure { satisfied: true, note: String::new() })
                .await
        })
        .await;
    assert_eq!(wrong.unwrap_err().kind, Fault::Denied);
    let back = Closure { satisfied: false, note: "没有说怎么避免".to_owned() };
    let back = world
        .run(&supervisor(), async |ctx| notice::close(ctx, &notice, Some(3), &back).await)
        .await
        .unwrap();
    assert_eq!((back.row.phase, back.returned), (Phase::Acknowledged, 1));
    world
        .run(&head, async |ctx| notice::answer(ctx, &notice, Some(4), &answer).await)
        .await
        .unwrap();
    let done = Closure { satisfied: true, note: String::new() };
    let done = world
        .run(&supervisor(), async |ctx| notice::close(ctx, &notice, Some(5), &done).await)
        .await
        .unwrap();
    assert_eq!((done.row.phase, done.allowed.len()), (Phase::Closed, 0));
    let total = notice::statistics(&mut world.read(&supervisor()), "").await.unwrap().total;
    assert_eq!((total.urge, total.answered, total.returned, total.closed), (1, 2, 1, 1));
    let report = party::evidence::verify(&mut world.system().await).await.unwrap();
    assert!(report.ok, "{report:?}");
}

#[tokio::test]
async fn what_is_yet_to_be_answered_follows_a_case_to_the_next_agency_and_a_red_card_stays() {
    const CITY: &str = "health-410100";
    let world = World::new().await;
    let id = world.submit("hygiene-permit", JINSHUI, "online").await;
    world.accept(&id, HEALTH).await;
    let urge = Urge { reason: "群众反映没有回音".to_owned() };
    world.run(&supervisor(), async |ctx| notice::urge(ctx, &id, &urge).await).await.unwrap();
    while !kinds(&world).await.iter().any(|one| one == "red promised_overdue open") {
        world.advance_days(1);
        world.drain().await;
    }
    let before = kinds(&world).await;
    let yellow = before.iter().filter(|one| one.starts_with("yellow")).count();
    assert!(yellow > 0 && before.iter().all(|one| one.ends_with(" open")), "{before:?}");
    let to = service::case::Transfer {
        to: CITY.to_owned(),
        reason: "该事项由市级机关办理".to_owned(),
        article: "行政许可法第三十二条".to_owned(),
    };
    let (county, city) = (staff(HEALTH, "approver"), staff(CITY, "approver"));
    let give = world.run(&county, async |ctx| service::case::transfer(ctx, &id, None, to).await);
    give.await.unwrap();
    world.drain().await;
    assert_eq!(kinds(&world).await, before, "nothing moves until the other agency has answered");
    let take = async |ctx: &mut store::Ctx| {
        service::case::take_over(ctx, &id, None, Default::default()).await
    };
    world.run(&city, take).await.unwrap();
    world.drain().await;

    let mut ctx = world.system().await;
    let sql = "SELECT agency || ' ' || kind || ' ' || state FROM supervise_notice ORDER BY agency, kind, id";
    let now: Vec<String> = ctx.column(sql, vals![]).await.unwrap();
    let count = |wanted: String| now.iter().filter(|one| **one == wanted).count();
    assert_eq!(count(format!("{HEALTH} yellow closed")), yellow, "{now:?}");
    assert_eq!(count(format!("{CITY} yellow open")), yellow, "{now:?}");
    assert_eq!(
        (count(format!("{HEALTH} urge closed")), count(format!("{CITY} urge open"))),
        (1, 1)
    );
    assert_eq!((count(format!("{HEALTH} red open")), count(format!("{CITY} red open"))), (1, 0));
    // Told again, as after a crash, nothing moves twice.
    ctx.emit("case.transferred", &serde_json::json!({ "case": id })).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    assert_eq!(kinds(&world).await.len(), now.len());

    let received = Filter { received: true, kind: Some(Kind::Urge), ..Filter::default() };
    let (theirs, _) = notice::list(&mut world.read(&city), &received).await.unwrap();
    let theirs = notice::find(&mut world.read(&city), &theirs.notices[0].id).await.unwrap();
    assert_eq!(theirs.reason, "群众反映没有回音");
    assert_eq!(theirs.passed_from.as_ref().map(|one| one.agency.id.as_str()), Some(HEALTH));
    let closed = Filter { closed: true, ..received };
    let (own, _) = notice::list(&mut world.read(&county), &closed).await.unwrap();
    let page = world.get(&county, &format!("/work/notices/{}", own.notices[0].id)).await;
    assert!(page.text.contains(&theirs.row.number), "{}", page.text);
    let case = format!("/workbench/cases/{id}");
    assert!(!page.text.contains(&case), "no way to a case that is not theirs any more");
    // What ran on and runs out later is the next agency's, and the page of each says so.
    let reds = async || {
        let mut ctx = world.system().await;
        let sql = "SELECT agency || ' ' || timer || ' ' || id FROM supervise_notice
             WHERE kind = 'red' ORDER BY id";
        ctx.column::<String>(sql, vals![]).await.unwrap()
    };
    for _ in 0..90 {
        if reds().await.len() == 2 {
            break;
        }
        world.advance_days(1);
        world.drain().await;
    }
    let reds = reds().await;
    assert!(reds[0].starts_with(&format!("{HEALTH} promised_overdue ")), "{reds:?}");
    assert!(reds[1].starts_with(&format!("{CITY} statutory_overdue ")), "{reds:?}");
    for (red, officer) in reds.iter().zip([&county, &city]) {
        let id = red.rsplit(' ').next().unwrap();
        let page = world.get(officer, &format!("/work/notices/{id}")).await;
        assert!(page.text.contains("由接收的机关答复"), "{}", page.text);
    }
    // Heard late, after the case has gone, it is still whose it was.
    let mut ctx = world.system().await;
    let at = ctx.now.0;
    let late = serde_json::json!({ "case": id, "timer": "promised_overdue", "at": at,
        "agency": HEALTH, "division": JINSHUI });
    ctx.emit("case.overdue", &late).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    let sql =
        format!("SELECT COUNT(*) FROM supervise_notice WHERE kind = 'red' AND agency = '{HEALTH}'");
    assert_eq!(world.system().await.count(&sql, vals![]).await.unwrap(), 2);
    let report = party::evidence::verify(&mut world.system().await).await.unwrap();
    assert!(report.ok, "{report:?}");
}

#[tokio::test]
async fn a_notice_is_not_found_beyond_reach() {
    let world = World::new().await;
    let id = world.submit("birth-certificate", JINSHUI, "online").await;
    let urge = Urge { reason: "催办".to_owned() };
    let opened =
        world.run(&supervisor(), async |ctx| notice::urge(ctx, &id, &urge).await).await.unwrap();
    let luoyang = staff("data-410300", "supervisor");
    let zhengzhou = staff("data-410100", "supervisor");
    let other_head = staff("health-410305", "approver");
    let clerk = staff(HEALTH, "clerk");
    for stranger in [&luoyang, &other_head, &clerk] {
        let seen = notice::find(&mut world.read(stranger), &opened.row.id).await;
        assert_eq!(seen.unwrap_err().kind, Fault::NotFound, "{}", stranger.account);
    }
    let urged = world.run(&luoyang, async |ctx| notice::urge(ctx, &id, &urge).await).await;
    assert_eq!(urged.unwrap_err().kind, Fault::NotFound);
    let urged = world.run(&clerk, async |ctx| notice::urge(ctx, &id, &urge).await).await;
    assert_eq!(urged.unwrap_err().kind, Fault::Denied);
    assert!(notice::find(&mut world.read(&zhengzhou), &opened.row.id).await.is_ok());
    let listed = |actor: &Actor, division: &str| {
        let (actor, division) = (actor.clone(), division.to_owned());
        let world = &world;
        async move {
            let filter = Filter { division, ..Filter::default() };
            notice::list(&mut world.read(&actor), &filter)
                .await
                .map(|(page, counts)| (page.notices.len(), counts.open))
        }
    };
    assert_eq!(listed(&zhengzhou, "").await.unwrap(), (1, 1));
    assert_eq!(listed(&zhengzhou, "410105001").await.unwrap(), (0, 0));
    assert_eq!(listed(&luoyang, "").await.unwrap(), (0, 0));
    assert_eq!(listed(&supervisor(), JINSHUI).await.unwrap(), (1, 1));
    assert_eq!(listed(&supervisor(), LUOYANG).await.unwrap(), (0, 0));
    assert_eq!(listed(&luoyang, JINSHUI).await.unwrap_err().kind, Fault::NotFound);
}

/// A scalar of text.
trait OneText {
    async fn one_text(&mut self, sql: &str) -> String;
}

impl OneText for store::Ctx {
    async fn one_text(&mut self, sql: &str) -> String {
        self.scalar::<String>(sql, vals![]).await.unwrap().unwrap()
    }
}
