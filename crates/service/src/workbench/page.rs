//! What the workbench shows, put together from lists of `case`: pure.

use crate::case::{Colleague, Filter, Lamp, LampCounts, Row, Rows, Whose};
use flow::case::Phase;
use kernel::Text;
use pack::Province;
use serde::Serialize;
use webkit::form::encode;

/// Longest text of a search.
const TEXT_MAX: usize = 60;
/// Phases an officer may filter by.
const PHASES: [Phase; 13] = [
    Phase::Submitted,
    Phase::Correcting,
    Phase::Accepted,
    Phase::Suspended,
    Phase::Granted,
    Phase::Waiting,
    Phase::Completed,
    Phase::Refused,
    Phase::NotAccepted,
    Phase::Withdrawn,
    Phase::Lapsed,
    Phase::Terminated,
    Phase::Revoked,
];

/// The query of the workbench as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Query {
    /// `todo`, `mine` or `done`.
    pub(super) tab: String,
    /// `all`, `mine`, `unclaimed`, `offered`.
    pub(super) whose: String,
    /// Phase, or empty.
    pub(super) phase: String,
    /// Item, or empty.
    pub(super) item: String,
    /// Lamp, or empty.
    pub(super) lamp: String,
    /// Case number's beginning, or query code.
    pub(super) text: String,
}

impl Query {
    /// Reads the query; what is not known is left out.
    pub(super) fn read(get: impl Fn(&str) -> Option<String>) -> Query {
        let text = |name: &str| {
            let value = get(name).unwrap_or_default();
            value.trim().chars().take(TEXT_MAX).collect::<String>()
        };
        let one_of = |name: &str, known: &[&str]| {
            let value = text(name);
            if known.contains(&value.as_str()) { value } else { known[0].to_owned() }
        };
        Query {
            tab: one_of("tab", &["todo", "mine", "done"]),
            whose: one_of("whose", &["all", "mine", "unclaimed", "offered"]),
            phase: Phase::parse(&text("phase"))
                .map(|phase| phase.as_str().to_owned())
                .unwrap_or_default(),
            item: text("item"),
            lamp: Lamp::parse(&text("lamp"))
                .map(|lamp| lamp.as_str().to_owned())
                .unwrap_or_default(),
            text: text("text"),
        }
    }

    /// The list it asks for. Done work is listed by its phase, completed unless another is chosen.
    pub(super) fn filter(&self) -> Filter {
        let phase = Phase::parse(&self.phase);
        let done = self.tab == "done";
        Filter {
            whose: match (self.tab.as_str(), self.whose.as_str()) {
                ("mine", _) | (_, "mine") => Whose::Mine,
                (_, "unclaimed") => Whose::Unclaimed,
                (_, "offered") => Whose::Offered,
                _ => Whose::All,
            },
            phase: if done {
                Some(phase.filter(|phase| phase.is_final()).unwrap_or(Phase::Completed))
            } else {
                phase
            },
            item: self.item.clone(),
            lamp: Lamp::parse(&self.lamp).filter(|_| !done),
            text: self.text.clone(),
        }
    }

    /// The address with one part changed.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let parts = [
            ("tab", &self.tab),
            ("whose", &self.whose),
            ("phase", &self.phase),
            ("item", &self.item),
            ("lamp", &self.lamp),
            ("text", &self.text),
        ];
        let mut pairs: Vec<String> = parts
            .iter()
            .map(|(key, held)| (*key, if *key == name { value } else { held.as_str() }))
            .filter(|(_, held)| !held.is_empty())
            .map(|(key, held)| format!("{key}={}", encode(held)))
            .collect();
        if name == "after" {
            pairs.push(format!("after={}", encode(value)));
        }
        format!("/workbench?{}", pairs.join("&"))
    }
}

/// A tile with its count.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tile {
    lamp: &'static str,
    count: i64,
    href: String,
    current: bool,
}

/// How much time is left, as a lamp says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Left {
    /// `left_days`, `left_hours`, `over_days`, `over_hours`; empty where nothing runs.
    pub(super) unit: &'static str,
    /// How many.
    pub(super) n: i64,
}

/// A row with its time left.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RowView {
    row: Row,
    left: Left,
}

/// `service/workbench/list.html`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ListView {
    query: Query,
    counts: LampCounts,
    tiles: Vec<Tile>,
    tabs: Vec<(String, String, bool)>,
    rows: Vec<RowView>,
    next: Option<String>,
    items: Vec<(String, Text)>,
    phases: Vec<&'static str>,
    colleagues: Vec<Colleague>,
    /// Cases that could not be taken or handed over: number and sentence.
    pub(super) failed: Vec<(String, String)>,
    /// How many could.
    pub(super) done: usize,
    /// The actor decides cases.
    pub(super) decides: bool,
}

/// Time left of a row.
pub(super) fn left(row: &Row) -> Left {
    match (row.lamp, row.days_left, row.hours_left) {
        (Lamp::Paused | Lamp::Done, _, _) | (_, _, None) => Left { unit: "", n: 0 },
        (_, _, Some(hours)) if (0..24).contains(&hours) => Left { unit: "left_hours", n: hours },
        (_, _, Some(hours)) if (-24..0).contains(&hours) => Left { unit: "over_hours", n: -hours },
        (_, Some(days), Some(hours)) if hours < 0 => {
            Left { unit: "over_days", n: days.abs().max(1) }
        }
        (_, Some(days), Some(_)) => Left { unit: "left_days", n: days },
        (_, None, Some(_)) => Left { unit: "", n: 0 },
    }
}

/// Puts the page together.
pub(super) fn view(
    pack: &Province,
    query: Query,
    counts: LampCounts,
    list: Rows,
    colleagues: Vec<Colleague>,
) -> ListView {
    let lamps = [
        ("", counts.all),
        ("red", counts.red),
        ("yellow", counts.yellow),
        ("green", counts.green),
        ("paused", counts.paused),
    ];
    let base = Query {
        tab: if query.tab == "done" { "todo".to_owned() } else { query.tab.clone() },
        ..query.clone()
    };
    let tiles = lamps.map(|(lamp, count)| Tile {
        lamp,
        count,
        href: base.with("lamp", lamp),
        current: query.tab != "done" && query.lamp == lamp,
    });
    let tabs = ["todo", "mine", "done"].map(|tab| {
        let fresh = Query { tab: tab.to_owned(), whose: "all".to_owned(), ..Query::default() };
        (tab.to_owned(), fresh.with("tab", tab), query.tab == tab)
    });
    ListView {
        next: list.next.as_deref().map(|after| query.with("after", after)),
        rows: list.rows.into_iter().map(|row| RowView { left: left(&row), row }).collect(),
        items: pack.items().map(|item| (item.id.clone(), item.short_name.clone())).collect(),
        phases: PHASES
            .iter()
            .filter(|phase| phase.is_final() == (query.tab == "done"))
            .map(|phase| phase.as_str())
            .collect(),
        tiles: tiles.into(),
        tabs: tabs.into(),
        query,
        counts,
        colleagues,
        failed: Vec::new(),
        done: 0,
        decides: false,
    }
}
