//! The log as others see it: over HTTP, by a client that shares no code with it; and its witnesses,
//! three installations of which each has a database and a port of its own.

use super::on_both;
use super::world::World;
use crate::evidence::{self, COSIGN};
use crate::{audit, witness};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proof::log::{Checkpoint, NoteSigner, Submission, note_parts};
use serde_json::{Value as Json, json};
use store::job::Worker;
use store::{Ctx, vals};
use webkit::fetch::{Address, Limits, Reply};

on_both!(
    a_client_of_others_proves_the_log_over_http,
    a_client_of_others_finds_a_rewritten_tile,
    witnesses_cosign_and_a_fork_is_refused_by_both,
    a_witness_that_is_away_holds_nothing_up,
    two_that_witness_each_other_come_to_rest,
    a_witness_answers_as_the_protocol_says,
    of_two_submissions_at_once_one_is_taken,
    what_the_log_lags_is_a_figure_and_an_alarm,
    a_proof_is_checked_on_the_page,
    the_log_grows_by_days,
);

const CLIENT: &str = include_str!("tlog_client.py");

/// The world's service on a port of its own; stops with what is returned.
struct Served {
    address: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(world: &World) -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = world.web.router();
    let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Served { address, task }
}

async fn grow(world: &World, count: usize) -> Vec<String> {
    let mut ctx = world.system().await;
    let mut ids = Vec::new();
    for n in 0..count {
        let subject = format!("thing:{n}");
        ids.push(audit::record(&mut ctx, "test.done", &subject, json!({"n": n})).await.unwrap());
    }
    ctx.commit().await.unwrap();
    place(world).await;
    ids
}

async fn place(world: &World) {
    let mut ctx = world.system().await;
    while evidence::sequence(&mut ctx).await.unwrap() > 0 {}
    ctx.commit().await.unwrap();
}

/// Runs the client of others: what it printed, or why it refused.
async fn client(order: Json) -> Result<String, String> {
    testkit::judge(CLIENT, order).await
}

async fn log_key(world: &World) -> String {
    evidence::verifier(&mut world.system().await).await.unwrap().unwrap().to_string()
}

async fn a_client_of_others_proves_the_log_over_http(world: World) {
    let served = serve(&world).await;
    let prefix = format!("{}/log", served.address);
    let mut ids = grow(&world, 300).await;
    let log = log_key(&world).await;
    let old = client(json!({"prefix": prefix, "log": log})).await.unwrap();
    ids.extend(grow(&world, 400).await);
    let mut entries = Vec::new();
    for id in [&ids[0], &ids[255], &ids[256], &ids[511], &ids[699]] {
        let found = evidence::prove(&mut world.system().await, id).await.unwrap();
        entries.push(json!({
            "place": found.position, "data": found.entry.leaf_data().unwrap(),
            "hashes": found.hashes.iter().map(|hash| STANDARD.encode(hash)).collect::<Vec<_>>(),
        }));
    }
    let order = json!({"prefix": prefix, "log": log, "old": old, "entries": entries});
    let text = client(order).await.unwrap();
    assert_eq!(Checkpoint::parse(&text).unwrap().size, 700);
    // A log of another past is not its beginning.
    let other = Checkpoint { root: [7; 32], ..Checkpoint::parse(&old).unwrap() }.text().unwrap();
    let refused = client(json!({"prefix": prefix, "log": log, "old": other})).await.unwrap_err();
    assert!(refused.contains("not the beginning"), "{refused}");
    // Nor is it believed under another key of the same name.
    let name = log.split('+').next().unwrap();
    let stranger = NoteSigner::new(name, &[9; 32]).unwrap().verifier().to_string();
    let refused = client(json!({"prefix": prefix, "log": stranger})).await.unwrap_err();
    assert!(refused.contains("has not signed"), "{refused}");
}

