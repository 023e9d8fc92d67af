//! The verbs on programs and the tokens in use.

use super::model::{NewProgram, ProgramPage, Registered, TokenPage, reason};
use super::officer::{gathered, post_faults};
use super::{MANAGE, store};
use crate::{account, authority, token};
use ::store::Ctx;
use kernel::{Error, Result};

/// Digits with which the codes of all divisions of a province begin.
const PROVINCE_DIGITS: usize = 2;

/// Registers a program: one that acts by itself for an agency, with an account of that agency's and
/// these roles; or one that asks users' consent, or both. Whoever asks may ask any citizen of the
/// province, so the province's administrator alone registers it. The secret of one that keeps a
/// secret is told once.
///
/// Errors: `denied`, `administration.program` with every field at fault, those of
/// [`token::register_client`].
pub async fn register(ctx: &mut Ctx, new: &NewProgram, why: &str) -> Result<Registered> {
    authority::demand(ctx, MANAGE)?;
    let mut wrong = Error::invalid("administration.program");
    let (for_agency, asks) = (!new.agency.is_empty(), !new.redirect_uri.trim().is_empty());
    let province = authority::scope_prefix(ctx)?.len() == PROVINCE_DIGITS;
    if for_agency {
        wrong.fields = post_faults(ctx, &new.agency, &new.roles).fields;
    } else if !province {
        wrong = wrong.field("agency", "administration.program_province");
    } else if !asks {
        wrong = wrong.field("redirect_uri", "client.redirect");
    }
    if for_agency && asks && !province {
        wrong = wrong.field("redirect_uri", "administration.program_province");
    }
    // The account of an agency's program bears a name as persons do.
    if !(2..=50).contains(&new.name.trim().chars().count()) {
        wrong = wrong.field("name", "client.name");
    }
    if for_agency && !new.confidential {
        wrong = wrong.field("confidential", "client.account");
    }
    let why = gathered(&mut wrong, reason(why)).unwrap_or_default();
    wrong.if_any_field()?;
    let mut service = String::new();
    if for_agency {
        let roles: Vec<&str> = new.roles.iter().map(String::as_str).collect();
        let login = format!("program-{}", ctx.id().to_ascii_lowercase());
        let (name, agency) = (new.name.trim(), new.agency.as_str());
        let made = account::NewOfficer { login: &login, name, agency, roles: &roles };
        service = account::create_service(ctx, &made).await?;
    }
    let client = token::NewClient {
        name: &new.name,
        account: &service,
        redirect_uri: &new.redirect_uri,
        confidential: new.confidential,
    };
    let (id, secret) = token::register_client(ctx, &client, &why).await?;
    Ok(Registered { id, secret })
}

/// Gives a program a new secret, told once; the former one and the tokens it led to are worthless.
/// The secret of one that asks users is the province's to give, as its registration is.
/// Errors: `denied`, `not_found`, `client.public`, `administration.program_province`, those of the
/// reason.
pub async fn rotate_secret(ctx: &mut Ctx, id: &str, why: &str) -> Result<Registered> {
    reached(ctx, id).await?;
    let known = store::programs(ctx, id, "").await?;
    let asks = known.iter().any(|program| !program.redirect_uri.trim().is_empty());
    if asks && authority::scope_prefix(ctx)?.len() != PROVINCE_DIGITS {
        return Err(Error::denied("administration.program_province"));
    }
    let secret = token::rotate_client(ctx, id, &reason(why)?).await?;
    Ok(Registered { id: id.to_owned(), secret: Some(secret) })
}

/// Refuses a program that is not the administrator's. Errors: `denied`, `not_found`.
async fn reached(ctx: &mut Ctx, id: &str) -> Result<()> {
    authority::demand(ctx, MANAGE)?;
    match id.is_empty() || store::programs(ctx, id, "").await?.is_empty() {
        true => Err(Error::not_found()),
        false => Ok(()),
    }
}

/// Programs of the administrator's divisions, newest first. Permission `account.manage`.
pub async fn programs(ctx: &mut Ctx, after: &str) -> Result<ProgramPage> {
    authority::demand(ctx, MANAGE)?;
    let mut programs = store::programs(ctx, "", after).await?;
    let more = programs.len() > store::PAGE;
    programs.truncate(store::PAGE);
    let next = programs.last().filter(|_| more).map(|program| program.id.clone());
    Ok(ProgramPage { programs, next })
}

/// Closes a program: its tokens end. Errors: `denied`, `not_found`, those of the reason.
pub async fn close_program(ctx: &mut Ctx, id: &str, why: &str) -> Result<()> {
    reached(ctx, id).await?;
    token::close_client(ctx, id, &reason(why)?).await
}

/// Tokens of posts and programs in the administrator's divisions, newest first. Permission
/// `account.manage`.
pub async fn tokens(ctx: &mut Ctx, after: &str) -> Result<TokenPage> {
    authority::demand(ctx, MANAGE)?;
    let mut tokens = store::tokens(ctx, "", after).await?;
    let more = tokens.len() > store::PAGE;
    tokens.truncate(store::PAGE);
    let next = tokens.last().filter(|_| more).map(|token| token.id.clone());
    Ok(TokenPage { tokens, next })
}

/// Revokes a family of tokens. Errors: `denied`, `not_found`, those of the reason.
pub async fn revoke_token(ctx: &mut Ctx, id: &str, why: &str) -> Result<()> {
    authority::demand(ctx, MANAGE)?;
    if id.is_empty() || store::tokens(ctx, id, "").await?.is_empty() {
        return Err(Error::not_found());
    }
    token::end_by_administrator(ctx, id, &reason(why)?).await
}
