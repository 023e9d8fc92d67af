//! Keys in a device: a real SoftHSM2 token holds an authority's key.

use super::authority::by_two;
use super::world::*;
use crate::authority::{self, Act, Cause};
use proof::certificate::Certificate;
use proof::certificate::revocation::Crl;
use std::path::{Path, PathBuf};
use std::process::Command;
use store::vals;

/// Where the token is; set for the run within the run, since the library reads it once.
const CONFIGURED: &str = "SOFTHSM2_CONF";
const PIN: &str = "246810";

/// The library of Debian's package softhsm2.
fn library() -> PathBuf {
    let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so"];
    let found = places.into_iter().map(PathBuf::from).find(|path| path.is_file());
    found.expect("the package softhsm2, which this test needs, is not installed")
}

/// Makes a token in a folder, and runs the test named anew with it.
fn within_a_token(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let settings = folder.path().join("softhsm2.conf");
    let text = format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display());
    std::fs::write(&settings, text).unwrap();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", "yipan", "--so-pin", "135791", "--pin", PIN])
        .env(CONFIGURED, &settings)
        .output()
        .expect("the package softhsm2, which this test needs, is not installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let ran = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads", "1"])
        .env(CONFIGURED, &settings)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

fn configure(folder: &Path, module: &Path, token: &str, pin: &str) {
    let settings = serde_json::json!({ "module": module, "token": token, "pin_file": "pin" });
    std::fs::write(folder.join("pkcs11.json"), settings.to_string()).unwrap();
    std::fs::write(folder.join("pin"), format!("{pin}\n")).unwrap();
}

fn establish(name: &str, algorithm: &str) -> Act {
    Act::Establish {
        parent: String::new(),
        division: "410000".to_owned(),
        name: name.to_owned(),
        algorithm: algorithm.to_owned(),
        provider: "pkcs11".to_owned(),
    }
}

#[test]
fn an_authority_keeps_its_key_in_a_device() {
    if std::env::var_os(CONFIGURED).is_none() {
        within_a_token("tests::pkcs11::an_authority_keeps_its_key_in_a_device");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(in_the_device());
}

async fn in_the_device() {
    let world = world_on_server().await;
    let folder = world.env.settings.data_dir.clone();
    let code = |result: kernel::Result<String>| result.err().map_or("", |error| error.code);
    let top = establish("密码机根", "p256");
    assert_eq!(code(by_two(&world, &top).await), "licence.provider_unknown");
    // What is not there, or not let in, is told as away, and nothing is made.
    configure(&folder, &folder.join("none.so"), "yipan", PIN);
    assert_eq!(code(by_two(&world, &top).await), "unavailable");
    configure(&folder, &library(), "another", PIN);
    assert_eq!(code(by_two(&world, &top).await), "unavailable");
    configure(&folder, &library(), "yipan", PIN);
    assert_eq!(code(by_two(&world, &establish("x", "sm2")).await), "licence.provider_algorithm");
    let id = by_two(&world, &top).await.unwrap();
    let mut ctx = world.system().await;
    let kept: Vec<u8> = ctx
        .scalar("SELECT kept FROM authority_key WHERE id = $1", vals![&id])
        .await
        .unwrap()
        .unwrap();
    assert!(kept.is_empty(), "no byte of the key is in the database");
    let row = authority::certificate(&mut ctx, &id).await.unwrap();
    drop(ctx);
    let certificate = Certificate::from_pem(&row.certificate).unwrap();
    // It issues, and takes back what it issued; after a restart the same key goes on.
    let stamper = Act::Certify {
        authority: id.clone(),
        profile: "time_stamper".to_owned(),
        holder: POLICE.to_owned(),
        request: String::new(),
    };
    let leaf = by_two(&world, &stamper).await.unwrap();
    let mut ctx = world.system().await;
    let leaf = authority::certificate(&mut ctx, &leaf).await.unwrap();
    drop(ctx);
    let issued = Certificate::from_pem(&leaf.certificate).unwrap();
    let now = world.env.clock.now();
    let anchors = [certificate.clone()];
    proof::certificate::verify_chain(std::slice::from_ref(&issued), &anchors, now).unwrap();
    let revoke = Act::Revoke { certificate: leaf.id, cause: Cause::Cessation, since: None };
    by_two(&world, &revoke).await.unwrap();
    let list = authority::revocation_list(&world.env, &id).await.unwrap();
    let list = Crl::parse(&list).unwrap();
    let now = world.env.clock.now();
    list.verify(&certificate, now).unwrap();
    assert_eq!(list.check(&issued, now).unwrap_err().code, "proof.revocation.revoked");
    // Its own renewal makes another key in the device.
    let next = by_two(&world, &Act::Renew { certificate: id.clone() }).await.unwrap();
    let mut ctx = world.system().await;
    let next = authority::certificate(&mut ctx, &next).await.unwrap();
    let next = Certificate::from_pem(&next.certificate).unwrap();
    assert_ne!(next.public_key(), certificate.public_key());
}
