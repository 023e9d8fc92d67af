//! The six-step approval as a drawn procedure: apply, accept, two reviews at once, decide, issue.
//! In memory by the engine alone, durably by the verbs that serve pages and REST, the work list
//! among many tasks, instances taken to another version, and on request the same diagram in two
//! engines of others.

mod bulk;
mod durable;
mod lists;
mod migrate;
mod peers;

use super::Options;
use super::measure::{Figures, put};
use super::world::World;
use decision::feel::Feel;
use flow::process::{self, Definition, Env, Status, Variables};
use kernel::{Error, Result};
use serde_json::json;
use std::time::{Duration, Instant};

/// The diagram; its one condition is in FEEL.
const DIAGRAM: &str = include_str!("../peers/approval.bpmn");
/// Its condition.
const CONDITION: &str = "granted = true</conditionExpression>";
/// Id of its process.
const PROCESS: &str = "approval";
/// The steps of a case that is granted, in the order in which they are done.
const STEPS: [&str; 6] = ["apply", "accept", "plan", "fire", "decide", "issue"];

/// Measures.
pub async fn run(options: &Options) -> Result<Figures> {
    let mut figures = Figures::new();
    put(&mut figures, "memory_cases_per_cpu_s", in_memory(options.time())?);
    if options.peers {
        peers::run(options, &mut figures)?;
    }
    let world = World::empty(options).await?;
    let measured = stored(&world, options, &mut figures).await;
    world.remove().await?;
    measured.map(|()| figures)
}

async fn stored(world: &World, options: &Options, figures: &mut Figures) -> Result<()> {
    durable::run(&world.env, options, figures).await?;
    migrate::run(&world.env, options, figures).await?;
    lists::run(&world.env, options, figures).await
}

/// What a step is completed with.
fn variables(step: &str) -> Variables {
    match step {
        "decide" => [("granted".to_owned(), json!(true))].into(),
        _ => Variables::new(),
    }
}

/// Cases per second of processor time through the engine alone, from the start to the end.
fn in_memory(time: Duration) -> Result<f64> {
    let feel = Feel::new();
    let mut deployed = process::deploy(DIAGRAM.as_bytes(), &feel)
        .map_err(|findings| process::refusal(&findings))?;
    let definition = deployed.definitions.swap_remove(0);
    let working = &kernel::calendar::Calendar::from_notices(Vec::new())?;
    let env = Env { now: crate::demo::begins(), evaluate: &feel, working };
    let (begun, cpu, mut cases) = (Instant::now(), processor_time(), 0_u32);
    while begun.elapsed() < time {
        for _ in 0..100 {
            case(&definition, &env)?;
            cases += 1;
        }
    }
    let spent = match (cpu, processor_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => begun.elapsed(),
    };
    Ok(f64::from(cases) / spent.as_secs_f64())
}

fn case(definition: &Definition, env: &Env) -> Result<()> {
    match process::run_alone(definition, "01M2HCNR80AKA7Z6E2H9CEHWZ8", env, &variables)?.status {
        Status::Completed => Ok(()),
        _ => Err(Error::internal("the case did not come to its end")),
    }
}

/// Time this thread has had a processor; none where the system does not tell.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::tests::options;

    #[test]
    fn a_case_of_the_diagram_is_granted_by_six_steps() {
        assert!(DIAGRAM.contains(CONDITION));
        assert!(STEPS.iter().all(|step| DIAGRAM.contains(&format!("userTask id=\"{step}\""))));
        assert!(in_memory(Duration::from_millis(50)).unwrap() > 10.0);
    }

    #[tokio::test]
    async fn durable_figures_are_those_of_small_sizes_too() {
        let options =
            options(&["process", "--cases", "300", "--instances", "120", "--seconds", "1"])
                .unwrap();
        let figures = run(&options).await.unwrap();
        for name in [
            "memory_cases_per_cpu_s",
            "durable_steps_per_s",
            "bare_transactions_per_s",
            "steps_share_of_bare",
            "migrated_per_s",
        ] {
            assert!(figures[name].as_f64().unwrap() > 0.0, "{name}");
        }
        let bytes = figures["parked_row_bytes_max"].as_u64().unwrap();
        assert!((100..=2_048).contains(&bytes), "{bytes}");
        assert_eq!(figures["migrated"], json!(120 + STEPS.len() * 2), "the copies move too");
        assert_eq!(figures["lists"][0]["tasks"], json!(300));
        assert!(figures["lists"][0]["page_p99_ms"].as_f64().unwrap() > 0.0);
    }
}
