//! `yipan log watch` against a running service: a log that grows, one that was put back, one that
//! was written anew.

use crate::command::{Found, watch};
use crate::install::{self, Install};
use crate::modules;
use clap::Parser;
use kernel::Kind;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use store::Env;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: watch::Options,
}

async fn watched(url: &str, state: &Path, more: &[&str]) -> kernel::Result<Found> {
    let state = state.display().to_string();
    let words = [&["watch", url, "--state", &state], more].concat();
    watch::run(&Line::try_parse_from(words).unwrap().options).await
}

async fn grow(env: &Arc<Env>, count: usize) {
    let mut ctx = env.system("test").await.unwrap();
    for n in 0..count {
        party::audit::record(&mut ctx, "test.done", "thing:1", json!({ "n": n })).await.unwrap();
    }
    while party::evidence::sequence(&mut ctx).await.unwrap() > 0 {}
    ctx.commit().await.unwrap();
}

async fn begin_anew(env: &Arc<Env>) {
    for table in ["evidence_entry", "evidence_row", "evidence_tile", "evidence_checkpoint"] {
        env.db.script(&format!("DELETE FROM {table}")).await.unwrap();
    }
}

#[tokio::test]
async fn a_watched_log_that_forks_or_shrinks_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let env = install::open(&Install {
        data: folder.path().to_owned(),
        database: None,
        base_url: "http://127.0.0.1:8080".to_owned(),
        demo: false,
        smtp: None,
        seed: Some(1),
    })
    .await
    .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/log", listener.local_addr().unwrap());
    let router = modules::web(&env).unwrap().router();
    let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    grow(&env, 300).await;
    let mut ctx = env.system("test").await.unwrap();
    let key = party::evidence::verifier(&mut ctx).await.unwrap().unwrap().to_string();
    drop(ctx);
    let state = folder.path().join("watched.json");
    assert_eq!(watched(&url, &state, &[]).await.err().unwrap().code, "watch.key");
    assert!(watched(&url, &state, &["--key", &key]).await.unwrap() == Found::Good);
    for more in [0, 1, 211, 700] {
        grow(&env, more).await;
        assert!(watched(&url, &state, &["--json"]).await.unwrap() == Found::Good, "{more}");
    }
    assert!(watched(&url, &state, &["--quorum", "1"]).await.unwrap() == Found::Fault);
    let stranger = proof::log::NoteSigner::new("x", &[1; 32]).unwrap().verifier().to_string();
    let refused = watched(&url, &state, &["--key", &stranger]).await;
    assert_eq!(refused.err().unwrap().code, "watch.key");
    // Written anew: shorter, as long as what is kept, and longer; what is kept stays all the time.
    let kept = std::fs::read(&state).unwrap();
    begin_anew(&env).await;
    for more in [100, 1_112, 500] {
        grow(&env, more).await;
        assert!(watched(&url, &state, &[]).await.unwrap() == Found::Fault, "{more}");
        assert_eq!(std::fs::read(&state).unwrap(), kept);
    }
    served.abort();
    let _ended = served.await;
    assert_eq!(watched(&url, &state, &[]).await.err().unwrap().kind, Kind::Unavailable);
}
