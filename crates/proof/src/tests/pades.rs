//! PDF signatures, with `pdfsig` and pyHanko as the judges.

use super::der::Der;
use super::revocation::{Tree, certify, secret, tree};
use super::world::{classic_pdf, now, plain_pdf, python};
use crate::certificate::{Certificate, Role};
use crate::key::{Algorithm, PrivateKey};
use crate::pdf::pades::{Later, SIGNATURES_MAX, Signature, Stamp, sign, verify};
use crate::timestamp::Authority;
use lopdf::{Document, IncrementalDocument, Object, Stream, dictionary};
use std::fs;
use std::path::Path;
use std::process::Command;

fn chain(tree: &Tree) -> Vec<Certificate> {
    vec![tree.leaf.clone(), tree.middle.clone()]
}

fn signature<'a>(tree: &'a Tree, chain: &'a [Certificate]) -> Signature<'a> {
    Signature {
        key: &tree.leaf_key,
        chain,
        signed_at: now(),
        reason: "准予许可",
        certify: None,
        stamp: None,
    }
}

/// A file signed once, twice, or more often.
pub(super) fn signed(tree: &Tree, pdf: &[u8], times: usize, certify: Option<Later>) -> Vec<u8> {
    let chain = chain(tree);
    (0..times).fold(pdf.to_vec(), |file, index| {
        let certify = certify.filter(|_| index == 0);
        sign(&file, &Signature { certify, ..signature(tree, &chain) }).unwrap()
    })
}

pub(super) fn pdfsig(folder: &Path, file: &[u8]) -> String {
    fs::write(folder.join("f.pdf"), file).unwrap();
    let output = Command::new("pdfsig")
        .args(["-nocert", "f.pdf"])
        .current_dir(folder)
        .output()
        .expect("pdfsig, which these tests need, is not installed");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const JUDGE: &str = "import sys, datetime
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
data = pem.unarmor(open(sys.argv[2], 'rb').read())[2]
root = x509.Certificate.load(data)
at = datetime.datetime.fromtimestamp(int(sys.argv[3]), datetime.timezone.utc)
reader = PdfFileReader(open(sys.argv[1], 'rb'))
for signature in reader.embedded_signatures:
    context = lambda: ValidationContext(trust_roots=[root], moment=at, allow_fetching=False)
    got = validate_pdf_signature(signature, context(), ts_validation_context=context())
    stamp = got.timestamp_validity
    print(got.bottom_line, got.coverage.name, got.modification_level.name, \
        stamp.valid if stamp else None)
    if not got.bottom_line:
        print(repr(got.diff_result))
";

pub(super) fn pyhanko(folder: &Path, file: &[u8], root: &Certificate) -> Result<String, String> {
    let path = |name: &str| folder.join(name).display().to_string();
    fs::write(folder.join("f.pdf"), file).unwrap();
    fs::write(folder.join("root.pem"), root.to_pem().unwrap()).unwrap();
    let at = (now().0 / 1_000_000).to_string();
    python(JUDGE, &[&path("f.pdf"), &path("root.pem"), &at])
}

#[test]
fn readers_accept_one_signature_and_several_in_order() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::P256));
    let anchors = [tree.root.clone()];
    for pdf in [plain_pdf(), classic_pdf()] {
        let once = signed(&tree, &pdf, 1, None);
        assert!(once.starts_with(&pdf), "an incremental update");
        let found = verify(&once, &anchors, now()).unwrap();
        assert_eq!((found.len(), found[0].length), (1, once.len()));
        assert_eq!(found[0].path, [tree.leaf.clone(), tree.middle.clone(), tree.root.clone()]);
        let said = pdfsig(folder.path(), &once);
        assert!(said.contains("Signature is Valid"), "{said}");
        assert!(said.contains("Total document signed"), "{said}");
        assert!(said.contains("ETSI.CAdES.detached"), "{said}");
        let judged = pyhanko(folder.path(), &once, &tree.root).unwrap();
        assert_eq!(judged.trim(), "True ENTIRE_FILE NONE None");
        let thrice = signed(&tree, &pdf, 3, Some(Later::Signatures));
        let found = verify(&thrice, &anchors, now()).unwrap();
        assert_eq!(found.iter().map(|f| f.certifies).collect::<Vec<_>>(), [true, false, false]);
        let said = pdfsig(folder.path(), &thrice);
        assert_eq!(said.matches("Signature is Valid").count(), 3, "{said}");
        // pyHanko does not look behind annotations written inside their page.
        if pdf == plain_pdf() {
            let judged = pyhanko(folder.path(), &thrice, &tree.root).unwrap();
            assert_eq!(judged.matches("True ENTIRE_").count(), 3, "{judged}");
        }
        assert_eq!(Document::load_mem(&thrice).unwrap().get_pages().len(), 1);
        assert_eq!(thrice, signed(&tree, &pdf, 3, Some(Later::Signatures)));
    }
}

