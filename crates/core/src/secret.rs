//! Secrets: tokens that are an authority, the key file that seals what must be shown again, and visit ids that prove
//! themselves. A database dump alone opens nothing: it holds hashes and sealed bytes only.
use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::{aead, hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ids::{Entropy, LinkId};

/// 32 random bytes that open something; 43 characters of base64url as text.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Token([u8; 32]);

/// What the database keeps of a [`Token`].
pub type TokenHash = [u8; 32];

impl Token {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads the text form; `None` for anything that cannot be a token.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The text form, for the one place that shows it. Never for logs.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(...)")
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Token {}

/// Something that has to be readable again is sealed for one purpose and cannot be opened for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    LinkToken,
    UploadToken,
    DownloadToken,
    MailSecret,
    WebhookSecret,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::LinkToken => b"waybill link token",
            Self::UploadToken => b"waybill upload token",
            Self::DownloadToken => b"waybill download token",
            Self::MailSecret => b"waybill mail secret",
            Self::WebhookSecret => b"waybill webhook secret",
        }
    }
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("the key file {path} cannot be read or made")]
    Io { path: String, source: std::io::Error },
    #[error("the key file {path} is not 32 bytes long; restore it from the backup")]
    Malformed { path: String },
}

/// Bytes that were not sealed by this key file for this purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed by another key file, or damaged")]
pub struct CannotOpen;

/// The keys derived from the key file: one for sealing, one for visit ids.
pub struct Keys {
    seal: aead::LessSafeKey,
    visit: hmac::Key,
    audit: hmac::Key,
    check: hmac::Key,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(...)")
    }
}

const NONCE_BYTES: usize = 12;

