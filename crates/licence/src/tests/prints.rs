//! Paper licences on numbered blanks.

use super::http::site;
use super::world::*;
use crate::print::{self, Serial};
use axum::http::{Method, StatusCode};
use kernel::{Actor, Result};
use serde_json::{Value as Json, json};
use store::Ctx;

const BLANKS: &str = "/api/v1/licence-blanks";

async fn done<T>(
    world: &World,
    who: &Actor,
    act: impl AsyncFnOnce(&mut Ctx) -> Result<T>,
) -> Result<T> {
    let mut ctx = world.as_actor(who).await;
    let made = act(&mut ctx).await?;
    ctx.commit().await?;
    Ok(made)
}

async fn received(world: &World, first: &str, number: i64) -> Result<()> {
    let receive =
        async |ctx: &mut Ctx| print::receive(ctx, TYPE, first, number, "省厅配发 2026-17").await;
    done(world, &officer(POLICE), receive).await
}

async fn printed(world: &World, id: &str, serial: &str, reason: &str) -> Result<print::Print> {
    done(world, &officer(POLICE), async |ctx| print::print(ctx, id, serial, reason).await).await
}

fn code<T>(result: Result<T>) -> &'static str {
    result.map(|_| ()).unwrap_err().code
}

#[tokio::test]
async fn each_blank_is_used_once_and_a_second_print_voids_the_first() {
    let world = world_on_server().await;
    let (person, other) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let (one, two) = (world.licence(&person).await, world.licence(&other).await);
    received(&world, "HN0000098", 5).await.unwrap();
    assert_eq!(code(received(&world, "hn 0000102", 10).await), "licence.blank_overlap");
    assert_eq!(code(received(&world, "HN9999999", 2).await), "licence.blank_number");
    assert_eq!(code(received(&world, "HN", 2).await), "licence.blank_serial");
    assert_eq!(code(printed(&world, &one.id, "HN0000103", "").await), "licence.blank_unknown");
    let first = printed(&world, &one.id, "hn0000098", "").await.unwrap();
    assert_eq!(
        (first.serial.as_str(), first.place, first.state.as_str()),
        ("HN0000098", 1, "stands")
    );
    assert_eq!(code(printed(&world, &two.id, "HN0000098", "").await), "licence.blank_used");
    assert_eq!(code(printed(&world, &one.id, "HN0000099", " ").await), "licence.print_reason");
    printed(&world, &one.id, "HN0000099", "原件遗失").await.unwrap();
    let again = printed(&world, &one.id, "HN0000098", "再印").await;
    assert_eq!(code(again), "licence.blank_used", "a void print frees no blank");
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let (_, prints) = print::of_licence(&mut ctx, &one.id).await.unwrap();
    let told: Vec<_> = prints.iter().map(|one| (one.place, one.state.as_str())).collect();
    assert_eq!(told, [(2, "stands"), (1, "void")]);
    assert_eq!(
        (prints[1].ended_reason.as_str(), prints[1].ended_name.as_str()),
        ("原件遗失", "王审批")
    );
    drop(ctx);
    // What no longer stands is not printed.
    world.revoke(&two.id).await.unwrap();
    assert_eq!(code(printed(&world, &two.id, "HN0000100", "").await), "licence.print_ended");
    let mut ctx = world.system().await;
    let report = party::evidence::verify(&mut ctx).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

#[tokio::test]
async fn two_who_print_one_licence_at_once_leave_one_print_that_stands() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    received(&world, "A001", 9).await.unwrap();
    let both = tokio::join!(
        printed(&world, &issued.id, "A001", "遗失"),
        printed(&world, &issued.id, "A002", "遗失"),
    );
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let (_, prints) = print::of_licence(&mut ctx, &issued.id).await.unwrap();
    let states: Vec<&str> = prints.iter().map(|one| one.state.as_str()).collect();
    assert_eq!(states, ["stands", "void"]);
}

