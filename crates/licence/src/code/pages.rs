//! The citizen's code page.

use kernel::identifier::QueryCode;
use serde_json::json;
use webkit::{Answer, Call, Form};

/// `GET /my/code`: the code while it holds, and the button for a new one.
pub(super) async fn show(call: Call) -> Answer {
    let mut ctx = call.read();
    let current = super::current(&mut ctx).await?;
    let left = |until: kernel::Timestamp| {
        until.since(call.web.env.clock.platform()) / kernel::time::SECOND_US
    };
    let code = match current {
        Some(code) => Some(json!({
            "code": QueryCode::parse(&code.code).map(|code| code.grouped()).unwrap_or_default(),
            "qr": call.web.env.typeset.qr_svg(&code.token)?,
            "seconds": left(code.expires).max(0),
        })),
        None => None,
    };
    call.page("licence/code/show.html", &json!({ "code": code, "life": super::LIFE_S }))
}

/// `POST /my/code`: a new code.
pub(super) async fn make(call: Call, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::make(&mut ctx).await?;
    ctx.commit().await?;
    call.see("/my/code")
}