impl Keys {
    /// Reads the key file, or makes it (mode 0600, flushed) when there is none yet.
    pub fn load_or_create(path: &Path, entropy: &dyn Entropy) -> Result<Self, KeyFileError> {
        let io = |source| KeyFileError::Io { path: path.display().to_string(), source };
        match std::fs::read(path) {
            Ok(bytes) => {
                let master = <[u8; 32]>::try_from(bytes)
                    .map_err(|_| KeyFileError::Malformed { path: path.display().to_string() })?;
                Ok(Self::from_master(&master))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let mut master = [0; 32];
                entropy.fill(&mut master);
                // Written beside its place and linked into it: two first starts never use different keys, and a crash
                // never leaves half a key.
                let mut suffix = [0; 8];
                entropy.fill(&mut suffix);
                let draft = path.with_extension(format!("new-{}", hex::encode(suffix)));
                let mut file =
                    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(io)?;
                file.write_all(&master).and_then(|()| file.sync_all()).map_err(io)?;
                let linked = std::fs::hard_link(&draft, path);
                std::fs::remove_file(&draft).map_err(io)?;
                match linked {
                    Ok(()) => {}
                    Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                        return Self::load_or_create(path, entropy);
                    }
                    Err(e) => return Err(io(e)),
                }
                if let Some(folder) = path.parent() {
                    std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(io)?;
                }
                let keys = Self::from_master(&master);
                master.zeroize();
                Ok(keys)
            }
            Err(e) => Err(io(e)),
        }
    }

    /// Derives the keys from 32 secret bytes.
    pub fn from_master(master: &[u8; 32]) -> Self {
        let extract = hkdf::Salt::new(hkdf::HKDF_SHA256, b"waybill key file 1").extract(master);
        let derive = |label: &[u8]| {
            let mut key = [0; 32];
            extract
                .expand(&[label], hkdf::HKDF_SHA256)
                .and_then(|okm| okm.fill(&mut key))
                .expect("32 bytes are a valid HKDF-SHA256 output length");
            key
        };
        let seal = aead::UnboundKey::new(&aead::AES_256_GCM, &derive(b"seal")).expect("the key has 32 bytes");
        let mac = |label| hmac::Key::new(hmac::HMAC_SHA256, &derive(label));
        Self { seal: aead::LessSafeKey::new(seal), visit: mac(b"visit"), audit: mac(b"audit"), check: mac(b"check") }
    }

    /// The same 32 bytes for the same key file and no other; they tell nothing about it, so a database may hold them.
    pub fn check(&self) -> [u8; 32] {
        let mut value = [0; 32];
        value.copy_from_slice(hmac::sign(&self.check, b"waybill").as_ref());
        value
    }

    /// Seals `plain` (AES-256-GCM, random nonce in front) for `purpose`.
    pub fn seal(&self, purpose: Purpose, plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let mut body = plain.to_vec();
        self.seal
            .seal_in_place_append_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(purpose.label()),
                &mut body,
            )
            .expect("a few bytes always fit an AES-GCM message");
        [&nonce[..], &body].concat()
    }

    /// Opens what [`Keys::seal`] made for the same purpose.
    pub fn open(&self, purpose: Purpose, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or(CannotOpen)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| CannotOpen)?;
        let mut body = body.to_vec();
        let plain =
            self.seal.open_in_place(nonce, aead::Aad::from(purpose.label()), &mut body).map_err(|_| CannotOpen)?;
        Ok(plain.to_vec())
    }

    pub fn seal_token(&self, purpose: Purpose, token: &Token, entropy: &dyn Entropy) -> Vec<u8> {
        self.seal(purpose, &token.0, entropy)
    }

    pub fn open_token(&self, purpose: Purpose, sealed: &[u8]) -> Result<Token, CannotOpen> {
        self.open(purpose, sealed)?.try_into().map(Token).map_err(|_| CannotOpen)
    }

    /// A new visit: 128 random bits; [`Keys::visit_text`] binds it to its link.
    pub fn new_visit(entropy: &dyn Entropy) -> Visit {
        let mut random = [0; VISIT_BYTES];
        entropy.fill(&mut random);
        Visit(random)
    }

    /// A MAC over the end of the audit chain: cutting entries off needs the key file too.
    pub fn audit_mac(&self, sequence: u64, hash: &[u8; 32]) -> [u8; 32] {
        let message = [&sequence.to_be_bytes()[..], hash].concat();
        let mut mac = [0; 32];
        mac.copy_from_slice(hmac::sign(&self.audit, &message).as_ref());
        mac
    }

    /// The text of a visit id, for the page of its link. `unlocked` is the stored hash of the link's password, for a page
    /// that was shown to somebody who knew it: then the id carries the proof of that too.
    pub fn visit_text(&self, link: LinkId, visit: Visit, unlocked: Option<&str>) -> String {
        let mut bytes = [&visit.0[..], &self.visit_mac(link, visit)].concat();
        if let Some(password_hash) = unlocked {
            bytes.extend(self.unlocked_mac(link, visit, password_hash));
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a visit id, with or without a proof in it; foreign and malformed ones count as absent.
    pub fn read_visit(&self, link: LinkId, text: &str) -> Option<Visit> {
        let bytes = visit_bytes(text)?;
        let visit = Visit(bytes[..VISIT_BYTES].try_into().ok()?);
        let genuine: bool = self.visit_mac(link, visit).ct_eq(&bytes[VISIT_BYTES..2 * VISIT_BYTES]).into();
        genuine.then_some(visit)
    }

    /// Whether the visit id was given to somebody who knew the password whose stored hash this is. Any new password, and
    /// the same one set anew, has another hash: earlier proofs are void, while the id itself stays genuine.
    pub fn is_unlocked(&self, link: LinkId, text: &str, password_hash: &str) -> bool {
        let (Some(visit), Some(bytes)) = (self.read_visit(link, text), visit_bytes(text)) else { return false };
        self.unlocked_mac(link, visit, password_hash).ct_eq(&bytes[2 * VISIT_BYTES..]).into()
    }

    fn visit_mac(&self, link: LinkId, visit: Visit) -> [u8; VISIT_BYTES] {
        self.short_mac(&[link.0.as_bytes(), &visit.0[..]].concat())
    }

    /// Longer than the message of [`Keys::visit_mac`], so neither can stand for the other.
    fn unlocked_mac(&self, link: LinkId, visit: Visit, password_hash: &str) -> [u8; VISIT_BYTES] {
        let digest: [u8; 32] = Sha256::digest(password_hash.as_bytes()).into();
        self.short_mac(&[link.0.as_bytes(), &visit.0[..], b"unlocked", &digest[..]].concat())
    }

    fn short_mac(&self, message: &[u8]) -> [u8; VISIT_BYTES] {
        let mut mac = [0; VISIT_BYTES];
        mac.copy_from_slice(&hmac::sign(&self.visit, message).as_ref()[..VISIT_BYTES]);
        mac
    }
}

/// A visit id is 16 random bytes, a MAC of 16 bytes, and where a password was known another MAC of 16 bytes.
const VISIT_BYTES: usize = 16;

fn visit_bytes(text: &str) -> Option<Vec<u8>> {
    // A length first: a long text is not decoded to be thrown away.
    let plausible = matches!(text.len(), 43 | 64);
    let bytes = URL_SAFE_NO_PAD.decode(text.get(..64.min(text.len()))?).ok()?;
    (plausible && (bytes.len() == 2 * VISIT_BYTES || bytes.len() == 3 * VISIT_BYTES)).then_some(bytes)
}

/// One outside person at one link. Never logged; the database keeps its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Visit([u8; VISIT_BYTES]);

impl Visit {
    pub fn hash(self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visit(...)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SeededEntropy;
    use uuid::Uuid;

    #[test]
    fn a_token_survives_its_text_and_its_seal() {
        let (entropy, keys) = (SeededEntropy::new(1), Keys::from_master(&[7; 32]));
        let token = Token::new(&entropy);
        assert_eq!(token.reveal().len(), 43);
        assert_eq!(Token::parse(&token.reveal()), Some(token.clone()));
        let sealed = keys.seal_token(Purpose::LinkToken, &token, &entropy);
        assert_eq!(keys.open_token(Purpose::LinkToken, &sealed), Ok(token));
    }

    #[test]
    fn a_seal_opens_neither_for_another_purpose_nor_with_another_key_nor_when_bent() {
        let (entropy, keys) = (SeededEntropy::new(1), Keys::from_master(&[7; 32]));
        let mut sealed = keys.seal(Purpose::MailSecret, b"secret", &entropy);
        assert_eq!(keys.open(Purpose::LinkToken, &sealed), Err(CannotOpen));
        assert_eq!(Keys::from_master(&[8; 32]).open(Purpose::MailSecret, &sealed), Err(CannotOpen));
        sealed[NONCE_BYTES] ^= 1;
        assert_eq!(keys.open(Purpose::MailSecret, &sealed), Err(CannotOpen));
        assert_eq!(keys.open(Purpose::MailSecret, b"short"), Err(CannotOpen));
    }

    #[test]
    fn a_visit_id_proves_itself_at_its_own_link_only() {
        let (entropy, keys) = (SeededEntropy::new(1), Keys::from_master(&[7; 32]));
        let (here, there) = (LinkId(Uuid::from_u128(1)), LinkId(Uuid::from_u128(2)));
        let visit = Keys::new_visit(&entropy);
        let text = keys.visit_text(here, visit, None);
        assert_eq!(text.len(), 43);
        assert_eq!(keys.read_visit(here, &text), Some(visit));
        assert_eq!(keys.read_visit(there, &text), None);
        assert_eq!(keys.read_visit(here, "nonsense"), None);
        assert_eq!(keys.read_visit(here, &text.to_lowercase()), None);
        assert_eq!(keys.read_visit(here, &format!("{text}AAAAAAAAAAAAAAAAAAAAA")), Some(visit));
        assert_eq!(keys.read_visit(here, &text.repeat(3)), None);
    }

    #[test]
    fn a_visit_id_proves_the_password_only_where_it_was_given_for_it_and_until_it_changes() {
        let (entropy, keys) = (SeededEntropy::new(1), Keys::from_master(&[7; 32]));
        let (here, there) = (LinkId(Uuid::from_u128(1)), LinkId(Uuid::from_u128(2)));
        let visit = Keys::new_visit(&entropy);
        let (open, proof) = (keys.visit_text(here, visit, None), keys.visit_text(here, visit, Some("hash 1")));
        assert!(keys.is_unlocked(here, &proof, "hash 1"));
        assert!(!keys.is_unlocked(here, &proof, "hash 2"), "another password");
        assert!(!keys.is_unlocked(there, &proof, "hash 1"), "another link");
        assert!(!keys.is_unlocked(here, &open, "hash 1"), "a page that was not unlocked");
        assert!(!Keys::from_master(&[8; 32]).is_unlocked(here, &proof, "hash 1"), "another key");
        assert_eq!(keys.read_visit(here, &proof), Some(visit), "who it is stays known whatever the password");
        // Nothing of one visit helps another: the last part of a proof is bound to the first.
        let other = keys.visit_text(here, Keys::new_visit(&entropy), None);
        let forged =
            [&URL_SAFE_NO_PAD.decode(&other).unwrap()[..], &URL_SAFE_NO_PAD.decode(&proof).unwrap()[2 * VISIT_BYTES..]];
        assert!(!keys.is_unlocked(here, &URL_SAFE_NO_PAD.encode(forged.concat()), "hash 1"));
    }

    #[test]
    fn the_key_file_is_made_once_with_mode_0600_and_read_again() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("waybill.key");
        let entropy = SeededEntropy::new(3);
        let sealed = Keys::load_or_create(&path, &entropy).unwrap().seal(Purpose::LinkToken, b"x", &entropy);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Keys::load_or_create(&path, &entropy).unwrap();
        assert_eq!(again.open(Purpose::LinkToken, &sealed).unwrap(), b"x");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::write(&path, b"short").unwrap();
        assert!(matches!(Keys::load_or_create(&path, &entropy), Err(KeyFileError::Malformed { .. })));
    }
}