async fn a_client_of_others_finds_a_rewritten_tile(world: World) {
    let served = serve(&world).await;
    grow(&world, 300).await;
    let mut ctx = world.system().await;
    let sql = "SELECT hashes FROM evidence_tile WHERE id = '0/0'";
    let mut tile: Vec<u8> = ctx.scalar(sql, vals![]).await.unwrap().unwrap();
    tile[40] ^= 1;
    let sql = "UPDATE evidence_tile SET hashes = $1 WHERE id = '0/0'";
    ctx.execute(sql, vals![tile]).await.unwrap();
    ctx.commit().await.unwrap();
    let log = log_key(&world).await;
    let order = json!({"prefix": format!("{}/log", served.address), "log": log});
    let refused = client(order).await.unwrap_err();
    assert!(refused.contains("does not follow"), "{refused}");
}

/// A witness of its own name that knows the log.
async fn witness_of(world: &World, name: &str, log: &str) -> String {
    let mut ctx = world.system().await;
    let sql = "INSERT INTO setting (name, value) VALUES ('witness_name', $1)";
    ctx.execute(sql, vals![name]).await.unwrap();
    witness::accept(&mut ctx, log).await.unwrap();
    let key = witness::verifier(&mut ctx).await.unwrap().unwrap().to_string();
    ctx.commit().await.unwrap();
    key
}

async fn ask_for_cosignatures(world: &World) {
    let jobs: Vec<_> = crate::modules().iter().flat_map(|module| module.jobs.clone()).collect();
    Worker::new(world.env.clone(), &jobs).only(&[COSIGN]).drain().await.unwrap();
}

/// The log's tables as they stand.
async fn copy_of_log(ctx: &mut Ctx) -> (i64, String, Vec<(String, Vec<u8>)>) {
    let size = "SELECT tree_size FROM evidence_checkpoint WHERE id = 'head'";
    let size: i64 = ctx.scalar(size, vals![]).await.unwrap().unwrap();
    let head =
        "SELECT root || '|' || peaks || '|' || note FROM evidence_checkpoint WHERE id = 'head'";
    let head: String = ctx.scalar(head, vals![]).await.unwrap().unwrap();
    let ids: Vec<String> =
        ctx.column("SELECT id FROM evidence_tile ORDER BY id", vals![]).await.unwrap();
    let mut tiles = Vec::new();
    for id in ids {
        let sql = "SELECT hashes FROM evidence_tile WHERE id = $1";
        tiles.push((id.clone(), ctx.scalar(sql, vals![&id]).await.unwrap().unwrap()));
    }
    (size, head, tiles)
}

/// Puts the log back to an older copy of it, and forgets what the witnesses signed since.
async fn put_back(ctx: &mut Ctx, (size, head, tiles): (i64, String, Vec<(String, Vec<u8>)>)) {
    let mut parts = head.splitn(3, '|');
    let mut part = || parts.next().unwrap().to_owned();
    let (root, peaks, note) = (part(), part(), part());
    let gone = "DELETE FROM evidence_entry WHERE position IS NULL OR position >= $1";
    ctx.execute(gone, vals![size]).await.unwrap();
    ctx.execute("DELETE FROM evidence_tile", vals![]).await.unwrap();
    for (id, hashes) in tiles {
        let sql = "INSERT INTO evidence_tile (id, hashes) VALUES ($1, $2)";
        ctx.execute(sql, vals![id, hashes]).await.unwrap();
    }
    let sql = "UPDATE evidence_checkpoint SET tree_size = $1, root = $2, peaks = $3, note = $4
         WHERE id = 'head'";
    ctx.execute(sql, vals![size, root, peaks, note]).await.unwrap();
    let sql = "UPDATE evidence_witness SET tree_size = 0, root = '', line = '', cosigned_us = 0,
         tried_us = 0, next_us = 0";
    ctx.execute(sql, vals![]).await.unwrap();
}

async fn kinds(world: &World, kind: &str) -> usize {
    let wanted = audit::Search { kind: kind.to_owned(), ..audit::Search::default() };
    audit::search(&mut world.system().await, &wanted).await.unwrap().entries.len()
}

