//! The benches' own arithmetic, and the benches that need no database.

use super::measure::{Samples, repeat, rounded};
use super::{Name, Options, calendar, copy, evidence, machine, pages, proofs, register, world};
use clap::Parser;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

pub(crate) fn options(words: &[&str]) -> Result<Options, clap::Error> {
    Line::try_parse_from([&["bench"], words].concat()).map(|line| line.options)
}

#[test]
fn a_percentile_is_a_measured_duration() {
    let mut samples = Samples::default();
    assert!(samples.percentile(50).is_err());
    for ms in (1..=200).rev() {
        samples.add(Duration::from_millis(ms));
    }
    assert_eq!(samples.percentile(50).unwrap(), 100.0);
    assert_eq!(samples.percentile(99).unwrap(), 198.0);
    assert_eq!(samples.percentile(100).unwrap(), 200.0);
}

#[test]
fn a_figure_keeps_four_significant_digits() {
    assert_eq!(rounded(123_456.7), json!(123_457));
    assert_eq!(rounded(12.345_67), json!(12.35));
    assert_eq!(rounded(0.001_234_56), json!(0.001_235));
    assert_eq!(rounded(f64::NAN), json!(0.0));
}

#[test]
fn work_is_done_at_least_one_batch_and_counted() {
    let mut done = 0;
    let lap = repeat(Duration::ZERO, 7, |run| {
        assert_eq!(run, done);
        done += 1;
        Ok(())
    });
    assert_eq!((lap.unwrap().runs, done), (7, 7));
}

#[test]
fn the_machine_is_read_as_linux_tells_it() {
    let info =
        "processor\t: 0\nmodel name\t: Example CPU @ 2 GHz\nprocessor\t: 1\nmodel name\t: Other\n";
    assert_eq!(machine::cpu_model(info), "Example CPU @ 2 GHz");
    let status = "VmPeak:\t  999999 kB\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n";
    assert_eq!(machine::mib(status, "VmHWM"), Some(200));
    assert_eq!(machine::mib(status, "VmRSS"), Some(100));
    assert_eq!(machine::mib(status, "Vm"), None);
    let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\ntmpfs /tmpother xfs rw 0 0\n";
    assert_eq!(machine::filesystem(mounts, Path::new("/tmp/x")), "tmpfs");
    assert_eq!(machine::filesystem(mounts, Path::new("/var/tmp")), "ext4");
}

#[test]
fn a_bench_database_is_beside_the_one_named() {
    let beside = |server| world::beside(server, "b");
    assert_eq!(
        beside("postgres://u:p@host:5432/province?sslmode=require"),
        "postgres://u:p@host:5432/b?sslmode=require"
    );
    assert_eq!(beside("postgres://host"), "postgres://host/b");
    assert_eq!(beside("postgres://host/"), "postgres://host/b");
}

#[test]
fn sizes_stop_at_the_most_cases() {
    assert_eq!(pages::sizes_within(1_000_000), [10_000, 100_000, 1_000_000]);
    assert_eq!(pages::sizes_within(150_000), [10_000, 100_000]);
    assert_eq!(pages::sizes_within(700), [700]);
}

#[test]
fn the_log_is_measured_up_to_the_most_cases() {
    assert_eq!(evidence::sizes_within(10_000_000), [10_000, 1_000_000, 10_000_000]);
    assert_eq!(evidence::sizes_within(900), [900]);
}

#[tokio::test]
async fn the_log_grows_to_the_size_asked_for_and_every_proof_holds() {
    let options = options(&["log", "--cases", "700", "--seconds", "1"]).unwrap();
    let figures = evidence::run(&options).await.unwrap();
    let leaves = figures["leaves"].as_u64().unwrap();
    assert!(leaves >= 700, "{figures:?}");
    assert!(figures["record_per_s"].as_f64().unwrap() > 0.0);
    assert!(figures["inclusion_p99_ms"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn the_register_grows_to_the_size_asked_for_and_holders_find_theirs() {
    let options = options(&["licence", "--cases", "700", "--seconds", "1"]).unwrap();
    let figures = register::run(&options).await.unwrap();
    assert_eq!(figures["sizes"][0]["licences"], 700);
    for name in ["issue_start_per_s", "issue_with_sheet_per_s", "issue_end_per_s", "holder_p99_ms"]
    {
        assert!(figures[name].as_f64().unwrap() > 0.0, "{name}: {figures:?}");
    }
}

#[test]
fn the_limit_of_the_machine_is_read_as_openssl_tells_it() {
    let said = "+DTP:256:sign:CurveSM2:1\n+F7:0:256:CurveSM2:1234.500000:567.250000\n";
    assert_eq!(proofs::limit_of(said), Some((1234.5, 567.25)));
    assert_eq!(proofs::limit_of("+F7:0:256"), None);
    assert_eq!(proofs::limit_of("speed: Unknown algorithm sm2"), None);
}

#[test]
fn a_copy_has_its_own_ids_and_keeps_the_rest() {
    assert_eq!(copy::value("cases", "phase"), "t.phase");
    assert_eq!(copy::value("cases", "draft_id"), "NULL");
    assert!(copy::value("case_event", "case_id").contains("b.pad"));
    assert!(copy::value("case_fact", "observed_us").contains("b.shift_us"));
    assert!(copy::value("cases", "division").contains("b.division"));
}

#[test]
fn an_unknown_bench_and_a_size_out_of_bounds_are_refused() {
    assert_eq!(options(&["pages", "--cases", "10000"]).unwrap().name, Some(Name::Pages));
    assert!(options(&["speed"]).is_err());
    assert!(options(&["--cases", "99"]).is_err());
    assert!(options(&["--seconds", "0"]).is_err());
    assert!(options(&["--stage", "open"]).is_err());
}

#[test]
fn the_calendar_is_measured_in_nanoseconds() {
    let figures = calendar::run(&options(&["calendar", "--seconds", "1"]).unwrap()).unwrap();
    for name in ["deadline_ns", "clock_due_ns"] {
        let ns = figures[name].as_f64().unwrap();
        assert!(ns > 0.0 && ns < 1e6, "{name} is {ns}");
    }
    let pauses = figures["clock_pauses_mean"].as_f64().unwrap();
    assert!((1.0..=3.0).contains(&pauses));
}
