//! The page behind every error code.

use crate::install::{self, Install};
use crate::modules;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

#[tokio::test]
async fn every_documented_code_has_its_page_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let env = install::open(&Install {
        data: folder.path().to_owned(),
        database: None,
        base_url: "http://127.0.0.1:8080".to_owned(),
        demo: true,
        smtp: None,
        seed: Some(1),
    })
    .await
    .unwrap();
    let router = modules::web(&env).unwrap().router();
    let page = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    };
    let codes = modules::statuses();
    assert!(codes.len() > 150 && codes["case.stale"] == 409 && codes["sign_in.needed"] == 401);
    for (code, lang) in codes.keys().flat_map(|code| [(code, "en"), (code, "zh-CN")]) {
        let (status, text) = page(&format!("/errors/{code}?lang={lang}")).await;
        assert_eq!(status, StatusCode::OK, "{code} {lang}");
        assert!(text.contains(code.as_str()) && !text.contains('⟦'), "{code} {lang}");
        assert!(text.contains(&format!("lang=\"{lang}\"")), "{code} {lang}");
    }
    let (_, stale) = page("/errors/case.stale?lang=en").await;
    assert!(stale.contains("The case has moved on") && stale.contains("Go back, refresh"));
    let (_, fields) = page("/errors/case.fields?lang=en").await;
    assert!(fields.contains("Complete or mend what is marked"), "a code of an engine has one too");
    for unknown in ["nothing", "case.nothing", "..", "%2e%2e%2fetc", "a%00b", &"x".repeat(200)] {
        let (status, text) = page(&format!("/errors/{unknown}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{unknown}");
        assert!(!text.contains('⟦'), "{unknown}");
    }
}
