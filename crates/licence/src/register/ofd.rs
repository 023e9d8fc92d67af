//! The licence sheet as OFD (GB/T 33190), for readers that ask for the national form: the same data
//! as the PDF, the signed licence inside, under the same seal.
//!
//! Invariants: it depends on stored data and the key that signed the licence alone, so that it is the
//! same bytes whenever it is made; it is not kept; its first making is a use of the seal in its log.
//! Must not know: who asks for it.

use super::model::Opened;
use super::sheet::{data_of, payload_of, verify_link};
use super::store;
use crate::seal;
use ::store::{Ctx, Env};
use kernel::{Actor, Error, Lang, Result, Timestamp};
use proof::digest::sm3_hex;
use proof::ofd::{self, Mark, Page, Placement, Sheet};
use serde_json::Value as Json;
use std::sync::Arc;

/// Under whose name the platform makes it.
const NAME: &str = "licence.ofd";
/// The font readers have.
const FONT: &str = "宋体";
/// Micrometres of a millimetre.
const MM: u32 = 1_000;
/// Width of a page: A4 across.
const WIDTH: u32 = 297 * MM;
/// Its height.
const HEIGHT: u32 = 210 * MM;
/// Left and right margin.
const MARGIN: u32 = 32 * MM;
/// Lowest base line.
const BOTTOM: u32 = 188 * MM;
/// First base line of a page that follows another.
const TOP: u32 = 30 * MM;
/// Height of letters.
const SIZE: u32 = 4_500;
/// From one base line to the next.
const LEADING: u32 = 7_500;
/// Where values of the left and the right half begin, after their labels.
const HALVES: [(u32, u32); 2] = [(MARGIN, 64 * MM), (155 * MM, 187 * MM)];
/// Side of the seal's box.
const SEAL: u32 = 42 * MM;
/// Side of the code that leads to the verification, and the white between it and the text below.
const CODE: u32 = 20 * MM;
const QUIET: u32 = 8 * MM;
/// Its colour.
const INK: [u8; 3] = [18, 34, 44];
/// Colour of rules.
const RULE: [u8; 3] = [11, 81, 112];

/// The sealed sheet. Errors: `not_found`, `licence.no_sheet` for a type without a sheet,
/// `licence.seal_suspended`, `licence.seal_destroyed`, those of writing.
pub async fn file(env: &Arc<Env>, id: &str) -> Result<Vec<u8>> {
    let mut ctx = Ctx::read(env, Actor::system(NAME), Lang::Zh);
    let row = store::get(&mut ctx, id).await?;
    let opened = store::open(&mut ctx, row).await?;
    let signer = seal::key::by_id(&mut ctx, &opened.row.key_id).await?;
    drop(ctx);
    let made = draw(env, &opened, payload_of(&opened)?.as_bytes())?;
    let picture = signer.seal.as_ref().ok_or_else(|| Error::internal("signer without a seal"))?;
    let at = Timestamp(opened.row.issued_us);
    let place = &[made.seal];
    let file = ofd::seal(&made.file, picture, &signer.key, &signer.chain, place, at)?;
    let digest = sm3_hex(&file);
    let mut ctx = env.system(NAME).await?;
    let later = ctx.now.plus_us(1);
    if !seal::was_used(&mut ctx, &digest, later).await? {
        seal::log_use(&mut ctx, &signer, &digest, "sheet", id).await?;
        let body = serde_json::json!({ "digest": digest, "form": "ofd" });
        let subject = format!("licence:{id}");
        party::audit::record(&mut ctx, "licence.sheet_made", &subject, body).await?;
        ctx.commit().await?;
    }
    Ok(file)
}

/// A sheet before it is sealed, and where the seal goes.
pub(crate) struct Drawn {
    pub(crate) file: Vec<u8>,
    pub(crate) seal: Placement,
}

