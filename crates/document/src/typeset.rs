//! From layout and data to the bytes of a PDF, within limits.
//!
//! Invariants: one document is typeset at a time, on a thread of its own with a deep stack, so
//! that neither memory nor a deeply nested layout can bring the program down; a document that
//! takes too long is given up and its thread counted, and two such threads close the typesetter
//! until one ends. Creation date and identifier come from the data.
//! Must not know: where layouts and data come from.

use crate::fonts::Fonts;
use crate::world::Sheet;
use crate::{DATA_BYTES_MAX, IMAGE_BYTES_MAX, IMAGES_MAX, LAYOUT_BYTES_MAX, PAGES_MAX, TIME_MAX_S};
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use typst::WorldExt;
use typst::comemo;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// Stack of a typesetting thread: a layout nested to the compiler's own limits fits, even
/// unoptimised.
const STACK_BYTES: usize = 256 * 1024 * 1024;
/// Given-up documents still running at which no more are begun.
const RUNAWAYS_MAX: usize = 2;
/// Diagnostics kept in an error's detail.
const DIAGNOSTICS_MAX: usize = 8;
/// How many later documents a remembered intermediate result survives without being used.
const MEMORY_AGE_MAX: usize = 1;
/// Beijing time, in minutes east of UTC.
const CHINA_OFFSET_MIN: i32 = 480;

/// Typesets documents with one set of fonts.
pub struct Typesetter {
    fonts: Arc<Fonts>,
    turn: Mutex<()>,
    runaways: Arc<AtomicUsize>,
    time_max: Duration,
}

impl Typesetter {
    /// A typesetter with these fonts; allocates nothing of note.
    pub fn new(fonts: Fonts) -> Typesetter {
        Typesetter {
            fonts: Arc::new(fonts),
            turn: Mutex::new(()),
            runaways: Arc::new(AtomicUsize::new(0)),
            time_max: Duration::from_secs(TIME_MAX_S),
        }
    }

    /// A typesetter that gives up sooner.
    #[cfg(test)]
    pub(crate) fn with_time_max(self, time_max: Duration) -> Typesetter {
        Typesetter { time_max, ..self }
    }

    /// Typesets one document as PDF/A-2a. Blocks for its duration.
    ///
    /// `layout` is typst source; it reads the data with `json("data.json")`, the names of its
    /// pictures with `json("images.json")` and a picture with `image("seal.svg", alt: "…")`. It
    /// must set the document's title, and every picture needs its alternative text.
    /// `data` is any object with `created`, the creation instant as RFC 3339 or a date
    /// (`2026-08-28`, then midnight in China). `images` are pairs of name and SVG.
    ///
    /// Errors: `document.limit` (429: `what`, `max`), `document.created` (422),
    /// `document.image_name` (422), `document.layout` (500, diagnostics in the detail),
    /// `document.time` and `document.busy` (503), `document.font_missing` (503).
    pub fn render(&self, layout: &str, data: &Value, images: &[(&str, &[u8])]) -> Result<Vec<u8>> {
        at_most("layout", layout.len(), LAYOUT_BYTES_MAX)?;
        at_most("images", images.len(), IMAGES_MAX)?;
        for (_, svg) in images {
            at_most("image", svg.len(), IMAGE_BYTES_MAX)?;
        }
        let json = data.to_string();
        at_most("data", json.len(), DATA_BYTES_MAX)?;
        let options = PdfOptions {
            ident: Smart::Custom(ident(layout, &json, images)),
            creator: Smart::Custom(Some("一盘棋 Yipan".to_owned())),
            timestamp: Some(created(data)?),
            standards: PdfStandards::new(&[PdfStandard::A_2a])
                .map_err(|error| Error::internal(error.message()))?,
            ..PdfOptions::default()
        };
        let sheet = Sheet::new(Arc::clone(&self.fonts), layout, json, images)?;
        let outcome = self.run(move || typeset(&sheet, &options));
        if let Some(path) = self.fonts.broken() {
            return Err(Error::new(Kind::Unavailable, "document.font_missing")
                .detail(format!("{} cannot be read as a font", path.display())));
        }
        outcome
    }

