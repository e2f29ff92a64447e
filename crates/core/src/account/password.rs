//! Hashing passwords with Argon2id: off the async threads, a few at a time, and just as slow for unknown people.
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::ids::Entropy;

/// Each hash takes 19 MiB and a core for some 20 ms; more at once would starve transfers.
const AT_ONCE: usize = 2;
/// The same for passwords of links. They have turns of their own: whoever floods a link with guesses from many addresses
/// keeps nobody from signing in.
const OF_LINKS_AT_ONCE: usize = 1;
/// Who waits for a turn, at most, those whose turn it is included; some seconds' worth.
const WAITING_MAX: usize = 128;

/// Hashes and verifies passwords.
#[derive(Debug)]
pub struct Passwords {
    people: Turns,
    links: Turns,
    /// A hash that nobody knows the password of, verified when there is no account: both cases take as long.
    nobody: String,
}

impl Passwords {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut unknown = [0; 32];
        entropy.fill(&mut unknown);
        let nobody = hash_now(&unknown, &salt(entropy)).expect("Argon2 with its defaults hashes any 32 bytes");
        Self { people: Turns::new(AT_ONCE), links: Turns::new(OF_LINKS_AT_ONCE), nobody }
    }

    /// The PHC string to store.
    pub async fn hash(&self, password: &SecretString, entropy: &dyn Entropy) -> Result<String> {
        let (password, salt) = (password.clone(), salt(entropy));
        self.people.take(move || hash_now(password.expose_secret().as_bytes(), &salt)).await?
    }

    /// Whether `password` is the one behind `stored`; `None` takes as long and answers `false`.
    pub async fn verify(&self, password: &SecretString, stored: Option<&str>) -> Result<bool> {
        let (password, known) = (password.clone(), stored.is_some());
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        self.people.take(move || Ok(matches(&password, &stored)? && known)).await?
    }

    /// Whether `password` is the one behind `stored`, the hash of a link's password.
    pub async fn opens_link(&self, password: &SecretString, stored: &str) -> Result<bool> {
        let (password, stored) = (password.clone(), stored.to_owned());
        self.links.take(move || matches(&password, &stored)).await?
    }
}

/// So many at a time, and a queue that does not grow without end.
#[derive(Debug)]
struct Turns {
    turns: Arc<Semaphore>,
    places: Semaphore,
}

impl Turns {
    fn new(at_once: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once)), places: Semaphore::new(WAITING_MAX) }
    }

    /// Does `work` on a blocking thread when it is its turn. [`Error::Unavailable`] when too many wait already.
    async fn take<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let full = |_| Error::Unavailable("too many passwords are being looked at".to_owned());
        let _place = self.places.try_acquire().map_err(full)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|e| Error::Internal(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|e| Error::Internal(e.to_string()))
    }
}

fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

fn matches(password: &SecretString, stored: &str) -> Result<bool> {
    let hash = PasswordHash::new(stored).map_err(|e| Error::Internal(format!("stored password hash: {e}")))?;
    Ok(Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok())
}

fn hash_now(password: &[u8], salt: &[u8]) -> Result<String> {
    Argon2::default()
        .hash_password_with_salt(password, salt)
        .map(|hash| hash.to_string())
        .map_err(|e| Error::Internal(format!("hashing a password: {e}")))
}
