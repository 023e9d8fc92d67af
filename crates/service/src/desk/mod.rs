//! The one-window desk: a clerk files for a citizen present.
//!
//! Invariants: the citizen is identified by number and name or by the code he shows, and signs on
//! paper before anything is looked up; whom the platform does not know is looked up in the registry
//! that has him; the clerk then fills in the citizen's own draft; who
//! identified whom, and how, is evidence.
//! Must not know: how a draft is filled in.

mod pages;
mod registry;

use ::store::Ctx;
use kernel::identifier::{CitizenNumber, PersonName};
use kernel::{Error, Result};
use party::person::{self, Person};
use webkit::{Access, Module, Rail, get, post};

/// How the citizen present shows who he is.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Citizen number from the card.
    pub number: String,
    /// Name from the card.
    pub name: String,
    /// Code from his phone, instead of the card.
    pub code: String,
}

/// The citizen present. Errors at the fields: `identifier.*`, `desk.person` alike when nobody has
/// the number or he has another name; those of [`licence::code::resolve`] at the code.
pub async fn identify(ctx: &mut Ctx, shown: &Shown) -> Result<Person> {
    party::authority::demand(ctx, crate::case::ASSIST)?;
    if !shown.code.trim().is_empty() {
        let at_code = |error: Error| match error.kind {
            kernel::Kind::Internal | kernel::Kind::Unavailable | kernel::Kind::Denied => error,
            _ => Error::invalid("form.fields_wrong").field_with("code", error.code, error.args),
        };
        return licence::code::resolve(ctx, shown.code.trim()).await.map_err(at_code);
    }
    let mut faults = Error::invalid("form.fields_wrong");
    let number = CitizenNumber::parse(&shown.number);
    if let Err(error) = &number {
        faults = faults.field_with("number", error.code, error.args.clone());
    }
    let name = PersonName::parse(&shown.name);
    if let Err(error) = &name {
        faults = faults.field_with("name", error.code, error.args.clone());
    }
    faults.if_any_field()?;
    let (number, name) = (number?, name?);
    let found = person::by_number(ctx, number.as_str()).await?;
    found
        .filter(|person| person.name == name.as_str())
        .ok_or_else(|| Error::invalid("form.fields_wrong").field("number", "desk.person"))
}

/// A link of the window's clerk.
fn rail(path: &'static str, label: &'static str, icon: &'static str) -> Rail {
    Rail { group: "service.rail.window", path, label, icon, permission: crate::case::ASSIST }
}

pub(crate) fn module() -> Module {
    Module {
        name: "service.desk",
        routes: vec![
            get("/desk", Access::Staff(crate::case::ASSIST), pages::desk),
            get("/desk/{one_thing}", Access::Staff(crate::case::ASSIST), pages::file),
            post("/desk/{one_thing}", Access::Staff(crate::case::ASSIST), pages::start),
        ],
        rail: vec![
            rail("/desk", "service.desk.title", "users"),
            rail("/desk-accounts", "party.claim.title", "check"),
        ],
        ..Module::default()
    }
}
