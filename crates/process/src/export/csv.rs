//! An event log as comma-separated values (RFC 4180), in UTF-8 with its mark so that office
//! programs open it as such.
//!
//! Invariant: no field is a formula to a spreadsheet.

use super::gather::Happening;
use crate::instance::store::Row;

/// The first line.
pub(super) fn begin(out: &mut String) {
    out.push('\u{feff}');
    out.push_str("case,process,version,agency,phase,step,name,transition,time,resource,act\r\n");
}

/// A line per event of an instance.
pub(super) fn lines(out: &mut String, row: &Row, events: &[Happening]) {
    for event in events {
        let (version, time) = (row.version.to_string(), event.at.to_string());
        let fields = [
            row.id.as_str(),
            &row.process,
            &version,
            &row.agency,
            &row.phase,
            &event.node,
            &event.name,
            event.transition,
            &time,
            &event.who.name,
            event.act,
        ];
        for (at, text) in fields.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            field(out, text);
        }
        out.push_str("\r\n");
    }
}

/// A field, quoted where it must be.
pub(crate) fn field(out: &mut String, text: &str) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !formula && !text.contains([',', '"', '\r', '\n']) {
        out.push_str(text);
        return;
    }
    out.push('"');
    if formula {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}