/// The sheet of a licence with the data that travels along. Errors: as [`file()`].
pub(crate) fn draw(env: &Env, opened: &Opened, payload: &[u8]) -> Result<Drawn> {
    let pack = env.pack.clone();
    let kind = pack.licence_type(&opened.row.type_id).ok_or_else(Error::not_found)?;
    if kind.layout.is_none() {
        return Err(Error::conflict("licence.no_sheet"));
    }
    let agency = pack.agency(&opened.row.agency).ok_or_else(Error::not_found)?;
    let data = data_of(env, opened, &agency);
    let mut pen = Pen { pages: vec![blank()], y: 0 };
    pen.heading(&data);
    pen.fields(&data["fields"]);
    let code = env.typeset.qr_rows(&verify_link(env, &opened.row.code))?;
    let seal = pen.issuer(&data, &code);
    if data["back"].is_object() {
        pen.back(&data["back"]);
    }
    let sheet = Sheet {
        title: &shown(&data["title"]),
        author: &shown(&data["issuer"]["value"]),
        created_at: Timestamp(opened.row.issued_us),
        font: FONT,
        pages: &pen.pages,
        data: Some(payload),
    };
    Ok(Drawn { file: ofd::write(&sheet)?, seal })
}

fn blank() -> Page {
    Page { width: WIDTH, height: HEIGHT, marks: Vec::new() }
}

/// A text in Chinese on one line; a dash for none.
fn shown(text: &Json) -> String {
    let text = text["zh"].as_str().or_else(|| text.as_str()).unwrap_or("");
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.trim() {
        "" => "—".to_owned(),
        line => line.to_owned(),
    }
}

/// How wide a text is, as the writer of OFD spaces it.
fn width(text: &str, size: u32) -> u32 {
    text.chars().map(|c| if c.is_ascii() { size / 2 } else { size }).sum()
}

/// A text in lines no wider than `room`.
fn lines(text: &str, size: u32, room: u32) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut used = 0;
    for c in text.chars() {
        let step = if c.is_ascii() { size / 2 } else { size };
        if used + step > room {
            out.push(String::new());
            used = 0;
        }
        if let Some(line) = out.last_mut() {
            line.push(c);
        }
        used += step;
    }
    // A line of blanks alone would be none.
    out.retain(|line| !line.trim().is_empty());
    out
}

/// Writes from the top of the last page downwards.
struct Pen {
    pages: Vec<Page>,
    y: u32,
}

impl Pen {
    fn put(&mut self, x: u32, y: u32, size: u32, text: String) {
        if let Some(page) = self.pages.last_mut() {
            page.marks.push(Mark::Text { x, y, size, text });
        }
    }

    fn rule(&mut self, y: u32) {
        if let Some(page) = self.pages.last_mut() {
            let (from, to) = ((MARGIN, y), (WIDTH - MARGIN, y));
            page.marks.push(Mark::Line { from, to, width: 350, colour: RULE });
        }
    }

    /// Makes room, on the next page if need be.
    fn room(&mut self, height: u32) {
        if self.y + height > BOTTOM {
            self.pages.push(blank());
            self.y = TOP;
        }
    }

    fn centred(&mut self, y: u32, size: u32, text: String) {
        let x = WIDTH.saturating_sub(width(&text, size)) / 2;
        self.put(x, y, size, text);
    }

    fn heading(&mut self, data: &Json) {
        let title = shown(&data["title"]);
        // A long title is set smaller, so that it fits its line.
        let size = (200 * MM / title.chars().count().max(1) as u32).clamp(SIZE, 12 * MM);
        self.centred(40 * MM, size, title);
        let number = &data["number"];
        let text = format!("{}：{}", shown(&number["label"]), shown(&number["value"]));
        self.centred(52 * MM, SIZE, text);
        if data["demo"].is_object() {
            self.put(MARGIN, 24 * MM, SIZE, shown(&data["demo"]));
        }
        self.rule(57 * MM);
        self.y = 67 * MM;
    }

