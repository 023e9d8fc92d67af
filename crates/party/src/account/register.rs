//! Self-registration of a citizen.
//!
//! It shows a well-formed number and a password, not a face: the account stands for a person
//! without a number, and what was entered is a claim ([`super::claim`]), until it is proven at a
//! window; its sessions have assurance 1 until a second factor is enrolled.

use super::{claim, create, password, store};
use crate::person::{self, NewPerson};
use ::store::Ctx;
use kernel::identifier::{CitizenNumber, Mobile, PersonName};
use kernel::{Error, Result};

/// What a citizen enters.
#[derive(Clone, Default)]
pub struct Registration {
    /// Full name.
    pub name: String,
    /// Citizen number.
    pub number: String,
    /// Mobile number, which becomes the login.
    pub mobile: String,
    /// Password.
    pub password: String,
    /// Password once more.
    pub again: String,
}

/// Registers a citizen: an account that claims to be his, unproven; its id.
///
/// Errors, all faults together by field: those of the identifiers, `password.*`,
/// `register.again`; then `register.exists` when the number has a proven account,
/// `account.login_taken`.
pub async fn register(ctx: &mut Ctx, form: &Registration) -> Result<String> {
    check(ctx, form)?;
    let number = CitizenNumber::parse(&form.number)?;
    let name = PersonName::parse(&form.name)?;
    let mobile = Mobile::parse(&form.mobile)?;
    if let Some(known) = person::by_number(ctx, number.as_str()).await?
        && store::citizen_of(ctx, &known.id).await?.is_some()
    {
        return Err(Error::conflict("register.exists").field("number", "register.exists"));
    }
    let division = residence(ctx, number.division());
    let name_text = name.as_str().to_owned();
    let new = NewPerson { name: name_text, division, ..NewPerson::default() };
    let person = person::ensure(ctx, new).await?;
    person::set_mobile(ctx, &person.id, mobile.as_str()).await?;
    let account = create::create_citizen(ctx, &person.id, mobile.as_str(), &form.password).await;
    let account = named(account)?;
    claim::keep(ctx, &account, &name, &number).await?;
    Ok(account)
}

/// The login is the mobile number: what is wrong with it is told there.
fn named(account: Result<String>) -> Result<String> {
    account.map_err(|mut error| {
        error.fields.iter_mut().filter(|f| f.field == "login").for_each(|f| {
            f.field = "mobile".to_owned();
        });
        error
    })
}

/// Gathers the faults of all fields.
fn check(ctx: &Ctx, form: &Registration) -> Result<()> {
    let mut faults = Error::invalid("form.fields_wrong");
    let number = CitizenNumber::parse(&form.number)
        .and_then(|number| number.check_not_future(ctx.now.date()));
    let outcomes = [
        ("name", PersonName::parse(&form.name).map(|_| ())),
        ("number", number),
        ("mobile", Mobile::parse(&form.mobile).map(|_| ())),
        ("password", password::check_rules(&form.password)),
    ];
    for (field, outcome) in outcomes {
        if let Err(error) = outcome {
            faults = faults.field_with(field, error.code, error.args);
        }
    }
    if form.password != form.again {
        faults = faults.field("again", "register.again");
    }
    faults.if_any_field()
}

/// The division of first registration where it still exists, else the province: until a registry
/// says better.
fn residence(ctx: &Ctx, code: &str) -> String {
    let divisions = ctx.env.pack.divisions();
    let found = divisions.find(code).or_else(|| divisions.root());
    found.map(|division| division.code().to_string()).unwrap_or_default()
}
