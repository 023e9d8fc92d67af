//! Parsers against input gone wrong: a committed corpus of real files, each run one of them mutated
//! from a seed, and whatever a parser takes all the same mutated further.
//!
//! Invariants: every file of a corpus is taken as it stands, so that none rots unnoticed; the runs are
//! bounded in number and are the same in every test run; a panic tells the input; the memory a parser
//! takes is bounded. A parser that does not end is ended by the runner of tests.
//! Must not know: any format; a format's own words come as tokens.

mod mutate;

use kernel::Random;
use mutate::mutated;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Inputs that a parser took, beside the corpus, kept to go on from.
const POOL_MAX: usize = 64;
/// Hexadecimal digits told of an input that failed.
const TOLD_MAX: usize = 6_000;
/// What the process may take more than it had, in KiB.
const GROWTH_MAX_KIB: u64 = 768 << 10;

/// A corpus and how it is mutated.
#[derive(Clone, Copy, Debug)]
pub struct Fuzz<'a> {
    /// What is parsed; the randomness begins with it.
    pub name: &'a str,
    /// Folders of the corpus, their files' names ending so.
    pub corpus: &'a [(&'a Path, &'a str)],
    /// Words of the format, set at random places.
    pub tokens: &'a [&'a str],
    /// Runs, unless `YIPAN_FUZZ_RUNS` says how many.
    pub runs: u64,
}

impl Fuzz<'_> {
    /// Gives the corpus, then mutations of it, to a parser; true is what a parser says of input it
    /// takes.
    pub fn run(&self, parser: impl Fn(&[u8]) -> bool) {
        let name = self.name;
        let corpus: Vec<(String, Vec<u8>)> =
            self.corpus.iter().flat_map(|(folder, ending)| read(folder, ending)).collect();
        for (file, bytes) in &corpus {
            assert!(parser(bytes), "{name}: {file} of the corpus is refused");
        }
        let runs = number("YIPAN_FUZZ_RUNS").unwrap_or(self.runs);
        let seed = name.bytes().fold(number("YIPAN_FUZZ_SEED").unwrap_or(0), |sum, byte| {
            sum.wrapping_mul(131).wrapping_add(u64::from(byte))
        });
        let mut random = Random::from_number(seed);
        let mut pool: Vec<Vec<u8>> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
        let most = 4 * pool.iter().map(Vec::len).max().unwrap_or(0) + 4096;
        let kept = pool.len() + POOL_MAX;
        let before = peak_kib();
        for run in 0..runs {
            let input = mutated(&pool, self.tokens, most, &mut random);
            match catch_unwind(AssertUnwindSafe(|| parser(&input))) {
                Ok(true) if pool.len() < kept => pool.push(input),
                Ok(_) => {}
                Err(_) => panic!("{name}: run {run} panics on {}", told(&input)),
            }
        }
        if let (Some(before), Some(after)) = (before, peak_kib()) {
            let growth = after.saturating_sub(before);
            assert!(growth < GROWTH_MAX_KIB, "{name}: {growth} KiB more");
        }
    }
}

/// The files of a folder by name.
fn read(folder: &Path, ending: &str) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| name.ends_with(ending))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

fn told(input: &[u8]) -> String {
    let digits: String =
        input.iter().map(|byte| format!("{byte:02x}")).take(TOLD_MAX / 2).collect();
    format!("{} bytes: {digits}", input.len())
}

/// The most memory the process has had; none where the system does not tell.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
