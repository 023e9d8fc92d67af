//! Tests of the case lifecycle and of compositions.

mod case;
mod composition;
mod random;
mod table;
mod time;
mod transfer;

use crate::case::{Command, Env, Event, Profile, SpecialProcedure, State, Tolerance, apply, open};
use kernel::calendar::{Calendar, DayKind, Limit, Notice, Unit};
use kernel::{Result, Text, Timestamp};

/// 2026 to 2028, with the National Day of 2026: off 1 to 7 October, worked 20 September and 10 October.
pub(crate) fn calendar() -> Calendar {
    let notice = |date: &str, kind| Notice {
        date: date.parse().unwrap(),
        year: date[..4].parse().unwrap(),
        kind,
        name: "假日".to_owned(),
    };
    let mut notices: Vec<Notice> =
        (1..=7).map(|day| notice(&format!("2026-10-0{day}"), DayKind::Off)).collect();
    notices.push(notice("2026-09-20", DayKind::Work));
    notices.push(notice("2026-10-10", DayKind::Work));
    notices.push(notice("2027-01-01", DayKind::Off));
    notices.push(notice("2028-01-03", DayKind::Off));
    Calendar::from_notices(notices).unwrap()
}

pub(crate) fn at(civil: &str) -> Timestamp {
    Timestamp::from_civil(civil.parse().unwrap())
}

pub(crate) fn days(amount: u32) -> Limit {
    Limit { amount, unit: Unit::WorkingDay }
}

/// An item with everything the law knows.
pub(crate) fn profile() -> Profile {
    Profile {
        extension_max: Some(days(10)),
        tolerance: Some(Tolerance {
            materials: vec!["photo".to_owned(), "lease".to_owned()],
            limit: days(5),
        }),
        special_procedures: vec![SpecialProcedure {
            id: "hearing".to_owned(),
            text: Text::new("听证", "Hearing"),
            article: "许可法 46".to_owned(),
            max: Some(days(20)),
            promise_only: false,
        }],
        automatic: true,
        ..Profile::new(days(5), days(20), days(15))
    }
}

/// A case driven by a test: its state, all its events, and who acts.
pub(crate) struct Driver {
    pub(crate) profile: Profile,
    pub(crate) calendar: Calendar,
    pub(crate) state: State,
    pub(crate) events: Vec<Event>,
    pub(crate) now: Timestamp,
    pub(crate) actor: String,
    pub(crate) approver: bool,
}

impl Driver {
    /// Opened on Tuesday 15 September 2026, 10:00.
    pub(crate) fn new(profile: Profile) -> Driver {
        let calendar = calendar();
        let now = at("2026-09-15T10:00:00");
        let env = Env { now, calendar: &calendar, actor: "system", approver: false };
        let (state, events) = open(&env);
        let actor = "li".to_owned();
        Driver { profile, calendar, state, events, now, actor, approver: false }
    }

    pub(crate) fn act(&mut self, command: &Command) -> Result<Vec<Event>> {
        let env = Env {
            now: self.now,
            calendar: &self.calendar,
            actor: &self.actor,
            approver: self.approver,
        };
        let (state, events) = apply(&self.profile, &self.state, command, &env)?;
        self.state = state;
        self.events.extend(events.iter().cloned());
        Ok(events)
    }

    /// As `act`, for a command that must succeed.
    pub(crate) fn must(&mut self, command: Command) -> &mut Driver {
        if let Err(error) = self.act(&command) {
            panic!("{command:?} in {:?}: {error}", self.state.phase);
        }
        self
    }

    /// The code with which the command is refused.
    pub(crate) fn refused(&mut self, command: Command) -> &'static str {
        let before = (self.state.clone(), self.events.len());
        let error = self.act(&command).expect_err("refused");
        assert_eq!((&self.state, self.events.len()), (&before.0, before.1));
        error.code
    }

    pub(crate) fn go(&mut self, civil: &str) -> &mut Driver {
        self.now = at(civil);
        self
    }
}

pub(crate) fn accept() -> Command {
    Command::Accept { tolerated: vec![], promise: String::new() }
}

pub(crate) fn tolerate(materials: &[&str]) -> Command {
    Command::Accept {
        tolerated: materials.iter().map(|&material| material.to_owned()).collect(),
        promise: "五日内补齐".to_owned(),
    }
}

pub(crate) fn grant() -> Command {
    Command::Decide {
        granted: true,
        opinion: "符合条件".to_owned(),
        reasons: String::new(),
        article: "许可法 38".to_owned(),
        remedies: String::new(),
        automatic: None,
    }
}

pub(crate) fn grant_automatically() -> Command {
    Command::Decide {
        granted: true,
        opinion: String::new(),
        reasons: String::new(),
        article: "许可法 38".to_owned(),
        remedies: String::new(),
        automatic: Some(serde_json::json!({ "outcome": "grant" })),
    }
}

pub(crate) fn refuse() -> Command {
    Command::Decide {
        granted: false,
        opinion: "不符合条件".to_owned(),
        reasons: "场所不符合标准".to_owned(),
        article: "许可法 38".to_owned(),
        remedies: "六十日内申请行政复议".to_owned(),
        automatic: None,
    }
}

pub(crate) fn suspend() -> Command {
    Command::Suspend {
        procedure: "hearing".to_owned(),
        document: "听〔2026〕3号".to_owned(),
        article: "许可法 45".to_owned(),
        needed: "二十日".to_owned(),
    }
}

pub(crate) fn extend(amount: u32) -> Command {
    Command::Extend {
        amount: days(amount),
        reason: "案情复杂".to_owned(),
        article: "许可法 42".to_owned(),
    }
}

pub(crate) fn ask(fields: &[&str], materials: &[&str]) -> Command {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Command::AskCorrection {
        fields: owned(fields),
        materials: owned(materials),
        note: "住址与户口簿不符".to_owned(),
    }
}

pub(crate) fn supply(fields: &[&str], materials: &[&str]) -> Command {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Command::SupplyCorrection { fields: owned(fields), materials: owned(materials) }
}