async fn witnesses_cosign_and_a_fork_is_refused_by_both(log: World) {
    let (first, second) = (World::sqlite().await, World::sqlite().await);
    grow(&log, 20).await;
    let log_key = log_key(&log).await;
    let keys = [
        witness_of(&first, "one.test/witness", &log_key).await,
        witness_of(&second, "two.test/witness", &log_key).await,
    ];
    let served = [serve(&log).await, serve(&first).await, serve(&second).await];
    let mut ctx = log.system().await;
    for (key, at) in keys.iter().zip(&served[1..]) {
        evidence::add(&mut ctx, &format!("{}/witness", at.address), key).await.unwrap();
    }
    let older = copy_of_log(&mut ctx).await;
    ctx.commit().await.unwrap();
    // Cosigned by both, grown, cosigned again with a proof from where they stood.
    place(&log).await;
    ask_for_cosignatures(&log).await;
    grow(&log, 300).await;
    log.env.clock.advance_us(10_000_000);
    ask_for_cosignatures(&log).await;
    let order = json!({"prefix": format!("{}/log", served[0].address), "log": log_key,
        "witnesses": keys, "quorum": 2});
    let text = client(order.clone()).await.unwrap();
    let cosigned = Checkpoint::parse(&text).unwrap().size;
    assert_eq!(cosigned, 322, "twenty, two witnesses added, three hundred");
    let mut from_kept = order.clone();
    from_kept["checkpoint"] = json!("witnessed");
    assert_eq!(client(from_kept).await.unwrap(), text);
    let page = log.browser().get("/log?lang=en").await.text;
    assert!(page.contains("2 of 2 witnesses have cosigned the newest checkpoint; 2 are wanted."));
    assert!(!page.contains("refuses to cosign"), "{page}");
    // The database is put back to an older copy: both have seen a longer log.
    let mut ctx = log.system().await;
    put_back(&mut ctx, older).await;
    ctx.commit().await.unwrap();
    grow(&log, 5).await;
    log.env.clock.advance_us(10_000_000);
    ask_for_cosignatures(&log).await;
    let page = log.browser().get("/log?lang=en").await.text;
    assert_eq!(page.matches("refuses to cosign</h2>").count(), 2, "{page}");
    assert!(page.contains("has seen a longer log"));
    assert_eq!(kinds(&log, "log.fork_refused").await, 2);
    // And written anew past what they saw: it is not the same log.
    grow(&log, 400).await;
    log.env.clock.advance_us(3_600_000_000);
    ask_for_cosignatures(&log).await;
    let page = log.browser().get("/log?lang=en").await.text;
    assert!(page.contains("The log has forked") || page.contains("the log has forked"), "{page}");
    assert_eq!(kinds(&log, "log.fork_refused").await, 4);
    let refused = client(order).await.unwrap_err();
    assert!(refused.contains("too few cosignatures"), "{refused}");
    for witness in [&first, &second] {
        let kept = witness::logs(&mut witness.system().await).await.unwrap().remove(0);
        assert_eq!((kept.tree_size, kept.refusals), (322, 1));
        assert_eq!(kinds(witness, "witness.proof_refused").await, 1);
    }
}

