//! Figures of procedures and their page: what is counted, for whom, and that it is proved.

use super::page::drawn;
use super::world::{World, two_steps};
use crate::statistic::{self, Period, Statistics};
use crate::{fsck, task};
use axum::http::StatusCode;
use kernel::{Kind, Result};
use serde_json::json;

async fn figures(world: &World, login: &str, version: Option<i64>) -> Result<Statistics> {
    let mut ctx = world.read(login);
    let period = Period::parse("", "", ctx.now)?;
    statistic::statistics(&mut ctx, "p", version, period).await
}

#[tokio::test]
async fn steps_are_counted_timed_and_ranked() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "")).await;
    // Ten instances: step a takes 1 to 10 hours and is due after 4; b waits an hour, takes two.
    for hours in 1..=10 {
        let begun = world.start("clerk", "p", json!({})).await.unwrap();
        world.advance_hours(hours);
        world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
        let id = world.task(&begun.id, "b").await;
        world.advance_hours(1);
        world.run("wang", async |ctx| task::claim(ctx, &id, None).await).await.unwrap();
        world.advance_hours(2);
        world.done("wang", &begun.id, "b", json!({})).await.unwrap();
    }
    let told = figures(&world, "zhao", None).await.unwrap();
    assert_eq!((told.counted, told.more), (20, false));
    let [a, b] = told.steps.as_slice() else { panic!("{:?}", told.steps) };
    assert_eq!((a.name.as_str(), a.done, a.late), ("受理", 10, 6));
    assert_eq!((a.took_median_s, a.took_p90_s), (Some(5 * 3_600), Some(9 * 3_600)));
    assert_eq!((a.waited_median_s, a.waited_p90_s), (Some(5 * 3_600), Some(9 * 3_600)));
    assert_eq!((b.done, b.late, b.took_median_s), (10, 0, Some(3 * 3_600)));
    assert_eq!((b.waited_median_s, b.waited_p90_s), (Some(3_600), Some(3_600)));
    assert!((a.time_share - 55.0 / 85.0).abs() < 1e-9, "{}", a.time_share);
    let late = |rows: &[statistic::Overdue]| {
        rows.iter().map(|one| (one.done, one.late)).collect::<Vec<_>>()
    };
    assert_eq!(late(&told.agencies), [(20, 6)]);
    assert_eq!(late(&told.divisions), [(20, 6)]);
    assert_eq!(late(&told.posts), [(10, 6), (10, 0)]);
    assert!(told.posts[0].name.ends_with("窗口人员"), "{}", told.posts[0].name);
    assert_eq!(figures(&world, "zhao", Some(1)).await.unwrap().counted, 20);
}

#[tokio::test]
async fn what_is_taken_back_or_overdue_is_told_apart() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "")).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    let other = world.start("clerk", "p", json!({})).await.unwrap();
    let id = world.task(&begun.id, "a").await;
    world.run("clerk", async |ctx| task::claim(ctx, &id, None).await).await.unwrap();
    world.run("clerk", async |ctx| task::release(ctx, &id, None).await).await.unwrap();
    world.advance_hours(5);
    let cancel =
        async |ctx: &mut store::Ctx| crate::instance::cancel(ctx, &other.id, None, "重复").await;
    world.run("zhao", cancel).await.unwrap();
    let told = figures(&world, "zhao", None).await.unwrap();
    let a = &told.steps[0];
    assert_eq!((a.done, a.withdrawn, a.overdue_now, a.late_share), (0, 1, 1, None));
    let outside = Period::parse("2026-08-01", "2026-08-31", world.read("zhao").now).unwrap();
    let told = statistic::statistics(&mut world.read("zhao"), "p", None, outside).await.unwrap();
    assert_eq!(told.counted, 0);
}

#[tokio::test]
async fn rows_changed_by_hand_are_found_and_made_anew() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "")).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.advance_hours(2);
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    let id = world.task(&begun.id, "b").await;
    world.run("wang", async |ctx| task::claim(ctx, &id, None).await).await.unwrap();
    for change in [
        "UPDATE process_step SET taken_us = taken_us - 1",
        "UPDATE process_step SET late = 1",
        "UPDATE process_step SET outcome = 'withdrawn'",
        "DELETE FROM process_step",
    ] {
        world.execute(change).await;
        let faults = fsck::check(&mut world.system().await).await.unwrap().faults;
        assert_eq!(faults.first().map(|fault| fault.what), Some("steps"), "{change}");
        world.execute("UPDATE process_task SET taken_us = 0").await;
        let mut ctx = world.system().await;
        statistic::rebuild(&mut ctx, &begun.id).await.unwrap();
        ctx.commit().await.unwrap();
        world.whole().await;
    }
    world.advance_hours(1);
    world.done("wang", &begun.id, "b", json!({})).await.unwrap();
    assert_eq!(figures(&world, "zhao", None).await.unwrap().counted, 2);
}

