//! `add-checkpoint`, in the words and statuses of C2SP tlog-witness.

use super::submit::{Verdict, submit, vet};
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use webkit::{Answer, Call};

const PLAIN: &str = "text/plain; charset=utf-8";
const SIZE: &str = "text/x.tlog.size";

/// `POST /witness/add-checkpoint`.
pub(super) async fn add_checkpoint(call: Call, body: Bytes) -> Answer {
    let vetted = match vet(&mut call.read(), &body).await? {
        Ok(vetted) => vetted,
        Err(verdict) => return Ok(answer(verdict)),
    };
    let mut ctx = call.write().await?;
    let verdict = submit(&mut ctx, &vetted).await?;
    ctx.commit().await?;
    Ok(answer(verdict))
}

fn answer(verdict: Verdict) -> Response {
    let (status, media, body) = match verdict {
        Verdict::Cosigned(line) => (StatusCode::OK, PLAIN, line),
        Verdict::Malformed => (StatusCode::BAD_REQUEST, PLAIN, "malformed\n".to_owned()),
        Verdict::Unknown => (StatusCode::NOT_FOUND, PLAIN, "unknown log\n".to_owned()),
        Verdict::Unsigned => (StatusCode::FORBIDDEN, PLAIN, "no signature holds\n".to_owned()),
        Verdict::Conflict(size) => (StatusCode::CONFLICT, SIZE, format!("{size}\n")),
        Verdict::Inconsistent => {
            (StatusCode::UNPROCESSABLE_ENTITY, PLAIN, "the proof does not hold\n".to_owned())
        }
    };
    let media = HeaderValue::from_static(media);
    (status, [(header::CONTENT_TYPE, media)], body).into_response()
}