async fn a_witness_that_is_away_holds_nothing_up(log: World) {
    let here = World::sqlite().await;
    grow(&log, 3).await;
    let key = witness_of(&here, "here.test/witness", &log_key(&log).await).await;
    let served = serve(&here).await;
    // A port that nobody listens on any more.
    let gone = serve(&here).await.address.clone();
    let away = proof::log::Cosigner::new("away.test/witness", &[3; 32]).unwrap().verifier();
    let mut ctx = log.system().await;
    evidence::add(&mut ctx, &format!("{}/witness", served.address), &key).await.unwrap();
    evidence::add(&mut ctx, &gone, &away.to_string()).await.unwrap();
    evidence::set_quorum(&mut ctx, 1).await.unwrap();
    ctx.commit().await.unwrap();
    place(&log).await;
    let mut pauses = Vec::new();
    for _ in 0..4 {
        ask_for_cosignatures(&log).await;
        let held = evidence::list(&mut log.system().await).await.unwrap();
        let (away, here) = (&held[0], &held[1]);
        assert_eq!((away.trouble.as_str(), here.trouble.as_str()), ("away", ""));
        assert_eq!((away.tree_size, here.tree_size), (0, 6));
        pauses.push(away.next_us - away.tried_us);
        let wait = away.next_us - log.env.clock.now().0;
        log.env.clock.advance_us(wait.max(1));
    }
    assert!(pauses.windows(2).all(|two| two[1] == 2 * two[0]), "{pauses:?}");
    let (size, note) = evidence::witnessed(&mut log.system().await).await.unwrap().unwrap();
    assert_eq!((size, note.matches('\u{2014}').count()), (6, 2));
    assert_eq!(kinds(&log, "log.fork_refused").await, 0);
}

async fn two_that_witness_each_other_come_to_rest(world: World) {
    let other = World::sqlite().await;
    let both = [&world, &other];
    for world in both {
        let name = if std::ptr::eq(world, both[0]) { "one.test/log" } else { "two.test/log" };
        let sql = format!("INSERT INTO setting (name, value) VALUES ('evidence_origin', '{name}')");
        world.env.db.script(&sql).await.unwrap();
        grow(world, 3).await;
    }
    let (one, two) = (serve(&world).await, serve(&other).await);
    for (world, of, name, at) in
        [(both[0], both[1], "two.test/w", &two), (both[1], both[0], "one.test/w", &one)]
    {
        let key = witness_of(of, name, &log_key(world).await).await;
        let mut ctx = world.system().await;
        evidence::add(&mut ctx, &format!("{}/witness", at.address), &key).await.unwrap();
        ctx.commit().await.unwrap();
    }
    let mut sizes = Vec::new();
    for _ in 0..4 {
        for world in both {
            place(world).await;
            world.env.clock.advance_us(10_000_000);
            ask_for_cosignatures(world).await;
            let figures = evidence::monitor(&mut world.system().await).await.unwrap();
            assert_eq!(figures.cosigned(), 1);
            sizes.push(figures.head.unwrap().size);
        }
    }
    assert_eq!(sizes, [5; 8], "three acts, one log accepted, one witness added");
}

async fn submit(at: &str, submission: &Submission) -> (u16, String) {
    post(at, submission.text().as_bytes()).await
}

async fn post(at: &str, body: &[u8]) -> (u16, String) {
    let address = Address::parse(&format!("{at}/witness")).unwrap();
    let limits = Limits { body: 10_000, time: std::time::Duration::from_secs(30) };
    let Reply { status, body } = address.post("add-checkpoint", body, limits).await.unwrap();
    (status, String::from_utf8(body).unwrap())
}

/// A log in memory.
struct Small {
    signer: NoteSigner,
    leaves: Vec<proof::log::Hash>,
}

impl Small {
    fn new(seed: u8) -> Small {
        let signer = NoteSigner::new("small.test/log", &[1; 32]).unwrap();
        let leaves = (0..40_u8).map(|n| proof::log::leaf_hash(&[seed, n])).collect();
        Small { signer, leaves }
    }

    fn from(&self, old: u64, size: u64) -> Submission {
        let read = |level: u8, index: u64| {
            let (from, width) = ((index << level) as usize, 1_usize << level);
            Ok(proof::log::root(&self.leaves[from..from + width]))
        };
        let root = proof::log::root(&self.leaves[..size as usize]);
        let origin = "small.test/log".to_owned();
        let checkpoint = Checkpoint { origin, size, root, extensions: Vec::new() };
        let note = checkpoint.sign(&[&self.signer]).unwrap();
        let proof = proof::log::consistency(old.min(size), size, &read).unwrap();
        Submission { old, proof, note }
    }
}

