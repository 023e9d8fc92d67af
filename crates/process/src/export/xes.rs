//! An event log as XES (IEEE 1849-2016): a trace per instance, with the extensions Concept,
//! Lifecycle, Organizational and Time.
//!
//! Invariant: every text is escaped; characters XML cannot hold are left out.

use super::gather::Happening;
use crate::instance::store::Row;
use markup::escaped;
use std::fmt::Write as _;

/// What stands before the first trace.
pub(super) fn begin(out: &mut String, process: &str) {
    out.push_str(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <log xes.version=\"1849-2016\" xes.features=\"\" xmlns=\"http://www.xes-standard.org/\">\n",
    );
    for (name, prefix) in [
        ("Concept", "concept"),
        ("Lifecycle", "lifecycle"),
        ("Organizational", "org"),
        ("Time", "time"),
    ] {
        let _ = writeln!(
            out,
            "<extension name=\"{name}\" prefix=\"{prefix}\" uri=\"http://www.xes-standard.org/{prefix}.xesext\"/>"
        );
    }
    out.push_str(
        "<global scope=\"trace\"><string key=\"concept:name\" value=\"\"/></global>\n\
         <global scope=\"event\"><string key=\"concept:name\" value=\"\"/>\
         <string key=\"lifecycle:transition\" value=\"complete\"/>\
         <date key=\"time:timestamp\" value=\"1970-01-01T00:00:00Z\"/></global>\n\
         <classifier name=\"Step\" keys=\"concept:name\"/>\n\
         <classifier name=\"Step and transition\" keys=\"concept:name lifecycle:transition\"/>\n",
    );
    text(out, "concept:name", process);
    text(out, "lifecycle:model", "standard");
    out.push('\n');
}

/// The trace of an instance.
pub(super) fn trace(out: &mut String, row: &Row, events: &[Happening]) {
    out.push_str("<trace>");
    text(out, "concept:name", &row.id);
    let _ = write!(out, "<int key=\"version\" value=\"{}\"/>", row.version);
    text(out, "agency", &row.agency);
    text(out, "phase", &row.phase);
    for event in events {
        out.push_str("\n<event>");
        text(out, "concept:name", &event.name);
        text(out, "lifecycle:transition", event.transition);
        let _ = write!(out, "<date key=\"time:timestamp\" value=\"{}\"/>", event.at);
        if !event.who.name.is_empty() {
            text(out, "org:resource", &event.who.name);
        }
        if !event.node.is_empty() {
            text(out, "step", &event.node);
        }
        text(out, "act", event.act);
        out.push_str("</event>");
    }
    out.push_str("\n</trace>\n");
}

/// What stands after the last trace.
pub(super) fn end(out: &mut String) {
    out.push_str("</log>\n");
}

fn text(out: &mut String, key: &str, value: &str) {
    let kept: String = value.chars().filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    let _ = write!(out, "<string key=\"{key}\" value=\"{}\"/>", escaped(&kept));
}
