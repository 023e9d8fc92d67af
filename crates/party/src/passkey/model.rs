//! A passkey as its owner sees it, and the site for which devices answer.

use kernel::{Error, Result};
use sea_orm::FromQueryResult;
use url::{Host, Url};

/// Longest name of a passkey, in characters.
pub(super) const NAME_MAX: usize = 40;

/// A passkey as its owner sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Passkey {
    /// Id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added, by the platform's clock.
    pub created_us: i64,
    /// When it last let its owner in, by the platform's clock; 0 when never.
    pub used_us: i64,
}

/// The site for which devices answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The relying party's id: the host name.
    pub id: String,
    /// The one address whose pages may ask.
    pub origin: Url,
}

impl Site {
    /// The site under the platform's public address. This machine's own address stands for
    /// `localhost`; none for any other number, to which no browser binds a passkey.
    pub fn of(base_url: &str) -> Option<Site> {
        let mut origin = Url::parse(base_url).ok()?;
        origin.set_path("");
        let own = match origin.host()? {
            Host::Domain(_) => false,
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if own {
            origin.set_host(Some("localhost")).ok()?;
        }
        let id = origin.domain()?.to_owned();
        Some(Site { id, origin })
    }

    /// The origin as browsers write it.
    pub fn address(&self) -> String {
        self.origin.origin().ascii_serialization()
    }
}

/// The name of a passkey as typed, without what nobody sees. Errors: `passkey.name`.
pub(super) fn name_of(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        let args = vec![("max", NAME_MAX.to_string())];
        let error = Error::invalid("passkey.name").arg("max", NAME_MAX);
        return Err(error.field_with("name", "passkey.name", args));
    }
    Ok(name.to_owned())
}
