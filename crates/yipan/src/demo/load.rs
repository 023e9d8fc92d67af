//! Loads the demonstration province into an empty installation.

use super::past::{self, Past};
use super::population::{self, Population};
use super::{accounts, begins, billed, blanks, filed, records};
use data::registry::NewRecord;
use kernel::{Result, Timestamp};
use std::sync::Arc;
use std::time::Instant;
use store::{Env, vals};

/// People, registries, accounts, past cases. Progress goes to standard error.
pub async fn province(env: &Arc<Env>, seed: u64, persons: usize, past_cases: usize) -> Result<()> {
    let begun = Instant::now();
    let told = |what: &str| eprintln!("{:>6.1} s  {what}", begun.elapsed().as_secs_f64());
    env.clock.set(begins());
    // A province that is still being loaded need not survive a power cut: it is loaded again.
    env.db.set_loading(true).await?;
    let today = begins().date();
    let people = population::draw(&env.pack, seed, persons, today)?;
    told(&format!(
        "{} persons, {} households, {} births drawn",
        people.persons.len(),
        people.households.len(),
        people.births.len()
    ));
    let home = accounts::home(&people);
    let first = past::first_day(&people);
    env.clock.set(first);
    party::evidence::seal_tables(env).await?;
    let held = registries(env, &people, today, first).await?;
    told(&format!("{held} records in the registries"));
    licence::seal::provision(env).await?;
    // Officers of the past months examined by the procedures of today.
    if let Some((_, error)) = process::definition::deploy_packs(env).await?.into_iter().next() {
        return Err(error);
    }
    // Passwords are hashed beside the first applications: nobody signs in meanwhile.
    let mut planned = Some(accounts::plan(env, &people, &home, seed)?);
    let mut past = Past::plan(env, &people, &home, past_cases);
    while past.round(&told).await? {
        sign_ins(env, &people, planned.take(), &told).await?;
    }
    sign_ins(env, &people, planned, &told).await?;
    told(&format!("{} past cases", past.cases()));
    env.clock.set(begins());
    crate::modules::worker(env).drain().await?;
    // Its papers too are set when somebody asks for them.
    env.refuse_jobs(past::PAPER);
    billed::run(env, &people, &home).await?;
    blanks::run(env, &home).await?;
    filed::plan(env, &home.county).await?;
    env.refuse_jobs(&[]);
    remember_clock(env).await?;
    env.db.set_loading(false).await?;
    env.db.analyze().await?;
    told("ready");
    Ok(())
}

/// Makes the sign-ins that are planned, if they are not made yet.
async fn sign_ins(
    env: &Arc<Env>,
    people: &Population,
    planned: Option<accounts::Plan>,
    told: &dyn Fn(&str),
) -> Result<()> {
    let Some(planned) = planned else { return Ok(()) };
    let mut ctx = env.system("demo").await?;
    let made = accounts::make(&mut ctx, people, planned).await?;
    ctx.commit().await?;
    told(&format!("{} sign-ins", made.len()));
    Ok(())
}

/// Puts every record into its registry, registry by registry.
async fn registries(
    env: &Arc<Env>,
    people: &Population,
    today: jiff::civil::Date,
    observed: Timestamp,
) -> Result<u64> {
    let mut total = 0;
    for registry in records::REGISTRIES {
        let mut records = records::of(people, today, registry).map(|record| NewRecord {
            record: record.value,
            observed: record.seen.map_or(observed, |seen| seen.max(observed)).min(begins()),
            division: record.division,
        });
        let mut ctx = env.system("demo").await?;
        total += data::registry::load(&mut ctx, registry, &mut records).await?;
        ctx.commit().await?;
    }
    Ok(total)
}

async fn remember_clock(env: &Arc<Env>) -> Result<()> {
    let mut ctx = env.system("demo").await?;
    let offset = env.clock.now().since(env.clock.platform()).to_string();
    ctx.execute(
        "INSERT INTO setting (name, value) VALUES ('clock_offset_us', $1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        vals![offset],
    )
    .await?;
    ctx.commit().await
}
