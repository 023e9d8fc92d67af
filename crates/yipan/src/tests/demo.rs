//! The demonstration: somebody is there for every task of every procedure of the library, and its
//! past is past, whatever the seed and the size.

use crate::demo::accounts::posts;
use crate::demo::{begins, load, witnesses};
use crate::install::{self, Install};
use crate::modules;
use flow::process::{Kind, Task};
use process::bundle::{Files, prove};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn every_candidate_role_of_the_library_has_a_post_in_one_agency() {
    let pack = pack::Province::embedded().unwrap();
    let posts = posts(&pack, "410105").unwrap();
    let logins: BTreeSet<&str> = posts.iter().map(|post| post.login.as_str()).collect();
    assert_eq!(logins.len(), posts.len(), "two posts of one login");
    let mut named = BTreeSet::new();
    for procedure in pack.procedures() {
        let id = procedure.procedure.id.clone();
        let bundle = prove(&Files::drawn(&procedure).unwrap(), &pack, &|_| true).unwrap();
        let nodes = bundle.definitions.iter().flat_map(|one| one.nodes());
        let work = nodes.filter(|node| {
            matches!(node.kind, Kind::Task(Task::User { .. } | Task::Manual) | Kind::Sub(_))
        });
        let roles: BTreeSet<String> = work
            .flat_map(|node| node.candidates.iter().cloned())
            .filter(|candidate| pack.role(candidate).is_some())
            .collect();
        let all = |agency: &str| {
            let held = |role: &String| {
                let mut there = posts.iter().filter(|post| post.agency == agency);
                there.any(|post| post.roles.contains(role))
            };
            roles.iter().all(held)
        };
        assert!(posts.iter().any(|post| all(&post.agency)), "{id}: nowhere are {roles:?}");
        named.extend(roles);
    }
    assert!(named.len() > 8, "{named:?}");
}

#[test]
fn every_approver_of_an_item_has_a_colleague_who_may_do_all_that_he_may() {
    let pack = pack::Province::embedded().unwrap();
    let posts = posts(&pack, "410105").unwrap();
    let heads = posts.iter().filter(|post| post.login.starts_with("approver."));
    let mut heads = heads.filter(|post| post.login != "approver.office").peekable();
    assert!(heads.peek().is_some());
    for head in heads {
        let same =
            posts.iter().filter(|post| post.agency == head.agency && post.roles == head.roles);
        assert!(same.count() > 1, "{}", head.login);
    }
}

#[test]
fn nothing_of_the_past_is_later_than_the_beginning() {
    // Unoptimised, a load waits within more waits than the stack of a test has room for.
    let wide = std::thread::Builder::new().stack_size(64 << 20);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    wide.spawn(move || runtime().block_on(the_past_ends_in_time())).unwrap().join().unwrap();
}

/// A demonstration in a folder, on SQLite and from a seed, with nothing loaded yet.
pub(super) async fn province_in(folder: &tempfile::TempDir) -> Arc<store::Env> {
    let install = Install {
        data: folder.path().to_owned(),
        database: None,
        base_url: "http://127.0.0.1".to_owned(),
        demo: true,
        smtp: None,
        seed: Some(9),
    };
    install::open(&install).await.unwrap()
}

async fn the_past_ends_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let env = province_in(&folder).await;
    // So few people that the last round has many cases for few officers.
    load::province(&env, 9, 600, 42).await.unwrap();
    let mut ctx = store::Ctx::read(&env, kernel::Actor::system("test"), kernel::Lang::Zh);
    for (table, column) in [
        ("case_event", "at_us"),
        ("evidence_entry", "at_us"),
        ("registry_cycle", "confirmed_us"),
        ("registry_record", "observed_us"),
    ] {
        let sql = format!("SELECT MAX({column}) FROM {table}");
        let last: i64 = ctx.scalar(&sql, store::vals![]).await.unwrap().unwrap();
        // The clock goes on from the beginning while the last things are loaded.
        let late = last - begins().0;
        assert!(late < kernel::time::HOUR_US, "{table}.{column} is {late} µs late");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstrations_witnesses_cosign_its_log_and_stand_where_they_stood() {
    let folder = tempfile::tempdir().unwrap();
    let env = province_in(&folder).await;
    let mut sizes = Vec::new();
    for round in 0..2 {
        let nodes = tokio::spawn(witnesses::run(env.clone()));
        let mut ctx = env.system("test").await.unwrap();
        let body = serde_json::json!({ "round": round });
        party::audit::record(&mut ctx, "test.done", "thing:1", body).await.unwrap();
        while party::evidence::sequence(&mut ctx).await.unwrap() > 0 {}
        ctx.commit().await.unwrap();
        let asking = tokio::spawn(modules::worker(&env).run());
        let cosigned = async {
            loop {
                let mut ctx = store::Ctx::read(&env, kernel::Actor::default(), kernel::Lang::Zh);
                let head = party::evidence::head(&mut ctx).await.unwrap().unwrap();
                let figures = party::evidence::monitor(&mut ctx).await.unwrap();
                let all = figures.witnesses.iter().all(|witness| witness.cosigned(&head));
                if figures.witnesses.len() == 2 && all {
                    break head.size;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        sizes.push(tokio::time::timeout(Duration::from_secs(60), cosigned).await.unwrap());
        asking.abort();
        nodes.abort();
        let _ended = nodes.await;
    }
    assert!(sizes[1] > sizes[0], "{sizes:?}");
    for node in ["zhengzhou", "kaifeng"] {
        let own = folder.path().join("witnesses").join(node);
        assert!(own.join("yipan.db").exists() && own.join("master.key").exists(), "{node}");
    }
}