#[tokio::test]
async fn instances_older_than_the_table_are_filled_in_by_a_job() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "")).await;
    for _ in 0..60 {
        // Over REST: the check of everything after each would take longer than the job.
        let body = json!({"new": {"process": "p"}});
        let (_, begun) = world.api("clerk", "POST", "/api/v1/process-instances", body).await;
        let task = world.task(begun["id"].as_str().unwrap(), "a").await;
        let path = format!("/api/v1/tasks/{task}/complete");
        let (status, told) = world.api("clerk", "POST", &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    }
    world.execute("DELETE FROM process_step").await;
    let mut ctx = world.system().await;
    ctx.enqueue("process.step_fill", &json!({"after": ""})).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    assert_eq!(figures(&world, "zhao", None).await.unwrap().counted, 60);
}

#[tokio::test]
async fn the_owner_sees_all_a_manager_his_own_and_nobody_else_anything() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "")).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    assert_eq!(figures(&world, "clerk", None).await.unwrap().counted, 1);
    let police = figures(&world, "police", None).await.unwrap();
    assert_eq!((police.counted, police.agency.is_empty()), (0, false));
    let path = "/api/v1/processes/p/statistics";
    let (status, told) = world.api("zhao", "GET", path, json!(null)).await;
    assert_eq!((status, &told["steps"][0]["done"]), (StatusCode::OK, &json!(1)));
    for (query, code) in [
        ("from=2026-09-20&to=2026-09-01", "process.period"),
        ("from=2020-01-01&to=2026-09-01", "process.period"),
        ("from=yesterday", "process.period"),
    ] {
        let (status, problem) =
            world.api("zhao", "GET", &format!("{path}?{query}"), json!(null)).await;
        assert_eq!((status.as_u16(), problem["code"].as_str()), (422, Some(code)), "{query}");
    }
    let mut police = world.actor("police");
    police.roles = vec!["clerk".to_owned()];
    let mut ctx = store::Ctx::read(&world.env, police, kernel::Lang::Zh);
    let period = Period::parse("", "", ctx.now).unwrap();
    let refused = statistic::statistics(&mut ctx, "p", None, period).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
    let mut ctx = store::Ctx::read(&world.env, super::world::citizen(), kernel::Lang::Zh);
    let refused = statistic::statistics(&mut ctx, "p", None, period).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Denied);
}

#[tokio::test]
async fn the_page_tints_the_drawing_and_says_it_in_numbers() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    world.get("zhao", "/processes/p/statistics").await.is_whole("empty");
    for ok in [true, true, false] {
        let begun = world.start("clerk", "p", json!({"ok": ok})).await.unwrap();
        world.advance_hours(30);
        world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
        if ok {
            world.done("wang", &begun.id, "b", json!({})).await.unwrap();
        }
    }
    for lang in ["zh-CN", "en"] {
        for by in ["count", "time"] {
            let path = format!("/processes/p/statistics?by={by}&version=1&lang={lang}");
            let page = world.get("zhao", &path).await;
            page.is_whole(&path);
            assert!(page.text.contains("c-tint--heat-4"), "{path}");
        }
    }
    let page = world.get("zhao", "/processes/p/statistics").await.text;
    assert!(page.contains("c-tint--heat-2") && page.contains(">3</text>"), "{page}");
    assert!(page.contains("受理&lt;b&gt;") && !page.contains("受理<b>"));
    assert!(page.contains("1 天 6 小时"), "{page}");
    let missing = world.get("zhao", "/processes/nothing/statistics").await.status;
    assert_eq!(missing, StatusCode::NOT_FOUND);
}

