//! How long the pages used most take among ten thousand, a hundred thousand and a million cases:
//! the real router with a signed-in officer or citizen, one request after another. Every address is
//! asked once before: the first time is reported of its own, since it waits for the disk too.

use super::Options;
use super::application;
use super::copy::Copier;
use super::measure::{Figures, Samples, put, put_count, rounded};
use super::world::{SEED, World};
use crate::demo::accounts::{self, Account};
use crate::demo::{begins, population};
use crate::modules;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kernel::{Actor, Error, Lang, Result};
use party::account::SignedIn;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Ctx, Env, vals};
use tower::ServiceExt;

/// People of the province.
const PERSONS: usize = 2_000;
/// Families copied: half decided by rule, half waiting for an officer.
const FAMILIES: usize = 8;
/// Cases there are at each measurement.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// Requests measured at least, so that the slowest of a hundred is one of them.
const REQUESTS_MIN: usize = 200;
/// Requests measured at most.
const REQUESTS_MAX: usize = 5_000;
/// Different pages of one kind.
const PATHS: i64 = 1_000;
/// Largest page.
const BODY_MAX: usize = 8 << 20;

/// A kind of page, with the addresses asked in turn.
struct Page {
    name: &'static str,
    cookie: String,
    paths: Vec<String>,
}

/// Percentiles of a page at a size.
#[derive(Clone, Copy)]
struct Measured {
    name: &'static str,
    p50_ms: f64,
    p99_ms: f64,
    /// Of the first time that an address is asked.
    first_p50_ms: f64,
    first_p99_ms: f64,
    requests: usize,
}

/// Measures.
pub async fn run(options: &Options) -> Result<Figures> {
    let world = World::province(options, PERSONS).await?;
    let measured = among(&world.env, options).await;
    world.remove().await?;
    measured
}

async fn among(env: &Arc<Env>, options: &Options) -> Result<Figures> {
    families(env).await?;
    let accounts = accounts::list(env).await?;
    let citizen = accounts.iter().find(|account| account.role == "citizen");
    let citizen = citizen.ok_or_else(|| Error::internal("the demonstration has no citizen"))?;
    let officer = officer(env, &accounts).await?;
    let agency = sign_in(env, officer).await?.actor.agency;
    let home = agency.rsplit('-').next().unwrap_or_default();
    let mut copier = Copier::prepare(env, home, &sign_in(env, citizen).await?.actor.party).await?;
    let router = modules::web(env)?.router();
    let mut sizes: Vec<(u64, Vec<Measured>)> = Vec::new();
    for size in sizes_within(options.cases) {
        let begun = Instant::now();
        copier.fill(size).await?;
        eprintln!("{} cases loaded in {:.0} s", copier.cases, begun.elapsed().as_secs_f64());
        // Loading may have outlasted a session.
        let (officer, citizen) = (sign_in(env, officer).await?, sign_in(env, citizen).await?);
        let mut measured = Vec::new();
        for page in pages(env, &officer, &citizen).await? {
            measured.push(measure(&router, &page, options.time()).await?);
        }
        sizes.push((copier.cases, measured));
    }
    Ok(told(&sizes))
}

/// The sizes up to the most cases; that itself when it lies below all of them.
pub fn sizes_within(most: u64) -> Vec<u64> {
    let sizes: Vec<u64> = SIZES.into_iter().filter(|size| *size <= most).collect();
    if sizes.is_empty() { vec![most] } else { sizes }
}

/// Makes the families that are copied, with the verbs.
async fn families(env: &Arc<Env>) -> Result<()> {
    application::freshen(env).await?;
    let people = population::draw(&env.pack, SEED, PERSONS, begins().date())?;
    let worker = modules::worker(env);
    let births = application::births(&people);
    let latest = births.len().saturating_sub(FAMILIES);
    for (place, birth) in births[latest..].iter().enumerate() {
        let referred = place >= FAMILIES / 2;
        let applicant = application::prepare(env, &people, birth, referred).await?;
        application::apply(env, &applicant).await?;
        worker.drain().await?;
    }
    Ok(())
}

async fn sign_in(env: &Arc<Env>, account: &Account) -> Result<SignedIn> {
    party::account::sign_in(env, Lang::Zh, &account.login, &account.password, "bench").await
}

/// The reviewer whose kind of agency has most to do.
async fn officer<'a>(env: &Arc<Env>, accounts: &'a [Account]) -> Result<&'a Account> {
    let mut best: Option<(i64, &Account)> = None;
    for account in accounts.iter().filter(|account| account.role.starts_with("reviewer:")) {
        let agency = sign_in(env, account).await?.actor.agency;
        let kind = agency.rsplit_once('-').map_or("", |(kind, _)| kind);
        let mut ctx = Ctx::read(env, Actor::system("bench"), Lang::Zh);
        let sql = "SELECT COUNT(*) FROM cases WHERE open = 1 AND item <> '' AND agency LIKE $1";
        let open = ctx.count(sql, vals![format!("{kind}-%")]).await?;
        if best.is_none_or(|(most, _)| open > most) {
            best = Some((open, account));
        }
    }
    best.map(|(_, account)| account)
        .ok_or_else(|| Error::internal("the demonstration has no reviewer"))
}