fn stamper(tree: &Tree) -> (PrivateKey, [Certificate; 1]) {
    let key = secret(Algorithm::P256, 50);
    let certificate = certify("时间戳", Role::TimeStamper, &key, &tree.root, &tree.root_key);
    (key, [certificate])
}

#[test]
fn a_stamped_signature_outlives_its_certificate() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::P256));
    let (key, stamps) = stamper(&tree);
    let by = Authority { key: &key, chain: &stamps, policy: "1.2.3.4" };
    let chain = chain(&tree);
    let stamp = Some(Stamp { by, serial: 9, at: now() });
    let file = sign(&plain_pdf(), &Signature { stamp, ..signature(&tree, &chain) }).unwrap();
    let anchors = [tree.root.clone()];
    let late = now().plus_days(1000);
    let found = verify(&file, &anchors, late).unwrap();
    assert_eq!(found[0].stamped_at, Some(now()));
    let plain = signed(&tree, &plain_pdf(), 1, None);
    let refused = verify(&plain, &anchors, late).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.expired");
    let judged = pyhanko(folder.path(), &file, &tree.root).unwrap();
    assert_eq!(judged.trim(), "True ENTIRE_FILE NONE True");
    assert!(pdfsig(folder.path(), &file).contains("Signature is Valid"));
}

#[test]
fn we_accept_what_pyhanko_signs() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::P256));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("leaf.pem", &tree.leaf.to_pem().unwrap());
    write("middle.pem", &tree.middle.to_pem().unwrap());
    write("leaf.key", &tree.leaf_key.to_pem().unwrap());
    fs::write(folder.path().join("plain.pdf"), plain_pdf()).unwrap();
    python(
        "import sys\nfrom pyhanko.sign import signers, fields\n\
         from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter\n\
         leaf, key, middle, source, target = sys.argv[1:]\n\
         signer = signers.SimpleSigner.load(key, leaf, ca_chain_files=[middle])\n\
         for name in ['First', 'Second']:\n    \
         out = IncrementalPdfFileWriter(open(source, 'rb'))\n    \
         meta = signers.PdfSignatureMetadata(field_name=name, md_algorithm='sha256', \
         subfilter=fields.SigSeedSubFilter.PADES)\n    \
         done = signers.sign_pdf(out, meta, signer)\n    \
         open(target, 'wb').write(done.getvalue())\n    source = target",
        &[
            &path("leaf.pem"),
            &path("leaf.key"),
            &path("middle.pem"),
            &path("plain.pdf"),
            &path("signed.pdf"),
        ],
    )
    .unwrap();
    let file = fs::read(folder.path().join("signed.pdf")).unwrap();
    let found = verify(&file, &[tree.root], now()).unwrap();
    let names: Vec<&str> = found.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(names, ["First", "Second"]);
}

fn code(file: &[u8], tree: &Tree) -> &'static str {
    verify(file, std::slice::from_ref(&tree.root), now()).unwrap_err().code
}

/// The file with the signed data of its last signature changed.
fn recast(file: &[u8], change: impl FnOnce(&mut Der)) -> Vec<u8> {
    let mark = b"/Contents<";
    let from = file.windows(mark.len()).rposition(|w| w == mark).unwrap() + mark.len();
    let to = from + file[from..].iter().position(|byte| *byte == b'>').unwrap();
    let mut info = Der::read(&hex::decode(&file[from..to]).unwrap());
    change(&mut info.inside[1].inside[0]);
    let text = hex::encode(info.write());
    let mut out = file.to_vec();
    out[from..to].fill(b'0');
    out[from..from + text.len()].copy_from_slice(text.as_bytes());
    out
}

