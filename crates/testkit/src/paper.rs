//! A typesetter for tests that are not about documents: real typesetting is slow in a build that is
//! not optimised, and is tested where documents are.

use kernel::{Error, Result};
use serde_json::Value as Json;
use store::Typeset;

/// Sets every paper as an empty page that says when it was made; a paper without layout, title and
/// name is refused.
pub struct Plain;

impl Typeset for Plain {
    fn render(&self, layout: &str, data: &Json, _: &[(&str, String)]) -> Result<Vec<u8>> {
        if data["title"].is_null() && data["name"].is_null() && layout.is_empty() {
            return Err(Error::internal("nothing to set"));
        }
        let created = data["created"].as_str().unwrap_or("");
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Title ({created}) >>"),
        ];
        let mut out = String::from("%PDF-1.7\n");
        let mut offsets = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            offsets.push(out.len());
            out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
        }
        let start = out.len();
        out.push_str("xref\n0 4\n0000000000 65535 f \n");
        for offset in offsets {
            out.push_str(&format!("{offset:010} 00000 n \n"));
        }
        out.push_str(&format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
        Ok(out.into_bytes())
    }

    fn qr_svg(&self, text: &str) -> Result<String> {
        Ok(format!("<svg role=\"img\"><title>{}</title></svg>", text.len()))
    }

    fn seal_svg(&self, agency: &str, code: &str) -> Result<String> {
        Ok(format!("<svg role=\"img\"><title>{agency} {code}</title></svg>"))
    }
}