/// An instance with a claimed step, one handed over, a suspension and a withdrawal.
async fn eventful(world: &World) -> String {
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.advance_hours(1);
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    let id = world.task(&begun.id, "b").await;
    world.run("wang", async |ctx| task::claim(ctx, &id, None).await).await.unwrap();
    let over = async |ctx: &mut store::Ctx| task::hand_over(ctx, &id, None, "lijing", "出差").await;
    world.run("wang", over).await.unwrap();
    let stop =
        async |ctx: &mut store::Ctx| crate::instance::suspend(ctx, &begun.id, None, "等回函").await;
    world.run("zhao", stop).await.unwrap();
    let go =
        async |ctx: &mut store::Ctx| crate::instance::resume(ctx, &begun.id, None, "已回函").await;
    world.run("zhao", go).await.unwrap();
    let end = async |ctx: &mut store::Ctx| {
        crate::instance::cancel(ctx, &begun.id, None, "不再需要").await
    };
    world.run("zhao", end).await.unwrap();
    begun.id
}

async fn log(world: &World, login: &str, body: serde_json::Value) -> (StatusCode, String) {
    let (status, told) = world.api(login, "POST", "/api/v1/processes/p/event-log", body).await;
    (status, told.as_str().map_or_else(|| told.to_string(), str::to_owned))
}

#[tokio::test]
async fn a_log_tells_the_lifecycle_of_every_step_under_pseudonyms() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "").replace("审查", "=审查,&quot;二&quot;")).await;
    let id = eventful(&world).await;
    let (status, csv) = log(&world, "zhao", json!({"purpose": "时长分析"})).await;
    assert_eq!(status, StatusCode::OK, "{csv}");
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0].split(',').count(), 11);
    let told: Vec<(&str, &str)> = lines[1..]
        .iter()
        .map(|line| {
            let step = if line.contains(",b,") { "b" } else { "a" };
            let transition =
                ["schedule", "start", "complete", "reassign", "suspend", "resume", "withdraw"];
            (step, *transition.iter().find(|one| line.contains(&format!(",{one},"))).unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("a", "schedule"),
            ("a", "complete"),
            ("b", "schedule"),
            ("b", "start"),
            ("b", "reassign"),
            ("b", "suspend"),
            ("b", "resume"),
            ("b", "withdraw"),
        ]
    );
    // What begins like a formula is none, and quotes are doubled.
    assert!(csv.contains(",\"'=审查,\"\"二\"\"\","), "{csv}");
    assert!(lines[1].starts_with(&format!(
        "{id},p,1,health-410105,cancelled,a,受理,schedule,2026-09-15T10:00:00+08:00,"
    )));
    for name in ["王芳", "李静", "陈晓", "赵磊", "出差", "等回函"] {
        assert!(!csv.contains(name), "{name}");
    }
    let pseudonyms: std::collections::BTreeSet<&str> =
        csv.split(',').filter(|field| field.starts_with("p-")).collect();
    assert_eq!(pseudonyms.len(), 4, "clerk, wang, lijing, zhao: {csv}");
    let named = json!({"purpose": "时长分析", "names": true});
    let (_, csv) = log(&world, "zhao", named).await;
    assert!(csv.contains(",王芳,claimed") && csv.contains(",李静,handed_over"), "{csv}");
}

#[tokio::test]
async fn a_log_of_many_instances_is_whole_well_formed_xes() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "").replace("审查", "审&lt;查&gt;&amp;&quot;")).await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..41 {
        let body = json!({"new": {"process": "p"}});
        let (_, begun) = world.api("clerk", "POST", "/api/v1/process-instances", body).await;
        ids.insert(begun["id"].as_str().unwrap().to_owned());
    }
    let begun = ids.first().cloned().unwrap();
    world.done("clerk", &begun, "a", json!({})).await.unwrap();
    let body = json!({"purpose": "挖掘", "format": "xes"});
    let (status, xes) = log(&world, "zhao", body).await;
    assert_eq!(status, StatusCode::OK, "{xes}");
    let read = flow::process::Document::parse(xes.as_bytes()).unwrap();
    assert_eq!((read.root.local(), read.root.get("xes.version")), ("log", Some("1849-2016")));
    let key = |element: &flow::process::Element, key: &str| {
        let found = element.elements().find(|one| one.get("key") == Some(key));
        found.and_then(|one| one.get("value")).map(str::to_owned)
    };
    let traces: Vec<_> = read.root.elements().filter(|one| one.local() == "trace").collect();
    let named: std::collections::BTreeSet<String> =
        traces.iter().filter_map(|trace| key(trace, "concept:name")).collect();
    assert_eq!(named, ids);
    let prefixes: Vec<&str> = read
        .root
        .elements()
        .filter(|one| one.local() == "extension")
        .filter_map(|one| one.get("prefix"))
        .collect();
    assert_eq!(prefixes, ["concept", "lifecycle", "org", "time"]);
    let first = traces.iter().find(|one| key(one, "concept:name").as_ref() == Some(&begun));
    let events: Vec<_> = first.unwrap().elements().filter(|one| one.local() == "event").collect();
    assert_eq!(events.len(), 3);
    for event in &events {
        for wanted in ["concept:name", "lifecycle:transition", "time:timestamp", "act"] {
            assert!(key(event, wanted).is_some_and(|value| !value.is_empty()), "{wanted}");
        }
    }
    assert_eq!(key(events[2], "concept:name").as_deref(), Some("审<查>&\""));
    let before =
        json!({"purpose": "挖掘", "format": "xes", "from": "2026-01-01", "to": "2026-02-01"});
    let (_, xes) = log(&world, "zhao", before).await;
    assert!(xes.ends_with("</log>\n") && !xes.contains("<trace>"));
}

