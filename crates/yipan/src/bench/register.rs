//! The register of licences as it grows: issued one by one at its start and at every size, and what a
//! holder has looked up.
//!
//! What it is grown with are rows of the table made by one statement, copies of an issued licence under
//! identifiers and holders of their own, without the sealed data, which no list reads. What is issued
//! and looked up is real, by the verbs behind pages.

use super::Options;
use super::evidence::sizes_within;
use super::issuer::Issuer;
use super::measure::{Figures, Lap, Samples, put, put_count, repeat_async};
use super::world::World;
use kernel::{Actor, Error, Lang, Result};
use licence::{register, wallet};
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Instant;
use store::{Ctx, Env, vals};

/// Rows made by one statement.
const MADE: u64 = 100_000;
/// Licences of one holder.
const EACH: u64 = 4;
/// Lookups timed at a size.
const LOOKUPS: u64 = 500;
/// A number above all, so that ids made of it have the same width.
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
    let issuer = Issuer::prepare(env).await?;
    let start = issued(env, &issuer, options).await?;
    put(&mut figures, "issue_start_per_s", start.per_s());
    let with_sheet = repeat_async(options.time(), async |_| {
        let made = issuer.issue(env).await?;
        register::sheet_digest(env, &made.id).await.map(drop)
    })
    .await?;
    put(&mut figures, "issue_with_sheet_per_s", with_sheet.per_s());
    let template = issuer.issue(env).await?.id;
    let (mut sizes, mut end, mut made) = (Vec::new(), start, 0);
    for size in sizes_within(options.cases) {
        while made < size {
            let until = (made + MADE).min(size);
            make(env, &template, made, until).await?;
            made = until;
        }
        let mut at_size = Figures::new();
        put_count(&mut at_size, "licences", made);
        end = issued(env, &issuer, options).await?;
        put(&mut at_size, "issue_per_s", end.per_s());
        look_up(env, made, &mut at_size).await?;
        sizes.push(Json::Object(at_size));
    }
    put(&mut figures, "issue_end_per_s", end.per_s());
    put(&mut figures, "issue_end_share_of_start", end.per_s() / start.per_s());
    for name in ["holder_p50_ms", "holder_p99_ms"] {
        let at = |one: Option<&Json>| one.and_then(|one| one[name].as_f64()).unwrap_or_default();
        let (first, last) = (at(sizes.first()), at(sizes.last()));
        put(&mut figures, name, last);
        if first > 0.0 {
            put(&mut figures, &name.replace("_ms", "_growth"), last / first);
        }
    }
    figures.insert("sizes".to_owned(), Json::Array(sizes));
    Ok(figures)
}

async fn issued(env: &Arc<Env>, issuer: &Issuer, options: &Options) -> Result<Lap> {
    repeat_async(options.time(), async |_| issuer.issue(env).await.map(drop)).await
}

/// Times what holders taken at random have, as their wallets list it.
async fn look_up(env: &Arc<Env>, made: u64, figures: &mut Figures) -> Result<()> {
    let (mut samples, mut random) = (Samples::default(), env.random());
    for _ in 0..LOOKUPS {
        let holder = holder((FIRST + random.below(made.max(1))) / EACH);
        let begun = Instant::now();
        let mut ctx = Ctx::read(env, Actor::system("bench"), Lang::Zh);
        let cards = wallet::list(&mut ctx, &holder).await?;
        samples.add(begun.elapsed());
        if cards.is_empty() || cards.len() as u64 > EACH {
            return Err(Error::internal(format!("{holder} has {} licences", cards.len())));
        }
    }
    put(figures, "holder_p50_ms", samples.percentile(50)?);
    put(figures, "holder_p99_ms", samples.percentile(99)?);
    Ok(())
}

fn holder(number: u64) -> String {
    format!("bench-{number}")
}

/// Copies of a licence from one number up to another.
async fn make(env: &Arc<Env>, template: &str, from: u64, until: u64) -> Result<()> {
    let mut ctx = env.system("bench").await?;
    let each = EACH as i64;
    ctx.execute(
        "INSERT INTO licence (id, identifier, type_id, type_version, agency, key_id, code, holder,
         body_sealed, live_key, state, state_us, state_reason, case_id, item_id, issued_us,
         valid_until_us, revision, former, origin)
         WITH RECURSIVE n(i) AS (
             SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
         SELECT CAST(n.i AS TEXT), 'bench-' || CAST(n.i AS TEXT), t.type_id, t.type_version,
             t.agency, t.key_id, 'B' || CAST(n.i AS TEXT), 'bench-' || CAST(n.i / $4 AS TEXT),
             substr(t.body_sealed, 1, 1), NULL, t.state, t.state_us, t.state_reason, t.case_id, t.item_id, t.issued_us,
             t.valid_until_us, t.revision, NULL, t.origin
         FROM n CROSS JOIN licence t WHERE t.id = $3",
        vals![FIRST + from, FIRST + until, template, each],
    )
    .await?;
    ctx.commit().await
}
