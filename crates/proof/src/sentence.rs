//! The sentences of [`crate::reason`] for what is exchanged with others: ciphers, requests,
//! revocation, signed data, time stamps, tokens, files of other makers.
//!
//! Must not know: which check failed, where it is shown.

/// Code, Chinese sentence, English sentence; `{name}` stands for an argument of the error.
pub(crate) const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "proof.cipher.open",
        "密文不能解密：密钥不符或已被改动。",
        "The cipher text does not open: another key, or it was changed.",
    ),
    (
        "proof.cipher.size",
        "数据为空或过大（{size} 字节），不能加密。",
        "The value is empty or too large ({size} bytes) to encrypt.",
    ),
    (
        "proof.cms.algorithm",
        "签名数据的算法（{oid}）不支持，或与证书不符。",
        "The signed data's algorithm ({oid}) is not supported or not the certificate's.",
    ),
    (
        "proof.cms.attributes",
        "签名属性缺失，或与内容、证书不符。",
        "The signed attributes are missing, or not of this content and certificate.",
    ),
    (
        "proof.cms.content",
        "缺少被签名的内容，或内容有两份。",
        "The signed content is missing, or there are two of it.",
    ),
    (
        "proof.cms.digest",
        "内容与签名时不一致，已被改动。",
        "The content is not what was signed; it has been changed.",
    ),
    ("proof.cms.form", "签名数据格式有误。", "The signed data is malformed."),
    (
        "proof.cms.mixed",
        "一份签名数据中不能同时使用 SM2 与其他算法。",
        "One piece of signed data cannot mix SM2 with other algorithms.",
    ),
    (
        "proof.cms.signer",
        "签名数据中没有签名者的证书。",
        "The signer's certificate is not in the signed data.",
    ),
    (
        "proof.cms.unprotected",
        "签名附有不受其保护、此处不认识的内容（{what}）。",
        "The signature carries what it does not protect and what is not known here ({what}).",
    ),
    ("proof.cose.form", "COSE 签名数据格式有误。", "The COSE signed data is malformed."),
    (
        "proof.exchange.confirmation",
        "对方的密钥确认值不符。",
        "The peer's confirmation of the key is wrong.",
    ),
    (
        "proof.exchange.length",
        "协商密钥的长度应为 1 至 {max} 字节。",
        "The agreed key must have 1 to {max} bytes.",
    ),
    (
        "proof.exchange.peer",
        "对方的公钥不能用于密钥协商。",
        "The peer's public keys cannot be used for a key exchange.",
    ),
    (
        "proof.jose.algorithm",
        "令牌声明的签名算法（{name}）与密钥不符。",
        "The token names a signature algorithm ({name}) that is not the key's.",
    ),
    (
        "proof.jose.critical",
        "令牌含有不支持的关键头部。",
        "The token has a critical header that is not supported.",
    ),
    ("proof.jose.early", "令牌自 {at} 起才有效。", "The token holds only from {at}."),
    ("proof.jose.expired", "令牌已于 {at} 到期。", "The token expired at {at}."),
    ("proof.jose.form", "令牌格式有误。", "The token is malformed."),
    (
        "proof.jose.json",
        "不是严格的 JSON：重名、过深、过大或类型不符。",
        "Not strict JSON: a name twice, too deep, too large or of another type.",
    ),
    (
        "proof.jwe.algorithm",
        "加密方式（{name}）不在可用之列：ECDH-ES 加 A128GCM 或 A256GCM。",
        "The encryption ({name}) is not one spoken here: ECDH-ES with A128GCM or A256GCM.",
    ),
    ("proof.jwe.form", "加密令牌格式有误。", "The encrypted token is malformed."),
    (
        "proof.jwe.open",
        "加密令牌无法解开：不是用此密钥加密，或已被改动。",
        "The encrypted token cannot be opened: it is for another key, or was changed.",
    ),
    ("proof.jose.type", "令牌是另一种类（{name}）。", "The token is of another kind ({name})."),
    (
        "proof.key.algorithm",
        "不支持的密钥算法（{oid}）。",
        "The key's algorithm ({oid}) is not supported.",
    ),
    ("proof.request.form", "证书申请格式有误。", "The certificate request is malformed."),
    (
        "proof.ofd.container",
        "OFD 文件的容器有误或不安全。",
        "The OFD container is malformed or unsafe.",
    ),
    (
        "proof.ofd.headers",
        "压缩包的结构不是签发时写入的样子，可能被改动或重新打包过。",
        "The container is not as issuers write it; it may have been altered or packed anew.",
    ),
    (
        "proof.ofd.digest",
        "文件“{name}”与签章时不一致。",
        "The file “{name}” is not what was sealed.",
    ),
    ("proof.ofd.missing", "OFD 中缺少文件“{name}”。", "The OFD lacks the file “{name}”."),
    ("proof.ofd.placement", "没有第 {page} 页可盖章。", "There is no page {page} to be sealed."),
    ("proof.ofd.seals", "文件的签章过多，最多 {max} 个。", "Too many seals; at most {max}."),
    ("proof.ofd.sheet", "版式文件的“{field}”有误。", "The field “{field}” of the sheet is wrong."),
    (
        "proof.ofd.signature",
        "OFD 的签章描述有误。",
        "The OFD's description of its seals is malformed.",
    ),
    ("proof.ofd.uncovered", "文件“{name}”没有被签章覆盖。", "No seal covers the file “{name}”."),
    ("proof.ofd.unsealed", "OFD 文件没有签章。", "The OFD file bears no seal."),
    ("proof.ofd.xml", "OFD 中的 XML 有误或不安全。", "The OFD's XML is malformed or unsafe."),
    (
        "proof.pades.algorithm",
        "PDF 签名只使用 P-256 密钥，阅读器不识别其他算法。",
        "PDF signatures use P-256 keys; readers know no other.",
    ),
    (
        "proof.pades.certified",
        "前面的签名不允许再签名，或认证签名不是第一个签名。",
        "An earlier signature allows none after it, or a later one would certify.",
    ),
    (
        "proof.pades.changed",
        "签名之后文件增加或改动了签名以外的内容。",
        "After it was signed, more than signatures was added to the file.",
    ),
    (
        "proof.pades.signer",
        "PAdES 签名者“{signer}”与盖章机构“{sealer}”不是同一机构。",
        "The PAdES signature is of “{signer}”, not of “{sealer}”, who sealed.",
    ),
    (
        "proof.pades.signatures",
        "文件的签名过多，最多 {max} 个。",
        "The file has too many signatures; at most {max}.",
    ),
    (
        "proof.request.signature",
        "证书申请的签名无效，申请者未证明持有私钥。",
        "The signature of the certificate request is wrong: who asks has not shown the private key.",
    ),
    (
        "proof.revocation.compromised",
        "“{subject}”的密钥已泄露（{day}），签名自称的时间不能证明签于此前。",
        "The key of “{subject}” was known to others on {day}; the time the signature claims proves nothing.",
    ),
    (
        "proof.revocation.early",
        "吊销信息的签发时间（{at}）晚于所查时间。",
        "The word on revocation was made ({at}) after the time asked about.",
    ),
    ("proof.revocation.form", "吊销信息格式有误。", "The word on revocation is malformed."),
    (
        "proof.revocation.issuer",
        "吊销信息不是由证书的颁发机构发布的。",
        "The word on revocation is not by the certificate's issuer.",
    ),
    (
        "proof.revocation.nonce",
        "吊销信息答复的不是这次询问。",
        "The answer on revocation is not to this question.",
    ),
    (
        "proof.revocation.revoked",
        "证书“{subject}”已于 {day} 吊销：{zh}。",
        "The certificate “{subject}” was revoked on {day}: {en}.",
    ),
    (
        "proof.revocation.signature",
        "吊销信息的签名无效。",
        "The signature on the word on revocation is wrong.",
    ),
    (
        "proof.revocation.stale",
        "吊销信息已过时，应于 {at} 前更新。",
        "The word on revocation is stale; the next was due by {at}.",
    ),
    (
        "proof.revocation.unanswered",
        "答复方未说明该证书的状态。",
        "The responder does not say whether the certificate stands.",
    ),
    (
        "proof.sdjwt.binding",
        "出示未由持有人为此次查验签署。",
        "The holder has not signed this presentation for this occasion.",
    ),
    (
        "proof.sdjwt.claim",
        "“{name}”不是可选择披露的内容。",
        "“{name}” is nothing that can be withheld or shown.",
    ),
    (
        "proof.sdjwt.disclosure",
        "披露的内容与凭证不符。",
        "What is disclosed does not fit the credential.",
    ),
    ("proof.sdjwt.form", "可选择披露凭证格式有误。", "The credential is malformed."),
    (
        "proof.sdjwt.holder",
        "凭证未绑定此持有人的密钥。",
        "The credential is not bound to this holder's key.",
    ),
    ("proof.statuslist.form", "状态列表令牌格式有误。", "The status list token is malformed."),
    (
        "proof.statuslist.index",
        "状态列表中没有这个序号或状态。",
        "The status list has no such index or state.",
    ),
    (
        "proof.statuslist.subject",
        "状态列表不是凭证所指的那一份。",
        "The status list is not the one the credential names.",
    ),
    (
        "proof.timestamp.algorithm",
        "时间戳的摘要算法（{oid}）不支持。",
        "The time stamp's digest algorithm ({oid}) is not supported.",
    ),
    (
        "proof.timestamp.authority",
        "签发时间戳的证书不是专用的时间戳证书。",
        "The time stamp is not by a certificate for time stamps alone.",
    ),
    ("proof.timestamp.form", "时间戳格式有误。", "The time stamp is malformed."),
    (
        "proof.timestamp.imprint",
        "时间戳不是对此内容签发的。",
        "The time stamp is not of this content.",
    ),
    (
        "proof.timestamp.nonce",
        "时间戳答复的不是这次请求。",
        "The time stamp is not an answer to this request.",
    ),
    (
        "proof.timestamp.policy",
        "时间戳的策略与要求的不同。",
        "The time stamp is under another policy than was asked for.",
    ),
    (
        "proof.timestamp.refused",
        "时间戳机构拒绝了请求。",
        "The time-stamping authority declined the request.",
    ),
];
