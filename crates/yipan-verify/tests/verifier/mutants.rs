//! Whatever is made of good files, and files made to deceive, run through the program.

use crate::world::{DAY, World, at};
use kernel::Random;
use proof::certificate::Role;
use proof::jose;
use proof::jose::sdjwt::SdJwt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

/// Mutants of each good file.
const MUTANTS: usize = 48;

/// A file with a few bytes changed, lost, repeated or moved.
fn mutated(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let place = random.below(out.len() as u64) as usize;
    let to = (place + 1 + random.below(40) as usize).min(out.len());
    match random.below(7) {
        0 | 1 => out[place] ^= 1 << random.below(8),
        2 => out[place] = *random.pick(&[0, 1, 0x7f, 0x80, 0xff]).unwrap_or(&0),
        3 => out.truncate(place),
        4 => drop(out.drain(place..to)),
        5 => out.insert(place, random.below(256) as u8),
        _ => {
            let block = out[place..to].to_vec();
            out.splice(to..to, block);
        }
    }
    out
}

/// What a report says against a file: the check that fails and why; none when nothing does.
fn against(report: &Value) -> Option<(String, String)> {
    let checks = report["checks"].as_array().unwrap();
    let failed = checks.iter().find(|check| check["ok"] == false)?;
    assert_eq!(report["valid"], false, "{report}");
    let text = |name: &str| failed[name].as_str().unwrap().to_owned();
    let (name, why) = (text("name"), text("detail"));
    assert!(!why.is_empty() && !why.contains("proof."), "{report}");
    Some((name, why))
}

/// What the program says against each of these files, judged in one run.
fn judged(world: &World, files: &[Vec<u8>]) -> Vec<Option<(String, String)>> {
    let names: Vec<String> = (0..files.len()).map(|number| format!("mutant-{number}")).collect();
    for (name, bytes) in names.iter().zip(files) {
        world.write(name, bytes);
    }
    let mut arguments: Vec<&str> = names.iter().map(String::as_str).collect();
    arguments.extend(["--trust", "trust.pem", "--at", DAY, "--lang", "en", "--json"]);
    let ended = world.run(&arguments);
    assert!(ended.err.is_empty() && ended.code.is_some_and(|code| code < 2), "{}", ended.err);
    let reports: Value = serde_json::from_str(&ended.out).unwrap();
    let reports = reports.as_array().cloned().unwrap_or_else(|| vec![reports]);
    assert_eq!(reports.len(), files.len());
    reports.iter().map(against).collect()
}

/// True for a credential whose holder merely shows less, to whom he has not signed it.
fn shows_less(mutant: &[u8], whole: &[u8]) -> bool {
    let parts = |bytes: &[u8]| -> Vec<Vec<u8>> {
        bytes.split(|byte| *byte == b'~').map(<[u8]>::to_vec).collect()
    };
    let (mut some, all) = (parts(mutant), parts(whole));
    let shorter = some.pop().is_some_and(|last| last.is_empty());
    let once: BTreeSet<&Vec<u8>> = some.iter().collect();
    shorter
        && once.len() == some.len()
        && some.first() == all.first()
        && some.iter().all(|part| all.contains(part))
}

#[test]
fn whatever_is_made_of_a_good_file_is_refused_for_a_reason() {
    let world = World::new();
    let mut random = Random::from_number(20);
    for (kind, bytes) in [
        ("licence", world.licence()),
        ("sheet", world.sheet()),
        ("ofd", world.ofd()),
        ("folder", world.package()),
        ("credential", world.credential(&World::claims()).to_string().into_bytes()),
        ("presentation", world.presentation().into_bytes()),
        ("certificate", world.agency.1.der().to_vec()),
        ("signed data", world.signed_data()),
        ("status list", world.status(true)),
    ] {
        let mut files = vec![bytes.clone()];
        files.extend((0..MUTANTS).map(|_| mutated(&bytes, &mut random)));
        let told = judged(&world, &files);
        assert_eq!(told[0], None, "{kind} as it stands");
        for (file, told) in files.iter().zip(&told).filter(|(file, _)| **file != bytes) {
            let chosen = ["credential", "presentation"].contains(&kind) && shows_less(file, &bytes);
            assert!(told.is_some() || chosen, "{kind}: {}", hex::encode(file));
        }
    }
}

#[test]
fn lists_gone_wrong_end_the_program_or_fail_the_file_and_never_help_it() {
    let world = World::new();
    world.write("licence.json", &world.licence());
    let mut random = Random::from_number(21);
    for (option, bytes) in
        [("--status", world.status(true)), ("--crl", world.crl(true).der().to_vec())]
    {
        for _ in 0..MUTANTS / 2 {
            let mutant = mutated(&bytes, &mut random);
            world.write("list", &mutant);
            let ended = world.run(&[
                "licence.json",
                "--trust",
                "trust.pem",
                "--at",
                DAY,
                "--json",
                option,
                "list",
            ]);
            let told = || format!("{option} {}: {} {}", hex::encode(&mutant), ended.out, ended.err);
            if ended.out.is_empty() {
                assert!(
                    ended.code == Some(1) && ended.err.starts_with("yipan-verify: "),
                    "{}",
                    told()
                );
                continue;
            }
            let report: Value = serde_json::from_str(&ended.out).unwrap();
            let checks = report["checks"].as_array().unwrap();
            let name = if option == "--crl" { "revocation" } else { "status" };
            let check = checks.iter().find(|check| check["name"] == name).unwrap();
            // A list of somebody else's says nothing, and that is told.
            assert!(check["ok"] == false || check["ok"].is_null(), "{}", told());
        }
    }
}

