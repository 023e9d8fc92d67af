//! The printed transition table is the reviewed one.

use crate::case::{CommandName, Phase, TRANSITIONS, print_transitions};
use std::path::Path;

#[test]
fn the_printed_table_is_the_one_under_review() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/case-transitions.txt");
    let printed = print_transitions();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &printed).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap();
    assert!(reviewed == printed, "the table changed; review it with UPDATE=1:\n{printed}");
}

#[test]
fn every_command_has_a_row_and_no_pair_of_command_and_phase_has_two() {
    for name in CommandName::ALL {
        let rows: Vec<Phase> = (TRANSITIONS.iter())
            .filter(|row| row.command == name)
            .flat_map(|row| row.from.iter().copied())
            .collect();
        let mut distinct = rows.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(!rows.is_empty() && distinct.len() == rows.len(), "{name:?}");
    }
}

#[test]
fn names_are_those_of_the_json() {
    for name in CommandName::ALL {
        assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
    }
    for phase in Phase::ALL {
        assert_eq!(serde_json::to_value(phase).unwrap(), phase.as_str());
        assert_eq!(Phase::parse(phase.as_str()), Some(phase));
    }
}

#[test]
fn a_final_phase_leads_nowhere_but_to_revocation_and_reopening() {
    for row in TRANSITIONS {
        for from in row.from.iter().filter(|phase| phase.is_final()) {
            let lawful = [
                CommandName::Revoke,
                CommandName::RequestHumanReview,
                CommandName::BeginCheck,
                CommandName::EndCheck,
                CommandName::ConfirmCheck,
                CommandName::LoseBasis,
                CommandName::Uphold,
            ];
            if row.command == CommandName::Restore {
                assert_eq!((*from, row.to), (Phase::Terminated, [Phase::Waiting].as_slice()));
                continue;
            }
            if row.command == CommandName::Reopen {
                assert!(![Phase::Completed, Phase::Revoked].contains(from));
                continue;
            }
            assert!(*from == Phase::Completed && lawful.contains(&row.command), "{row:?}");
        }
    }
}
