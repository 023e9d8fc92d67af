//! Files that unfold too far, and PDF files that do something by themselves; and the ordinary ones
//! beside them, which pass.

use crate::draft::sniff::media_type;
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use std::io::Write;

const MIB: usize = 1024 * 1024;

fn folded(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn code(content: &[u8]) -> Result<&'static str, &'static str> {
    media_type(content).map_err(|error| error.code)
}

/// A PDF of these objects.
fn pdf(objects: &[&[u8]]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    for (at, object) in objects.iter().enumerate() {
        out.extend(format!("{} 0 obj\n", at + 1).as_bytes());
        out.extend(*object);
        out.extend(b"\nendobj\n");
    }
    out.extend(b"trailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n");
    out
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {dictionary} /Length {} >>\nstream\r\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

fn png(width: u32, height: u32, chunks: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes()[..], b"\x08\x02\0\0\0"].concat();
    let ends = (&b"IEND"[..], Vec::new());
    for (kind, data) in [(&b"IHDR"[..], header)].iter().chain(chunks).chain([&ends]) {
        out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(*kind);
        out.extend(data);
        out.extend(b"\0\0\0\0");
    }
    out
}

#[test]
fn a_picture_unfolds_to_what_its_size_needs() {
    let rows = folded(&vec![7; 100 * (1 + 300)]);
    assert_eq!(code(&png(100, 100, &[(b"IDAT", rows.clone())])), Ok("image/png"));
    let (first, second) = rows.split_at(rows.len() / 2);
    let parts = [(&b"IDAT"[..], first.to_vec()), (&b"IDAT"[..], second.to_vec())];
    assert_eq!(code(&png(100, 100, &parts)), Ok("image/png"), "content in two chunks is one");
    let one_more = folded(&vec![7; 100 * (1 + 300) + 1]);
    assert_eq!(code(&png(100, 100, &[(b"IDAT", one_more)])), Err("draft.file_unfolds"));
    let bomb = folded(&vec![0; 50 * MIB]);
    assert_eq!(code(&png(100, 100, &[(b"IDAT", bomb.clone())])), Err("draft.file_unfolds"));
    let text = [b"Comment\0\0".to_vec(), bomb].concat();
    assert_eq!(code(&png(100, 100, &[(b"zTXt", text)])), Err("draft.file_unfolds"));
}

#[test]
fn a_pdf_unfolds_to_fifty_megabytes_in_all() {
    let flate = "/Filter /FlateDecode";
    let (half, page) = (folded(&vec![b'0'; 26 * MIB]), folded(b"BT (text) Tj ET"));
    let one = stream(flate, &half);
    assert_eq!(code(&pdf(&[b"<< >>", &one])), Ok("application/pdf"));
    assert_eq!(code(&pdf(&[b"<< >>", &one, &one])), Err("draft.file_unfolds"));
    let plain = stream(flate, &page);
    assert_eq!(code(&pdf(&[&plain, &one, &plain, &one])), Err("draft.file_unfolds"));
    // The same, said otherwise.
    let bomb = folded(&vec![b'0'; 60 * MIB]);
    let long = format!("/Filter/FlateDecode /Note (1 0 obj <<) /Pad ({})", "x".repeat(10_000));
    for dictionary in ["/Filter[/Flate#44ecode]", "/Filter 9 0 R", long.as_str()] {
        let content = pdf(&[b"<< >>", &stream(dictionary, &bomb)]);
        assert_eq!(code(&content), Err("draft.file_unfolds"), "{:.60}", dictionary);
    }
    let hexadecimal = hex::encode(&bomb);
    let content = stream("/Filter [/ASCIIHexDecode /FlateDecode]", hexadecimal.as_bytes());
    assert_eq!(code(&pdf(&[&content])), Err("draft.file_unfolds"));
    let twice = stream("/Filter [/FlateDecode /FlateDecode]", &folded(&bomb));
    assert_eq!(code(&pdf(&[&twice])), Err("draft.file_unfolds"));
    // An end mark within the content does not end it: it stands in a part that is not folded.
    let mark = b"\nendstream endobj ";
    let length = u16::try_from(mark.len()).unwrap();
    let mut hidden = b"\x78\x01\0".to_vec();
    hidden.extend(length.to_le_bytes().iter().chain(&(!length).to_le_bytes()).chain(mark));
    let mut rest = DeflateEncoder::new(hidden, Compression::fast());
    rest.write_all(&vec![b'0'; 51 * MIB]).unwrap();
    let hidden = stream(flate, &rest.finish().unwrap());
    assert_eq!(code(&pdf(&[&hidden])), Err("draft.file_unfolds"));
}

#[test]
fn a_page_of_a_scanner_passes_and_a_false_one_does_not() {
    let image = "/Type /XObject /Subtype /Image /Width 2480 /Height 3508 /BitsPerComponent 8
        /ColorSpace /DeviceRGB /Filter /FlateDecode";
    let page = stream(image, &folded(&vec![255; 2480 * 3508 * 3]));
    let three = pdf(&[b"<< /Type /Catalog >>", &page, &page, &page]);
    assert_eq!(code(&three), Ok("application/pdf"), "75 MB of pixels, as their size says");
    let small = image.replace("2480", "24").replace("3508", "35");
    let lie = stream(&small, &folded(&vec![255; MIB]));
    assert_eq!(code(&pdf(&[&lie])), Err("draft.file_unfolds"));
    let pages: Vec<&[u8]> = vec![page.as_slice(); 6];
    assert_eq!(code(&pdf(&pages)), Err("draft.file_unfolds"), "more than 50 million pixels");
    let photograph =
        stream("/Subtype /Image /Width 9 /Height 9 /Filter /DCTDecode", b"\xff\xd8 /JS ");
    assert_eq!(code(&pdf(&[&photograph])), Ok("application/pdf"));
}

#[test]
fn what_runs_or_sends_is_found_however_it_is_written() {
    for object in [
        "<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
        "<< /OpenAction<</S/J#61vaScript/J#53(app.alert(1))>> >>",
        "<< /S /#4a#61#76#61#53#63#72#69#70#74 >>",
        "<< /JS 4 0 R >>",
        "<< /AA << /O << /S /URI /URI (https://example.org) >> >> >>",
        "<< /A << /S /SubmitForm /F (https://example.org) >> >>",
        "<< /A << /S /ImportData /F (a.fdf) >> >>",
        "<< /A << /S /Launch /F (a.exe) >> >>",
        "<< /Subtype /RichMedia >>",
        "<< /Names << /EmbeddedFiles 5 0 R >> >>",
        "<< /Type /EmbeddedFile >>",
        "<< /OpenAction << /S /URI /URI (https://example.org) >> >>",
        "<< /OpenAction << /S /GoToR /F (b.pdf) >> >>",
        "<< /OpenAction 2 0 R >>\nendobj\n2 0 obj\n<< /S /URI /URI (https://example.org) >>",
    ] {
        assert_eq!(code(&pdf(&[object.as_bytes()])), Err("draft.file_active"), "{object}");
        if object.contains("endobj") {
            continue;
        }
        // Packed into a stream it is the same.
        let packed = format!("1 0 {object}");
        let packed =
            stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &folded(packed.as_bytes()));
        assert_eq!(code(&pdf(&[b"<< >>", &packed])), Err("draft.file_active"), "packed {object}");
    }
    // An action to which only a packed object points.
    let packed = b"8 0 9 6 (abc)\n<< /S /URI /URI (https://example.org) >>";
    let packed = stream("/Type /ObjStm /N 2 /First 8 /Filter /FlateDecode", &folded(packed));
    let opens = pdf(&[b"<< /OpenAction 9 0 R >>", &packed]);
    assert_eq!(code(&opens), Err("draft.file_active"));
}