/// What stands beside a signature without being covered by it could be anybody's.
#[test]
fn what_a_signature_bears_without_covering_it_is_named_and_refused() {
    let tree = tree(Algorithm::P256);
    let (key, stamps) = stamper(&tree);
    let chain = chain(&tree);
    let by = Authority { key: &key, chain: &stamps, policy: "1.2.3.4" };
    let stamp = Some(Stamp { by, serial: 9, at: now() });
    let file = sign(&plain_pdf(), &Signature { stamp, ..signature(&tree, &chain) }).unwrap();
    let anchors = [tree.root.clone()];
    let refused = |change: &dyn Fn(&mut Der)| {
        let error = verify(&recast(&file, change), &anchors, now()).unwrap_err();
        (error.code, error.args[0].1.clone())
    };
    assert_eq!(recast(&file, |_| ()), file);
    let unprotected = |what: &str| ("proof.cms.unprotected", what.to_owned());
    // An attribute that nobody here knows, 1.2.3.4, before or after the time stamp.
    let unknown = || {
        let kind = Der::of(6, &[42, 3, 4]);
        Der::with(0x30, vec![kind, Der::with(0x31, vec![Der::of(5, &[])])])
    };
    let signer = |data: &mut Der, change: &dyn Fn(&mut Der)| {
        change(
            data.inside.last_mut().unwrap().inside.last_mut().unwrap().inside.last_mut().unwrap(),
        );
    };
    let found = refused(&|data| signer(data, &|unsigned| unsigned.inside.insert(0, unknown())));
    assert_eq!(found, unprotected("1.2.3.4"));
    let found = refused(&|data| signer(data, &|unsigned| unsigned.inside = vec![unknown()]));
    assert_eq!(found, unprotected("1.2.3.4"));
    // A list of certificates taken back, and a certificate that the signer's does not lead to.
    let lists = Der::with(0xa1, vec![Der::with(0x30, Vec::new())]);
    let found = refused(&|data| data.inside.insert(4, lists.clone()));
    assert_eq!(found, unprotected("CRL"));
    let stray = Der::read(stamps[0].der());
    let found = refused(&|data| {
        data.inside[3].inside.push(stray.clone());
        data.inside[3].inside.sort_by_key(Der::write);
    });
    assert_eq!(found, unprotected("时间戳"));
    // The stamp's own signed data: in its attribute's set of one value.
    let found = refused(&|data| {
        signer(data, &|unsigned| {
            let token = &mut unsigned.inside[0].inside[1].inside[0].inside[1].inside[0];
            let stamper = &mut token.inside.last_mut().unwrap().inside[0];
            stamper.inside.push(Der::with(0xa1, vec![unknown()]));
        });
    });
    assert_eq!(found, unprotected("1.2.3.4"));
}

#[test]
fn no_changed_byte_of_a_signed_file_is_accepted() {
    let tree = tree(Algorithm::P256);
    let file = signed(&tree, &plain_pdf(), 2, None);
    let anchors = [tree.root.clone()];
    verify(&file, &anchors, now()).unwrap();
    for at in (0..file.len()).step_by(151) {
        let mut wrong = file.clone();
        wrong[at] ^= 1 << (at % 7);
        assert!(verify(&wrong, &anchors, now()).is_err(), "byte {at}");
    }
    for at in (0..file.len()).step_by(997) {
        assert!(verify(&file[..at], &anchors, now()).is_err(), "cut at {at}");
    }
}

/// An update after the last signature, of whatever kind.
fn updated(file: &[u8], change: impl FnOnce(&mut IncrementalDocument)) -> Vec<u8> {
    let document = Document::load_mem(file).unwrap();
    let mut update = IncrementalDocument::create_from(file.to_vec(), document);
    change(&mut update);
    let mut out = Vec::new();
    update.save_to(&mut out).unwrap();
    out.push(b'\n');
    out
}