#[tokio::test]
async fn blanks_received_are_those_that_stand_are_void_spoiled_and_left() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    received(&world, "HN0000001", 10).await.unwrap();
    received(&world, "HN0000011", 10).await.unwrap();
    printed(&world, &issued.id, "HN0000001", "").await.unwrap();
    printed(&world, &issued.id, "HN0000015", "损毁换发").await.unwrap();
    let head = officer(POLICE);
    let spoil = async |serial: &str, reason: &str| {
        done(&world, &head, async |ctx| print::spoil(ctx, TYPE, serial, reason).await).await
    };
    assert_eq!(code(spoil("HN0000002", "").await), "licence.print_reason");
    assert_eq!(code(spoil("HN0000001", "撕毁").await), "licence.blank_used");
    spoil("HN0000002", "卡纸撕毁").await.unwrap();
    let count = async |n: i64, reason: &str| {
        done(&world, &head, async |ctx| print::count(ctx, TYPE, n, reason).await).await
    };
    assert_eq!(code(count(16, "").await), "licence.count_reason");
    let short = count(16, "一张待查").await.unwrap();
    assert_eq!((short.counted, short.expected), (16, 17));
    count(17, "").await.unwrap();
    let mut ctx = world.as_actor(&head).await;
    let (stocks, last) = print::stocks(&mut ctx).await.unwrap();
    let [stock] = &stocks[..] else { panic!("{stocks:?}") };
    let sums = (stock.received, stock.standing, stock.void, stock.spoiled, stock.left());
    assert_eq!(sums, (20, 1, 1, 1, 17));
    assert_eq!(stock.count.as_ref().map(|count| count.counted), Some(17));
    assert_eq!(last.len(), 3);
}

#[tokio::test]
async fn anyone_asks_whether_a_printed_serial_stands() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    received(&world, "HN0000001", 10).await.unwrap();
    printed(&world, &issued.id, "HN0000001", "").await.unwrap();
    printed(&world, &issued.id, "HN0000002", "原件遗失").await.unwrap();
    let mut ctx = world.system().await;
    let row = crate::register::store::get(&mut ctx, &issued.id).await.unwrap();
    drop(ctx);
    let site = site(&world, &[]);
    let page = async |serial: &str| {
        site.get("nobody", &format!("/verify?code={}&serial={serial}", row.code)).await
    };
    let (status, stands) = page("HN0000002").await;
    assert_eq!(status, StatusCode::OK);
    assert!(stands.contains("验证通过") && stands.contains("HN0000002"), "{stands}");
    let void = page("HN0000001").await.1;
    assert!(
        void.contains("验证不通过") && void.contains("作废") && !void.contains("遗失"),
        "{void}"
    );
    let unknown = page("HN0000003").await.1;
    assert!(unknown.contains("验证不通过") && unknown.contains("没有印制"), "{unknown}");
    assert_eq!(page("!").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let ask = json!({ "code": row.code, "serial": "HN0000001" });
    let (_, told) = site.api(Method::POST, "nobody", "/api/v1/verifications", ask).await;
    assert_eq!(told["valid"], json!(false));
    assert_eq!(told["checks"].as_array().unwrap().last().unwrap()["name"], "print");
    world.env.clock.advance_us(3 * kernel::time::DAY_US);
    printed(&world, &issued.id, "HN0000003", "原件遗失").await.unwrap();
    let then = world.env.clock.now().plus_days(-1).date();
    let on = async |serial: &str| page(&format!("{serial}&at={then}")).await.1;
    let stood = on("HN0000002").await;
    assert!(stood.contains("验证通过") && stood.contains("当日有效"), "{stood}");
    let later = on("HN0000003").await;
    assert!(later.contains("验证不通过") && later.contains("没有印制"), "{later}");
    assert!(page("HN0000002").await.1.contains("作废"), "today it is void");
    world.revoke(&issued.id).await.unwrap();
    assert!(page("HN0000003").await.1.contains("验证不通过"), "no longer than its licence");
}

