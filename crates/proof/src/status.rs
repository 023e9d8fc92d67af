//! Status lists: which licences no longer hold, signed so that a verifier without a network can
//! carry the last one with it.
//!
//! Invariants: a list names every licence of its issuer that is not in force, each once, sorted;
//! a licence it does not name is in force; the signer's certificate is for this purpose.
//! Must not know: licences that hold, why one was issued.

use crate::certificate::Certificate;
use crate::licence_token::{AHEAD_MAX_US, Signed, sign_json, verify_json};
use crate::sm2sig::SigningKey;
use kernel::{Error, Result, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// Most bytes a list may have.
pub const SIZE_MAX: usize = 64 << 20;

pub(crate) const KIND: &str = "status";

/// State of a licence, written as the national exchange's two digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// 有效.
    #[serde(rename = "01")]
    Valid,
    /// 暂扣.
    #[serde(rename = "02")]
    Suspended,
    /// 撤销: granted wrongly, taken back.
    #[serde(rename = "03")]
    Withdrawn,
    /// 注销.
    #[serde(rename = "04")]
    Cancelled,
    /// 失效.
    #[serde(rename = "05")]
    Lapsed,
    /// 办理转出.
    #[serde(rename = "06")]
    Transferred,
    /// 吊销: taken away as a penalty.
    #[serde(rename = "07")]
    Revoked,
    /// 其他.
    #[serde(rename = "99")]
    Other,
}

impl Status {
    /// The state's name.
    pub fn name(self) -> Text {
        match self {
            Status::Valid => Text::new("有效", "in force"),
            Status::Suspended => Text::new("暂扣", "suspended"),
            Status::Withdrawn => Text::new("撤销", "withdrawn"),
            Status::Cancelled => Text::new("注销", "cancelled"),
            Status::Lapsed => Text::new("失效", "lapsed"),
            Status::Transferred => Text::new("办理转出", "transferred"),
            Status::Revoked => Text::new("吊销", "revoked"),
            Status::Other => Text::new("其他状态", "in another state"),
        }
    }
}

/// One licence that is not in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Identifier by GB/T 36904.
    pub licence_id: String,
    /// Its state.
    pub status: Status,
    /// Since when.
    pub since: Timestamp,
    /// Why, for the public; may be empty.
    pub reason: String,
}

/// What a list says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusList {
    /// Who publishes it.
    pub issuer: String,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When the next one is due; after it this one is stale.
    pub next_update: Timestamp,
    /// Licences not in force, sorted by identifier.
    pub entries: Vec<Entry>,
}

/// A status list with its signature.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedStatus {
    signed: Signed,
    list: StatusList,
}

impl StatusList {
    /// Sorts the entries and signs the list at its `issued_at`. Errors: `proof.status.form` for
    /// an identifier named twice or a next update not after the making, `proof.status.publisher`
    /// when the certificate is not for status lists, and those of [`sign_json`].
    pub fn sign(mut self, key: &SigningKey, chain: &[Certificate]) -> Result<SignedStatus> {
        self.entries.sort_by(|a, b| a.licence_id.cmp(&b.licence_id));
        self.check()?;
        if !chain.first().is_some_and(Certificate::may_publish_status) {
            return Err(Error::invalid("proof.status.publisher"));
        }
        let body = serde_json::to_value(&self)
            .map_err(|e| Error::invalid("proof.status.form").detail(e))?;
        let signed = sign_json(KIND, &body, key, chain, self.issued_at)?;
        Ok(SignedStatus { signed, list: self })
    }

    fn check(&self) -> Result<()> {
        let sorted = self.entries.windows(2).all(|pair| pair[0].licence_id < pair[1].licence_id);
        if !sorted || self.next_update <= self.issued_at {
            return Err(Error::invalid("proof.status.form"));
        }
        Ok(())
    }

    /// What the list says of a licence at an instant; `None` when it is in force.
    pub fn lookup(&self, licence_id: &str, at: Timestamp) -> Option<&Entry> {
        let index = self
            .entries
            .binary_search_by(|entry| entry.licence_id.as_str().cmp(licence_id))
            .ok()?;
        let entry = &self.entries[index];
        (entry.since <= at && entry.status != Status::Valid).then_some(entry)
    }
}

impl SignedStatus {
    /// Reads a file. Errors: those of [`Signed::parse`], `proof.json.kind`, `proof.status.form`.
    pub fn parse(bytes: &[u8]) -> Result<SignedStatus> {
        let signed = Signed::parse_within(bytes, SIZE_MAX)?;
        if signed.kind != KIND {
            return Err(Error::invalid("proof.json.kind").arg("kind", &signed.kind));
        }
        let list: StatusList = serde_json::from_value(signed.body.clone())
            .map_err(|e| Error::invalid("proof.status.form").detail(e))?;
        list.check()?;
        if list.issued_at != signed.signed_at {
            return Err(Error::invalid("proof.status.form").detail("signed at another instant"));
        }
        Ok(SignedStatus { signed, list })
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.signed.to_bytes()
    }

    /// The list. Trust it only after [`SignedStatus::verify`].
    pub fn list(&self) -> &StatusList {
        &self.list
    }

    /// Checks signature, chain and that the signer may publish status lists. Errors:
    /// `proof.status.publisher` and those of [`verify_json`].
    pub fn verify(&self, anchors: &[Certificate], at: Timestamp) -> Result<()> {
        let signer = verify_json(&self.signed, KIND, anchors, at)?;
        if !signer.may_publish_status() {
            return Err(Error::invalid("proof.status.publisher"));
        }
        Ok(())
    }

    /// Checks that the list is the present one at the instant. Errors:
    /// `proof.status.from_the_future`, `proof.status.stale` with when the next one was due.
    pub fn verify_fresh(&self, at: Timestamp) -> Result<()> {
        if self.list.issued_at > at.plus_us(AHEAD_MAX_US) {
            return Err(
                Error::invalid("proof.status.from_the_future").arg("at", self.list.issued_at)
            );
        }
        if at > self.list.next_update {
            return Err(Error::invalid("proof.status.stale").arg("at", self.list.next_update));
        }
        Ok(())
    }
}