    /// Runs the work on a thread of its own and waits for it, but not for ever.
    fn run(&self, work: impl FnOnce() -> Result<Vec<u8>> + Send + 'static) -> Result<Vec<u8>> {
        // The lock guards no data, so that a poisoned one is as good as any.
        let _turn = self.turn.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if self.runaways.load(Ordering::SeqCst) >= RUNAWAYS_MAX {
            return Err(Error::new(Kind::Unavailable, "document.busy"));
        }
        let (sender, receiver) = mpsc::channel();
        let running = Running::new(&self.runaways);
        std::thread::Builder::new()
            .name("typeset".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let _running = running;
                let outcome = work();
                comemo::evict(MEMORY_AGE_MAX);
                drop(_running);
                // Nobody listens any more when the document was given up.
                let _ = sender.send(outcome);
            })
            .map_err(Error::unavailable)?;
        match receiver.recv_timeout(self.time_max) {
            Ok(outcome) => outcome,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(Error::new(Kind::Unavailable, "document.time")
                    .arg("max", self.time_max.as_secs()))
            }
            // The thread ended without an answer: a panic inside the compiler.
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(layout_error("the typesetter stopped inside this layout".to_owned()))
            }
        }
    }
}

/// Counts a thread for as long as it runs, panics included.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn new(count: &Arc<AtomicUsize>) -> Running {
        count.fetch_add(1, Ordering::SeqCst);
        Running(Arc::clone(count))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn typeset(sheet: &Sheet, options: &PdfOptions) -> Result<Vec<u8>> {
    let document: PagedDocument =
        typst::compile(sheet).output.map_err(|errors| diagnose(sheet, &errors))?;
    at_most("pages", document.pages().len(), PAGES_MAX)?;
    typst_pdf::pdf(&document, options).map_err(|errors| diagnose(sheet, &errors))
}

/// The diagnostics with their lines, as an error.
fn diagnose(sheet: &Sheet, errors: &[SourceDiagnostic]) -> Error {
    let lines: Vec<String> = errors
        .iter()
        .take(DIAGNOSTICS_MAX)
        .map(|error| {
            let line = sheet
                .range(error.span)
                .and_then(|range| sheet.layout().lines().byte_to_line(range.start))
                .map_or(String::new(), |line| format!("line {}: ", line + 1));
            let hints: String = error.hints.iter().map(|hint| format!(" ({})", hint.v)).collect();
            format!("{line}{}{hints}", error.message)
        })
        .collect();
    layout_error(lines.join("; "))
}

fn layout_error(detail: String) -> Error {
    Error::new(Kind::Internal, "document.layout").detail(detail)
}

fn at_most(what: &'static str, size: usize, max: usize) -> Result<()> {
    if size <= max {
        return Ok(());
    }
    Err(Error::limited("document.limit").arg("what", what).arg("max", max))
}

/// A name for the content, so that the document's identifier follows from it alone.
fn ident(layout: &str, json: &str, images: &[(&str, &[u8])]) -> String {
    format!("{:032x}", typst::utils::hash128(&(layout, json, images)))
}

/// The creation instant in the data, shown in Beijing time.
fn created(data: &Value) -> Result<typst_pdf::Timestamp> {
    let fault = || Error::invalid("document.created").field("created", "document.created");
    let text = data.get("created").and_then(Value::as_str).ok_or_else(fault)?;
    let instant = match text.parse::<jiff::Timestamp>() {
        Ok(instant) => Timestamp(instant.as_microsecond()),
        Err(_) if text.len() == "2026-08-28".len() => {
            Timestamp::start_of(text.parse().map_err(|_| fault())?)
        }
        Err(_) => return Err(fault()),
    };
    let at = instant.civil();
    let part = |value: i8| u8::try_from(value).unwrap_or(0);
    Datetime::from_ymd_hms(
        i32::from(at.year()),
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
    )
    .and_then(|datetime| typst_pdf::Timestamp::new_local(datetime, CHINA_OFFSET_MIN))
    .ok_or_else(fault)
}