fn other_page(update: &mut IncrementalDocument) {
    let page = update.get_prev_documents().page_iter().next().unwrap();
    let content = Stream::new(dictionary! {}, b"BT /F1 24 Tf 72 720 Td (Forged) Tj ET".to_vec());
    let content = update.new_document.add_object(content);
    update.opt_clone_object_to_new_document(page).unwrap();
    update.new_document.get_dictionary_mut(page).unwrap().set("Contents", content);
}

#[test]
fn whatever_is_added_after_the_last_signature_is_refused() {
    let tree = tree(Algorithm::P256);
    let file = signed(&tree, &plain_pdf(), 1, None);
    let refused = "proof.pdf.byte_range";
    assert_eq!(code(&updated(&file, other_page), &tree), refused);
    assert_eq!(code(&[&file[..], b"\n"].concat(), &tree), refused);
    assert_eq!(code(&plain_pdf(), &tree), "proof.pdf.unsigned");
    assert_eq!(code(b"%PDF-1.7\n", &tree), "proof.pdf.form");
    assert_eq!(code(b"", &tree), "proof.pdf.form");
}

/// The update stands between two signatures: the second covers it, the first does not.
#[test]
fn whatever_is_added_between_two_signatures_is_refused() {
    let tree = tree(Algorithm::P256);
    let chain = chain(&tree);
    let once = signed(&tree, &plain_pdf(), 1, None);
    let refused = |change: &dyn Fn(&mut IncrementalDocument)| {
        let file = sign(&updated(&once, change), &signature(&tree, &chain)).unwrap();
        assert_eq!(code(&file, &tree), "proof.pades.changed");
    };
    let root = |update: &IncrementalDocument| {
        update.get_prev_documents().trailer.get(b"Root").unwrap().as_reference().unwrap()
    };
    // Nothing at all but a new object that nobody refers to: prepared for a later swap.
    refused(&|update| {
        update.new_document.add_object(dictionary! { "Type" => "Font" });
    });
    refused(&other_page);
    // The stream of the page itself.
    refused(&|update| {
        let page = update.get_prev_documents().page_iter().next().unwrap();
        let page = update.get_prev_documents().get_dictionary(page).unwrap();
        let content = page.get(b"Contents").unwrap().as_reference().unwrap();
        let stream = Stream::new(dictionary! {}, b"BT (Forged) Tj ET".to_vec());
        update.new_document.set_object(content, stream);
    });
    // A note laid over the page.
    refused(&|update| {
        let page = update.get_prev_documents().page_iter().next().unwrap();
        let note = update.new_document.add_object(dictionary! {
            "Type" => "Annot", "Subtype" => "FreeText",
            "Rect" => vec![0.into(), 0.into(), 500.into(), 800.into()],
        });
        update.opt_clone_object_to_new_document(page).unwrap();
        let list = vec![Object::from(note)];
        update.new_document.get_dictionary_mut(page).unwrap().set("Annots", list);
    });
    // Layers and scripts in the catalogue.
    for (key, value) in [
        ("OCProperties", Object::Dictionary(dictionary! { "OCGs" => Vec::<Object>::new() })),
        ("OpenAction", Object::Dictionary(dictionary! { "S" => "JavaScript" })),
        ("AA", Object::Dictionary(dictionary! { "WC" => Object::Null })),
    ] {
        refused(&|update| {
            let root = root(update);
            update.opt_clone_object_to_new_document(root).unwrap();
            update.new_document.get_dictionary_mut(root).unwrap().set(key, value.clone());
        });
    }
    // A form field of the signed form that would show something.
    refused(&|update| {
        let root = root(update);
        let form = update.get_prev_documents().get_dictionary(root).unwrap();
        let form = form.get(b"AcroForm").unwrap().as_reference().unwrap();
        update.opt_clone_object_to_new_document(form).unwrap();
        update.new_document.get_dictionary_mut(form).unwrap().set("NeedAppearances", true);
    });
    // The signature's own field, moved over the page.
    refused(&|update| {
        let document = update.get_prev_documents();
        let (id, field) = document
            .objects
            .iter()
            .find(|(_, o)| o.as_dict().is_ok_and(|d| d.has(b"FT")))
            .map(|(id, o)| (*id, o.as_dict().unwrap().clone()))
            .unwrap();
        let mut field = field;
        field.set("Rect", vec![0.into(), 0.into(), 500.into(), 800.into()]);
        update.new_document.set_object(id, field);
    });
}