    /// Two to a line, and a wide one on a line of its own, as they were laid out.
    fn fields(&mut self, fields: &Json) {
        let mut half = 0;
        let mut tallest = 1;
        for field in fields.as_array().into_iter().flatten() {
            let wide = field["wide"].as_bool().unwrap_or(true);
            let (label_at, value_at) = HALVES[if wide { 0 } else { half }];
            let end = if wide || half == 1 { WIDTH - MARGIN } else { HALVES[1].0 - 4 * MM };
            let value = lines(&shown(&field["value"]), SIZE, end - value_at);
            let label = lines(&shown(&field["label"]), SIZE, value_at - label_at - MM);
            let tall = value.len().max(label.len()) as u32;
            if half == 0 {
                self.room(LEADING * tall);
            }
            for (at, texts) in [(label_at, label), (value_at, value)] {
                let mut y = self.y;
                for text in texts {
                    // A value longer than its page ends with it: the data beside it is whole.
                    if y <= HEIGHT - MM {
                        self.put(at, y, SIZE, text);
                    }
                    y += LEADING;
                }
            }
            tallest = if half == 0 { tall } else { tallest.max(tall) };
            half = if wide { 0 } else { 1 - half };
            if half == 0 {
                self.y += LEADING * tallest;
            }
        }
        if half == 1 {
            self.y += LEADING * tallest;
        }
    }

    /// Draws a code row by row: each run of dark modules is a line as thick as a module is high.
    fn code(&mut self, x: u32, y: u32, rows: &[Vec<bool>]) {
        let Some(page) = self.pages.last_mut() else { return };
        let module = CODE / (rows.len().max(1) as u32);
        for (row, at) in rows.iter().zip(0_u32..) {
            let middle = y + at * module + module / 2;
            let mut left = 0;
            for run in row.chunk_by(|one, next| one == next) {
                let right = left + run.len() as u32;
                if run.first() == Some(&true) {
                    let (from, to) = ((x + left * module, middle), (x + right * module, middle));
                    page.marks.push(Mark::Line { from, to, width: module, colour: INK });
                }
                left = right;
            }
        }
    }

    /// Who issued it and when, with the code that leads to the verification and the place of the seal.
    fn issuer(&mut self, data: &Json, code: &[Vec<bool>]) -> Placement {
        self.room(SEAL + 10 * MM);
        let middle = (self.y + SEAL / 2 + QUIET).max(BOTTOM - SEAL);
        self.code(MARGIN, middle - QUIET - CODE, code);
        let text = |one: &Json| format!("{}：{}", shown(&one["label"]), shown(&one["value"]));
        let issuer = text(&data["issuer"]);
        let from = (WIDTH - MARGIN).saturating_sub(width(&issuer, SIZE).max(SEAL));
        self.put(from, middle, SIZE, issuer);
        self.put(from, middle + LEADING, SIZE, text(&data["date"]));
        self.put(MARGIN, middle, SIZE, text(&data["identifier"]));
        let code = data["verify"]["en"].as_str().unwrap_or("");
        self.put(MARGIN, middle + LEADING, SIZE, format!("查验码：{code}"));
        self.y = middle + 2 * LEADING;
        let (x, y) = (WIDTH - MARGIN - SEAL, middle.saturating_sub(SEAL / 2));
        Placement { page: self.pages.len() - 1, x, y, width: SEAL, height: SEAL }
    }

    fn back(&mut self, back: &Json) {
        self.pages.push(blank());
        self.y = TOP;
        self.put(MARGIN, self.y, 6 * MM, shown(&back["title"]));
        self.y += 2 * LEADING;
        self.fields(&back["fields"]);
        for note in back["notes"].as_array().into_iter().flatten() {
            for line in lines(&shown(note), SIZE, WIDTH - 2 * MARGIN) {
                self.room(LEADING);
                self.put(MARGIN, self.y, SIZE, line);
                self.y += LEADING;
            }
        }
    }
}
