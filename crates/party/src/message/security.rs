//! What opens an account has changed: its owner is told, so that he notices what he did not do.
//!
//! Invariants: told in the transaction of the change; a message names nobody, no device and no
//! secret, only what changed, and the program a token was made for. Must not know: why.

use super::send;
use super::send::{NO_ARGS, send_to};
use crate::{account, audit};
use kernel::Result;
use serde_json::json;
use store::Ctx;

/// Where the owner sees what opens his account.
const LINK: &str = "/account";

/// Events of security: id, subject and body in Chinese and English.
pub(super) const SECURITY: [(&str, [&str; 4]); 10] = [
    (
        "account.password_changed",
        [
            "密码已修改",
            "您的登录密码已修改，其他设备已退出。如果不是您本人操作，请马上联系 12345。",
            "Your password was changed",
            "Your password was changed and other devices were signed out. If it was not you, call 12345 at once.",
        ],
    ),
    (
        "account.password_reset",
        [
            "密码已由管理员重置",
            "管理员已重置您的登录密码，所有设备已退出。下次登录须先设置新密码。如果您没有提出申请，请马上联系 12345。",
            "Your password was reset",
            "An administrator has reset your password and signed out every device. Set a new one at your next sign-in. If you did not ask for it, call 12345 at once.",
        ],
    ),
    (
        "account.second_factor_changed",
        [
            "二次验证已启用或更换",
            "您的账户启用了新的验证器，原来的验证器和备用码已失效。如果不是您本人操作，请马上联系 12345。",
            "Your second factor was changed",
            "A new authenticator was set up for your account; the former one and its recovery codes no longer work. If it was not you, call 12345 at once.",
        ],
    ),
    (
        "account.second_factor_reset",
        [
            "二次验证已由管理员重置",
            "管理员已清除您的验证器、备用码和通行密钥，所有设备已退出。如果您没有提出申请，请马上联系 12345。",
            "Your second factor was reset",
            "An administrator has removed your authenticator, recovery codes and passkeys and signed out every device. If you did not ask for it, call 12345 at once.",
        ],
    ),
    (
        "account.recovery_code_used",
        [
            "备用码已使用",
            "您的一个备用码已用于二次验证，还剩 {left} 个。如果不是您本人操作，请马上联系 12345。",
            "A recovery code was used",
            "One of your recovery codes was used as the second factor; {left} are left. If it was not you, call 12345 at once.",
        ],
    ),
    (
        "account.passkey_added",
        [
            "已添加通行密钥",
            "您的账户添加了一个通行密钥，可以用它登录。如果不是您本人操作，请登录后移除并马上联系 12345。",
            "A passkey was added",
            "A passkey was added to your account; it can sign in. If it was not you, sign in, remove it and call 12345 at once.",
        ],
    ),
    (
        "account.passkey_removed",
        [
            "已移除通行密钥",
            "您的账户移除了一个通行密钥，它不能再用于登录。如果不是您本人操作，请马上联系 12345。",
            "A passkey was removed",
            "A passkey was removed from your account and can no longer sign in. If it was not you, call 12345 at once.",
        ],
    ),
    (
        "account.token_made",
        [
            "已有程序获准使用您的账户",
            "程序“{program}”取得了代表您访问本平台的令牌，可在账户页撤回。如果不是您本人同意的，请马上撤回并联系 12345。",
            "A program may use your account",
            "The program “{program}” was given a token to act for you; withdraw it on your account page. If you did not agree to it, withdraw it at once and call 12345.",
        ],
    ),
    (
        "account.mail_changed",
        [
            "接收消息的邮箱已更改",
            "您接收消息的邮箱已更改，以后的消息不再发到原来的邮箱。如果不是您本人操作，请马上修改密码并联系 12345。",
            "Your mail address was changed",
            "The address to which your messages are mailed was changed; the former one gets none any more. If it was not you, change your password at once and call 12345.",
        ],
    ),
    (
        "account.post_changed",
        [
            "您的岗位已调整",
            "管理员已调整您的单位或角色，所有设备已退出，请重新登录。",
            "Your post was changed",
            "An administrator has changed your agency or roles and signed out every device; sign in again.",
        ],
    ),
];

/// Tells the owner of an account of an event of security.
pub(crate) async fn tell(
    ctx: &mut Ctx,
    account: &str,
    event: &str,
    args: &[(&str, String)],
) -> Result<()> {
    // An account that is gone has nobody to be told.
    let Some(account) = account::find(ctx, account).await? else { return Ok(()) };
    send(ctx, &account.person, event, args, LINK).await.map(|_| ())
}

/// Tells a person, and the address that was his until now, that his mail goes elsewhere.
pub(super) async fn mail_changed(ctx: &mut Ctx, person: &str, former: Option<&str>) -> Result<()> {
    let (event, link) = ("account.mail_changed", "/messages/preferences");
    let subject = format!("account:{}", ctx.actor.account);
    audit::record(ctx, event, &subject, json!({ "former": former.is_some() })).await?;
    send_to(ctx, person, former, event, NO_ARGS, link).await.map(drop)
}
