//! What an administrator sees and is given.

use kernel::{Error, Result, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Characters of a reason.
const REASON_MAX: usize = 500;

/// An officer's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Officer {
    /// Account.
    pub id: String,
    /// Login.
    pub login: String,
    /// Name as shown in opinions.
    pub name: String,
    /// Agency of the post.
    pub agency: String,
    /// Its name.
    pub agency_name: Text,
    /// Division of the agency.
    pub division: String,
    /// Role ids.
    pub roles: Vec<String>,
    /// `active`, `locked`, `closed`.
    pub state: String,
    /// Has not set a password of his own yet.
    pub initial: bool,
    /// Has an authenticator or a passkey.
    pub second_factor: bool,
    /// Sessions that have not ended.
    pub sessions: i64,
    /// When the account was made, RFC 3339.
    pub created: String,
}

/// One page of officers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OfficerPage {
    /// By login.
    pub officers: Vec<Officer>,
    /// Pass as `after` for the next page.
    pub next: Option<String>,
}

/// Which officers are sought; empty fields match all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of the login.
    pub text: String,
    /// Agency, whole.
    pub agency: String,
    /// Role.
    pub role: String,
    /// `active`, `locked`, `closed`.
    pub state: String,
}

/// An account with the password for its first sign-in, which is told once.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Given {
    /// Account.
    pub id: String,
    /// Login.
    pub login: String,
    /// Password for one sign-in, at which it is replaced.
    pub initial_password: String,
    /// Days it may be used.
    pub days: i64,
}

impl std::fmt::Debug for Given {
    /// Without the password: what is printed may be kept.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given").field("id", &self.id).field("login", &self.login).finish()
    }
}

/// A registered program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Program {
    /// Client id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Login of the service account it acts as; empty when it acts for users only.
    pub login: String,
    /// Agency of that account.
    pub agency: String,
    /// Where codes are sent, one a line; empty when it may not ask for consent.
    pub redirect_uri: String,
    /// True when it keeps a secret.
    pub confidential: bool,
    /// When it was registered, RFC 3339.
    pub created: String,
    /// Families of tokens it holds.
    pub tokens: i64,
}

/// A program to be registered.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgram {
    /// Name shown where users consent, 2 to 50 characters.
    pub name: String,
    /// Agency for which it acts by itself, by client credentials; empty for one that acts for users.
    #[serde(default)]
    pub agency: String,
    /// Role ids of its account at that agency.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Where codes may be sent, one a line, at most five.
    #[serde(default)]
    pub redirect_uri: String,
    /// True when it can keep a secret.
    #[serde(default)]
    pub confidential: bool,
}

/// A program that was registered or has a new secret.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Registered {
    /// Client id.
    pub id: String,
    /// Its secret, told once; absent for a program that keeps none.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Registered {
    /// Without the secret: what is printed may be kept.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registered").field("id", &self.id).finish()
    }
}

/// One page of programs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProgramPage {
    /// Newest first.
    pub programs: Vec<Program>,
    /// Pass as `after` for the next page.
    pub next: Option<String>,
}

/// A family of tokens in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Token {
    /// Id of the family.
    pub id: String,
    /// Program that holds it.
    pub program: String,
    /// Login of the account it acts as.
    pub login: String,
    /// Agency of the account.
    pub agency: String,
    /// 1 password, 2 second factor.
    pub assurance: i64,
    /// When it was given, RFC 3339.
    pub created: String,
}

/// One page of tokens.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TokenPage {
    /// Newest first.
    pub tokens: Vec<Token>,
    /// Pass as `after` for the next page.
    pub next: Option<String>,
}

/// A reason as written. Errors: `administration.reason`, `administration.reason_long`.
pub(super) fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        let error = Error::invalid("administration.reason");
        return Err(error.field("reason", "administration.reason"));
    }
    if text.chars().count() > REASON_MAX {
        let args = vec![("max", REASON_MAX.to_string())];
        let error = Error::invalid("administration.reason_long").arg("max", REASON_MAX);
        return Err(error.field_with("reason", "administration.reason_long", args));
    }
    if text.chars().any(webkit::form::forbidden) {
        let args = vec![("field", "reason".to_owned())];
        let error = Error::invalid("form.fields_wrong");
        return Err(error.field_with("reason", "form.field_characters", args));
    }
    Ok(text.to_owned())
}
