//! A natural person as areas see him.

use jiff::civil::Date;
use kernel::Lang;
use kernel::identifier::{CitizenNumber, PersonName};

/// A natural person, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Citizen number, 18 characters; none for a newborn or an officer's person.
    pub number: Option<String>,
    /// Birth date; none for an officer's person.
    pub birth_date: Option<Date>,
    /// Code of the division of residence.
    pub division: String,
    /// Language in which he is written to.
    pub lang: Lang,
}

/// What is known of a person to be made.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// Full name.
    pub name: String,
    /// Citizen number, if he has one.
    pub number: Option<String>,
    /// Birth date; taken from the number when absent.
    pub birth_date: Option<Date>,
    /// Code of the division of residence.
    pub division: String,
}

impl Person {
    /// Name and number as they are shown where the full ones are not needed:
    /// `张**`, `4101**********002X`.
    pub fn masked(&self) -> (String, String) {
        let name = PersonName::parse(&self.name).map(|name| name.masked()).unwrap_or_default();
        let number = self.number.as_deref().and_then(|number| CitizenNumber::parse(number).ok());
        (name, number.map(|number| number.masked()).unwrap_or_default())
    }

    /// The last four characters of the citizen number; empty without one.
    pub fn tail(&self) -> &str {
        let number = self.number.as_deref().unwrap_or_default();
        number.get(number.len().saturating_sub(4)..).unwrap_or_default()
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, number) = self.masked();
        write!(f, "Person({}, {name}, {number})", self.id)
    }
}

impl std::fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewPerson({})", self.division)
    }
}