#[test]
fn a_later_signature_that_shows_something_is_refused() {
    let tree = tree(Algorithm::P256);
    let chain = chain(&tree);
    let once = signed(&tree, &plain_pdf(), 1, None);
    let twice = sign(&once, &signature(&tree, &chain)).unwrap();
    verify(&twice, std::slice::from_ref(&tree.root), now()).unwrap();
    // The second signer's own update, its field laid over the page before it is signed: nobody can
    // do so with this writer, so the bytes are changed and the reason is the second's own digest;
    // the first signature's reason comes first.
    let from = once.len();
    let rect = b"/Rect[0 0 0 0]";
    let at = from + twice[from..].windows(rect.len()).position(|w| w == rect).unwrap();
    let mut wrong = twice.clone();
    wrong[at..at + rect.len()].copy_from_slice(b"/Rect[0 0 9 9]");
    assert_eq!(code(&wrong, &tree), "proof.pades.changed");
}

/// A page that refers to an object which is not there, and which a later update brings.
#[test]
fn a_reference_that_led_nowhere_may_not_lead_somewhere_later() {
    let tree = tree(Algorithm::P256);
    let mut document = Document::load_mem(&plain_pdf()).unwrap();
    let page = document.page_iter().next().unwrap();
    // Among these numbers are those of both signatures.
    let later = (1..30).map(|step| Object::Reference((document.max_id + step, 0)));
    let later: Vec<Object> = later.collect();
    let page = document.get_dictionary_mut(page).unwrap();
    let shown = page.get(b"Contents").unwrap().clone();
    page.set("Contents", [vec![shown], later].concat());
    let mut prepared = Vec::new();
    document.save_to(&mut prepared).unwrap();
    let once = signed(&tree, &prepared, 1, None);
    verify(&once, std::slice::from_ref(&tree.root), now()).unwrap();
    assert_eq!(code(&signed(&tree, &prepared, 2, None), &tree), "proof.pades.changed");
}

#[test]
fn certification_is_kept() {
    let tree = tree(Algorithm::P256);
    let chain = chain(&tree);
    let closed = signed(&tree, &plain_pdf(), 1, Some(Later::Nothing));
    assert!(verify(&closed, std::slice::from_ref(&tree.root), now()).unwrap()[0].certifies);
    let refused = sign(&closed, &signature(&tree, &chain)).unwrap_err();
    assert_eq!(refused.code, "proof.pades.certified");
    let once = signed(&tree, &plain_pdf(), 1, None);
    let late = Signature { certify: Some(Later::Nothing), ..signature(&tree, &chain) };
    assert_eq!(sign(&once, &late).unwrap_err().code, "proof.pades.certified");
}

#[test]
fn who_is_no_signer_readers_know_is_refused() {
    let (sm2, p256) = (tree(Algorithm::Sm2), tree(Algorithm::P256));
    let by_sm2 = chain(&sm2);
    let refused = sign(&plain_pdf(), &signature(&sm2, &by_sm2)).unwrap_err();
    assert_eq!(refused.code, "proof.pades.algorithm");
    let by_p256 = chain(&p256);
    let wrong = Signature { key: &p256.root_key, ..signature(&p256, &by_p256) };
    assert_eq!(sign(&plain_pdf(), &wrong).unwrap_err().code, "proof.certificate.key");
    let file = signed(&p256, &plain_pdf(), 1, None);
    assert_eq!(verify(&file, &[], now()).unwrap_err().code, "proof.certificate.untrusted");
    let many = signed(&p256, &classic_pdf(), SIGNATURES_MAX, None);
    let refused = sign(&many, &signature(&p256, &by_p256)).unwrap_err();
    assert_eq!(refused.code, "proof.pades.signatures");
}
