//! Signatures and digests as the machine can make them, and beside them what the platform makes of
//! them: licence data signed, licences issued in the register, sealed sheets verified offline.

use super::Options;
use super::issuer::{self, Issuer};
use super::measure::{Figures, Lap, put, put_count, repeat, repeat_async};
use super::world::{SEED, World};
use kernel::{Error, Random, Result, Timestamp};
use proof::certificate::{self, Certificate, Request, Role, Subject};
use proof::licence_token::sign_json;
use proof::sm2sig::SigningKey;
use proof::verify::verify_file;
use serde_json::{Value as Json, json};
use std::hint::black_box;

/// Bytes signed and verified.
const MESSAGE_BYTES: usize = 256;
/// Bytes digested at once.
const DIGEST_BYTES: usize = 1 << 20;

/// Raw speed of one core.
struct Raw {
    sign: Lap,
    verify: Lap,
    sm3: Lap,
}

/// Measures.
pub async fn run(options: &Options) -> Result<Figures> {
    let raw = raw(options)?;
    let mut figures = Figures::new();
    put(&mut figures, "sm2_sign_per_s", raw.sign.per_s());
    put(&mut figures, "sm2_verify_per_s", raw.verify.per_s());
    put(&mut figures, "sm3_mb_per_s", raw.sm3.per_s() * DIGEST_BYTES as f64 / 1e6);
    let limit = limit(options).await;
    if let Some((sign, verify)) = limit {
        put(&mut figures, "openssl_sm2_sign_per_s", sign);
        put(&mut figures, "openssl_sm2_verify_per_s", verify);
        put(&mut figures, "sm2_sign_share_of_openssl", raw.sign.per_s() / sign);
        put(&mut figures, "sm2_verify_share_of_openssl", raw.verify.per_s() / verify);
    }
    let data = licence_data(options)?;
    put(&mut figures, "licence_data_per_s", data.per_s());
    put(&mut figures, "licence_data_share_of_sm2", data.per_s() / raw.sign.per_s());
    let world = World::empty(options).await?;
    let measured = on_register(&world, options, &raw, &mut figures).await;
    world.remove().await?;
    measured.map(|()| figures)
}

