//! Papers sealed by keepers, by one agency and by several in order.

use super::authority::administrator;
use super::http::{Site, site};
use super::seals::{approval_seal, employed};
use super::sheets::Real;
use super::world::*;
use crate::seal::paper::{self, Paper, PaperDraft};
use crate::seal::{self, Record};
use axum::http::{Method, StatusCode};
use kernel::{Actor, Result};
use serde_json::json;
use std::sync::Arc;
use store::vals;

/// Two agencies, each with a seal of approvals and its keeper.
struct Two {
    police: (Record, Actor),
    health: (Record, Actor),
}

async fn two(world: &World) -> Two {
    let (_, police) = employed(world, "police-keeper", "李保管", POLICE, "clerk").await;
    let (_, health) = employed(world, "health-keeper", "张保管", HEALTH, "reviewer").await;
    Two {
        police: (approval_seal(world, POLICE, "police-keeper").await, police),
        health: (approval_seal(world, HEALTH, "health-keeper").await, health),
    }
}

fn text(seals: &[&Record]) -> PaperDraft {
    PaperDraft {
        number: "金联审〔2026〕3号".to_owned(),
        title: "联合审查意见".to_owned(),
        addressee: "许小满".to_owned(),
        body: "经联合审查，材料齐全。\n\n同意通过。".to_owned(),
        seals: seals.iter().map(|one| one.id.clone()).collect(),
    }
}

async fn drafted(world: &World, who: &Actor, new: PaperDraft) -> Result<Paper> {
    let mut ctx = world.as_actor(who).await;
    let row = paper::draft(&mut ctx, new).await?;
    ctx.commit().await?;
    Ok(row)
}

async fn agreed(world: &World, who: &Actor, row: &Paper) -> Result<Paper> {
    let drawn = paper::prepare(&world.env, who, &row.id).await?;
    let mut ctx = world.as_actor(who).await;
    let row = paper::agree(&mut ctx, &row.id, row.revision, "联合审查通过", drawn).await?;
    ctx.commit().await?;
    Ok(row)
}

fn code<T>(result: Result<T>) -> String {
    result.map(|_| ()).unwrap_err().code.to_owned()
}

/// Pages of a PDF as red, green, blue at 36 dots to the inch: width, height, bytes.
fn pictures(pdf: &[u8]) -> Vec<(usize, usize, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f.pdf"), pdf).unwrap();
    let done = std::process::Command::new("pdftoppm")
        .args(["-r", "36", "f.pdf", "p"])
        .current_dir(folder.path())
        .status()
        .expect("pdftoppm, which these tests need, is not installed");
    assert!(done.success());
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|one| one.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "ppm"))
        .collect();
    names.sort();
    names
        .iter()
        .map(|path| {
            let bytes = std::fs::read(path).unwrap();
            let head: Vec<&[u8]> = bytes.splitn(4, |b| b.is_ascii_whitespace()).collect();
            let number = |part: &[u8]| std::str::from_utf8(part).unwrap().parse::<usize>().unwrap();
            let (width, height) = (number(head[1]), number(head[2]));
            let pixels = bytes[bytes.len() - 3 * width * height..].to_vec();
            (width, height, pixels)
        })
        .collect()
}

/// How many pixels of a seal's vermilion stand in the last tenth of the width.
fn red_at_the_edge((width, height, pixels): &(usize, usize, Vec<u8>)) -> usize {
    let at = |x: usize, y: usize| &pixels[3 * (y * width + x)..][..3];
    let red = |one: &[u8]| one[0] > 150 && one[1] < 130 && one[2] < 110;
    (0..*height)
        .flat_map(|y| (width * 9 / 10..*width).map(move |x| (x, y)))
        .filter(|(x, y)| red(at(*x, *y)))
        .count()
}

