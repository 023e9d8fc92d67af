//! The library's part in a ceremony: options for the browser, judgement of its answer.
//!
//! The library would draw challenges by itself; here they are handed in, since all randomness is
//! the context's. Its state is what it makes for the same request, with the challenge put in its
//! place. No attestation is asked for: any make of device will do.

use super::model::Site;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::time::Duration;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, AuthenticationState, COSEAlgorithm, Credential,
    ParsedAttestation, PublicKeyCredential, RegisterPublicKeyCredential, RegistrationState,
    UserVerificationPolicy,
};

/// How long a browser lets its user look for the device.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Name under which devices show the site.
const SITE_NAME: &str = "Yipan";
/// Longest credential id by the standard, in bytes.
const ID_MAX: usize = 1023;

/// Why an answer is refused: a word for the evidence, or a fault of ours.
#[derive(Debug)]
pub(super) enum Refused {
    /// The answer is wrong.
    Because(&'static str),
    /// It could not be judged.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused::Failed(error)
    }
}

impl From<WebauthnError> for Refused {
    fn from(error: WebauthnError) -> Refused {
        Refused::Because(match error {
            WebauthnError::MismatchedChallenge => "challenge",
            WebauthnError::InvalidClientDataType => "ceremony",
            WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => "origin",
            WebauthnError::InvalidRPIDHash => "site",
            WebauthnError::UserNotPresent | WebauthnError::UserNotVerified => "user",
            WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => "signature",
            WebauthnError::CredentialPossibleCompromise => "counter",
            _ => "malformed",
        })
    }
}

/// For whom a passkey is made.
pub(super) struct Owner<'a> {
    /// Account, which the device gives back at sign-in.
    pub(super) account: &'a str,
    /// Login, shown by the device.
    pub(super) login: &'a str,
    /// Name, shown by the device.
    pub(super) name: &'a str,
}

/// The ceremonies of one site.
pub(super) struct Ceremony(WebauthnCore);

impl Ceremony {
    pub(super) fn new(site: &Site) -> Ceremony {
        let origins = vec![site.origin.clone()];
        // "Unsafe" for whoever does not know the standard: it takes exactly this origin, no
        // subdomain and no other port, and refuses a counter that does not grow.
        let core = WebauthnCore::new_unsafe_experts_only(
            SITE_NAME, &site.id, origins, TIMEOUT, None, None,
        );
        Ceremony(core)
    }

    /// Options for making a discoverable credential on a device that holds none of `known`, and
    /// the state to judge the answer by.
    fn making(
        &self,
        owner: &Owner<'_>,
        known: &[Credential],
        challenge: &str,
    ) -> Result<(Json, RegistrationState)> {
        let known = known.iter().map(|one| one.cred_id.clone()).collect();
        let builder = self
            .0
            .new_challenge_register_builder(owner.account.as_bytes(), owner.login, owner.name)
            .map_err(Error::internal)?
            .attestation(AttestationConveyancePreference::None)
            .user_verification_policy(UserVerificationPolicy::Required)
            .credential_algorithms(COSEAlgorithm::secure_algs())
            .require_resident_key(true)
            .exclude_credentials(Some(known));
        let (options, state) =
            self.0.generate_challenge_register(builder).map_err(Error::internal)?;
        Ok((asking(&options, challenge)?, with_challenge(&state, challenge)?))
    }

    /// Options for `navigator.credentials.create`.
    pub(super) fn create_options(
        &self,
        owner: &Owner<'_>,
        known: &[Credential],
        challenge: &str,
    ) -> Result<Json> {
        Ok(self.making(owner, known, challenge)?.0)
    }

    /// The credential a device has made. What it says about its make is not kept.
    pub(super) fn created(
        &self,
        owner: &Owner<'_>,
        known: &[Credential],
        challenge: &str,
        answer: &RegisterPublicKeyCredential,
    ) -> std::result::Result<Credential, Refused> {
        let (_, state) = self.making(owner, known, challenge)?;
        let mut made = self.0.register_credential(answer, &state, None)?;
        if made.cred_id.is_empty() || made.cred_id.len() > ID_MAX {
            return Err(Refused::Because("malformed"));
        }
        made.attestation = ParsedAttestation::default();
        Ok(made)
    }

    /// Options for proving one of these credentials (any the device knows, when none is named),
    /// and the state to judge the answer by.
    fn proving(
        &self,
        known: Vec<Credential>,
        challenge: &str,
    ) -> Result<(Json, AuthenticationState)> {
        let policy = Some(UserVerificationPolicy::Required);
        let builder = self
            .0
            .new_challenge_authenticate_builder(known, policy)
            .map_err(Error::internal)?
            // A device that began to synchronise its keys is still its owner's.
            .allow_backup_eligible_upgrade(true);
        let (options, state) =
            self.0.generate_challenge_authenticate(builder).map_err(Error::internal)?;
        Ok((asking(&options, challenge)?, with_challenge(&state, challenge)?))
    }

    /// Options for `navigator.credentials.get`.
    pub(super) fn get_options(&self, known: Vec<Credential>, challenge: &str) -> Result<Json> {
        Ok(self.proving(known, challenge)?.0)
    }

    /// Judges a proof by a credential, and moves the credential on.
    pub(super) fn proven(
        &self,
        credential: &mut Credential,
        challenge: &str,
        answer: &PublicKeyCredential,
    ) -> std::result::Result<(), Refused> {
        let (_, state) = self.proving(Vec::new(), challenge)?;
        let proof = self.0.authenticate_single_credential(answer, &state, credential)?;
        credential.counter = proof.counter();
        credential.backup_eligible = proof.backup_eligible();
        credential.backup_state = proof.backup_state();
        Ok(())
    }
}

/// The options as the browser gets them, asking this challenge.
fn asking(options: &impl Serialize, challenge: &str) -> Result<Json> {
    let mut json = serde_json::to_value(options).map_err(Error::internal)?;
    json["publicKey"]["challenge"] = json!(challenge);
    Ok(json["publicKey"].take())
}

fn with_challenge<T: Serialize + DeserializeOwned>(state: &T, challenge: &str) -> Result<T> {
    let mut json = serde_json::to_value(state).map_err(Error::internal)?;
    json["challenge"] = json!(challenge);
    serde_json::from_value(json).map_err(Error::internal)
}

/// Bytes as browsers and the library write them.
pub(super) fn text_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A credential from its column. Errors: internal.
pub(super) fn credential_of(column: &str) -> Result<Credential> {
    serde_json::from_str(column).map_err(Error::internal)
}

/// A credential as its column.
pub(super) fn column_of(credential: &Credential) -> Result<String> {
    serde_json::to_string(credential).map_err(Error::internal)
}
