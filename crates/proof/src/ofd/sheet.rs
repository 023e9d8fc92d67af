//! A licence sheet as an OFD document, from a list of marks.
//!
//! Invariants: lengths are whole micrometres, so that a sheet has one spelling; texts are escaped;
//! a document that is written reads back and can be sealed.
//! Must not know: what the marks mean.

use super::package::{self, Files};
use crate::digest::sm3_hex;
use kernel::{Error, Result, Timestamp};
use quick_xml::escape::escape;
use std::fmt::Write;

/// Most pages of a sheet.
pub const PAGES_MAX: usize = 64;
/// Most marks of a page.
const MARKS_MAX: usize = 10_000;
/// Longest text of a mark, in characters.
const TEXT_MAX: usize = 1_000;
/// Longest side of a page: two metres.
const SIDE_MAX: u32 = 2_000_000;

/// Where the data beside the pages is kept.
pub(super) const DATA: &str = "Doc_0/Attachs/licence.json";
/// The list of signatures.
pub(super) const SIGNATURES: &str = "Doc_0/Signs/Signatures.xml";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
/// Identifiers of the font and of the first page; those of marks follow.
const FONT_ID: u32 = 1;
const FIRST_ID: u32 = 2;

/// What a sheet is to hold.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    /// Title shown by readers.
    pub title: &'a str,
    /// Who makes it.
    pub author: &'a str,
    /// When it is made; the day is written.
    pub created_at: Timestamp,
    /// Name of the font, which readers have.
    pub font: &'a str,
    /// The pages.
    pub pages: &'a [Page],
    /// Data that travels along, such as the licence as canonical JSON.
    pub data: Option<&'a [u8]>,
}

/// A page and its marks, from its upper left corner, in micrometres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// What stands on it, the first below the others.
    pub marks: Vec<Mark>,
}

/// Something on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A line of text.
    Text {
        /// Left end of the line.
        x: u32,
        /// Its base line.
        y: u32,
        /// Height of the letters.
        size: u32,
        /// The text.
        text: String,
    },
    /// A straight line.
    Line {
        /// Where it begins.
        from: (u32, u32),
        /// Where it ends.
        to: (u32, u32),
        /// How thick it is.
        width: u32,
        /// Red, green and blue.
        colour: [u8; 3],
    },
}

/// Writes a sheet, ready to be sealed. Errors: `proof.ofd.sheet` with the field at fault.
pub fn write(sheet: &Sheet<'_>) -> Result<Vec<u8>> {
    let wrong = |field| Error::invalid("proof.ofd.sheet").arg("field", field);
    let plain = |text: &str| {
        !text.is_empty() && text.chars().count() <= TEXT_MAX && !text.chars().any(char::is_control)
    };
    for (field, text) in [("title", sheet.title), ("author", sheet.author), ("font", sheet.font)] {
        if !plain(text) {
            return Err(wrong(field));
        }
    }
    if sheet.pages.is_empty() || sheet.pages.len() > PAGES_MAX {
        return Err(wrong("pages"));
    }
    let mut files = Files::new();
    let mut next = FIRST_ID + sheet.pages.len() as u32;
    for (index, page) in sheet.pages.iter().enumerate() {
        let sides = [page.width, page.height];
        if page.marks.len() > MARKS_MAX || sides.iter().any(|s| *s == 0 || *s > SIDE_MAX) {
            return Err(wrong("pages"));
        }
        let texts = page.marks.iter().all(|mark| match mark {
            Mark::Text { text, size, .. } => plain(text) && *size > 0,
            Mark::Line { .. } => true,
        });
        if !texts || page.marks.iter().any(|mark| !mark.stands_on(page)) {
            return Err(wrong("marks"));
        }
        let name = format!("Doc_0/Pages/Page_{index}/Content.xml");
        files.insert(name, page.content(&mut next).into_bytes());
    }
    files.insert("Doc_0/Document.xml".into(), document(sheet, next).into_bytes());
    let font = escape(sheet.font);
    let resources = format!(
        "{HEAD}<ofd:Res {SPACE} BaseLoc=\"Res\"><ofd:Fonts><ofd:Font ID=\"{FONT_ID}\" \
         FontName=\"{font}\" FamilyName=\"{font}\"/></ofd:Fonts></ofd:Res>"
    );
    files.insert("Doc_0/PublicRes.xml".into(), resources.into_bytes());
    if let Some(data) = sheet.data {
        files.insert(DATA.into(), data.to_vec());
        let list = format!(
            "{HEAD}<ofd:Attachments {SPACE}><ofd:Attachment ID=\"1\" Name=\"licence\" \
             Format=\"json\"><ofd:FileLoc>licence.json</ofd:FileLoc></ofd:Attachment>\
             </ofd:Attachments>"
        );
        files.insert("Doc_0/Attachs/Attachments.xml".into(), list.into_bytes());
    }
    let none = format!("{HEAD}<ofd:Signatures {SPACE}></ofd:Signatures>");
    files.insert(SIGNATURES.into(), none.into_bytes());
    let id = identity(&files);
    files.insert("OFD.xml".into(), root(sheet, &id).into_bytes());
    package::write(&files)
}

