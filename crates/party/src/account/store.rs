//! SQL of accounts.

use super::model::{Account, ActorRow, Row};
use kernel::Result;
use store::{Ctx, vals};

const COLUMNS: &str = "id, person_id, kind, login, password, roles, agency, division, totp_sealed, \
     totp_pending_sealed, totp_step, closed_us, initial_us";

/// Columns of an [`ActorRow`] from `account a` and `person p`.
pub(crate) const ACTOR_COLUMNS: &str = "a.id AS account_id, a.person_id, a.kind, a.roles, a.agency, \
     a.division, p.name_sealed, \
     (SELECT COUNT(*) FROM message m WHERE m.person_id = a.person_id AND m.read_us = 0) AS unread";

/// The account with this id.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Account>> {
    row(ctx, id).await?.map(|row| row.account()).transpose()
}

/// The account with this login.
pub async fn by_login(ctx: &mut Ctx, login: &str) -> Result<Option<Account>> {
    row_by_login(ctx, login).await?.map(|row| row.account()).transpose()
}

pub(super) async fn row(ctx: &mut Ctx, id: &str) -> Result<Option<Row>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM account WHERE id = $1"), vals![id]).await
}

pub(super) async fn row_by_login(ctx: &mut Ctx, login: &str) -> Result<Option<Row>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM account WHERE login = $1"), vals![login]).await
}

pub(super) async fn citizen_of(ctx: &mut Ctx, person: &str) -> Result<Option<String>> {
    let sql = "SELECT id FROM account WHERE person_id = $1 AND kind = 'citizen' AND closed_us = 0";
    ctx.scalar(sql, vals![person]).await
}

pub(super) async fn actor_row(ctx: &mut Ctx, account: &str) -> Result<Option<ActorRow>> {
    let sql = format!(
        "SELECT {ACTOR_COLUMNS} FROM account a JOIN person p ON p.id = a.person_id
         WHERE a.id = $1 AND a.closed_us = 0"
    );
    ctx.optional(&sql, vals![account]).await
}

/// Inserts an account; false when the login is taken.
pub(super) async fn insert(ctx: &mut Ctx, account: &Account, password: &str) -> Result<bool> {
    let roles = serde_json::to_string(&account.roles).unwrap_or_default();
    let now = ctx.now;
    let inserted = ctx
        .execute(
            "INSERT INTO account (id, person_id, kind, login, password, roles, agency, division,
             totp_step, closed_us, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, -1, 0, $9)
             ON CONFLICT (login) DO NOTHING",
            vals![
                &account.id,
                &account.person,
                account.kind.name(),
                &account.login,
                password,
                roles,
                &account.agency,
                &account.division,
                now
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Officers of an agency whose accounts are in use, by id, at most 500.
pub async fn officers(ctx: &mut Ctx, agency: &str) -> Result<Vec<Account>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM account WHERE agency = $1 AND kind = 'officer' AND closed_us = 0
         ORDER BY id LIMIT 500"
    );
    let rows: Vec<Row> = ctx.all(&sql, vals![agency]).await?;
    rows.iter().map(Row::account).collect()
}

/// Of these, who holds a permission by one of his roles.
pub async fn holders(ctx: &mut Ctx, agency: &str, permission: &str) -> Result<Vec<Account>> {
    let pack = ctx.env.pack.clone();
    let mut officers = officers(ctx, agency).await?;
    let grants = |role: &String| pack.role_permissions(role).iter().any(|held| held == permission);
    officers.retain(|officer| officer.roles.iter().any(grants));
    Ok(officers)
}
