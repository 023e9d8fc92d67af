//! What waited for an item that ended by mistake, and was stopped with it, waits again when the item is
//! opened again; what another end stops stays stopped, and tells why.

use super::world::{HEALTH, World, approver};
use crate::case::{self, Acceptance, Decision, Reopening, Submitted, Withdrawal};
use std::collections::BTreeMap;

const ARTICLE: &str = "母婴保健法第二十三条";

async fn decide(world: &World, id: &str, granted: bool) {
    let body = Decision {
        granted,
        opinion: "核对出生记录".to_owned(),
        reasons: if granted { "" } else { "与登记不符" }.to_owned(),
        article: ARTICLE.to_owned(),
        ..Decision::default()
    };
    let decide = async |ctx: &mut store::Ctx| Box::pin(case::decide(ctx, id, None, body)).await;
    Box::pin(world.run(&approver(HEALTH), decide)).await.unwrap();
    world.drain().await;
}

async fn accept(world: &World, id: &str) {
    let accept = async |ctx: &mut store::Ctx| {
        Box::pin(case::accept(ctx, id, None, Acceptance::default())).await
    };
    Box::pin(world.run(&approver(HEALTH), accept)).await.unwrap();
}

async fn reopen(world: &World, id: &str) {
    let body = Reopening { reason: "登记已更正".to_owned(), article: ARTICLE.to_owned() };
    let reopen = async |ctx: &mut store::Ctx| Box::pin(case::reopen(ctx, id, None, body)).await;
    Box::pin(world.run(&approver(HEALTH), reopen)).await.unwrap();
    world.drain().await;
}

async fn phases(world: &World, whole: &Submitted) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for one in &whole.items {
        out.insert(one.item.clone(), world.phase(&one.id).await);
    }
    out
}

#[tokio::test]
async fn what_waited_for_a_reopened_item_waits_again_and_goes_on_with_it() {
    let world = World::new().await;
    let (mother, whole, id) = world.referred("draft-1").await;
    accept(&world, &id).await;
    decide(&world, &id, false).await;
    let stopped = phases(&world, &whole).await;
    let others = stopped.iter().filter(|(item, _)| *item != "birth-certificate");
    assert!(others.clone().count() >= 4 && others.clone().all(|(_, phase)| phase == "terminated"));
    let notices = "SELECT COUNT(*) FROM case_document WHERE kind = 'termination_notice'";
    assert_eq!(world.count(notices).await, others.clone().count() as i64, "each has its notice");
    let sent = world.texts("SELECT args FROM message WHERE template = 'case.terminated'").await;
    assert_eq!(sent.len(), 1, "told once: {sent:?}");
    for (item, _) in others.clone() {
        let name = &world.env.pack.item(item).unwrap().name;
        assert!(sent[0].contains(&name.zh) && sent[0].contains(&name.en), "{item}: {}", sent[0]);
    }
    world.advance_days(1);
    reopen(&world, &id).await;
    let now = phases(&world, &whole).await;
    assert_eq!(now["birth-certificate"], "accepted");
    assert!(now.iter().all(|(item, phase)| item == "birth-certificate" || phase == "waiting"));
    assert_eq!(world.phase(&whole.id).await, "accepted", "the whole is under way");
    let waiting = whole.items.iter().find(|one| one.item == "vaccination-file").unwrap();
    let shown = case::show(&mut world.read(&mother), &waiting.id).await.unwrap();
    let told = shown.timeline.iter().find(|one| one.kind == "restored").unwrap();
    assert!(told.text.contains("恢复办理"), "{}", told.text);
    decide(&world, &id, true).await;
    let now = phases(&world, &whole).await;
    assert_eq!(now["birth-certificate"], "completed");
    assert_ne!(now["household-registration"], "waiting", "released by the result");
    assert_ne!(now["household-registration"], "terminated");
    let mut ctx = world.system().await;
    assert_eq!(case::verify_histories(&mut ctx).await.unwrap(), None);
    party::evidence::sequence(&mut ctx).await.unwrap();
    let log = party::evidence::verify(&mut ctx).await.unwrap();
    assert!(log.ok, "{:?}", log.first_bad);
}

#[tokio::test]
async fn what_another_end_stops_stays_stopped() {
    let world = World::new().await;
    let (mother, whole, id) = world.referred("draft-1").await;
    let of = |item: &str| whole.items.iter().find(|one| one.item == item).unwrap().id.clone();
    let household = of("household-registration");
    let body = Withdrawal { reason: "暂不落户".to_owned() };
    let withdraw =
        async |ctx: &mut store::Ctx| Box::pin(case::withdraw(ctx, &household, None, body)).await;
    Box::pin(world.run(&mother, withdraw)).await.unwrap();
    accept(&world, &id).await;
    decide(&world, &id, false).await;
    reopen(&world, &id).await;
    let now = phases(&world, &whole).await;
    assert_eq!(now["household-registration"], "withdrawn", "by her own will");
    assert_eq!(now["social-security-card"], "terminated", "it waited for the household");
    assert_eq!(now["vaccination-file"], "waiting");
    let card = case::show(&mut world.read(&mother), &of("social-security-card")).await.unwrap();
    let why = card.timeline.iter().find(|one| one.kind == "terminated").unwrap();
    assert!(why.text.contains("户口"), "{}", why.text);
    let mut english = store::Ctx::read(&world.env, mother.clone(), kernel::Lang::En);
    let card = case::show(&mut english, &of("social-security-card")).await.unwrap();
    let why = card.timeline.iter().find(|one| one.kind == "terminated").unwrap();
    assert!(why.text.contains("came to no result") && !why.text.contains("前置"), "{}", why.text);
}