/// What OpenSSL makes of the machine, SM2 signatures and verifications per second; none where there is
/// no OpenSSL, or one without SM2.
async fn limit(options: &Options) -> Option<(f64, f64)> {
    let seconds = options.seconds.to_string();
    let arguments = ["speed", "-mr", "-seconds", &seconds, "sm2"].map(str::to_owned);
    let run = move || std::process::Command::new("openssl").args(arguments).output();
    let output = tokio::task::spawn_blocking(run).await.ok()?.ok()?;
    limit_of(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `+F7:number:bits:curve:signatures:verifications`.
pub fn limit_of(said: &str) -> Option<(f64, f64)> {
    let line = said.lines().find(|line| line.starts_with("+F7:"))?;
    let mut figures = line.split(':').skip(4);
    let mut next = || figures.next()?.trim().parse::<f64>().ok().filter(|figure| *figure > 0.0);
    Some((next()?, next()?))
}

fn raw(options: &Options) -> Result<Raw> {
    let mut random = Random::from_number(SEED);
    let key = SigningKey::from_seed(&random.bytes())?;
    let message: [u8; MESSAGE_BYTES] = random.bytes();
    let signature = key.sign(&message)?;
    let public = key.verifying_key();
    let sign = repeat(options.time(), 1, |_| {
        key.sign(black_box(&message)).map(|made| drop(black_box(made)))
    })?;
    let verify = repeat(options.time(), 1, |_| public.verify(black_box(&message), &signature))?;
    let bytes = vec![0x5a; DIGEST_BYTES];
    let sm3 = repeat(options.time(), 1, |_| {
        black_box(proof::digest::sm3(black_box(&bytes)));
        Ok(())
    })?;
    Ok(Raw { sign, verify, sm3 })
}

/// Signing the data of a licence, no database near.
fn licence_data(options: &Options) -> Result<Lap> {
    let pack = pack::Province::embedded()?;
    let body = body(&pack)?;
    let (key, chain, at) = agency()?;
    repeat(options.time(), 1, |_| {
        let signed = sign_json("licence", black_box(&body), &key, &chain, at)?;
        black_box(signed.to_bytes()?);
        Ok(())
    })
}

/// The body of a licence as the register signs it.
fn body(pack: &pack::Province) -> Result<Json> {
    let kind = issuer::kind(pack)?;
    Ok(json!({
        "licence_id": "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
        "issuer_code": "11430000006122244L",
        "issuer": { "id": "example-410105", "name": { "zh": "示例机关", "en": "Example agency" } },
        "type": { "id": kind.id, "version": kind.version, "code": kind.type_code, "name": kind.name },
        "holder": { "kind": "111", "name": "李示例", "number": "410105199005011029" },
        "fields": issuer::fields(kind),
        "issued_at": crate::demo::begins().0,
        "valid_from": crate::demo::begins().0,
        "valid_until": null,
    }))
}

/// An agency's key with its certificate.
fn agency() -> Result<(SigningKey, Vec<Certificate>, Timestamp)> {
    let mut random = Random::from_number(SEED);
    let (root, key) =
        (SigningKey::from_seed(&random.bytes())?, SigningKey::from_seed(&random.bytes())?);
    let subject = |name: &str| Subject {
        common_name: name.to_owned(),
        organization: "示例省".to_owned(),
        code: "11430000006122244L".to_owned(),
    };
    let at = crate::demo::begins();
    let from = Timestamp::start_of(at.date());
    let until = from.plus_days(3_650);
    let top = certificate::issue_root(&root, &subject("示例根证书"), from, until, &mut random)?;
    let request = Request {
        subject: subject("示例机关"),
        role: Role::Agency,
        key: &key.verifying_key(),
        valid_from: from,
        valid_until: until,
    };
    let certificate = certificate::issue(&request, &top, &root, &mut random)?;
    Ok((key, vec![certificate], at))
}

/// Issuing in the register, and verifying a sheet as anybody can.
async fn on_register(
    world: &World,
    options: &Options,
    raw: &Raw,
    figures: &mut Figures,
) -> Result<()> {
    let env = &world.env;
    let issuer = Issuer::prepare(env).await?;
    let issue = repeat_async(options.time(), async |_| issuer.issue(env).await.map(|_| ())).await?;
    put(figures, "licence_issue_per_s", issue.per_s());
    put(figures, "licence_issue_share_of_sm2", issue.per_s() / raw.sign.per_s());
    let whole = repeat_async(options.time(), async |_| {
        let made = issuer.issue(env).await?;
        licence::register::sheet_digest(env, &made.id).await.map(drop)
    })
    .await?;
    put(figures, "licence_with_sheet_per_s", whole.per_s());
    put(figures, "licence_with_sheet_share_of_sm2", whole.per_s() / raw.sign.per_s());
    let sheet = issuer.issue(env).await?;
    let file = licence::register::sheet_file(env, &sheet.id).await?;
    let mut ctx = env.system("bench").await?;
    let anchors = licence::seal::trust_anchors(&mut ctx).await?;
    let now = ctx.now;
    drop(ctx);
    let verify = repeat(options.time(), 1, |_| {
        match verify_file(black_box(&file), &anchors, None, now).failure() {
            None => Ok(()),
            Some(check) => {
                Err(Error::internal(format!("the sheet does not verify: {}", check.name)))
            }
        }
    })?;
    put(figures, "sheet_verify_per_s", verify.per_s());
    put(figures, "sheet_verify_share_of_sm2", verify.per_s() / raw.verify.per_s());
    put_count(figures, "sheet_bytes", file.len() as u64);
    Ok(())
}