/// The pages measured: of an officer his work list and cases of his agency, of a citizen her list
/// and her cases.
async fn pages(env: &Arc<Env>, officer: &SignedIn, citizen: &SignedIn) -> Result<Vec<Page>> {
    let mut ctx = Ctx::read(env, Actor::system("bench"), Lang::Zh);
    let (agency, party) = (&officer.actor.agency, &citizen.actor.party);
    // By digest-like digits of the number, so that neighbours in the file are not neighbours here.
    let sql =
        "SELECT id FROM cases WHERE agency = $1 AND item <> '' ORDER BY substr(id, 9, 18) LIMIT $2";
    let theirs: Vec<String> = ctx.column(sql, vals![agency, PATHS]).await?;
    let sql = "SELECT id FROM cases WHERE applicant = $1 AND parent_id = '' ORDER BY id LIMIT $2";
    let own: Vec<String> = ctx.column(sql, vals![party, PATHS]).await?;
    if theirs.is_empty() || own.is_empty() {
        return Err(Error::internal("there is no case to show"));
    }
    let page =
        |name, visitor: &SignedIn, paths| Page { name, cookie: visitor.cookie.clone(), paths };
    let under =
        |folder: &str, ids: Vec<String>| ids.iter().map(|id| format!("{folder}/{id}")).collect();
    Ok(vec![
        page("work_list", officer, vec!["/workbench".to_owned()]),
        page("case_page", officer, under("/workbench/cases", theirs)),
        page("own_list", citizen, vec!["/cases".to_owned()]),
        page("own_case", citizen, under("/cases", own)),
    ])
}

async fn measure(router: &Router, page: &Page, time: Duration) -> Result<Measured> {
    let mut first = Samples::default();
    for path in &page.paths {
        first.add(ask(router, path, &page.cookie).await?);
    }
    let (begun, mut samples) = (Instant::now(), Samples::default());
    let under_way = |samples: &Samples| {
        let few = samples.len() < REQUESTS_MIN;
        few || (samples.len() < REQUESTS_MAX && begun.elapsed() < time)
    };
    while under_way(&samples) {
        let path = &page.paths[samples.len() % page.paths.len()];
        samples.add(ask(router, path, &page.cookie).await?);
    }
    Ok(Measured {
        name: page.name,
        p50_ms: samples.percentile(50)?,
        p99_ms: samples.percentile(99)?,
        first_p50_ms: first.percentile(50)?,
        first_p99_ms: first.percentile(99)?,
        requests: samples.len(),
    })
}

/// How long a page takes until its last byte. Errors: `internal` when it is not shown.
async fn ask(router: &Router, path: &str, cookie: &str) -> Result<Duration> {
    let request = Request::get(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::COOKIE, format!("{}={cookie}", webkit::guard::SESSION_COOKIE))
        .body(Body::empty())
        .map_err(Error::internal)?;
    let at = Instant::now();
    let Ok(response) = router.clone().oneshot(request).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), BODY_MAX).await.map_err(Error::internal)?;
    let took = at.elapsed();
    match status {
        StatusCode::OK if !body.is_empty() => Ok(took),
        _ => Err(Error::internal(format!("{path} answers {status}"))),
    }
}

/// Figures of the largest size by name, growth from the smallest to it, and every size in a list.
fn told(sizes: &[(u64, Vec<Measured>)]) -> Figures {
    let mut figures = Figures::new();
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else { return figures };
    let slowest = |pick: fn(&Measured) -> f64| last.1.iter().map(pick).fold(0.0, f64::max);
    put(&mut figures, "page_p50_ms", slowest(|one| one.p50_ms));
    put(&mut figures, "page_p99_ms", slowest(|one| one.p99_ms));
    for (small, large) in first.1.iter().zip(&last.1) {
        put(&mut figures, &format!("{}_p50_ms", large.name), large.p50_ms);
        put(&mut figures, &format!("{}_p99_ms", large.name), large.p99_ms);
        put(&mut figures, &format!("{}_p50_growth", large.name), large.p50_ms / small.p50_ms);
        put(&mut figures, &format!("{}_p99_growth", large.name), large.p99_ms / small.p99_ms);
    }
    let list: Vec<Json> = sizes.iter().map(|(cases, measured)| size(*cases, measured)).collect();
    figures.insert("sizes".to_owned(), json!(list));
    put_count(&mut figures, "cases", last.0);
    figures
}

fn size(cases: u64, measured: &[Measured]) -> Json {
    let mut figures = Figures::new();
    put_count(&mut figures, "cases", cases);
    for one in measured {
        figures.insert(format!("{}_p50_ms", one.name), rounded(one.p50_ms));
        figures.insert(format!("{}_p99_ms", one.name), rounded(one.p99_ms));
        figures.insert(format!("{}_first_p50_ms", one.name), rounded(one.first_p50_ms));
        figures.insert(format!("{}_first_p99_ms", one.name), rounded(one.first_p99_ms));
        put_count(&mut figures, &format!("{}_requests", one.name), one.requests as u64);
    }
    Json::Object(figures)
}
