//! What an authority publishes, fetched from a listening server and judged by OpenSSL.

use super::authority::{administrator, by_two, root};
use super::http::{Site, site};
use super::world::*;
use crate::authority::{self, Act, Cause, Certified};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use http_body_util::BodyExt;
use proof::certificate::Certificate;
use proof::certificate::ocsp::{Answer, Question};
use proof::certificate::revocation::Crl;
use std::path::Path;
use std::process::Command;
use tower::ServiceExt;

/// Runs OpenSSL; what it says, or what it complains of.
async fn openssl(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("openssl");
    command.args(arguments).current_dir(folder);
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = ran.expect("the openssl command, which these tests need, is not installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(text) } else { Err(text) }
}

async fn fetch(site: &Site, path: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

async fn sent(site: &Site, path: &str, body: &[u8]) -> (StatusCode, Vec<u8>) {
    let request = Request::post(path)
        .header("content-type", "application/ocsp-request")
        .body(Body::from(body.to_vec()))
        .unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

async fn certified(world: &World, id: &str) -> Certified {
    let mut ctx = world.as_actor(&administrator(world, "丙")).await;
    authority::certificate(&mut ctx, id).await.unwrap()
}

fn establish(parent: &str, name: &str) -> Act {
    Act::Establish {
        parent: parent.to_owned(),
        division: "410000".to_owned(),
        name: name.to_owned(),
        algorithm: "p256".to_owned(),
        provider: "file".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_follows_our_lists_and_asks_our_responder() {
    let world = world_on_server().await;
    let top = by_two(&world, &establish("", "ECDSA 根")).await.unwrap();
    let middle = by_two(&world, &establish(&top, "ECDSA 签发机构")).await.unwrap();
    let stamper = Act::Certify {
        authority: middle.clone(),
        profile: "time_stamper".to_owned(),
        holder: POLICE.to_owned(),
        request: String::new(),
    };
    let leaf = by_two(&world, &stamper).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, id) in [("root.pem", &top), ("middle.pem", &middle), ("leaf.pem", &leaf)] {
        std::fs::write(folder.join(name), certified(&world, id).await.certificate).unwrap();
    }
    let site = site(&world, &[]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = axum::serve(listener, site.router.clone()).into_future();
    let server = tokio::spawn(server);
    let url = format!("http://{address}/pki/{middle}/ocsp");
    let ask = async || {
        let at = (world.env.clock.now().0 / 1_000_000).to_string();
        let arguments = ["ocsp", "-issuer", "middle.pem", "-cert", "leaf.pem", "-url", &url];
        let trust = ["-CAfile", "root.pem", "-verify_other", "middle.pem", "-attime", &at];
        let rest = ["-nonce", "-timeout", "20", "-validity_period", "999999999"];
        openssl(folder, &[&arguments[..], &trust, &rest].concat()).await
    };
    let said = ask().await.unwrap();
    assert!(said.contains("leaf.pem: good") && said.contains("verify OK"), "{said}");
    assert!(!said.contains("WARNING"), "the nonce comes back: {said}");
    let crl = async |path: &str| {
        let (status, bytes) = fetch(&site, path).await;
        assert_eq!(status, StatusCode::OK);
        std::fs::write(folder.join("list.der"), &bytes).unwrap();
        let arguments = ["crl", "-inform", "DER", "-in", "list.der", "-CAfile", "middle.pem"];
        let said = openssl(folder, &[&arguments[..], &["-noout", "-text"]].concat()).await.unwrap();
        (bytes, said)
    };
    let path = format!("/pki/{middle}/crl");
    let (empty, said) = crl(&path).await;
    assert!(said.contains("verify OK") && said.contains("No Revoked Certificates"), "{said}");
    assert_eq!(fetch(&site, &path).await.1, empty, "an unchanged list is the same");
    let since = world.env.clock.now();
    let revoke = Act::Revoke {
        certificate: leaf.clone(),
        cause: Cause::KeyCompromise,
        since: Some(since.rfc3339()),
    };
    by_two(&world, &revoke).await.unwrap();
    let said = ask().await.unwrap();
    assert!(said.contains("leaf.pem: revoked") && said.contains("keyCompromise"), "{said}");
    let (second, said) = crl(&path).await;
    assert!(said.contains("verify OK") && said.contains("Key Compromise"), "{said}");
    assert!(said.contains("X509v3 CRL Number: \n                2"), "{said}");
    let at = (world.env.clock.now().0 / 1_000_000).to_string();
    let pem = ["crl", "-inform", "DER", "-in", "list.der", "-out", "list.pem"];
    openssl(folder, &pem).await.unwrap();
    let verify = ["verify", "-partial_chain", "-attime", &at, "-crl_check", "-CRLfile", "list.pem"];
    let verify = [&verify[..], &["-CAfile", "middle.pem", "leaf.pem"]].concat();
    let told = openssl(folder, &verify).await;
    assert!(told.unwrap_err().contains("certificate revoked"));
    // What was published under a number stays; after half a day the same is said anew.
    assert_eq!(fetch(&site, &format!("{path}/1")).await.1, empty);
    assert_eq!(fetch(&site, &format!("{path}/3")).await.0, StatusCode::NOT_FOUND);
    world.env.clock.advance_us(13 * kernel::time::HOUR_US);
    let (third, _) = crl(&path).await;
    assert_ne!(third, second);
    assert_eq!(Crl::parse(&third).unwrap().number(), Some(&[3_u8][..]));
    server.abort();
}

#[tokio::test]
async fn sm2_answers_are_fresh_bound_to_their_nonce_and_never_guess() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let root = root(&world).await;
    let mut ctx = world.as_actor(&administrator(&world, "丙")).await;
    let (rows, _) = authority::certificates(&mut ctx, &root.id, "").await.unwrap();
    drop(ctx);
    let row = rows.iter().find(|row| row.profile == "agency").unwrap();
    let issuer = Certificate::from_pem(&certified(&world, &root.id).await.certificate).unwrap();
    let leaf = Certificate::from_pem(&row.certificate).unwrap();
    let nonce = b"0123456789abcdef".as_slice();
    let question = Question::new(&[&leaf], &issuer, Some(nonce)).unwrap().to_der().unwrap();
    let site = site(&world, &[]);
    let path = format!("/pki/{}/ocsp", root.id);
    let (status, given) = sent(&site, &path, &question).await;
    assert_eq!(status, StatusCode::OK);
    let now = world.env.clock.now();
    Answer::parse(&given).unwrap().verify(&leaf, &issuer, Some(nonce), now).unwrap();
    // The same by GET, the question in base64, whether or not its slashes are escaped.
    let text = base64::engine::general_purpose::STANDARD.encode(&question);
    let escaped = text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for asked in [escaped, text.replace('+', "%2B")] {
        let (status, given) = fetch(&site, &format!("{path}/{asked}")).await;
        assert_eq!(status, StatusCode::OK);
        Answer::parse(&given).unwrap().verify(&leaf, &issuer, Some(nonce), now).unwrap();
    }
    let mut ctx = world.as_actor(&administrator(&world, "甲")).await;
    authority::suspend(&mut ctx, &row.id, 1, "核查").await.unwrap();
    ctx.commit().await.unwrap();
    let (_, given) = sent(&site, &path, &question).await;
    let refused = Answer::parse(&given).unwrap().verify(&leaf, &issuer, Some(nonce), now);
    assert_eq!(refused.unwrap_err().code, "proof.revocation.revoked");
    let (_, list) = fetch(&site, &format!("/pki/{}/crl", root.id)).await;
    let list = Crl::parse(&list).unwrap();
    list.verify(&issuer, now).unwrap();
    assert_eq!(list.check(&leaf, now).unwrap_err().code, "proof.revocation.revoked");
    // A stranger's certificate is unknown; what is no question is declined, and nothing is signed.
    let strange = Question::new(&[&leaf], &leaf, None).unwrap().to_der().unwrap();
    let (_, given) = sent(&site, &path, &strange).await;
    let refused = Answer::parse(&given).unwrap().verify(&leaf, &issuer, None, now);
    assert_eq!(refused.unwrap_err().code, "proof.revocation.unanswered");
    for bad in [b"".as_slice(), b"\x30\x00", &question[..question.len() - 1]] {
        let (status, given) = sent(&site, &path, bad).await;
        assert_eq!(
            (status, given.as_slice()),
            (StatusCode::OK, b"\x30\x03\x0a\x01\x01".as_slice())
        );
    }
    assert_eq!(fetch(&site, &format!("{path}/@@")).await.1, b"\x30\x03\x0a\x01\x01");
    let (status, _) = sent(&site, &path, &vec![0x30; 5 << 20]).await;
    assert!(status.is_client_error(), "{status}");
    for path in ["/pki/01NONE/ocsp/MAA=", "/pki/01NONE/crl", "/pki/01NONE/certificate"] {
        assert_eq!(fetch(&site, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(fetch(&site, &format!("/pki/{}/certificate", root.id)).await.1, issuer.der());
}
