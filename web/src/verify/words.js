// What the verification in the browser says, in both languages.

const day = (at) => new Date(at + 8 * 3600000).toISOString().slice(0, 10);
const minute = (at) => new Date(at + 8 * 3600000).toISOString().slice(0, 16).replace("T", " ");

const WORDS = {
  valid: ["验证通过", "Verified"],
  invalid: ["验证未通过", "Not valid"],
  here: ["在本机浏览器中核验，文件没有上传", "verified in this browser, the file was not uploaded"],
  unavailable: ["取不到根证书或状态清单，请稍后再试，或改用上传核验。", "The roots or the status list cannot be had now. Try again later, or upload the file."],
  "name.format": ["文件格式", "Form of the file"],
  "name.integrity": ["内容未被改动", "Nothing was changed"],
  "name.signature": ["数字签名", "Digital signature"],
  "name.seal": ["电子印章", "Electronic seal"],
  "name.certificate": ["签名证书", "Signer's certificate"],
  "name.chain": ["信任链", "Chain of trust"],
  "name.identifier": ["证照标识", "Licence identifier"],
  "name.validity": ["有效期", "Validity"],
  "name.status": ["状态清单", "Status list"],
  "name.countersignature": ["后续印章", "Seals after the first"],
  "name.pades": ["PAdES 签名（通用阅读器可验）", "PAdES signature for other readers"],
  "format.ok": ["可以读取的签章文件。", "A sealed or signed file that can be read."],
  "integrity.ok": ["与签章时逐字节一致。", "Every byte is as it was sealed."],
  "signature.ok": [(at) => `SM2 签名有效，签于 ${minute(at)}。`, (at) => `The SM2 signature holds; signed at ${minute(at)}.`],
  "seal.ok": [(name) => `印章：${name}。`, (name) => `Seal: ${name}.`],
  "certificate.ok": [(name, code) => `签名者：${name} ${code}。`, (name, code) => `Signer: ${name} ${code}.`],
  "chain.ok": ["证书可追溯到本平台的根证书。", "The certificate leads to this platform's root."],
  "identifier.ok": [(id) => `证照标识 ${id}。`, (id) => `Licence identifier ${id}.`],
  "validity.ok": [(until) => (until === null ? "长期有效。" : `有效期至 ${day(until - 1)}。`), (until) => (until === null ? "Valid without limit." : `Valid until ${day(until - 1)}.`)],
  "status.ok": [(at) => (at === null ? "未提供状态清单。" : `状态清单（${minute(at)}）中无吊销记录。`), (at) => (at === null ? "No status list was given." : `Not listed in the status list of ${minute(at)}.`)],
  "countersignature.ok": [(n, name, at) => `第 ${n} 枚印章：${name}，签于 ${minute(at)}，覆盖此前全部内容和签章。`, (n, name, at) => `Seal ${n}: ${name}, ${minute(at)}, over all that was there before it.`],
  "pades.ok": [
    (name, at, known) => `ECDSA 签名有效，签名者：${name}${at === null ? "" : `，时间戳 ${minute(at)}`}。${known ? "" : "没有 ECDSA 根证书，未核对签名者。"}`,
    (name, at, known) => `The ECDSA signature of ${name} holds${at === null ? "" : `; time stamp of ${minute(at)}`}.${known ? "" : " No ECDSA root is known: who signed was not checked."}`,
  ],
  "why.form": ["文件格式有误，不能读取。", "The file is malformed and cannot be read."],
  "why.kind": ["不是签章的 PDF、OFD 或签名的 JSON 文件。", "Not a sealed PDF or OFD, nor a signed JSON file."],
  "why.large": ["文件过大。", "The file is too large."],
  "why.unsigned": ["PDF 没有签章。", "The PDF bears no seal."],
  "why.unsealed": ["OFD 没有签章。", "The OFD bears no seal."],
  "why.range": ["签章覆盖的范围有误，文件中有未被签章覆盖的内容。", "What the seal covers is wrong: the file holds bytes no seal covers."],
  "why.contents": ["签章数据区被改动。", "The place of the seal signature has been changed."],
  "why.number": ["文件中的数字超出浏览器可准确处理的范围，请改用上传核验。", "A number in the file is larger than a browser can hold exactly: upload the file instead."],
  "why.uncovered": ["文件中有未被签章覆盖的内容。", "The file holds what no seal covers."],
  "why.container": ["OFD 文件的容器有误或不安全。", "The OFD container is malformed or unsafe."],
  "why.headers": ["压缩包的结构不是签发时写入的样子，可能被改动或重新打包过。", "The container is not as issuers write it; it may have been altered or packed anew."],
  "why.absent": [(name) => `OFD 中缺少文件“${name}”。`, (name) => `The OFD lacks the file “${name}”.`],
  "why.described": ["OFD 的签章描述有误。", "The OFD's description of its seals is malformed."],
  "why.xml": ["OFD 中的 XML 有误或不安全。", "The OFD's XML is malformed or unsafe."],
  "why.digest": ["内容与签章时不一致，文件被改动过。", "The content is not what was sealed: the file was changed."],
  "why.signature": ["签名无效。", "The signature does not hold."],
  "why.future": ["签名时间晚于现在。", "It is signed later than now."],
  "why.sealform": ["签章数据格式有误。", "The seal's data is malformed."],
  "why.stamp": ["签章附有时间戳，此处不核对时间戳，因此不予认可。", "The seal bears a time stamp; as none is checked here, it is not accepted."],
  "why.holder": ["印章未登记此签名证书。", "The seal does not list this signer's certificate."],
  "why.maker": ["印章的制章者签名无效，或制章者无权制章。", "The maker's signature on the seal does not hold, or the maker may make none."],
  "why.sealtime": ["签章时印章不在有效期内。", "The seal was not in use when it was put."],
  "why.usage": ["证书不能用于此用途。", "The certificate is not for this use."],
  "why.untrusted": ["证书不能追溯到受信任的根证书。", "The certificate does not lead to a trusted root."],
  "why.chain": [(name) => `证书“${name}”的颁发者签名无效。`, (name) => `The issuer's signature on the certificate “${name}” is wrong.`],
  "why.issuer": [(name) => `“${name}”无权颁发此证书。`, (name) => `“${name}” may not issue this certificate.`],
  "why.early": [(name) => `证书“${name}”尚未生效。`, (name) => `The certificate “${name}” is not valid yet.`],
  "why.expired": [(name) => `证书“${name}”已到期。`, (name) => `The certificate “${name}” has expired.`],
  "why.point": ["公钥不在其曲线上。", "The public key is not a point of its curve."],
  "why.extension": ["证书含有不支持的关键扩展项。", "The certificate has a critical extension that is not supported."],
  "why.algorithm": ["签名算法在此不被接受。", "The algorithm is not accepted here."],
  "why.changed": ["签章之后文件增加或改动了签名以外的内容。", "After it was sealed, more than signatures was added to the file."],
  "why.order": ["签章次序与首个签章者所列不符。", "The seals are not in the order the first sealer named."],
  "why.missing": [(name) => `还缺“${name}”的签章。`, (name) => `The seal of “${name}” is missing.`],
  "why.time": ["签章时间早于前一签章，或晚于现在。", "It was sealed before the seal before it, or later than now."],
  "why.signer": [(name) => `签名者“${name}”与盖章机构不是同一机构。`, (name) => `The signer “${name}” is not who sealed.`],
  "why.unprotected": [(what) => `签名附有不受其保护、此处不认识的内容（${what}）。`, (what) => `The signature carries what it does not protect and what is not known here (${what}).`],
  "why.data": ["文件中的数据缺失或有误。", "The data inside is missing or malformed."],
  "why.identifier": ["证照标识有误。", "The licence identifier is wrong."],
  "why.issuer_code": ["盖章机构与证照的颁发机构不符。", "Who sealed is not who issued the licence."],
  "why.licence_early": ["证照尚未生效。", "The licence is not valid yet."],
  "why.licence_over": ["证照已到期。", "The licence has expired."],
  "why.ended": ["状态清单载明证照已不再有效。", "The status list says that the licence is no longer in force."],
  "why.stale": ["状态清单已过期。", "The status list is out of date."],
};

/** Says a thing in the language of a page. */
export function language(lang) {
  const at = lang.startsWith("zh") ? 0 : 1;
  return (key, ...values) => {
    const said = (WORDS[key] ?? WORDS["why.form"])[at];
    return typeof said === "function" ? said(...values) : said;
  };
}

export { WORDS };
