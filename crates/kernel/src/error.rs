//! The one error of the platform: a kind, a stable code, the arguments of its sentence, and the
//! fields at fault.
//!
//! A code is documented in `docs/reference/errors.md` and has a sentence `error.<code>` in both
//! languages. Detail for the operator goes to the log, never to the user.

use std::fmt;

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The input is wrong; the caller mends it (HTTP 422).
    Invalid,
    /// Nobody has signed in, or not surely enough (401).
    Unauthenticated,
    /// The actor may not do this (403).
    Denied,
    /// There is no such thing, or the actor may not know of it (404).
    NotFound,
    /// The thing has moved on since it was read, or a rule of its state forbids the act (409).
    Conflict,
    /// Too many requests, or too large (429).
    Limited,
    /// A part the platform needs is away; try again (503).
    Unavailable,
    /// A fault of ours (500).
    Internal,
}

/// A field at fault, with its own sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the form field or JSON pointer.
    pub field: String,
    /// Stable code, as in [`Error::code`].
    pub code: String,
    /// Arguments of the sentence, by name.
    pub args: Vec<(&'static str, String)>,
}

/// What went wrong, told so that the user can mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What the caller can do.
    pub kind: Kind,
    /// Stable code, `area.reason`.
    pub code: &'static str,
    /// Arguments of the sentence, by name.
    pub args: Vec<(&'static str, String)>,
    /// Fields at fault; empty when the fault is not one of fields.
    pub fields: Vec<FieldError>,
    /// For the log only.
    pub detail: String,
}

/// Result with the platform's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of a kind with a stable code.
    pub fn new(kind: Kind, code: &'static str) -> Error {
        Error { kind, code, args: Vec::new(), fields: Vec::new(), detail: String::new() }
    }

    /// Wrong input.
    pub fn invalid(code: &'static str) -> Error {
        Error::new(Kind::Invalid, code)
    }

    /// Not signed in, or not surely enough.
    pub fn unauthenticated(code: &'static str) -> Error {
        Error::new(Kind::Unauthenticated, code)
    }

    /// Not allowed.
    pub fn denied(code: &'static str) -> Error {
        Error::new(Kind::Denied, code)
    }

    /// No such thing, or none the actor may know of.
    pub fn not_found() -> Error {
        Error::new(Kind::NotFound, "not_found")
    }

    /// A rule of the thing's present state forbids the act.
    pub fn conflict(code: &'static str) -> Error {
        Error::new(Kind::Conflict, code)
    }

    /// Too much.
    pub fn limited(code: &'static str) -> Error {
        Error::new(Kind::Limited, code)
    }

    /// A needed part is away.
    pub fn unavailable(detail: impl fmt::Display) -> Error {
        Error::new(Kind::Unavailable, "unavailable").detail(detail)
    }

    /// A fault of ours; the detail is for the log.
    pub fn internal(detail: impl fmt::Display) -> Error {
        Error::new(Kind::Internal, "internal").detail(detail)
    }

    /// Adds an argument of the sentence.
    pub fn arg(mut self, name: &'static str, value: impl fmt::Display) -> Error {
        self.args.push((name, value.to_string()));
        self
    }

    /// Adds a field at fault.
    pub fn field(mut self, field: impl Into<String>, code: impl Into<String>) -> Error {
        self.fields.push(FieldError { field: field.into(), code: code.into(), args: Vec::new() });
        self
    }

    /// Adds a field at fault whose sentence takes arguments.
    pub fn field_with(
        mut self,
        field: impl Into<String>,
        code: impl Into<String>,
        args: Vec<(&'static str, String)>,
    ) -> Error {
        self.fields.push(FieldError { field: field.into(), code: code.into(), args });
        self
    }

    /// Adds detail for the log.
    pub fn detail(mut self, detail: impl fmt::Display) -> Error {
        self.detail = detail.to_string();
        self
    }

    /// The error itself when fields are at fault, else `Ok`: for gathering all faults of a form.
    pub fn if_any_field(self) -> Result<()> {
        if self.fields.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        for (name, value) in &self.args {
            write!(f, " {name}={value}")?;
        }
        for field in &self.fields {
            write!(f, " [{}: {}]", field.field, field.code)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
