//! Timing: how often something can be done, and how long the slowest takes.

use kernel::{Error, Result};
use serde_json::{Map, Value as Json, json};
use std::time::{Duration, Instant};

/// Figures by name.
pub type Figures = Map<String, Json>;

/// Times something was done, and how long it all took.
#[derive(Clone, Copy, Debug)]
pub struct Lap {
    /// Times.
    pub runs: u64,
    /// Seconds of all together.
    pub seconds: f64,
}

impl Lap {
    /// Times per second.
    pub fn per_s(self) -> f64 {
        if self.seconds > 0.0 { self.runs as f64 / self.seconds } else { 0.0 }
    }

    /// Nanoseconds of one.
    pub fn ns(self) -> f64 {
        if self.runs > 0 { self.seconds * 1e9 / self.runs as f64 } else { 0.0 }
    }
}

/// Does the work again and again until the time is over, at least once. The argument counts up
/// from 0. The clock is looked at after every `batch`, so that short work is not measured with it.
pub fn repeat(time: Duration, batch: u64, mut work: impl FnMut(u64) -> Result<()>) -> Result<Lap> {
    let begun = Instant::now();
    let mut runs = 0;
    loop {
        for _ in 0..batch.max(1) {
            work(runs)?;
            runs += 1;
        }
        if begun.elapsed() >= time {
            return Ok(Lap { runs, seconds: begun.elapsed().as_secs_f64() });
        }
    }
}

/// As [`repeat`], for work that waits.
pub async fn repeat_async(
    time: Duration,
    mut work: impl AsyncFnMut(u64) -> Result<()>,
) -> Result<Lap> {
    let begun = Instant::now();
    let mut runs = 0;
    while runs == 0 || begun.elapsed() < time {
        work(runs).await?;
        runs += 1;
    }
    Ok(Lap { runs, seconds: begun.elapsed().as_secs_f64() })
}

/// Durations in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds one.
    pub fn add(&mut self, duration: Duration) {
        self.0.push(duration.as_secs_f64() * 1e3);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The smallest duration not exceeded by that many of a hundred, in milliseconds (nearest
    /// rank). Errors: `internal` without samples.
    pub fn percentile(&self, of_hundred: usize) -> Result<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * of_hundred).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().ok_or_else(|| Error::internal("nothing was measured"))
    }
}

/// A figure with four significant digits: more would be noise.
pub fn rounded(value: f64) -> Json {
    if !value.is_finite() || value == 0.0 {
        return json!(0.0);
    }
    let magnitude = 3 - value.abs().log10().floor() as i32;
    if magnitude <= 0 {
        return json!(value.round() as i64);
    }
    let scale = 10_f64.powi(magnitude.min(12));
    json!((value * scale).round() / scale)
}

/// Puts a figure in, rounded.
pub fn put(figures: &mut Figures, name: &str, value: f64) {
    figures.insert(name.to_owned(), rounded(value));
}

/// Puts a count or size in, exactly.
pub fn put_count(figures: &mut Figures, name: &str, count: u64) {
    figures.insert(name.to_owned(), json!(count));
}
