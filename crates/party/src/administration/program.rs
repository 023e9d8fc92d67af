//! The verbs on programs and the tokens in use.

use super::model::{ProgramPage, TokenPage, reason};
use super::{MANAGE, store};
use crate::{authority, token};
use ::store::Ctx;
use kernel::{Error, Result};

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
    authority::demand(ctx, MANAGE)?;
    if id.is_empty() || store::programs(ctx, id, "").await?.is_empty() {
        return Err(Error::not_found());
    }
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