/// The DER of a value with its length written in a way that DER does not allow.
fn respelled(der: &[u8], head: &[u8], tail: &[u8]) -> Vec<u8> {
    let from = 2 + usize::from(der[1]).saturating_sub(0x80);
    [head, &der[from..], tail].concat()
}

#[test]
fn structures_spelled_otherwise_too_deep_or_of_weak_keys_have_each_its_reason() {
    let world = World::new();
    let (certificate, signed) = (world.agency.1.der().to_vec(), world.signed_data());
    let length = (certificate.len() - 4).to_be_bytes();
    let padded = [&[0x30, 0x83, 0][..], &length[6..]].concat();
    let nested: Vec<u8> = (0..5_000).flat_map(|_| [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]).collect();
    let replaced = |from: &[u8], to: &[u8]| {
        let mut out = certificate.clone();
        let place = out.windows(from.len()).position(|bytes| bytes == from).unwrap();
        out.splice(place..place + from.len(), to.iter().copied());
        out
    };
    // The serial number is the first INTEGER after the version.
    let serial = certificate.windows(3).position(|three| three == [2, 1, 2]).unwrap() + 3;
    let mut negative = certificate.clone();
    negative[serial + 2] |= 0x80;
    let curve: &[u8] = &[6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d];
    let p192: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1];
    let malformed = "The certificate is malformed.";
    let cases = [
        (respelled(&certificate, &[0x30, 0x80], &[0, 0]), malformed),
        (respelled(&certificate, &padded, &[]), malformed),
        ([&certificate[..], &[0]].concat(), malformed),
        (negative, malformed),
        (nested, malformed),
        (certificate[..certificate.len() - 1].to_vec(), malformed),
        (replaced(curve, p192), "(1.2.840.10045.2.1) is not supported"),
        (respelled(&signed, &[0x30, 0x80], &[0, 0]), "The signed data is malformed."),
        ([&signed[..], &[0]].concat(), "The signed data is malformed."),
        (b"https://gov.example/verify?code=ABCD-EFGH-JKLM".to_vec(), "the address in a QR code"),
        (b"ABCD-EFGH-JKLM".to_vec(), "The file is no sealed PDF"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(), malformed),
        (b"{\"a\":".iter().copied().cycle().take(1 << 20).collect(), "not a signed JSON file"),
        (vec![b'{'; (64 << 20) + 9], "too large"),
    ];
    let files: Vec<Vec<u8>> = cases.iter().map(|(bytes, _)| bytes.clone()).collect();
    for (number, (told, (_, expected))) in judged(&world, &files).iter().zip(&cases).enumerate() {
        let (name, why) = told.as_ref().unwrap();
        assert!(name == "format" && why.contains(expected), "{number}: {name}: {why}");
    }
    // Keys that are too weak, of algorithms that nobody here accepts, as OpenSSL makes them.
    for (weak, options) in [
        ("RSA of 1024 bits", &["rsa:1024"][..]),
        ("RSA with the exponent 3", &["rsa:2048", "-pkeyopt", "rsa_keygen_pubexp:3"]),
        ("P-192", &["ec", "-pkeyopt", "ec_paramgen_curve:prime192v1"]),
    ] {
        let mut order = vec!["req", "-x509", "-nodes", "-subj", "/CN=weak", "-keyout", "k.pem"];
        order.extend(["-out", "weak.pem", "-newkey"]);
        let made = Command::new("openssl")
            .args(order.iter().chain(options))
            .current_dir(world.folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let (code, report) = world.judge("weak.pem", &[]);
        let (name, why) = against(&report).unwrap();
        assert_eq!((code, name.as_str()), (Some(1), "format"), "{weak}");
        let known = ["algorithm is not accepted", "algorithm (1.2.840.10045.2.1) is not supported"];
        assert!(known.iter().any(|known| why.contains(known)), "{weak}: {why}");
    }
}