#[tokio::test]
async fn two_agencies_seal_in_order_and_anyone_verifies_both() {
    let world = world_with(Arc::new(Real)).await;
    let two = two(&world).await;
    let new = PaperDraft {
        body: "经联合审查，场所和人员均符合要求。\n".repeat(40),
        ..text(&[&two.police.0, &two.health.0])
    };
    let row = drafted(&world, &two.police.1, new).await.unwrap();
    // The second waits for the first, and nobody else's word counts.
    assert_eq!(code(agreed(&world, &two.health.1, &row).await), "licence.paper_turn");
    let weak = Actor { assurance: 1, ..two.police.1.clone() };
    assert_eq!(code(agreed(&world, &weak, &row).await), "sign_in.second_factor");
    let row = agreed(&world, &two.police.1, &row).await.unwrap();
    assert_eq!((row.state.as_str(), row.document.as_str()), ("open", ""));
    let row = agreed(&world, &two.health.1, &row).await.unwrap();
    assert_eq!(row.state, "sealed");
    let mut ctx = world.as_actor(&two.health.1).await;
    let file = paper::file(&mut ctx, &row.id).await.unwrap();
    drop(ctx);
    let status = crate::status::all(&world.env).await.unwrap();
    let mut ctx = world.system().await;
    let anchors = seal::trust_anchors(&mut ctx).await.unwrap();
    let report = proof::verify::verify_file(&file, &anchors, None, now());
    assert!(report.valid, "{:?}", report.failure());
    let later: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| check.name == "countersignature")
        .map(|check| check.detail.zh.as_str())
        .collect();
    assert!(later.len() == 1 && later[0].contains("行政审批专用章"), "{later:?}");
    // Each has signed for readers of others, and the first signature stands after the second.
    let names: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| check.name == "pades")
        .map(|check| check.detail.zh.as_str())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    drop(ctx);
    let said = super::twin::judged(&world, &file).await;
    let mut ctx = world.system().await;
    assert_eq!(said.matches("Signature is Valid").count(), 2, "{said}");
    assert!(!said.contains("Signature #3"), "{said}");
    assert!(said.contains("True ENTIRE_REVISION True\nTrue ENTIRE_FILE True"), "{said}");
    // By its code on the public page, with the records of the authority.
    let list = proof::status::SignedStatus::parse(&status).unwrap();
    let sealed = report.body.unwrap()["code"].as_str().unwrap().to_owned();
    let found = crate::verify::peek(&mut ctx, &list, &sealed).await.unwrap().unwrap();
    assert!(found.valid, "{:?}", found.checks);
    // Each use is in its seal's log, with the reason and the file's digest.
    let digest = proof::digest::sm3_hex(&file);
    for record in [&two.police.0, &two.health.0] {
        let uses = seal::uses(&mut ctx, &record.id, "").await.unwrap();
        let [used] = &uses[..] else { panic!("{uses:?}") };
        assert_eq!(
            (used.document_digest.as_str(), used.subject.as_str()),
            (&*digest, &*row.document)
        );
        assert_eq!(used.reason, "联合审查意见：联合审查通过");
    }
    // The first seal runs across the edges of all pages.
    let pages = pictures(&file);
    assert!(pages.len() > 1);
    let red: Vec<usize> = pages.iter().map(red_at_the_edge).collect();
    assert!(red.iter().all(|count| *count > 20), "{red:?}");
}

#[tokio::test]
async fn a_paper_of_one_page_has_no_seal_across_its_edge() {
    let world = world_with(Arc::new(Real)).await;
    let two = two(&world).await;
    let row = drafted(&world, &two.police.1, text(&[&two.police.0])).await.unwrap();
    let row = agreed(&world, &two.police.1, &row).await.unwrap();
    let mut ctx = world.as_actor(&two.police.1).await;
    let file = paper::file(&mut ctx, &row.id).await.unwrap();
    let pages = pictures(&file);
    assert_eq!(pages.iter().map(red_at_the_edge).collect::<Vec<_>>(), [0]);
}

