//! Memory of a demonstration, each stage in a process of its own: loading it the first time, then
//! opening it, showing the first page and making the first document.

use super::issuer::Issuer;
use super::measure::{Figures, put_count};
use super::world::{self, Place, SEED};
use super::{Options, machine};
use crate::demo::load;
use crate::modules;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use clap::ValueEnum;
use kernel::{Error, Result};
use serde_json::Value as Json;
use std::path::Path;
use std::process::Command;
use tower::ServiceExt;

/// Synthetic people.
const PERSONS: usize = 20_000;
/// Largest page.
const BODY_MAX: usize = 8 << 20;

/// What a process of its own does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Loads the province.
    Load,
    /// Opens it.
    Open,
}

/// Measures.
pub async fn run(options: &Options) -> Result<Figures> {
    let place = Place::make(options).await?;
    let measured = stages(&place);
    place.remove().await?;
    measured
}

fn stages(place: &Place) -> Result<Figures> {
    let mut figures = child(place, "load")?;
    figures.extend(child(place, "open")?);
    put_count(&mut figures, "persons", PERSONS as u64);
    Ok(figures)
}

/// The program again, in a fresh process, for one stage.
fn child(place: &Place, stage: &str) -> Result<Figures> {
    let program = std::env::current_exe().map_err(Error::unavailable)?;
    let mut command = Command::new(program);
    command
        .args(["bench", "memory", "--json", "--stage", stage, "--folder"])
        .arg(place.folder.path());
    if let Some(database) = &place.database {
        command.args(["--database", database]);
    }
    let output =
        command.stderr(std::process::Stdio::inherit()).output().map_err(Error::unavailable)?;
    let failed = || Error::internal(format!("the stage {stage} failed"));
    if !output.status.success() {
        return Err(failed());
    }
    serde_json::from_slice(&output.stdout).map_err(|_| failed())
}

/// Runs a stage in this process.
pub async fn stage(stage: Stage, folder: &Path, options: &Options) -> Result<Figures> {
    let env = world::open(folder, options.database.clone()).await?;
    let mut figures = Figures::new();
    match stage {
        Stage::Load => {
            load::province(&env, SEED, PERSONS, 0).await?;
            note(&mut figures, "loaded")?;
        }
        Stage::Open => {
            let router = modules::web(&env)?.router();
            let request = Request::get("/").body(Body::empty()).map_err(Error::internal)?;
            let Ok(response) = router.oneshot(request).await;
            to_bytes(response.into_body(), BODY_MAX).await.map_err(Error::internal)?;
            note(&mut figures, "opened")?;
            let issued = Issuer::prepare(&env).await?.issue(&env).await?;
            licence::register::sheet_file(&env, &issued.id).await?;
            note(&mut figures, "document")?;
        }
    }
    Ok(figures)
}

/// Memory in use now, and the most there ever was in this process.
fn note(figures: &mut Figures, moment: &str) -> Result<()> {
    for (name, line) in [("rss", "VmRSS"), ("peak", "VmHWM")] {
        let mib = machine::memory_mib(line)?;
        figures.insert(format!("{moment}_{name}_mib"), Json::from(mib));
    }
    Ok(())
}