/// The document's identifier: 32 hexadecimal digits that follow from its content.
fn identity(files: &Files) -> String {
    let text: String =
        files.iter().map(|(name, content)| format!("{name}\n{}\n", sm3_hex(content))).collect();
    sm3_hex(text.as_bytes()).chars().take(32).collect()
}

fn root(sheet: &Sheet<'_>, id: &str) -> String {
    format!(
        "{HEAD}<ofd:OFD {SPACE} DocType=\"OFD\" Version=\"1.1\"><ofd:DocBody><ofd:DocInfo>\
         <ofd:DocID>{id}</ofd:DocID><ofd:Title>{}</ofd:Title><ofd:Author>{}</ofd:Author>\
         <ofd:CreationDate>{}</ofd:CreationDate></ofd:DocInfo>\
         <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>\
         <ofd:Signatures>{SIGNATURES}</ofd:Signatures></ofd:DocBody></ofd:OFD>",
        escape(sheet.title),
        escape(sheet.author),
        sheet.created_at.date(),
    )
}

fn document(sheet: &Sheet<'_>, next: u32) -> String {
    let mut pages = String::new();
    for index in 0..sheet.pages.len() as u32 {
        let id = FIRST_ID + index;
        // Writing to a text cannot fail.
        let _ = write!(pages, "<ofd:Page ID=\"{id}\" BaseLoc=\"Pages/Page_{index}/Content.xml\"/>");
    }
    let area = sheet.pages.first().map(Page::area).unwrap_or_default();
    let attached = match sheet.data {
        Some(_) => "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        None => "",
    };
    format!(
        "{HEAD}<ofd:Document {SPACE}><ofd:CommonData><ofd:MaxUnitID>{next}</ofd:MaxUnitID>\
         <ofd:PageArea>{area}</ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>\
         </ofd:CommonData><ofd:Pages>{pages}</ofd:Pages>{attached}</ofd:Document>"
    )
}

/// A length in millimetres, as OFD counts.
pub(super) fn mm(micrometres: u32) -> String {
    let (whole, rest) = (micrometres / 1_000, micrometres % 1_000);
    match rest {
        0 => whole.to_string(),
        _ => format!("{whole}.{rest:03}").trim_end_matches('0').to_owned(),
    }
}

impl Page {
    fn area(&self) -> String {
        format!("<ofd:PhysicalBox>0 0 {} {}</ofd:PhysicalBox>", mm(self.width), mm(self.height))
    }

    fn content(&self, next: &mut u32) -> String {
        let mut id = || {
            *next += 1;
            *next
        };
        let layer = id();
        let marks: String = self.marks.iter().map(|mark| mark.object(id(), self)).collect();
        format!(
            "{HEAD}<ofd:Page {SPACE}><ofd:Area>{}</ofd:Area><ofd:Content>\
             <ofd:Layer ID=\"{layer}\" Type=\"Body\">{marks}</ofd:Layer></ofd:Content></ofd:Page>",
            self.area()
        )
    }
}

impl Mark {
    fn stands_on(&self, page: &Page) -> bool {
        let inside = |x: u32, y: u32| x <= page.width && y <= page.height;
        match self {
            Mark::Text { x, y, size, .. } => inside(*x, *y) && size <= y,
            Mark::Line { from, to, width, .. } => {
                inside(from.0, from.1) && inside(to.0, to.1) && *width > 0 && *width <= page.width
            }
        }
    }

    fn object(&self, id: u32, page: &Page) -> String {
        match self {
            Mark::Text { x, y, size, text } => {
                let advance = |c: char| if c.is_ascii() { size / 2 } else { *size };
                let mut steps: Vec<String> = text.chars().map(|c| mm(advance(c))).collect();
                steps.pop();
                let steps = match steps.is_empty() {
                    true => String::new(),
                    false => format!(" DeltaX=\"{}\"", steps.join(" ")),
                };
                format!(
                    "<ofd:TextObject ID=\"{id}\" Boundary=\"{} {} {} {}\" Font=\"{FONT_ID}\" \
                     Size=\"{}\"><ofd:TextCode X=\"0\" Y=\"{}\"{steps}>{}</ofd:TextCode>\
                     </ofd:TextObject>",
                    mm(*x),
                    mm(y - size),
                    mm(page.width - x),
                    mm(size + size / 2),
                    mm(*size),
                    mm(*size),
                    escape(text.as_str()),
                )
            }
            Mark::Line { from, to, width, colour: [r, g, b] } => format!(
                "<ofd:PathObject ID=\"{id}\" Boundary=\"0 0 {} {}\" LineWidth=\"{}\">\
                 <ofd:StrokeColor Value=\"{r} {g} {b}\"/><ofd:AbbreviatedData>M {} {} L {} {}\
                 </ofd:AbbreviatedData></ofd:PathObject>",
                mm(page.width),
                mm(page.height),
                mm(*width),
                mm(from.0),
                mm(from.1),
                mm(to.0),
                mm(to.1),
            ),
        }
    }
}
