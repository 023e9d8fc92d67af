//! The evidence log: acts recorded, entries placed, proofs read, as the log grows.
//!
//! What is placed are rows of the table the sequencer reads, made by one statement; their leaves
//! are digits and of no entry, which neither placing nor proving can tell. Acts recorded are real.

use super::Options;
use super::measure::{Figures, Samples, put, put_count, repeat_async};
use super::world::World;
use kernel::{Error, Lang, Result};
use party::{audit, evidence};
use proof::log::{verify_consistency, verify_inclusion};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Ctx, Env, vals};

/// Sizes at which proofs are timed.
const SIZES: [u64; 3] = [10_000, 1_000_000, 10_000_000];
/// Rows made by one statement.
const MADE: u64 = 100_000;
/// Proofs of each kind timed at a size.
const PROOFS: u64 = 500;
/// A number above all places, so that ids made of it sort as the places do.
const FIRST: u64 = 1_000_000_000_000;

/// Runs the bench.
pub async fn run(options: &Options) -> Result<Figures> {
    let world = World::empty(options).await?;
    let measured = measure(&world.env, options).await;
    world.remove().await?;
    measured
}

async fn measure(env: &Arc<Env>, options: &Options) -> Result<Figures> {
    let mut figures = Figures::new();
    let recorded = repeat_async(options.time(), async |n| {
        let mut ctx = env.system("bench").await?;
        audit::record(&mut ctx, "bench.done", "bench:one", json!({ "n": n })).await?;
        ctx.commit().await
    })
    .await?;
    put(&mut figures, "record_per_s", recorded.per_s());
    place(env).await?;
    let mut sizes = Vec::new();
    for size in sizes_within(options.cases) {
        sizes.push(at_size(env, size).await?);
    }
    if let Some(last) = sizes.last().and_then(Json::as_object) {
        figures.extend(last.clone());
    }
    figures.insert("sizes".to_owned(), Json::Array(sizes));
    Ok(figures)
}

/// The sizes up to the most, which is itself one when all are larger.
pub fn sizes_within(most: u64) -> Vec<u64> {
    let within: Vec<u64> = SIZES.into_iter().filter(|size| *size <= most).collect();
    if within.is_empty() { vec![most] } else { within }
}

/// Grows the log to a size and times proofs there.
async fn at_size(env: &Arc<Env>, size: u64) -> Result<Json> {
    let before = head(env).await?.map_or(0, |head| head.size);
    let mut placing = Duration::ZERO;
    let mut at = before;
    while at < size {
        let until = (at + MADE).min(size);
        make(env, at, until).await?;
        let begun = Instant::now();
        place(env).await?;
        placing += begun.elapsed();
        at = until;
    }
    let head = head(env).await?.ok_or_else(|| Error::internal("the log has no head"))?;
    let mut figures = Figures::new();
    put_count(&mut figures, "leaves", head.size);
    let seconds = placing.as_secs_f64();
    if seconds > 0.0 {
        put(&mut figures, "append_per_s", head.size.saturating_sub(before) as f64 / seconds);
    }
    let (mut inclusion, mut consistency) = (Samples::default(), Samples::default());
    let mut random = env.random();
    for _ in 0..PROOFS {
        let old = 1 + random.number() % (head.size - 1).max(1);
        let begun = Instant::now();
        let mut ctx = Ctx::read(env, kernel::Actor::system("bench"), Lang::Zh);
        let (place, leaf, hashes, top) = evidence::prove_place(&mut ctx, old).await?;
        inclusion.add(begun.elapsed());
        verify_inclusion(&leaf, place, top.size, &hashes, &top.root)?;
        let begun = Instant::now();
        let (hashes, top) = evidence::prove_consistency(&mut ctx, old).await?;
        consistency.add(begun.elapsed());
        let old_root = evidence::root_at(&mut ctx, old).await?;
        verify_consistency(old, top.size, &hashes, &old_root, &top.root)?;
    }
    put(&mut figures, "inclusion_p50_ms", inclusion.percentile(50)?);
    put(&mut figures, "inclusion_p99_ms", inclusion.percentile(99)?);
    put(&mut figures, "consistency_p50_ms", consistency.percentile(50)?);
    put(&mut figures, "consistency_p99_ms", consistency.percentile(99)?);
    Ok(Json::Object(figures))
}

async fn head(env: &Arc<Env>) -> Result<Option<evidence::Head>> {
    evidence::head(&mut Ctx::read(env, kernel::Actor::system("bench"), Lang::Zh)).await
}

/// Gives every waiting entry its place.
async fn place(env: &Arc<Env>) -> Result<()> {
    loop {
        let mut ctx = env.system("bench").await?;
        let placed = evidence::sequence(&mut ctx).await?;
        ctx.commit().await?;
        if placed == 0 {
            return Ok(());
        }
    }
}

/// Rows that wait for the places from `from` up to `until`.
async fn make(env: &Arc<Env>, from: u64, until: u64) -> Result<()> {
    let mut ctx = env.system("bench").await?;
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO evidence_entry (id, at_us, actor, kind, subject, body, row_digests,
         body_digest, salt, leaf, position)
         WITH RECURSIVE n(i, digits) AS (
             SELECT CAST($1 AS BIGINT), CAST(CAST($1 AS BIGINT) AS TEXT)
             UNION ALL SELECT i + 1, CAST(i + 1 AS TEXT) FROM n WHERE i + 1 < $2)
         SELECT digits, CAST($3 AS BIGINT), '', 'bench.made', 'bench:made', '{}', '[]', '', '',
             digits || digits || digits || digits || '000000000000', CAST(NULL AS BIGINT) FROM n",
        vals![FIRST + from, FIRST + until, now],
    )
    .await?;
    ctx.commit().await
}
