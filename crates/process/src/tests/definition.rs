//! Deploying: what is refused, what a version is, that it comes back byte for byte.

use super::world::{World, document, draw};
use crate::definition;
use kernel::Kind;

fn line(task: &str) -> String {
    draw(&["startEvent s0", task, "endEvent e"], &["s0 a", "a e"])
}

#[tokio::test]
async fn a_document_becomes_a_version_and_comes_back_byte_for_byte() {
    let world = World::new().await;
    let xml = document(&[("leave", &line("userTask a y:candidates=reviewer"))]);
    let first = world.deploy(&xml).await;
    assert_eq!((first.versions[0].version, first.versions[0].newest), (1, true));
    assert_eq!(world.deploy(&xml).await, first, "the same bytes are the same version");
    let changed = xml.replace("reviewer", "clerk");
    let second = world.deploy(&changed).await;
    assert_eq!(second.versions[0].version, 2);
    let mut ctx = world.read("wang");
    assert_eq!(definition::export(&mut ctx, "leave", 1).await.unwrap(), xml.as_bytes());
    assert_eq!(definition::export(&mut ctx, "leave", 2).await.unwrap(), changed.as_bytes());
    let page = definition::versions(&mut ctx, "leave", None).await.unwrap();
    let newest: Vec<(i64, bool)> =
        page.versions.iter().map(|one| (one.version, one.newest)).collect();
    assert_eq!(newest, [(2, true), (1, false)]);
    let (shown, _) = definition::show(&mut ctx, "leave", 1).await.unwrap();
    let kinds: Vec<&str> = shown.elements.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, ["start", "user", "end"]);
    assert_eq!(shown.elements[1].candidates, ["reviewer"]);
    assert_eq!(definition::show(&mut ctx, "leave", 9).await.unwrap_err().kind, Kind::NotFound);
}

/// Rules a document of one process breaks.
async fn rules(world: &World, inner: &str) -> Vec<String> {
    let xml = document(&[("p", inner)]);
    let refused =
        world.run("admin", async |ctx| definition::deploy(ctx, xml.as_bytes()).await).await;
    let error = refused.unwrap_err();
    assert_eq!(error.code, "process.model");
    error.fields.into_iter().map(|field| field.code).collect()
}

#[tokio::test]
async fn what_this_installation_lacks_is_refused_by_rule() {
    let world = World::new().await;
    for (task, rule) in [
        ("serviceTask a y:topic=http.get", "process.service_unknown"),
        ("userTask a y:candidates=nobody", "process.candidate_unknown"),
        ("userTask a y:candidates=reviewer@nowhere", "process.candidate_unknown"),
        ("callActivity a calledElement=elsewhere", "process.call_unknown"),
        ("businessRuleTask a y:decision=d", "process.decision_unknown"),
        ("userTask a y:limit=soon", "process.limit"),
        ("complexGateway a", "process.complex_gateway"),
    ] {
        assert_eq!(rules(&world, &line(task)).await, [rule], "{task}");
    }
    let timer = "<startEvent id=\"s0\"><timerEventDefinition><timeDuration>later</timeDuration></timerEventDefinition></startEvent>";
    let drawing = draw(&[timer, "userTask a", "endEvent e"], &["s0 a", "a e"]);
    assert_eq!(rules(&world, &drawing).await, ["process.start_timer"]);
    let deadlock = draw(
        &[
            "startEvent s0",
            "exclusiveGateway f",
            "task a",
            "task b",
            "parallelGateway j",
            "endEvent e",
        ],
        &["s0 f", "f a x = 1", "f b x = 2", "a j", "b j", "j e"],
    );
    assert_eq!(rules(&world, &deadlock).await, ["process.sound_deadlock"]);
    assert_eq!(world.count("SELECT COUNT(*) FROM process_bundle").await, 0);
}

#[tokio::test]
async fn calls_in_a_circle_are_found_across_documents() {
    let world = World::new().await;
    world.deploy(&document(&[("pb", &line("userTask a"))])).await;
    world.deploy(&document(&[("pa", &line("callActivity a calledElement=pb"))])).await;
    let xml = document(&[("pb", &line("callActivity a calledElement=pa"))]);
    let refused =
        world.run("admin", async |ctx| definition::deploy(ctx, xml.as_bytes()).await).await;
    assert_eq!(refused.unwrap_err().fields[0].code, "process.call_cycle");
}

#[tokio::test]
async fn only_an_administrator_deploys_and_only_of_his_agency() {
    let world = World::new().await;
    let xml = document(&[("leave", &line("userTask a"))]);
    for login in ["wang", "zhao", "clerk"] {
        let refused =
            world.run(login, async |ctx| definition::deploy(ctx, xml.as_bytes()).await).await;
        assert_eq!(refused.unwrap_err().kind, Kind::Denied);
    }
    world.deploy(&xml).await;
    let other = xml.replace("userTask", "manualTask");
    let mut police = world.actor("police");
    police.roles = vec!["administrator".to_owned()];
    let mut ctx = store::Ctx::write(&world.env, police, kernel::Lang::Zh).await.unwrap();
    let refused = definition::deploy(&mut ctx, other.as_bytes()).await.unwrap_err();
    assert_eq!(refused.code, "process.owned");
}

#[tokio::test]
async fn bombs_and_rubbish_are_refused() {
    let world = World::new().await;
    for bytes in [
        b"<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>".to_vec(),
        b"<definitions".to_vec(),
        Vec::new(),
        vec![0xff, 0xfe, 0x00],
        vec![b' '; (8 << 20) + 1],
    ] {
        let refused = world.run("admin", async |ctx| definition::deploy(ctx, &bytes).await).await;
        assert_eq!(refused.unwrap_err().code, "process.model");
    }
}
