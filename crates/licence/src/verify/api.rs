//! Verification over REST.

use super::model::Outcome;
use super::pages::run;
use crate::register::state_name;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Error, Lang, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// What is to be verified: a code, an identifier with the end of the holder's number, or a file.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerificationBody {
    /// One-time code of a presentation, or the code printed on a sheet or document.
    #[serde(default)]
    pub code: String,
    /// Identifier by GB/T 36904.
    #[serde(default)]
    pub identifier: String,
    /// Last four characters of the holder's number.
    #[serde(default)]
    pub holder_tail: String,
    /// Why it is verified, at most 200 characters; the holder sees it.
    #[serde(default)]
    pub purpose: String,
    /// A PDF or signed JSON in base 64.
    #[serde(default)]
    pub file_base64: String,
    /// Serial of the numbered blank on which the paper at hand is printed; empty for none.
    #[serde(default)]
    pub serial: String,
    /// Day of which the answer is to tell, `2026-09-15`; today when absent.
    #[serde(default)]
    pub at: String,
}

/// One thing that was checked.
#[derive(Serialize, JsonSchema)]
pub struct CheckView {
    /// Stable name.
    pub name: String,
    /// True when it holds.
    pub ok: bool,
    /// What was found, or why it fails.
    pub detail: String,
}

/// A field the holder chose to show.
#[derive(Serialize, JsonSchema)]
pub struct FieldView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// What may be shown of a licence.
#[derive(Serialize, JsonSchema)]
pub struct SeenView {
    /// Identifier by GB/T 36904.
    pub identifier: String,
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub name: String,
    /// Issuing agency.
    pub issuer: String,
    /// The holder's name, masked.
    pub holder: String,
    /// Two-digit state.
    pub state: String,
    /// Its name.
    pub state_name: String,
    /// When issued, RFC 3339.
    pub issued_at: String,
    /// Fields the holder chose to show, or those open to the public.
    pub fields: Vec<FieldView>,
}

/// What may be shown of a sealed document.
#[derive(Serialize, JsonSchema)]
pub struct DocumentView {
    /// Title.
    pub title: String,
    /// Agency that sealed it.
    pub issuer: String,
    /// SM3 of the file.
    pub digest: String,
    /// When it was sealed, RFC 3339.
    pub sealed_at: String,
}

/// What verification found.
#[derive(Serialize, JsonSchema)]
pub struct VerificationView {
    /// True when every check holds.
    pub valid: bool,
    /// `presentation`, `licence`, `document` or `file`.
    pub kind: String,
    /// When, RFC 3339.
    pub at: String,
    /// The day of which it tells, when another than today was asked for.
    pub as_of: Option<String>,
    /// The checks, in the order made.
    pub checks: Vec<CheckView>,
    /// The licence, when it is one.
    pub licence: Option<SeenView>,
    /// The document, when it is one.
    pub document: Option<DocumentView>,
}

/// What a caller asks to verify.
pub(super) enum Asked {
    Code { code: String, purpose: String },
    Identifier { identifier: String, tail: String, purpose: String },
    File { content: Vec<u8>, purpose: String },
}

/// What is asked beside: of which day, and of which paper.
#[derive(Default)]
pub(super) struct Also {
    pub(super) day: String,
    pub(super) serial: String,
}

impl VerificationBody {
    fn asked(self) -> Result<Asked> {
        let given = [&self.code, &self.identifier, &self.file_base64];
        if given.iter().filter(|text| !text.is_empty()).count() != 1 {
            return Err(Error::invalid("licence.verify_one"));
        }
        if !self.code.is_empty() {
            return Ok(Asked::Code { code: self.code, purpose: self.purpose });
        }
        if !self.identifier.is_empty() {
            let (identifier, tail) = (self.identifier, self.holder_tail);
            return Ok(Asked::Identifier { identifier, tail, purpose: self.purpose });
        }
        let wrong =
            |_| Error::invalid("licence.file_base64").field("file_base64", "licence.file_base64");
        let content = STANDARD.decode(self.file_base64.as_bytes()).map_err(wrong)?;
        Ok(Asked::File { content, purpose: self.purpose })
    }
}

/// `POST /api/v1/verifications`.
pub(super) async fn verify(call: Call, Body(body): Body<VerificationBody>) -> Answer {
    let also = Also { day: body.at.clone(), serial: body.serial.clone() };
    let asked = body.asked()?;
    let outcome = run(&call, asked, "", &also).await?;
    call.json(&view(outcome, call.lang()))
}

fn view(outcome: Outcome, lang: Lang) -> VerificationView {
    VerificationView {
        valid: outcome.valid,
        kind: outcome.kind.name().to_owned(),
        at: outcome.at.rfc3339(),
        as_of: outcome.as_of.map(|day| day.to_string()),
        checks: outcome
            .checks
            .into_iter()
            .map(|check| CheckView {
                name: check.name,
                ok: check.ok,
                detail: check.detail.get(lang).to_owned(),
            })
            .collect(),
        licence: outcome.licence.map(|seen| SeenView {
            name: seen.name.get(lang).to_owned(),
            issuer: seen.issuer.get(lang).to_owned(),
            state_name: state_name(&seen.state).get(lang).to_owned(),
            issued_at: seen.issued.rfc3339(),
            identifier: seen.identifier,
            type_id: seen.type_id,
            holder: seen.holder,
            state: seen.state,
            fields: seen
                .fields
                .into_iter()
                .map(|(id, name, value)| FieldView {
                    id,
                    name: name.get(lang).to_owned(),
                    value: value.get(lang).to_owned(),
                })
                .collect(),
        }),
        document: outcome.document.map(|seen| DocumentView {
            title: seen.title,
            issuer: seen.issuer.get(lang).to_owned(),
            digest: seen.digest,
            sealed_at: seen.at.rfc3339(),
        }),
    }
}
