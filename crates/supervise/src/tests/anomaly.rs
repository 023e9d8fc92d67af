//! What is found irregular in a history.

use crate::monitor::{Irregularity, find_anomalies};
use kernel::time::DAY_US;
use pack::Province;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use service::case::{Happened, Moment};
use testkit::TUESDAY;

fn act(sequence: i64, day: i64, kind: &str, article: &str, detail: Json) -> Happened {
    Happened {
        sequence,
        case_id: "case".to_owned(),
        item: "birth-certificate".to_owned(),
        at: Moment(TUESDAY.plus_us(day * DAY_US)),
        kind: kind.to_owned(),
        actor: String::new(),
        automatic: false,
        text: String::new(),
        article: article.to_owned(),
        detail,
        document: None,
    }
}

fn released(sequence: i64, day: i64) -> Happened {
    let limit = json!({ "amount": 5, "unit": "working_day" });
    act(sequence, day, "released", "", json!({ "acceptance": limit }))
}

fn found(history: &[Happened], day: i64) -> Vec<(Irregularity, i64)> {
    let pack = Province::embedded().unwrap();
    let now = TUESDAY.plus_us(day * DAY_US);
    let found = find_anomalies(history, pack.calendar().unwrap(), now).unwrap();
    found.into_iter().map(|finding| (finding.kind, finding.sequence)).collect()
}

#[test]
fn a_lawful_history_has_no_finding() {
    let history = [
        act(1, 0, "opened", "", Json::Null),
        released(2, 0),
        act(3, 1, "correction_asked", "", Json::Null),
        act(
            4,
            2,
            "correction_supplied",
            "",
            json!({ "acceptance": { "amount": 5, "unit": "working_day" } }),
        ),
        act(5, 3, "accepted", "", Json::Null),
        act(
            6,
            4,
            "suspended",
            "行政许可法第四十五条",
            json!({ "max": { "amount": 10, "unit": "working_day" } }),
        ),
        act(7, 6, "resumed", "", Json::Null),
        act(8, 7, "decided", "母婴保健法第二十三条", json!({ "granted": false })),
    ];
    assert_eq!(found(&history, 30), []);
}

#[test]
fn a_refusal_without_an_article_is_found_and_a_grant_without_one_is_not() {
    let refused = [released(1, 0), act(2, 1, "acceptance_refused", " ", Json::Null)];
    assert_eq!(found(&refused, 1), [(Irregularity::ArticleMissing, 2)]);
    let decided = |granted: bool| {
        let decision = act(3, 2, "decided", "", json!({ "granted": granted }));
        [released(1, 0), act(2, 1, "accepted", "", Json::Null), decision]
    };
    assert_eq!(found(&decided(false), 2), [(Irregularity::ArticleMissing, 3)]);
    assert_eq!(found(&decided(true), 2), []);
}

#[test]
fn a_correction_asked_after_five_working_days_or_again_is_found() {
    // Received on Tuesday the 15th; Sunday the 20th is worked in place of a holiday, so that the
    // time to accept ends with Monday the 21st.
    let on_day = |day| [released(1, 0), act(2, day, "correction_asked", "", Json::Null)];
    assert_eq!(found(&on_day(6), 6), []);
    assert_eq!(found(&on_day(7), 7), [(Irregularity::CorrectionLate, 2)]);
    let mut again = on_day(1).to_vec();
    again.push(act(3, 2, "correction_supplied", "", Json::Null));
    again.push(act(4, 3, "correction_asked", "", Json::Null));
    assert_eq!(found(&again, 3), [(Irregularity::CorrectionRepeated, 4)]);
}

#[test]
fn a_suspension_past_its_longest_time_is_found_whether_it_ended_or_not() {
    let max = json!({ "max": { "amount": 2, "unit": "calendar_day" } });
    let suspended = act(3, 2, "suspended", "第四十五条", max);
    let mut history = vec![released(1, 0), act(2, 1, "accepted", "", Json::Null), suspended];
    assert_eq!(found(&history, 3), []);
    assert_eq!(found(&history, 20), [(Irregularity::SuspensionLong, 3)]);
    history.push(act(4, 12, "resumed", "", Json::Null));
    assert_eq!(found(&history, 20), [(Irregularity::SuspensionLong, 3)]);
}

#[test]
fn acts_out_of_order_and_silence_are_found() {
    let early = [released(1, 0), act(2, 1, "decided", "第一条", json!({ "granted": true }))];
    assert_eq!(found(&early, 1), [(Irregularity::OutOfOrder, 2)]);
    let back = [released(1, 5), act(2, 1, "accepted", "", Json::Null)];
    assert_eq!(found(&back, 5), [(Irregularity::OutOfOrder, 2)]);
    let silent = [released(1, 0), act(2, 9, "deemed_accepted", "", Json::Null)];
    assert_eq!(found(&silent, 9), [(Irregularity::AcceptedBySilence, 2)]);
}

proptest! {
    /// Whatever the history, looking later finds all that was found before: nothing is taken back.
    #[test]
    fn what_was_found_stays_found(
        kinds in proptest::collection::vec(0usize..9, 0..14),
        steps in proptest::collection::vec(-1i64..6, 14),
        later in 0i64..40,
    ) {
        let names = ["released", "accepted", "deemed_accepted", "correction_asked", "correction_supplied",
            "suspended", "resumed", "decided", "acceptance_refused"];
        let mut day = 0;
        let mut history = Vec::new();
        for (at, kind) in kinds.iter().enumerate() {
            day += steps[at];
            let limit = json!({ "amount": 3, "unit": "working_day" });
            let detail = json!({ "acceptance": limit, "max": limit, "granted": false });
            history.push(act(at as i64 + 1, day, names[*kind], "", detail));
        }
        let early = found(&history, 60);
        let late = found(&history, 60 + later);
        for finding in &early {
            prop_assert!(late.contains(finding));
        }
        let mut unique = late.clone();
        unique.dedup();
        prop_assert_eq!(unique, late);
    }
}
