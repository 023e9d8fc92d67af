//! Every word the acts and pages use has its sentence in both languages.

use flow::case::{CommandName, MESSAGES, Phase};

const LANG: &str = include_str!("../../../lang/case.yaml");

fn has(key: &str) -> bool {
    LANG.lines().any(|line| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(": { zh: ") && rest.contains(", en: "))
    })
}

#[test]
fn every_refusal_of_the_lifecycle_has_a_sentence() {
    for (code, _, _) in MESSAGES {
        assert!(has(&format!("error.{code}")), "{code}");
    }
}

#[test]
fn every_phase_and_command_has_a_name() {
    for phase in Phase::ALL {
        assert!(has(&format!("service.case.phase.{}", phase.as_str())), "{phase:?}");
    }
    let by_itself = [
        "release",
        "complete",
        "lapse",
        "deem_accepted",
        "lapse_tolerance",
        "terminate",
        "begin_procedure",
        "end_procedure",
        "begin_check",
        "end_check",
        "restore",
        "deem_taken_over",
        "await_payment",
        "settle_payment",
    ];
    for command in CommandName::ALL.map(CommandName::as_str) {
        assert!(
            by_itself.contains(&command) || has(&format!("service.case.command.{command}")),
            "{command}"
        );
    }
}

#[test]
fn every_error_of_this_module_has_a_sentence() {
    let sources = [
        include_str!("../act.rs"),
        include_str!("../submit.rs"),
        include_str!("../supply.rs"),
        include_str!("../list.rs"),
        include_str!("../stand_in.rs"),
        include_str!("../result.rs"),
        include_str!("../verbs.rs"),
        include_str!("../confirmation.rs"),
        include_str!("../handed.rs"),
        include_str!("../transfer.rs"),
        include_str!("../family.rs"),
        include_str!("../track.rs"),
        include_str!("../api.rs"),
        include_str!("../../figures/metric.rs"),
        include_str!("../../figures/drill.rs"),
    ];
    let mut found = 0;
    for made in ["Error::invalid(\"", "Error::conflict(\"", "Error::limited(\""] {
        for part in sources.iter().flat_map(|source| source.split(made).skip(1)) {
            let code = part.split('"').next().unwrap();
            assert!(has(&format!("error.{code}")), "{code}");
            found += 1;
        }
    }
    assert!(found > 20, "{found}");
}