#[test]
fn what_word_processors_write_passes() {
    for object in [
        "<< /Type /Catalog /OpenAction [3 0 R /XYZ null null 0] /Lang (zh-CN) >>",
        "<< /OpenAction << /S /GoTo /D [3 0 R /Fit] >> >>",
        "<< /OpenAction 2 0 R >>\nendobj\n2 0 obj\n<< /S /GoTo /D [3 0 R /Fit] >>",
        "<< /OpenAction 2 0 R >>\nendobj\n2 0 obj\n[3 0 R /Fit]",
        "<< /Annots [<< /Subtype /Link /A << /S /URI /URI (https://example.org/JS) >> >>] >>",
        "<< /Type /Font /BaseFont /AAAAAB+SimSun /Encoding /Identity-H >>",
        "<< /S /Transparency /Group << /S /P /K 1 >> >>",
    ] {
        assert_eq!(code(&pdf(&[object.as_bytes()])), Ok("application/pdf"), "{object}");
    }
    let text = stream("/Filter [/ASCII85Decode /FlateDecode]", b"Gar?.~>");
    assert_eq!(code(&pdf(&[&text])), Ok("application/pdf"));
    let damaged = stream("/Filter /FlateDecode", b"not folded at all");
    assert_eq!(code(&pdf(&[&damaged])), Ok("application/pdf"));
}