#[tokio::test]
async fn who_takes_a_log_says_why_and_is_recorded() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "")).await;
    eventful(&world).await;
    let evidence = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'process.exported'";
    let (status, told) = log(&world, "zhao", json!({"purpose": " "})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    for login in ["clerk", "wang", "admin"] {
        let (status, _) = log(&world, login, json!({"purpose": "好奇"})).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{login}");
        assert_eq!(world.get(login, "/processes/p/export").await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(world.count(evidence).await, 0);
    let (status, csv) = log(&world, "police", json!({"purpose": "对比"})).await;
    assert_eq!((status, csv.lines().count()), (StatusCode::OK, 1), "another agency's: {csv}");
    assert_eq!(world.count(evidence).await, 1);
    for lang in ["zh-CN", "en"] {
        let path = format!("/processes/p/export?lang={lang}");
        world.get("zhao", &path).await.is_whole(&path);
    }
    let again = world.post("zhao", "/processes/p/export", &[("from", "2026-09-31")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("c-errors") || again.text.contains("role=\"alert\""));
    let fields = [("purpose", "时长分析"), ("format", "xes")];
    let file = world.post("zhao", "/processes/p/export", &fields).await;
    assert!(file.status == StatusCode::OK && file.text.contains("<trace>"), "{}", file.text);
    assert_eq!(world.count(evidence).await, 2);
    if let Some(path) = std::env::var_os("YIPAN_TEST_XES") {
        std::fs::write(path, &file.text).unwrap();
    }
}

#[tokio::test]
async fn sheets_say_who_when_on_what_basis_and_what_was_said() {
    let world = World::new().await;
    let note = "<documentation>行政许可法第三十二条 &lt;受理&gt;</documentation></userTask>";
    let noted = drawn().replace("y:limit=\"P1D\"/>", &format!("y:limit=\"3wd\">{note}"));
    world.deploy(&noted).await;
    let begun = world.start("clerk", "p", json!({"ok": true})).await.unwrap();
    let id = world.task(&begun.id, "a").await;
    let words = "材料齐全 <b>同意</b>";
    let done = async |ctx: &mut store::Ctx| {
        task::complete(ctx, &id, None, words, flow::process::Variables::new()).await
    };
    world.run("clerk", done).await.unwrap();
    let of_version = "/processes/p/versions/1/sheet".to_owned();
    let of_instance = format!("/instances/{}/sheet", begun.id);
    for path in [&of_version, &of_instance] {
        for lang in ["zh-CN", "en"] {
            world.get("wang", &format!("{path}?lang={lang}")).await.is_whole(path);
        }
        let text = world.get("wang", path).await.text;
        assert!(text.contains("行政许可法第三十二条 &lt;受理&gt;"), "{text}");
        assert!(text.contains("3 个工作日") && text.contains("窗口人员"), "{text}");
        assert!(text.contains("<svg viewBox") && text.contains("data-print=\"sheet\""));
    }
    let text = world.get("zhao", &of_instance).await.text;
    assert!(text.contains("材料齐全 &lt;b&gt;同意&lt;") && text.contains("陈晓"), "{text}");
    assert!(!world.get("zhao", &of_version).await.text.contains("材料齐全"));
    assert_eq!(world.get("police", &of_instance).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("admin", &of_instance).await.status, StatusCode::FORBIDDEN);
    let missing = world.get("zhao", "/processes/p/versions/9/sheet").await.status;
    assert_eq!(missing, StatusCode::NOT_FOUND);
}
