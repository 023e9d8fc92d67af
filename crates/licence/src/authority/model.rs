//! Authorities, certificates, orders and the policy they are issued under. Pure.

use kernel::calendar::Lamp;
use kernel::{Error, Result, Timestamp};
use proof::certificate::Role;
use proof::certificate::revocation::Reason;
use proof::key::Algorithm;
use schemars::JsonSchema;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

/// Tiers below the root: the province's, and beneath it a city's or a kind of use.
pub(super) const DEPTH_MAX: i64 = 2;
/// Days before its end from which a certificate is told yellow, and red.
const YELLOW_DAYS: i64 = 90;
const RED_DAYS: i64 = 30;

/// What a certificate is issued as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The province's own, signed by itself.
    Root,
    /// Issues certificates below another.
    Authority,
    /// Makes seals.
    Maker,
    /// Signs status lists of licences.
    Status,
    /// Seals and signs for an agency; the first of a pair.
    Agency,
    /// Has values encrypted to an agency; the second of a pair.
    Encryption,
    /// Stamps times.
    TimeStamper,
    /// Signs for an agency beside its seal, for readers of others.
    Twin,
}

impl Profile {
    const ALL: [(Profile, &'static str); 8] = [
        (Profile::Root, "root"),
        (Profile::Authority, "authority"),
        (Profile::Maker, "maker"),
        (Profile::Status, "status"),
        (Profile::Agency, "agency"),
        (Profile::Encryption, "encryption"),
        (Profile::TimeStamper, "time_stamper"),
        (Profile::Twin, "twin"),
    ];

    /// As the database and the interface name it.
    pub fn as_str(self) -> &'static str {
        Profile::ALL.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    /// Reads the name. Errors: `licence.profile_unknown`.
    pub fn parse(name: &str) -> Result<Profile> {
        let code = "licence.profile_unknown";
        let found = Profile::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(one, _)| *one).ok_or_else(|| Error::invalid(code).field("profile", code))
    }

    /// What its key may do; `depth` is that of the authority certified.
    pub(crate) fn role(self, depth: i64) -> Role {
        match self {
            Profile::Root | Profile::Authority => {
                let below = (DEPTH_MAX - depth).clamp(0, DEPTH_MAX);
                Role::Authority { path_length: u8::try_from(below).unwrap_or(0) }
            }
            Profile::Maker => Role::Authority { path_length: 0 },
            Profile::Status => Role::StatusPublisher,
            Profile::Agency | Profile::Twin => Role::Agency,
            Profile::Encryption => Role::Encryption,
            Profile::TimeStamper => Role::TimeStamper,
        }
    }

    /// How many days it holds at most; never longer than its issuer's own.
    pub(crate) fn days(self) -> i64 {
        match self {
            Profile::Root => 30 * 365,
            Profile::Authority | Profile::Maker | Profile::Status => 20 * 365,
            Profile::Agency | Profile::Encryption | Profile::Twin => 10 * 365,
            Profile::TimeStamper => 5 * 365,
        }
    }

    /// True when it may be ordered for a holder, rather than come with something else.
    pub(super) fn is_ordered(self) -> bool {
        matches!(self, Profile::Agency | Profile::TimeStamper)
    }
}

/// As the database and the interface name an algorithm.
pub(crate) fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sm2 => "sm2",
        Algorithm::P256 => "p256",
        Algorithm::Ed25519 => "ed25519",
    }
}

/// Reads an algorithm that the policy admits. Errors: `licence.provider_algorithm`.
pub(crate) fn algorithm(name: &str) -> Result<Algorithm> {
    match name {
        "sm2" => Ok(Algorithm::Sm2),
        "p256" => Ok(Algorithm::P256),
        _ => Err(super::provider::not_served()),
    }
}

/// Why a certificate is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Not said.
    Unspecified,
    /// The private key is known to others.
    KeyCompromise,
    /// The body changed its name or place.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The body is no more.
    Cessation,
    /// The right was withdrawn.
    PrivilegeWithdrawn,
    /// Suspended; it may come back.
    Hold,
}

impl Cause {
    /// Causes for which a certificate can be revoked, in the order shown.
    pub const REVOKING: [Cause; 6] = [
        Cause::Unspecified,
        Cause::KeyCompromise,
        Cause::AffiliationChanged,
        Cause::Superseded,
        Cause::Cessation,
        Cause::PrivilegeWithdrawn,
    ];

    /// As the database names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Unspecified => "unspecified",
            Cause::KeyCompromise => "key_compromise",
            Cause::AffiliationChanged => "affiliation_changed",
            Cause::Superseded => "superseded",
            Cause::Cessation => "cessation",
            Cause::PrivilegeWithdrawn => "privilege_withdrawn",
            Cause::Hold => "hold",
        }
    }

    /// Reads the name. Errors: `licence.cause_unknown`.
    pub fn parse(name: &str) -> Result<Cause> {
        let code = "licence.cause_unknown";
        let all = Cause::REVOKING.into_iter().chain([Cause::Hold]);
        let mut found = all.filter(|cause| cause.as_str() == name);
        found.next().ok_or_else(|| Error::invalid(code).field("cause", code))
    }

    /// As lists and answers have it.
    pub(crate) fn reason(self) -> Reason {
        match self {
            Cause::Unspecified => Reason::Unspecified,
            Cause::KeyCompromise => Reason::KeyCompromise,
            Cause::AffiliationChanged => Reason::AffiliationChanged,
            Cause::Superseded => Reason::Superseded,
            Cause::Cessation => Reason::CessationOfOperation,
            Cause::PrivilegeWithdrawn => Reason::PrivilegeWithdrawn,
            Cause::Hold => Reason::Hold,
        }
    }
}