async fn a_witness_answers_as_the_protocol_says(world: World) {
    let log = Small::new(0);
    let served = serve(&world).await;
    let at = served.address.as_str();
    assert_eq!(submit(at, &log.from(0, 3)).await.0, 404);
    let key = witness_of(&world, "w.test/witness", &log.signer.verifier().to_string()).await;
    let key = proof::log::CosignerVerifier::parse(&key).unwrap();
    let (status, line) = submit(at, &log.from(0, 3)).await;
    let note = log.from(0, 3).note;
    let (text, _) = note_parts(note.as_bytes()).unwrap();
    let signed = proof::log::cosignatures(text, &line, &[key]).unwrap();
    let now = u64::try_from(world.env.clock.now().0 / 1_000_000).unwrap();
    assert_eq!((status, signed[0].at_s), (200, now));
    // From elsewhere than it stands; the same again; on from there.
    assert_eq!(submit(at, &log.from(0, 9)).await, (409, "3\n".to_owned()));
    assert_eq!(submit(at, &log.from(3, 3)).await.0, 200);
    assert_eq!(submit(at, &log.from(3, 9)).await.0, 200);
    assert_eq!(submit(at, &log.from(3, 7)).await, (409, "9\n".to_owned()));
    // Malformed; an old size above the checkpoint's; another's key; a faulty proof.
    assert_eq!(post(at, b"old x\n\n").await.0, 400);
    assert_eq!(post(at, &vec![b'a'; 100_000]).await.0, 400);
    assert_eq!(submit(at, &log.from(12, 10)).await.0, 400);
    let mut stranger = Small::new(0);
    stranger.signer = NoteSigner::new("small.test/log", &[2; 32]).unwrap();
    assert_eq!(submit(at, &stranger.from(9, 12)).await.0, 403);
    let mut faulty = log.from(9, 12);
    faulty.proof[0][0] ^= 1;
    assert_eq!(submit(at, &faulty).await.0, 422);
    // A faulty proof, which anybody can send, proves no fork; two roots of one size do.
    assert!(witness::logs(&mut world.system().await).await.unwrap()[0].fork_note.is_empty());
    let fork = Small::new(1);
    assert_eq!(submit(at, &fork.from(9, 12)).await.0, 422);
    assert_eq!(submit(at, &fork.from(9, 9)).await, (409, "9\n".to_owned()));
    let kept = witness::logs(&mut world.system().await).await.unwrap().remove(0);
    assert_eq!((kept.tree_size, kept.refusals, kept.fork_note), (9, 3, fork.from(9, 9).note));
    assert_eq!(kinds(&world, "witness.proof_refused").await, 1);
    assert_eq!(kinds(&world, "witness.fork_refused").await, 1);
    place(&world).await;
    let page = world.browser().get("/log?lang=en").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("small.test/log has forked"), "{}", page.text);
    // The honest log goes on.
    assert_eq!(submit(at, &log.from(9, 40)).await.0, 200);
    // A name is not taken over by another key.
    let mut ctx = world.system().await;
    let other = stranger.signer.verifier().to_string();
    assert_eq!(witness::accept(&mut ctx, &other).await.unwrap_err().code, "witness.log_known");
}

