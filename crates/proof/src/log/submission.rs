//! What a log sends a witness (C2SP tlog-witness, `add-checkpoint`): the size the witness last saw,
//! the proof that the tree of that size is the beginning of the new one, and the new checkpoint.
//!
//! Invariants: one spelling only, so that what was read is written the same; the number of hashes
//! is bounded. Must not know: who sends it, whether it is true.

use super::{Hash, note_parts};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Error, Result};

/// Most bytes a submission may have.
pub const SUBMISSION_MAX: usize = 64 * 1024;
/// Most hashes its proof may have.
const PROOF_MAX: usize = 63;

/// One submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Size of the tree the witness saw last.
    pub old: u64,
    /// Consistency proof from that size (RFC 6962 §2.1.2).
    pub proof: Vec<Hash>,
    /// The checkpoint, a signed note.
    pub note: String,
}

impl Submission {
    /// The body of the request.
    pub fn text(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.proof {
            text.push_str(&STANDARD.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.note);
        text
    }

    /// Reads the body of a request. Errors: `proof.note.form`.
    pub fn parse(body: &[u8]) -> Result<Submission> {
        let form = || Error::invalid("proof.note.form");
        if body.len() > SUBMISSION_MAX {
            return Err(form());
        }
        let text = std::str::from_utf8(body).map_err(|_| form())?;
        let (head, note) = text.split_once("\n\n").ok_or_else(form)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or_else(form)?;
        let old = old.parse().map_err(|_| form())?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == PROOF_MAX {
                return Err(form());
            }
            let bytes = STANDARD.decode(line).map_err(|_| form())?;
            proof.push(bytes.try_into().map_err(|_| form())?);
        }
        let submission = Submission { old, proof, note: note.to_owned() };
        note_parts(submission.note.as_bytes())?;
        if submission.text() != text {
            return Err(form());
        }
        Ok(submission)
    }
}
