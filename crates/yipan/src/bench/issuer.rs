//! Issues licences of one type to one person, as often as asked.

use jiff::civil::date;
use kernel::identifier::CitizenNumber;
use kernel::{Error, Result};
use licence::{Issue, Issued};
use pack::licence::LicenceType;
use pack::one_thing::FieldKind;
use pack::{Level, Province};
use party::person::NewPerson;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use store::Env;

/// What is issued, by whom, to whom.
pub struct Issuer {
    issue: Issue,
}

impl Issuer {
    /// Makes the person, and the agency's key by issuing once.
    pub async fn prepare(env: &Arc<Env>) -> Result<Issuer> {
        let pack = env.pack.clone();
        let kind = kind(&pack)?;
        let county = pack.divisions().at(Level::County).find(|division| !division.is_pseudo());
        let county = county.ok_or_else(|| Error::internal("the province has no county"))?;
        let agency = pack.competent(&kind.issuer, Level::County, county);
        let agency = agency.ok_or_else(|| Error::internal("nobody issues the licence"))?;
        let (name, born) = ("李示例", date(1990, 5, 1));
        let number = CitizenNumber::make(&county.code()[..6], born, 102)?.to_string();
        let new = NewPerson {
            name: name.to_owned(),
            number: Some(number.clone()),
            birth_date: Some(born),
            division: county.code(),
        };
        let mut ctx = env.system("bench").await?;
        let person = party::person::ensure(&mut ctx, new).await?;
        ctx.commit().await?;
        let issuer = Issuer {
            issue: Issue {
                type_id: kind.id.clone(),
                holder_person: person.id,
                holder_number: Some(number),
                holder_name: name.to_owned(),
                agency_id: agency.id,
                fields: fields(kind),
                ..Issue::default()
            },
        };
        issuer.issue(env).await?;
        Ok(issuer)
    }

    /// Issues one in a transaction of its own.
    pub async fn issue(&self, env: &Arc<Env>) -> Result<Issued> {
        let mut ctx = env.system("bench").await?;
        let issued = licence::issue(&mut ctx, self.issue.clone()).await?;
        ctx.commit().await?;
        Ok(issued)
    }
}

/// A type of which one person may hold many, with a sheet.
pub fn kind(pack: &Province) -> Result<&LicenceType> {
    let fits = |kind: &&LicenceType| kind.multiple_allowed && kind.layout.is_some();
    pack.licence_types()
        .find(fits)
        .ok_or_else(|| Error::internal("no licence type may be held twice"))
}

/// A value for every field of the type but its number, which is drawn.
pub fn fields(kind: &LicenceType) -> Json {
    let value = |kind: FieldKind| match kind {
        FieldKind::Number => json!(123_456),
        FieldKind::Date => json!("2026-06-01"),
        FieldKind::Confirm => json!(true),
        _ => json!("示例内容"),
    };
    let known =
        kind.fields.iter().filter(|field| field.id != "number" && field.kind != FieldKind::File);
    Json::Object(known.map(|field| (field.id.clone(), value(field.kind))).collect::<Map<_, _>>())
}
