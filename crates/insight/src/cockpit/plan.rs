//! Plans of provinces for the map of stones: which letter is which city.
//!
//! A plan is a sketch of positions, not of boundaries. A province without a plan has no map; its
//! table says the same. Must not know: figures.

/// A province's plan.
pub(super) struct Plan {
    /// Rows of letters.
    pub(super) stones: &'static str,
    /// City code and its letter.
    pub(super) cities: &'static [(&'static str, char)],
}

/// The plan of a province's pack.
pub(super) fn of(province: &str) -> Option<Plan> {
    (province == "henan").then_some(Plan { stones: include_str!("henan.txt"), cities: &HENAN })
}

/// The 17 cities, and Jiyuan for the counties directly under the province.
const HENAN: [(&str, char); 18] = [
    ("410100", 'z'),
    ("410200", 'k'),
    ("410300", 'l'),
    ("410400", 't'),
    ("410500", 'a'),
    ("410600", 'h'),
    ("410700", 'x'),
    ("410800", 'j'),
    ("410900", 'p'),
    ("411000", 'c'),
    ("411100", 'b'),
    ("411200", 's'),
    ("411300", 'n'),
    ("411400", 'q'),
    ("411500", 'i'),
    ("411600", 'w'),
    ("411700", 'm'),
    ("419000", 'y'),
];