#[tokio::test]
async fn a_paper_is_sealed_by_all_or_by_nobody() {
    let world = world_on_server().await;
    let two = two(&world).await;
    let sealed = async || {
        let mut ctx = world.system().await;
        ctx.count("SELECT COUNT(*) FROM seal_use WHERE subject <> ''", vals![]).await.unwrap()
    };
    let row = drafted(&world, &two.police.1, text(&[&two.police.0, &two.health.0])).await.unwrap();
    let row = agreed(&world, &two.police.1, &row).await.unwrap();
    // A seal suspended meanwhile seals nothing, and nothing of the paper is kept.
    let one = administrator(&world, "乙");
    let mut ctx = world.as_actor(&one).await;
    let held = seal::get(&mut ctx, &two.police.0.id).await.unwrap();
    let held = seal::suspend(&mut ctx, &held.id, held.revision, "盘点").await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(code(agreed(&world, &two.health.1, &row).await), "licence.seal_suspended");
    assert_eq!(sealed().await, 0);
    let undrawn = async || {
        let mut ctx = world.as_actor(&two.health.1).await;
        paper::agree(&mut ctx, &row.id, row.revision, "通过", None).await
    };
    assert_eq!(code(undrawn().await), "licence.stale");
    let mut ctx = world.as_actor(&one).await;
    seal::resume(&mut ctx, &held.id, held.revision, "已盘点").await.unwrap();
    ctx.commit().await.unwrap();
    // Refused by the second: the first's word comes to nothing.
    let mut ctx = world.as_actor(&two.health.1).await;
    let unsaid = paper::refuse(&mut ctx, &row.id, row.revision, "").await;
    assert_eq!(code(unsaid), "licence.reason_text");
    let ended = paper::refuse(&mut ctx, &row.id, row.revision, "尚缺检测报告").await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(ended.state, "refused");
    assert_eq!(code(agreed(&world, &two.health.1, &ended).await), "licence.paper_ended");
    assert_eq!(sealed().await, 0);
    // Withdrawn by who drew it up, and by nobody else.
    let row = drafted(&world, &two.police.1, text(&[&two.police.0, &two.health.0])).await.unwrap();
    let mut ctx = world.as_actor(&two.health.1).await;
    assert_eq!(code(paper::withdraw(&mut ctx, &row.id, 1, "x").await), "denied");
    drop(ctx);
    let mut ctx = world.as_actor(&two.police.1).await;
    assert_eq!(code(paper::withdraw(&mut ctx, &row.id, 9, "x").await), "licence.stale");
    let row = paper::withdraw(&mut ctx, &row.id, 1, "内容有误").await.unwrap();
    assert_eq!(row.state, "withdrawn");
}

#[tokio::test]
async fn a_draft_names_seals_that_somebody_keeps_its_own_first() {
    let world = world_on_server().await;
    let two = two(&world).await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let mut ctx = world.system().await;
    let rows = seal::list(&mut ctx, "").await.unwrap().0;
    let unkept = rows.into_iter().find(|row| row.keeper.is_empty()).unwrap();
    drop(ctx);
    let (own, other) = (&two.police.0, &two.health.0);
    for seals in [vec![], vec![other, own], vec![own, own], vec![&unkept], vec![own, &unkept]] {
        let error = drafted(&world, &two.police.1, text(&seals)).await.unwrap_err();
        assert_eq!(error.fields[0].code, "licence.paper_seals", "{}", seals.len());
    }
    let empty = PaperDraft {
        title: " ".into(),
        addressee: "甲\n乙".into(),
        body: String::new(),
        ..text(&[own])
    };
    let error = drafted(&world, &two.police.1, empty).await.unwrap_err();
    let fields: Vec<&str> = error.fields.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["title", "addressee", "body"]);
    let auditor = staff(POLICE, "auditor");
    assert_eq!(code(drafted(&world, &auditor, text(&[own])).await), "denied");
    let mut ctx = world.as_actor(&two.police.1).await;
    let found: Vec<String> =
        paper::choices(&mut ctx).await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(found, [own.id.clone(), other.id.clone()]);
}

