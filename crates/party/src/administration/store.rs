//! SQL of administration.

use super::model::{Filter, Officer, Program, Token};
use crate::person;
use crate::token::CURRENT;
use crate::{account, authority};
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use store::{Ctx, Value, vals};

/// Rows on one page.
pub(super) const PAGE: usize = 50;

#[derive(FromQueryResult)]
struct OfficerRow {
    id: String,
    login: String,
    name_sealed: Vec<u8>,
    roles: String,
    agency: String,
    division: String,
    totp: i64,
    passkeys: i64,
    sessions: i64,
    initial_us: i64,
    locked_us: i64,
    closed_us: i64,
    created_us: i64,
}

impl OfficerRow {
    fn officer(&self, ctx: &Ctx) -> Result<Officer> {
        let agency = ctx.env.pack.agency(&self.agency).map(|agency| agency.name);
        Ok(Officer {
            id: self.id.clone(),
            login: self.login.clone(),
            name: person::open_name(&ctx.env.vault, &self.name_sealed)?,
            agency_name: agency.unwrap_or_default(),
            agency: self.agency.clone(),
            division: self.division.clone(),
            roles: serde_json::from_str(&self.roles).map_err(Error::internal)?,
            state: match (self.locked_us, self.closed_us) {
                (0, 0) => "active",
                (0, _) => "closed",
                _ => "locked",
            }
            .to_owned(),
            initial: self.initial_us != 0,
            second_factor: self.totp != 0 || self.passkeys != 0,
            sessions: self.sessions,
            created: Timestamp(self.created_us).rfc3339(),
        })
    }
}

const OFFICER: &str = "SELECT a.id, a.login, p.name_sealed, a.roles, a.agency, a.division,
     CAST(CASE WHEN a.totp_sealed IS NULL THEN 0 ELSE 1 END AS BIGINT) AS totp,
     (SELECT COUNT(*) FROM passkey k WHERE k.account_id = a.id) AS passkeys,
     (SELECT COUNT(*) FROM session s WHERE s.account_id = a.id AND s.expires_us > $1
      AND s.seen_us > $2) AS sessions,
     a.initial_us, a.locked_us, a.closed_us, a.created_us
     FROM account a JOIN person p ON p.id = a.person_id WHERE a.kind = 'officer'";

/// Instants by which sessions are judged: now, and the oldest use of one that has not ended.
fn session_times(ctx: &Ctx) -> Vec<Value> {
    let at = ctx.env.clock.platform();
    vals![at, at.plus_us(-crate::account::session::IDLE_US)]
}

