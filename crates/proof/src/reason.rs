//! What a person reads when a proof fails: one sentence for each error code, in both languages.
//!
//! Invariant: every code of this crate has its sentence (held by a test).
//! Must not know: which check failed, where it is shown.

use crate::sentence;
use kernel::{Error, Text};

/// Code, Chinese sentence, English sentence; `{name}` stands for an argument of the error.
const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "proof.certificate.algorithm",
        "证书的密钥或签名算法在此不被接受。",
        "The certificate's key or signature algorithm is not accepted here.",
    ),
    ("proof.certificate.chain_length", "证书链过长。", "The certificate chain is too long."),
    (
        "proof.certificate.expired",
        "证书“{subject}”已于 {day} 到期。",
        "The certificate “{subject}” expired on {day}.",
    ),
    (
        "proof.certificate.extension",
        "证书含有不支持的关键扩展项。",
        "The certificate has a critical extension that is not supported.",
    ),
    ("proof.certificate.form", "证书格式有误。", "The certificate is malformed."),
    (
        "proof.certificate.issuer",
        "颁发者无权颁发此证书。",
        "The issuer may not issue this certificate.",
    ),
    (
        "proof.certificate.key",
        "私钥与证书不匹配。",
        "The private key does not belong to the certificate.",
    ),
    (
        "proof.certificate.not_yet_valid",
        "证书“{subject}”自 {day} 起才有效。",
        "The certificate “{subject}” is valid only from {day}.",
    ),
    (
        "proof.certificate.request",
        "证书申请的“{field}”有误。",
        "The field “{field}” of the certificate request is wrong.",
    ),
    (
        "proof.certificate.signature",
        "证书“{subject}”的颁发者签名无效。",
        "The issuer's signature on the certificate “{subject}” is wrong.",
    ),
    (
        "proof.certificate.too_many",
        "证书文件中的证书过多。",
        "The file holds too many certificates.",
    ),
    (
        "proof.certificate.untrusted",
        "证书不能追溯到受信任的根证书。",
        "The certificate does not lead to a trusted root.",
    ),
    (
        "proof.certificate.usage",
        "证书的用途不允许这样使用。",
        "The certificate may not be used for this.",
    ),
    (
        "proof.checkpoint.form",
        "存证日志检查点格式有误。",
        "The evidence log's checkpoint is malformed.",
    ),
    (
        "proof.checkpoint.origin",
        "检查点属于另一个日志：{name}。",
        "The checkpoint is of another log: {name}.",
    ),
    ("proof.der", "数据不能编码为 DER。", "The data cannot be encoded as DER."),
    (
        "proof.json.chain",
        "签名文件中的证书链有误。",
        "The certificate chain in the signed file is malformed.",
    ),
    (
        "proof.json.form",
        "文件不是可识别的签名 JSON。",
        "The file is not a signed JSON file of a known form.",
    ),
    (
        "proof.json.from_the_future",
        "签名时间（{at}）晚于当前时间。",
        "The time of signing ({at}) is later than now.",
    ),
    (
        "proof.json.kind",
        "签名文件的种类不符：{kind}。",
        "The signed file is of another kind: {kind}.",
    ),
    (
        "proof.json.not_canonical",
        "文件不是规范写法，可能被改动。",
        "The file is not in canonical form; it may have been changed.",
    ),
    ("proof.json.too_large", "文件过大。", "The file is too large."),
    ("proof.key.pem", "密钥文件不可读。", "The key file cannot be read."),
    ("proof.key.point", "公钥不在其曲线上。", "The public key is not a point of its curve."),
    ("proof.key.scalar", "私钥超出范围。", "The private key is out of range."),
    ("proof.key.seed", "不能由此种子生成密钥。", "No key can be made from this seed."),
    ("proof.licence.expired", "证照已于 {day} 到期。", "The licence expired on {day}."),
    ("proof.licence.form", "证照数据不可读。", "The licence's data cannot be read."),
    (
        "proof.licence.identifier",
        "证照标识“{id}”的校验位不符。",
        "The check character of the licence identifier “{id}” is wrong.",
    ),
    (
        "proof.licence.issuer",
        "盖章机构与证照的颁发机构不符。",
        "The sealing agency is not the licence's issuer.",
    ),
    (
        "proof.licence.not_yet_valid",
        "证照自 {day} 起才有效。",
        "The licence is valid only from {day}.",
    ),
    (
        "proof.log.consistency",
        "日志的两个版本不一致，旧记录可能被改动。",
        "The two states of the log do not agree; earlier entries may have been changed.",
    ),
    ("proof.log.frontier", "日志的存储状态有误。", "The stored state of the log is wrong."),
    ("proof.log.inclusion", "日志中没有这条记录。", "The entry is not in the log."),
    ("proof.log.range", "超出日志范围。", "This lies outside the log."),
    ("proof.note.form", "签名笔记格式有误。", "The signed note is malformed."),
    ("proof.note.key", "签名笔记的公钥有误。", "The note's verifier key is malformed."),
    ("proof.note.name", "签名者名称有误。", "The signer's name is malformed."),
    ("proof.note.signature", "“{name}”的签名无效。", "The signature of “{name}” is wrong."),
    ("proof.note.unsigned", "没有已知签名者的签名。", "No known signer has signed."),
    ("proof.pdf.already_signed", "此 PDF 已签章。", "The PDF is already sealed."),
    (
        "proof.pdf.byte_range",
        "文件中有未被签章覆盖的内容。",
        "The file holds bytes that the seal does not cover.",
    ),
    (
        "proof.pdf.contents",
        "签章数据区被改动。",
        "The place of the seal signature has been changed.",
    ),
    (
        "proof.pdf.digest",
        "文件内容与签章时不一致，已被改动。",
        "The file is not what was sealed; it has been changed.",
    ),
    (
        "proof.pdf.foreign",
        "文件带有其他软件的签名，没有本平台的签章；请用 PDF 阅读器核对其签名。",
        "The file is signed by other software and bears no seal of this platform; check its signatures with a PDF reader.",
    ),
    ("proof.pdf.form", "文件不是可读的 PDF。", "The file is not a readable PDF."),
    ("proof.pdf.missing", "还缺“{name}”的签章。", "The seal of “{name}” is missing."),
    (
        "proof.pdf.order",
        "签章次序不符：此处应为“{expected}”，实为“{found}”。",
        "Out of order: “{expected}” was to seal here, “{found}” did.",
    ),
    (
        "proof.pdf.payload",
        "文件中的证照数据缺失或过大。",
        "The licence's data in the file is missing or too large.",
    ),
    ("proof.pdf.time", "签章时间早于前一签章。", "It was sealed earlier than the seal before it."),
    ("proof.pdf.too_large", "文件过大。", "The file is too large."),
    ("proof.pdf.unsigned", "文件没有签章。", "The file bears no seal."),
    (
        "proof.seal.design",
        "印章设计的“{field}”有误。",
        "The field “{field}” of the seal's design is wrong.",
    ),
    (
        "proof.seal.expired",
        "印章在签章时已过期（{day}）。",
        "The seal had expired ({day}) when it was put.",
    ),
    ("proof.seal.form", "签章数据格式有误。", "The seal's data is malformed."),
    (
        "proof.seal.holder",
        "签章证书不在印章的授权列表中。",
        "The seal does not list the sealer's certificate.",
    ),
    ("proof.seal.maker", "制章者无权制章。", "The maker may not make seals."),
    (
        "proof.seal.maker_signature",
        "印章的制章者签名无效，印章系伪造或被改动。",
        "The maker's signature on the seal is wrong; the seal is forged or changed.",
    ),
    (
        "proof.seal.not_yet_valid",
        "印章在签章时尚未启用（{day}）。",
        "The seal was not yet in use ({day}) when it was put.",
    ),
    ("proof.seal.signature", "签章者的签名无效。", "The sealer's signature is wrong."),
    (
        "proof.seal.stamp",
        "签章附有时间戳，此处不核对时间戳，因此不予认可。",
        "The seal bears a time stamp; as none is checked here, it is not accepted.",
    ),
    ("proof.signature.form", "签名格式有误。", "The signature is malformed."),
    ("proof.signature.mismatch", "签名与内容不符。", "The signature does not match the content."),
    ("proof.status.form", "状态清单格式有误。", "The status list is malformed."),
    (
        "proof.status.from_the_future",
        "状态清单的签发时间（{at}）晚于当前时间。",
        "The status list was issued ({at}) later than now.",
    ),
    (
        "proof.status.not_in_force",
        "证照自 {day} 起{zh}。{reason}",
        "The licence has been {en} since {day}. {reason}",
    ),
    (
        "proof.status.publisher",
        "签名者无权发布状态清单。",
        "The signer may not publish status lists.",
    ),
    (
        "proof.status.stale",
        "状态清单已过时，应于 {at} 前更新。",
        "The status list is stale; the next was due by {at}.",
    ),
    ("proof.time", "时间超出范围。", "The time is out of range."),
    ("proof.totp.secret", "动态口令密钥有误。", "The one-time password secret is malformed."),
    ("proof.vault.form", "密文格式有误。", "The sealed value is malformed."),
    ("proof.vault.too_large", "数据过大，不能加密。", "The value is too large to seal."),
    (
        "proof.vault.unauthentic",
        "密文不能打开：密钥、用途不符或已被改动。",
        "The sealed value does not open: another key or purpose, or it was changed.",
    ),
    (
        "proof.package.cover",
        "封面没有载明卷内清单的摘要。",
        "The cover does not name the manifest of the folder.",
    ),
    (
        "proof.package.digest",
        "文件“{name}”与清单不一致。",
        "The file “{name}” is not as the manifest lists it.",
    ),
    (
        "proof.package.evidence",
        "存证证明与卷内清单不符或者有误。",
        "The proofs of evidence are malformed or do not agree with the manifest of the folder.",
    ),
    (
        "proof.package.form",
        "METS 清单与卷内清单所载不一致。",
        "The METS manifest is not what the folder's manifest says.",
    ),
    (
        "proof.package.json",
        "文件“{name}”不是本格式的 JSON。",
        "The file “{name}” is no JSON of this format.",
    ),
    ("proof.package.missing", "案卷包中缺少文件“{name}”。", "The package lacks the file “{name}”."),
    (
        "proof.package.unlisted",
        "文件“{name}”不在清单中。",
        "The manifest does not list the file “{name}”.",
    ),
    (
        "proof.verify.form",
        "文件不是签章的 PDF 或 OFD、签名的 JSON、案卷包、凭证、证书或签名数据。",
        "The file is no sealed PDF or OFD, signed JSON, case folder, credential, certificate or signed data.",
    ),
    (
        "proof.verify.online",
        "这是二维码中的网址，请打开它在线查验；它本身证明不了什么。",
        "This is the address in a QR code: open it to verify online; by itself it proves nothing.",
    ),
];

/// The sentence of an error in both languages. An error of another crate is told by its code.
pub fn of(error: &Error) -> Text {
    let row = SENTENCES.iter().chain(sentence::SENTENCES).find(|(code, _, _)| *code == error.code);
    let Some((_, zh, en)) = row else {
        return Text::new(
            format!("校验出错：{}。", error.code),
            format!("The check failed: {}.", error.code),
        );
    };
    Text::new(fill(zh, error), fill(en, error))
}

/// Puts the arguments in, in one pass, so that an argument cannot smuggle in a further one.
fn fill(sentence: &str, error: &Error) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        if let Some((_, value)) = error.args.iter().find(|(arg, _)| *arg == name) {
            out.extend(value.chars().filter(|c| !c.is_control()).take(200));
        }
        rest = tail;
    }
    out.push_str(rest);
    out.trim_end().to_owned()
}

#[cfg(test)]
pub(crate) fn codes() -> Vec<&'static str> {
    SENTENCES.iter().chain(sentence::SENTENCES).map(|(code, _, _)| *code).collect()
}