fn places(world: &World, two: &Two) -> Site {
    let weak = Actor { assurance: 1, ..two.police.1.clone() };
    let actors = [
        ("police", two.police.1.clone()),
        ("health", two.health.1.clone()),
        ("weak", weak),
        ("elsewhere", officer("police-410202")),
        ("leader", staff(POLICE, "leader")),
        ("auditor", staff(POLICE, "auditor")),
    ];
    site(world, &actors)
}

#[tokio::test]
async fn a_paper_goes_through_pages_from_keeper_to_keeper() {
    let world = world_on_server().await;
    let two = two(&world).await;
    let site = places(&world, &two);
    let form = |once: &'static str, title: &'static str| {
        vec![
            ("_once", once),
            ("title", title),
            ("number", ""),
            ("addressee", "许小满"),
            ("body", "同意。"),
            ("seal_1", two.police.0.id.as_str()),
            ("seal_2", two.health.0.id.as_str()),
            ("seal_3", ""),
        ]
    };
    let (status, _, body) = site.post("police", "/papers", &form("a", "")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请填写一行文字") && body.contains("同意。"), "{body}");
    let (status, location, _) = site.post("police", "/papers", &form("b", "联合意见")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = location.split('?').next().unwrap().to_owned();
    assert_eq!(site.get("police", &format!("{page}/paper.pdf")).await.0, StatusCode::NOT_FOUND);
    let path = format!("{page}/answer");
    let (_, waiting) = site.get("health", &page).await;
    assert!(waiting.contains("轮到") && !waiting.contains("同意用印</button>"), "{waiting}");
    let say = |once: &'static str, revision: &'static str, reason: &'static str| {
        [("_once", once), ("act", "agree"), ("revision", revision), ("reason", reason)]
    };
    let (status, _, body) = site.post("police", &path, &say("c", "1", "")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请写明原因"), "{body}");
    assert_eq!(site.post("police", &path, &say("d", "1", "通过")).await.0, StatusCode::SEE_OTHER);
    assert_eq!(site.post("health", &path, &say("e", "2", "通过")).await.0, StatusCode::SEE_OTHER);
    let (status, file) = site.get("health", &format!("{page}/paper.pdf")).await;
    assert!(status == StatusCode::OK && file.starts_with("%PDF-"));
    for path in ["/papers", "/papers/new", &page] {
        for lang in ["zh-CN", "en"] {
            let (status, body) = site.get("police", &format!("{path}?lang={lang}")).await;
            assert_eq!(status, StatusCode::OK, "{path} {lang}: {body}");
            assert!(body.contains("<h1") && !body.contains('⟦'), "{path} {lang}: {body}");
        }
    }
}

#[tokio::test]
async fn papers_go_over_rest_and_every_route_refuses_those_without_standing() {
    let world = world_on_server().await;
    let two = two(&world).await;
    let site = places(&world, &two);
    let path = "/api/v1/papers";
    let new = json!({ "title": "联合意见", "addressee": "许小满", "body": "同意。",
        "seals": [two.police.0.id, two.health.0.id] });
    for (who, expected) in [
        ("nobody", StatusCode::UNAUTHORIZED),
        ("leader", StatusCode::FORBIDDEN),
        ("auditor", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(site.api(Method::POST, who, path, new.clone()).await.0, expected, "{who}");
        let page = site.post(who, "/papers", &[("_once", who)]).await.0;
        let expected = if who == "nobody" { StatusCode::SEE_OTHER } else { expected };
        assert_eq!(page, expected, "{who}");
        assert_eq!(site.get(who, "/papers/new").await.0, expected, "{who}");
    }
    let (status, row) = site.api(Method::POST, "police", path, new).await;
    assert_eq!((status, &row["state"]), (StatusCode::OK, &json!("open")), "{row}");
    let one = format!("{path}/{}", row["id"].as_str().unwrap());
    let page = one.replace("/api/v1", "");
    let answer = format!("{one}/answer");
    let yes = |revision: i64| json!({ "answer": "agree", "reason": "通过", "revision": revision });
    for (who, expected) in [
        ("nobody", StatusCode::UNAUTHORIZED),
        ("leader", StatusCode::FORBIDDEN),
        ("weak", StatusCode::UNAUTHORIZED),
        ("elsewhere", StatusCode::NOT_FOUND),
        ("health", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(site.api(Method::POST, who, &answer, yes(1)).await.0, expected, "{who}");
        let form = [("_once", who), ("act", "agree"), ("revision", "1"), ("reason", "x")];
        let given = site.post(who, &format!("{page}/answer"), &form).await.0;
        let expected = match who {
            "nobody" | "weak" => StatusCode::SEE_OTHER,
            _ => expected,
        };
        assert_eq!(given, expected, "{who}");
    }
    for who in ["leader", "elsewhere", "nobody"] {
        let (api, html) = match who {
            "leader" => (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
            "elsewhere" => (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
            _ => (StatusCode::UNAUTHORIZED, StatusCode::SEE_OTHER),
        };
        assert_eq!(site.api(Method::GET, who, &one, json!({})).await.0, api, "{who}");
        assert_eq!(site.get(who, &page).await.0, html, "{who}");
        assert_eq!(site.get(who, &format!("{page}/paper.pdf")).await.0, html, "{who}");
    }
    assert_eq!(site.get("leader", "/papers").await.0, StatusCode::FORBIDDEN);
    assert_eq!(site.api(Method::GET, "leader", path, json!({})).await.0, StatusCode::FORBIDDEN);
    let none = site.api(Method::GET, "elsewhere", path, json!({})).await.1;
    assert_eq!(none["papers"], json!([]));
    site.api(Method::POST, "police", &answer, yes(1)).await;
    let (status, row) = site.api(Method::POST, "health", &answer, yes(2)).await;
    assert_eq!((status, &row["state"]), (StatusCode::OK, &json!("sealed")), "{row}");
    let (_, shown) = site.api(Method::GET, "auditor", &one, json!({})).await;
    assert_eq!(shown["turns"][1]["keeper"], "张保管");
    let all = site.api(Method::GET, "health", path, json!({})).await.1;
    assert_eq!(all["papers"][0]["digest"], row["digest"]);
}

#[tokio::test]
async fn who_stands_in_for_a_keeper_uses_his_seal_for_that_time_under_his_own_name() {
    let world = world_on_server().await;
    let two = two(&world).await;
    let (_, deputy) = employed(&world, "police-deputy", "赵代管", POLICE, "clerk").await;
    let row = drafted(&world, &two.police.1, text(&[&two.police.0])).await.unwrap();
    assert_eq!(code(agreed(&world, &deputy, &row).await), "licence.paper_turn");
    let until = world.env.clock.now().plus_days(3);
    let mut ctx = world.as_actor(&two.police.1).await;
    let named = (deputy.account.as_str(), deputy.name.as_str());
    let absence = party::absence::begin(&mut ctx, named, now(), until, "出差").await.unwrap();
    ctx.commit().await.unwrap();
    // Standing in for his cases is not standing in for his posts.
    assert_eq!(code(agreed(&world, &deputy, &row).await), "licence.paper_turn");
    let mut ctx = world.as_actor(&two.police.1).await;
    party::absence::grant_posts(&mut ctx, &absence.id).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(code(agreed(&world, &two.health.1, &row).await), "not_found");
    let sealed = agreed(&world, &deputy, &row).await.unwrap();
    assert_eq!(sealed.state, "sealed");
    let mut ctx = world.system().await;
    let by = "SELECT actor FROM evidence_entry WHERE kind = 'paper.agreed'";
    let by: Vec<String> = ctx.column(by, vals![]).await.unwrap();
    assert_eq!(by, std::slice::from_ref(&deputy.account));
    drop(ctx);
    let row = drafted(&world, &two.police.1, text(&[&two.police.0])).await.unwrap();
    world.env.clock.advance_us(4 * kernel::time::DAY_US);
    assert_eq!(code(agreed(&world, &deputy, &row).await), "licence.paper_turn", "it is over");
}
