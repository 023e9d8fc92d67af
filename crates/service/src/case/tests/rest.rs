//! What the REST tests of acts share: sending an act, what refusals look like, and the checks that
//! every act has to pass.

use crate::tests::world::Office;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value as Json, json};

/// An act on a case.
#[derive(Clone)]
pub(super) struct Act {
    pub(super) id: String,
    pub(super) noun: &'static str,
    pub(super) body: Json,
}

pub(super) fn act(id: &str, noun: &'static str, body: Json) -> Act {
    Act { id: id.to_owned(), noun, body }
}

impl Act {
    pub(super) fn path(&self) -> String {
        format!("/api/v1/cases/{}/{}", self.id, self.noun)
    }

    /// The act with more in its body.
    pub(super) fn with(&self, more: &Json) -> Act {
        let mut act = self.clone();
        for (name, value) in more.as_object().unwrap() {
            act.body[name] = value.clone();
        }
        act
    }

    pub(super) async fn send(&self, office: &Office, login: &str) -> (StatusCode, Json) {
        office.api(login, "POST", &self.path(), &self.body).await
    }

    /// Sends with the id of the act in the header.
    pub(super) async fn keyed(
        &self,
        office: &Office,
        login: &str,
        key: &str,
    ) -> (StatusCode, Json) {
        let request = Request::post(self.path())
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        let reply = office.call(login, request, self.body.to_string().into_bytes()).await;
        (reply.status, serde_json::from_str(&reply.text).unwrap())
    }
}

pub(super) async fn revision(office: &Office, id: &str) -> i64 {
    office.count(&format!("SELECT revision FROM cases WHERE id = '{id}'")).await
}

/// A problem as RFC 9457 has it, whole in both languages.
pub(super) fn problem(reply: &(StatusCode, Json), status: u16, code: &str) {
    let (got, body) = reply;
    assert_eq!((got.as_u16(), body["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("https://yipan.example/errors/{code}"));
    let text = body.to_string();
    assert!(!text.contains('⟦') && !text.contains("{max}"), "a sentence is missing: {text}");
}

/// The fields a problem names.
pub(super) fn fields(reply: &(StatusCode, Json)) -> Vec<String> {
    let errors = reply.1["errors"].as_array().unwrap();
    errors.iter().map(|one| one["field"].as_str().unwrap().to_owned()).collect()
}

/// Refused to whoever may not, and nothing has moved.
pub(super) async fn refused(office: &Office, act: &Act, who: &[(&str, u16, &str)]) {
    let before = revision(office, &act.id).await;
    for (login, status, code) in who {
        let reply = act.send(office, login).await;
        assert_eq!(reply.0.as_u16(), *status, "{login} {}: {}", act.noun, reply.1);
        problem(&reply, *status, code);
    }
    assert_eq!(revision(office, &act.id).await, before, "{}", act.noun);
}

/// What an officer's act is refused to: nobody, citizens, officers without the permission, and
/// another agency's officer, who is told that there is no such case.
pub(super) const NOT_OFFICERS: [(&str, u16, &str); 5] = [
    ("", 401, "sign_in.needed"),
    ("mother", 403, "denied"),
    ("stranger", 403, "denied"),
    ("supervisor", 403, "denied"),
    ("elsewhere", 404, "not_found"),
];

/// What an applicant's act is refused to: officers, too, act only by their own acts.
pub(super) const NOT_APPLICANTS: [(&str, u16, &str); 4] = [
    ("", 401, "sign_in.needed"),
    ("stranger", 404, "not_found"),
    ("approver", 404, "not_found"),
    ("elsewhere", 404, "not_found"),
];

/// The whole life of an act: a stale revision, wrong bodies, the act, its repetition, and its id
/// in other hands. Answers what the act answered.
pub(super) async fn done(office: &Office, login: &str, act: &Act, phase: &str) -> Json {
    let seen = revision(office, &act.id).await;
    problem(
        &act.with(&json!({ "revision": seen - 1 })).send(office, login).await,
        409,
        "case.stale",
    );
    let wrong = act.with(&json!({ "revision": "x" })).send(office, login).await;
    problem(&wrong, 422, "form.json_fields");
    assert_eq!(fields(&wrong), ["revision"]);
    let wrong = act.with(&json!({ "nonsense": 1 })).send(office, login).await;
    problem(&wrong, 422, "form.json_fields");
    assert_eq!(fields(&wrong), ["nonsense"], "{}", act.noun);
    assert_eq!(wrong.1["errors"][0]["code"], "form.json_unknown");
    assert_eq!(revision(office, &act.id).await, seen, "{}", act.noun);

    let key = format!("key-{}-{seen}", act.noun);
    let right = act.with(&json!({ "revision": seen }));
    let (status, answer) = right.keyed(office, login, &key).await;
    assert_eq!(status, StatusCode::OK, "{} {answer}", act.noun);
    let mut names: Vec<&String> = answer.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["id", "licence", "phase", "revision"], "{}", act.noun);
    assert_eq!(
        (answer["id"].as_str(), answer["phase"].as_str()),
        (Some(act.id.as_str()), Some(phase))
    );
    let now = revision(office, &act.id).await;
    assert!(now > seen && answer["revision"] == now, "{} {answer}", act.noun);

    // The revision is stale by now: only the first one's answer can come.
    assert_eq!(right.keyed(office, login, &key).await, (StatusCode::OK, answer.clone()));
    let in_body = right.with(&json!({ "once": key })).send(office, login).await;
    assert_eq!(in_body, (StatusCode::OK, answer.clone()), "the id may come in the body as well");
    assert_eq!(revision(office, &act.id).await, now, "{} twice", act.noun);
    answer
}

/// A body without its needed parts names them.
pub(super) async fn lacking(
    office: &Office,
    login: &str,
    id: &str,
    noun: &'static str,
    body: Json,
    names: &[&str],
) {
    let before = revision(office, id).await;
    let reply = act(id, noun, body).send(office, login).await;
    assert_eq!(reply.0, StatusCode::UNPROCESSABLE_ENTITY, "{noun} {}", reply.1);
    assert_eq!(fields(&reply), names, "{noun} {}", reply.1);
    problem(&reply, 422, reply.1["code"].as_str().unwrap());
    assert_eq!(revision(office, id).await, before);
}
