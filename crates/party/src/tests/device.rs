//! A device that makes and proves passkeys, honest until told otherwise: an authenticator in
//! software, with the browser's part around it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// The user is there.
const PRESENT: u8 = 0x01;
/// The device has verified him.
const VERIFIED: u8 = 0x04;
/// A credential is enclosed.
const ENCLOSED: u8 = 0x40;

/// A device with one passkey.
#[derive(Clone)]
pub(crate) struct Device {
    /// The private key.
    pub(crate) key: SigningKey,
    /// Id of the credential.
    pub(crate) id: Vec<u8>,
    /// The account the device names.
    pub(crate) handle: Vec<u8>,
    /// Signatures made; 0 for a device that does not count.
    pub(crate) counter: u32,
    /// The address the browser says it is at.
    pub(crate) origin: String,
    /// The site the device says it signs for.
    pub(crate) site: String,
    /// Whether it verifies its user.
    pub(crate) verifies: bool,
    /// Whether what it signed is changed on the way.
    pub(crate) tampers: bool,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    /// A device at the test world's site; devices of another seed hold another key.
    pub(crate) fn new(seed: u8) -> Device {
        Device {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: vec![seed; 16],
            handle: Vec::new(),
            counter: 1,
            origin: "http://yipan.test".to_owned(),
            site: "yipan.test".to_owned(),
            verifies: true,
            tampers: false,
        }
    }

    /// What the device signs over: site, flags, counter.
    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest(self.site.as_bytes()).to_vec();
        data.push(PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, ceremony: &str, options: &Json) -> Vec<u8> {
        let data = json!({"type": ceremony, "challenge": options["challenge"],
            "origin": self.origin, "crossOrigin": false});
        data.to_string().into_bytes()
    }

    /// The public key in COSE: a map of five, EC2, ES256, P-256, x, y.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01];
        for (label, coordinate) in [(0x21, point.x().unwrap()), (0x22, point.y().unwrap())] {
            cose.extend([label, 0x58, 32]);
            cose.extend(coordinate);
        }
        cose
    }

    /// `navigator.credentials.create`.
    pub(crate) fn create(&mut self, options: &Json) -> String {
        self.handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let mut data = self.data(ENCLOSED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        // A map of three: fmt none, attStmt empty, authData.
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x59");
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        let response = json!({"attestationObject": text(&object),
            "clientDataJSON": text(&self.client_data("webauthn.create", options))});
        self.answer(&response)
    }

    /// `navigator.credentials.get`.
    pub(crate) fn get(&mut self, options: &Json) -> String {
        if self.counter > 0 {
            self.counter += 1;
        }
        let (data, client) = (self.data(0), self.client_data("webauthn.get", options));
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        let mut sent = data;
        if self.tampers {
            // One higher: the counter is not what was signed.
            sent[36] += 1;
        }
        let response = json!({"authenticatorData": text(&sent), "clientDataJSON": text(&client),
            "signature": text(signature.to_der().as_bytes()), "userHandle": text(&self.handle)});
        self.answer(&response)
    }

    fn answer(&self, response: &Json) -> String {
        let id = text(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response}).to_string()
    }
}