/// An authority: one key that issues. After its renewal another stands beside it, and it only
/// publishes.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Authority {
    /// Id; also of its key and its certificate.
    pub id: String,
    /// The authority above; empty for a root.
    pub parent: String,
    /// Authorities above it.
    pub depth: i64,
    /// Division it issues for.
    pub division: String,
    /// Name.
    pub name: String,
    /// `sm2` or `p256`.
    pub algorithm: String,
    /// `active`, or `retired` after its renewal.
    pub state: String,
    /// Grows with each change.
    pub revision: i64,
}

/// A certificate on record.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Certified {
    /// Id; also of its key, where the installation has it.
    pub id: String,
    /// The authority that issued it.
    pub authority: String,
    /// Name of the [`Profile`].
    pub profile: String,
    /// Agency, authority, or name of one of the province's own keys.
    pub holder: String,
    /// Division of the holder.
    pub division: String,
    /// The name certified.
    pub name: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// The certificate, PEM.
    pub certificate: String,
    /// First instant at which it holds, microseconds.
    pub not_before_us: i64,
    /// Last instant at which it holds, microseconds.
    pub not_after_us: i64,
    /// `valid`, `suspended` or `revoked`; what has expired is told by the clock.
    pub state: String,
    /// Since when the state counts; for a revocation, since when nothing signed is good.
    pub since_us: i64,
    /// Name of the [`Cause`]; empty while valid.
    pub cause: String,
    /// Why, in words.
    pub state_reason: String,
    /// The certificate it follows; empty when it is the first.
    pub predecessor: String,
    /// Grows with each change.
    pub revision: i64,
}

impl Certified {
    /// Its state at an instant: as stored, or `expired`.
    pub fn state_at(&self, now: Timestamp) -> &str {
        match self.state.as_str() {
            "valid" if now.0 > self.not_after_us => "expired",
            state => state,
        }
    }

    /// How near its end is; red when it does not stand.
    pub fn lamp(&self, now: Timestamp) -> Lamp {
        let left = Timestamp(self.not_after_us).since(now);
        let days = |days: i64| days * 24 * kernel::time::HOUR_US;
        if self.state_at(now) != "valid" || left < days(RED_DAYS) {
            Lamp::Red
        } else if left < days(YELLOW_DAYS) {
            Lamp::Yellow
        } else {
            Lamp::Green
        }
    }
}

/// What an order asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// A new authority.
    Establish {
        /// The authority above; empty for a root.
        #[serde(default)]
        parent: String,
        /// Division it is to issue for.
        division: String,
        /// Its name, at most 64 characters.
        name: String,
        /// `sm2` or `p256`; that of the authority above.
        algorithm: String,
        /// Where its key is made: `file` or `pkcs11`.
        provider: String,
    },
    /// A certificate; for an agency without a request, a pair with its seal.
    Certify {
        /// The authority that is to issue it.
        authority: String,
        /// `agency` or `time_stamper`.
        profile: String,
        /// The agency.
        holder: String,
        /// A request (PKCS #10, PEM) by who has the key; empty to have one made.
        #[serde(default)]
        request: String,
    },
    /// The next certificate of a holder, with a new key; the present one goes on verifying.
    Renew {
        /// The certificate to be followed.
        certificate: String,
    },
    /// Lifts a suspension.
    Resume {
        /// The certificate.
        certificate: String,
    },
    /// Takes a certificate back for good.
    Revoke {
        /// The certificate.
        certificate: String,
        /// Why.
        cause: Cause,
        /// Since when nothing it signed is good, RFC 3339; now when absent.
        #[serde(default)]
        since: Option<String>,
    },
}

impl Act {
    /// The kind as the database names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Act::Establish { .. } => "establish",
            Act::Certify { .. } => "certify",
            Act::Renew { .. } => "renew",
            Act::Resume { .. } => "resume",
            Act::Revoke { .. } => "revoke",
        }
    }
}

/// An order: one orders, another approves, then it is carried out.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Order {
    /// Id.
    pub id: String,
    /// Kind of the [`Act`].
    pub kind: String,
    /// Division it is about.
    pub division: String,
    /// The authority or certificate it is about; empty for a root.
    pub target: String,
    /// The [`Act`] in JSON.
    pub body: String,
    /// Why, by who ordered it.
    pub reason: String,
    /// Account that ordered it.
    pub ordered_by: String,
    /// Person behind the account; empty when none is known.
    pub ordered_party: String,
    /// His name.
    pub ordered_name: String,
    /// When, microseconds.
    pub ordered_us: i64,
    /// `open`, `done` or `refused`.
    pub state: String,
    /// Account that decided; empty while open.
    pub decided_by: String,
    /// His name.
    pub decided_name: String,
    /// When, microseconds.
    pub decided_us: i64,
    /// What was said to the decision.
    pub remark: String,
    /// The authority or certificate that came of it.
    pub result: String,
    /// Grows with each change.
    pub revision: i64,
}

impl Order {
    /// What it asks for. Errors: internal for a damaged record.
    pub fn act(&self) -> Result<Act> {
        serde_json::from_str(&self.body).map_err(Error::internal)
    }
}
