//! A notice's way, without a database.

use crate::notice::{Answer, Closure, Kind, Phase};
use crate::notice::{By, Notice};
use kernel::Timestamp;
use kernel::time::DAY_US;
use testkit::TUESDAY;

fn open(kind: Kind) -> Notice {
    let day = |n: i64| TUESDAY.plus_us(n * DAY_US);
    Notice {
        id: "notice".to_owned(),
        mark: "mark".to_owned(),
        number: "DB2609-0001".to_owned(),
        kind,
        phase: Phase::Open,
        revision: 1,
        case_id: "case".to_owned(),
        case_number: "number".to_owned(),
        item: "birth-certificate".to_owned(),
        agency: "health-410105".to_owned(),
        division: "410105".to_owned(),
        timer: String::new(),
        due: day(2),
        reason: String::new(),
        opened: TUESDAY,
        opened_by: By::default(),
        answer_due: day(3),
        acknowledged: None,
        acknowledged_name: String::new(),
        explanation: String::new(),
        mend: String::new(),
        mend_by: String::new(),
        answered: None,
        answered_by: By::default(),
        returned: 0,
        return_note: String::new(),
        closed: None,
        closed_by: By::default(),
        close_note: String::new(),
    }
}

fn good() -> Answer {
    Answer {
        explanation: "人手不足".to_owned(),
        mend: "今天办完".to_owned(),
        mend_by: "2026-09-30".to_owned(),
    }
}

fn at(day: i64) -> Timestamp {
    TUESDAY.plus_us(day * DAY_US)
}

#[test]
fn a_notice_goes_through_its_phases_and_no_other_way() {
    let by = By { account: "a".to_owned(), name: "王".to_owned(), person: "p".to_owned() };
    let closure = |satisfied, note: &str| Closure { satisfied, note: note.to_owned() };
    let notice = open(Kind::Red).acknowledge(at(0), &by).unwrap();
    assert_eq!(notice.clone().acknowledge(at(0), &by).unwrap_err().code, "supervise.notice_phase");
    assert_eq!(
        notice.clone().close(at(1), &by, &closure(true, ""), at(5)).unwrap_err().code,
        "supervise.notice_phase"
    );
    let answered = notice.answer(at(1), &by, &good()).unwrap();
    let back = answered.clone().close(at(1), &by, &closure(false, " "), at(5)).unwrap_err();
    assert_eq!((back.code, back.fields[0].field.as_str()), ("supervise.closure_wrong", "note"));
    let returned = answered.close(at(1), &by, &closure(false, "没有说明原因"), at(5)).unwrap();
    assert_eq!(
        (returned.phase, returned.returned, returned.answer_due),
        (Phase::Acknowledged, 1, at(5))
    );
    let closed = returned
        .answer(at(2), &by, &good())
        .unwrap()
        .close(at(3), &by, &closure(true, ""), at(9))
        .unwrap();
    assert_eq!((closed.phase, closed.closed, closed.revision), (Phase::Closed, Some(at(3)), 6));
    assert_eq!(closed.answer(at(3), &by, &good()).unwrap_err().code, "supervise.notice_phase");
}

#[test]
fn an_answer_names_every_field_at_fault_at_once() {
    let wrong = Answer { mend_by: "2026-09-14".to_owned(), ..Answer::default() };
    let error = open(Kind::Red).answer(at(0), &By::default(), &wrong).unwrap_err();
    let fields: Vec<&str> = error.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["explanation", "mend", "mend_by"]);
    let long = Answer { mend: "长".repeat(1_001), ..good() };
    let error = open(Kind::Red).answer(at(0), &By::default(), &long).unwrap_err();
    assert_eq!(error.fields[0].code, "supervise.words_long");
}

#[test]
fn only_a_yellow_card_before_its_end_settles_by_itself() {
    assert_eq!(open(Kind::Yellow).settle(at(1)).unwrap().phase, Phase::Closed);
    assert_eq!(open(Kind::Yellow).settle(at(2)), None);
    assert_eq!(open(Kind::Red).settle(at(1)), None);
}

#[test]
fn a_notice_is_late_when_its_answer_is() {
    let answered = open(Kind::Red).answer(at(2), &By::default(), &good()).unwrap();
    assert!(!answered.is_late(at(9)));
    assert!(open(Kind::Red).is_late(at(3)) && !open(Kind::Red).is_late(at(2)));
}