async fn of_two_submissions_at_once_one_is_taken(world: World) {
    let (log, fork) = (Small::new(0), Small::new(1));
    let served = serve(&world).await;
    witness_of(&world, "w.test/witness", &log.signer.verifier().to_string()).await;
    let (one, other) = (log.from(0, 20), fork.from(0, 20));
    let (one, other) = tokio::join!(submit(&served.address, &one), submit(&served.address, &other));
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

async fn what_the_log_lags_is_a_figure_and_an_alarm(world: World) {
    grow(&world, 2).await;
    let mut ctx = world.system().await;
    audit::record(&mut ctx, "test.done", "thing:late", json!({})).await.unwrap();
    ctx.commit().await.unwrap();
    world.env.clock.advance_us(45_000_000);
    let mut browser = world.browser();
    let (_, figures) = browser.api("GET", "/api/v1/log/monitor", "", Json::Null).await;
    assert_eq!((&figures["waiting"], &figures["lag_s"]), (&json!(1), &json!(45)));
    assert_eq!(figures["late"], json!(false));
    assert!(!browser.get("/log?lang=en").await.text.contains("Entries wait too long"));
    let mut ctx = world.system().await;
    assert_eq!(evidence::set_lag_most(&mut ctx, 0).await.unwrap_err().code, "evidence.lag");
    evidence::set_lag_most(&mut ctx, 30).await.unwrap();
    ctx.commit().await.unwrap();
    let (_, figures) = browser.api("GET", "/api/v1/log/monitor", "", Json::Null).await;
    assert_eq!((&figures["late"], &figures["lag_most_s"]), (&json!(true), &json!(30)));
    assert!(browser.get("/log?lang=en").await.text.contains("Entries wait too long"));
    place(&world).await;
    let (_, figures) = browser.api("GET", "/api/v1/log/monitor", "", Json::Null).await;
    assert_eq!((&figures["late"], &figures["waiting"]), (&json!(false), &json!(0)));
}

async fn a_proof_is_checked_on_the_page(world: World) {
    let ids = grow(&world, 300).await;
    let leaf = {
        let mut ctx = world.system().await;
        audit::by_id(&mut ctx, &ids[270]).await.unwrap().leaf
    };
    let mut browser = world.browser();
    for (query, told) in [
        (format!("entry={}", ids[270]), "The proof holds"),
        (format!("entry={}&leaf={leaf}", ids[270]), "The proof holds"),
        (format!("entry=270&leaf={}", leaf.to_uppercase()), "The proof holds"),
        (format!("entry=269&leaf={leaf}"), "Another leaf hash stands at this place"),
        ("entry=300".to_owned(), "The log has no such entry"),
        ("entry=nothing".to_owned(), "The log has no such entry"),
        (format!("entry={}", "9".repeat(90)), "The log has no such entry"),
        ("entry=%3Cscript%3E".to_owned(), "The log has no such entry"),
    ] {
        let page = browser.get(&format!("/log?lang=en&{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains(told), "{query}: {}", page.text);
        assert!(!page.text.contains("thing:"), "what the entry says is not told");
    }
    let sql = format!(
        "UPDATE evidence_tile SET hashes = {} WHERE id = '0/1'",
        if world.env.db.engine == store::Engine::Sqlite {
            "zeroblob(1408)"
        } else {
            "decode(repeat('00', 1408), 'hex')"
        }
    );
    world.env.db.script(&sql).await.unwrap();
    let page = browser.get("/log?lang=en&entry=5").await.text;
    assert!(page.contains("The proof does not hold"), "{page}");
}

async fn the_log_grows_by_days(world: World) {
    grow(&world, 7).await;
    world.env.clock.advance_us(86_400_000_000);
    grow(&world, 4).await;
    grow(&world, 5).await;
    let figures = evidence::monitor(&mut world.system().await).await.unwrap();
    let grown = figures.growth();
    assert_eq!(grown, [("2026-09-16".to_owned(), 9), ("2026-09-15".to_owned(), 7)]);
    let page = world.browser().get("/log?lang=en").await.text;
    assert!(page.contains(">16 Sep 2026</th>"), "{page}");
    // A log that was there before days were kept began its first day with what it had.
    world.env.db.script("INSERT INTO evidence_day (id, tree_size) VALUES ('0', 3)").await.unwrap();
    let figures = evidence::monitor(&mut world.system().await).await.unwrap();
    assert_eq!(figures.growth(), [("2026-09-16".to_owned(), 9), ("2026-09-15".to_owned(), 4)]);
}