#[test]
fn credentials_made_to_deceive_have_each_its_reason() {
    let world = World::new();
    let whole = world.credential(&World::claims()).to_string();
    let (jwt, shown) = whole.split_once('~').unwrap();
    let first = shown.split('~').next().unwrap();
    let (head, rest) = jwt.split_once('.').unwrap();
    let with_claims = |claims: Value| {
        let (key, certificate) = &world.agency;
        let chain = std::slice::from_ref(certificate);
        format!("{}~", jose::sign("dc+sd-jwt", claims.to_string().as_bytes(), key, chain).unwrap())
    };
    let member = |name: &str, value: Value| {
        let mut claims = World::claims();
        claims[name] = value;
        with_claims(claims)
    };
    let deep = (0..80).fold(json!(1), |inner, _| json!([inner]));
    let unsecured = head_of(json!({ "alg": "none", "typ": "dc+sd-jwt", "x5c": x5c(head) }));
    let other = head_of(json!({ "alg": "HS256", "typ": "dc+sd-jwt", "x5c": x5c(head) }));
    let (key, certificate) = world.certified(9, "加密", Role::Encryption);
    let usage = jose::sign("dc+sd-jwt", b"{}", &key, std::slice::from_ref(&certificate));
    assert_eq!(usage.unwrap_err().code, "proof.certificate.usage");
    let cases = [
        (format!("{whole}{first}~"), "disclosures", "does not fit"),
        (format!("{jwt}~{first}~WyJzYWx0IiwiYSIsMV0~"), "disclosures", "does not fit"),
        (format!("{jwt}~~"), "format", "malformed"),
        (jwt.to_owned(), "format", "malformed"),
        (format!("{unsecured}.{rest}~"), "signature", "(none)"),
        (format!("{other}.{rest}~"), "signature", "(HS256)"),
        (format!("{head}.{rest}AA~"), "signature", "malformed"),
        (member("exp", json!(-1)), "validity", "expired"),
        (member("exp", json!(1e300)), "validity", "Not strict JSON"),
        (member("nbf", json!(9_007_199_254_740_991_i64)), "validity", "Not strict JSON"),
        (member("exp", json!("soon")), "validity", "Not strict JSON"),
        (
            member("status", json!({ "status_list": { "idx": -1, "uri": "u" } })),
            "status",
            "malformed",
        ),
        (member("_sd", json!(["a", "a"])), "disclosures", "does not fit"),
        (member("_sd_alg", json!("md5")), "disclosures", "malformed"),
        (member("deep", deep), "format", "Not strict JSON"),
    ];
    let files: Vec<Vec<u8>> = cases.iter().map(|(text, ..)| text.clone().into_bytes()).collect();
    for (told, (text, check, expected)) in judged(&world, &files).iter().zip(&cases) {
        let (name, why) = told.as_ref().unwrap_or_else(|| panic!("{text}"));
        assert!(name == check && why.contains(expected), "{name}: {why}, not {check}: {expected}");
    }
    // Signed for one occasion, with another choice under the holder's signature.
    let presentation = world.presentation();
    let (less, binding) = presentation.rsplit_once('~').unwrap();
    let less = less.rsplit_once('~').unwrap().0;
    let told = judged(&world, &[format!("{less}~{binding}").into_bytes()]);
    assert_eq!(told[0].as_ref().unwrap().0, "binding");
    assert!(SdJwt::parse(&presentation).unwrap().is_bound());
}

/// The certificates of a token's header.
fn x5c(head: &str) -> Value {
    let text = proof::jose::Jws::parse(&format!("{head}.e30.AA")).unwrap();
    let chain = text.certificates().unwrap();
    json!(chain.iter().map(|one| base64(one.der())).collect::<Vec<_>>())
}

/// A header as tokens write it.
fn head_of(header: Value) -> String {
    let text = base64(header.to_string().as_bytes());
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).flat_map(|group| {
        let number = (0..3).fold(0, |sum, at| sum << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        (0..4).map(move |at| match at <= group.len() {
            true => char::from(LETTERS[(number >> (18 - 6 * at)) as usize & 63]),
            false => '=',
        })
    });
    groups.collect()
}

#[test]
fn chains_that_contradict_themselves_lead_nowhere() {
    let world = World::new();
    let day = at();
    // An authority that bears the root's name and is none of its.
    let (stranger, forged) = world.impostor();
    let (_, own) = world.issued_by(&stranger, &forged, Role::Agency, day.plus_days(-1));
    let text = |chain: &[&proof::certificate::Certificate]| {
        chain.iter().map(|one| one.to_pem().unwrap()).collect::<String>().into_bytes()
    };
    // One that holds only from the day after tomorrow.
    let ((_, agency), (root_key, root)) = (&world.agency, &world.root);
    let (_, later) = world.issued_by(root_key, root, Role::Agency, day.plus_days(2));
    let cases = [
        (text(&[&own, &forged]), "The certificate"),
        (text(&[&own]), "does not lead"),
        (text(&[&later]), "is valid only from"),
        (text(&[&own, &forged, root, agency, &later, agency]), "too long"),
    ];
    let files: Vec<Vec<u8>> = cases.iter().map(|(text, _)| text.clone()).collect();
    for (told, (_, expected)) in judged(&world, &files).iter().zip(&cases) {
        let (name, why) = told.as_ref().unwrap();
        assert!(name == "chain" && why.contains(expected), "{name}: {why}, not {expected}");
    }
}