/// Text as a part sought by LIKE with `!` as its escape.
fn part(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// How many officers hold a role whose accounts are open and can be signed in to: with a password of
/// their own, or an initial one that has not lapsed.
pub(super) async fn holders(ctx: &mut Ctx, role: &str) -> Result<i64> {
    let given = ctx.env.clock.platform().plus_days(-account::INITIAL_DAYS);
    let sql = "SELECT COUNT(*) FROM account WHERE kind = 'officer' AND closed_us = 0
         AND (initial_us = 0 OR initial_us > $2) AND roles LIKE $1 ESCAPE '!'";
    ctx.count(sql, vals![format!("%\"{}\"%", part(role)), given]).await
}

/// Officers within the scope, by login, one more than a page.
pub(super) async fn officers(ctx: &mut Ctx, wanted: &Filter, after: &str) -> Result<Vec<Officer>> {
    let mut values = session_times(ctx);
    let mut sql = OFFICER.to_owned();
    let mut add = |condition: &str, value: String| {
        values.push(Value::from(value));
        sql.push_str(&format!(" AND {}", condition.replace('?', &format!("${}", values.len()))));
    };
    add("a.division LIKE ?", format!("{}%", authority::scope_prefix(ctx)?));
    if !after.is_empty() {
        add("a.login > ?", after.to_owned());
    }
    if !wanted.text.is_empty() {
        add("a.login LIKE ? ESCAPE '!'", format!("%{}%", part(&wanted.text.to_lowercase())));
    }
    if !wanted.agency.is_empty() {
        add("a.agency = ?", wanted.agency.clone());
    }
    if !wanted.role.is_empty() {
        add("a.roles LIKE ? ESCAPE '!'", format!("%\"{}\"%", part(&wanted.role)));
    }
    sql.push_str(match wanted.state.as_str() {
        "active" => " AND a.closed_us = 0",
        "locked" => " AND a.locked_us <> 0",
        "closed" => " AND a.closed_us <> 0 AND a.locked_us = 0",
        _ => "",
    });
    sql.push_str(&format!(" ORDER BY a.login LIMIT {}", PAGE + 1));
    let rows: Vec<OfficerRow> = ctx.all(&sql, values).await?;
    rows.iter().map(|row| row.officer(ctx)).collect()
}

/// An officer's account, wherever it is.
pub(super) async fn officer(ctx: &mut Ctx, id: &str) -> Result<Option<Officer>> {
    let mut values = session_times(ctx);
    values.extend(vals![id]);
    let row: Option<OfficerRow> = ctx.optional(&format!("{OFFICER} AND a.id = $3"), values).await?;
    row.map(|row| row.officer(ctx)).transpose()
}

#[derive(FromQueryResult)]
struct ProgramRow {
    id: String,
    name: String,
    login: String,
    agency: String,
    redirect_uri: String,
    secret_digest: String,
    created_us: i64,
    tokens: i64,
}

/// Programs in use within the scope, newest first, one more than a page. One that acts for users
/// only belongs to the whole province.
pub(super) async fn programs(ctx: &mut Ctx, id: &str, after: &str) -> Result<Vec<Program>> {
    let scope = authority::scope_prefix(ctx)?;
    let everywhere = i64::from(scope.len() == 2);
    let (at, before) = (ctx.env.clock.platform(), if after.is_empty() { "~" } else { after });
    let sql = format!(
        "SELECT c.id, c.name, COALESCE(a.login, '') AS login, COALESCE(a.agency, '') AS agency,
         c.redirect_uri, c.secret_digest, c.created_us, (SELECT COUNT(*) FROM token_family f
          WHERE f.client = c.id AND f.revoked_us = 0 AND {CURRENT} AND f.expires_us > $1) AS tokens
         FROM client_program c LEFT JOIN account a ON a.id = c.account_id
         WHERE c.closed_us = 0 AND c.id < $2 AND ($3 = '' OR c.id = $3)
         AND (a.division LIKE $4 OR (a.id IS NULL AND $5 = 1))
         ORDER BY c.id DESC LIMIT $6"
    );
    let values = vals![at, before, id, format!("{scope}%"), everywhere, PAGE + 1];
    let rows: Vec<ProgramRow> = ctx.all(&sql, values).await?;
    let program = |row: ProgramRow| Program {
        id: row.id,
        name: row.name,
        login: row.login,
        agency: row.agency,
        redirect_uri: row.redirect_uri,
        confidential: !row.secret_digest.is_empty(),
        created: Timestamp(row.created_us).rfc3339(),
        tokens: row.tokens,
    };
    Ok(rows.into_iter().map(program).collect())
}

#[derive(FromQueryResult)]
struct TokenRow {
    id: String,
    program: String,
    login: String,
    agency: String,
    assurance: i64,
    created_us: i64,
}

/// Tokens in use by accounts of posts and programs within the scope, newest first, one more than a
/// page. Those of citizens are theirs alone.
pub(super) async fn tokens(ctx: &mut Ctx, id: &str, after: &str) -> Result<Vec<Token>> {
    let scope = authority::scope_prefix(ctx)?;
    let (at, before) = (ctx.env.clock.platform(), if after.is_empty() { "~" } else { after });
    let sql = format!(
        "SELECT f.id, COALESCE(c.name, f.client) AS program, a.login, a.agency, f.assurance,
         f.created_us FROM token_family f JOIN account a ON a.id = f.account_id
         LEFT JOIN client_program c ON c.id = f.client
         WHERE f.revoked_us = 0 AND {CURRENT} AND f.expires_us > $1 AND f.id < $2
         AND ($3 = '' OR f.id = $3) AND a.kind <> 'citizen' AND a.division LIKE $4
         ORDER BY f.id DESC LIMIT $5"
    );
    let values = vals![at, before, id, format!("{scope}%"), PAGE + 1];
    let rows: Vec<TokenRow> = ctx.all(&sql, values).await?;
    let token = |row: TokenRow| Token {
        id: row.id,
        program: row.program,
        login: row.login,
        agency: row.agency,
        assurance: row.assurance,
        created: Timestamp(row.created_us).rfc3339(),
    };
    Ok(rows.into_iter().map(token).collect())
}