#[tokio::test]
async fn pages_and_rest_are_the_issuing_agencys_with_a_second_factor() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut weak = officer(POLICE);
    weak.assurance = 1;
    let actors = [
        ("own", citizen(&person)),
        ("head", officer(POLICE)),
        ("weak", weak),
        ("elsewhere", officer(HEALTH)),
    ];
    let site = site(&world, &actors);
    let receive = json!({ "act": "receive", "type_id": TYPE, "serial": "HN0001", "number": 20, "reason": "省厅配发" });
    let prints = format!("/api/v1/licences/{}/prints", issued.id);
    let serial = json!({ "serial": "HN0001" });
    for (who, status) in [
        ("nobody", StatusCode::UNAUTHORIZED),
        ("own", StatusCode::FORBIDDEN),
        ("weak", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(site.api(Method::POST, who, BLANKS, receive.clone()).await.0, status, "{who}");
        assert_eq!(site.api(Method::POST, who, &prints, serial.clone()).await.0, status, "{who}");
    }
    let (status, list) = site.api(Method::POST, "head", BLANKS, receive).await;
    assert_eq!((status, &list["blanks"][0]["left"]), (StatusCode::OK, &json!(20)));
    let theirs = site.api(Method::GET, "elsewhere", BLANKS, Json::Null).await.1;
    assert_eq!(theirs, json!({ "blanks": [] }));
    for path in [prints.clone(), format!("/work/licences/{}/prints", issued.id)] {
        let other = site.api(Method::GET, "elsewhere", &path, Json::Null).await;
        assert_eq!(other.0, StatusCode::NOT_FOUND, "{path}");
    }
    let page = format!("/work/licences/{}/prints", issued.id);
    let sheet = format!("{page}/sheet.pdf");
    assert_eq!(site.get("head", &sheet).await.0, StatusCode::CONFLICT, "no blank was entered");
    let typed = [("_once", "1"), ("serial", "HN0001")];
    assert_eq!(site.post("head", &page, &typed).await.0, StatusCode::SEE_OTHER);
    assert_eq!(site.post("head", &page, &typed).await.0, StatusCode::SEE_OTHER, "a double click");
    assert_eq!(site.get("head", &sheet).await.0, StatusCode::OK);
    let again = [("_once", "2"), ("serial", "HN0002")];
    let (status, _, shown) = site.post("head", &page, &again).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(shown.contains("请写明原因"), "{shown}");
    let (_, told) = site.api(Method::GET, "head", &prints, Json::Null).await;
    assert_eq!(
        (&told["prints"][0]["state"], &told["prints"][0]["by"]),
        (&json!("stands"), &json!("王审批"))
    );
    let typed = [("_once", "3"), ("act", "count"), ("type_id", TYPE), ("number", "19")];
    let (status, _, text) = site.post("head", "/work/licence-blanks", &typed).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    let wrong = [("_once", "4"), ("act", "burn"), ("type_id", TYPE)];
    let (status, _, _) = site.post("head", "/work/licence-blanks", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for lang in ["zh", "en"] {
        for path in [&page, "/work/licence-blanks"] {
            let (status, html) = site.get("head", &format!("{path}?lang={lang}")).await;
            assert_eq!(status, StatusCode::OK, "{html}");
            assert!(html.contains("HN0001"), "{html}");
        }
    }
}

#[test]
fn serials_are_read_as_printed() {
    for (text, whole, number) in
        [("hn 0001234", "HN0001234", 1234), ("7", "7", 7), ("A1-09", "A1-09", 9)]
    {
        let serial = Serial::parse(text).unwrap();
        assert_eq!((serial.to_string().as_str(), serial.number()), (whole, number));
    }
    assert_ne!(
        Serial::parse("HN01").unwrap().series("x"),
        Serial::parse("HN1").unwrap().series("x")
    );
    for text in ["", "HN", "HN 12三", "1234567890123", "ABCDEFGHIJKLMNOPQ1", "A/1"] {
        assert_eq!(Serial::parse(text).unwrap_err().code, "licence.blank_serial", "{text}");
    }
}
