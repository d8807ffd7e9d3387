//! Passwords: hashed and compared on threads that may take their time, two at a time.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// Enough to be a hash, little enough for fifty clients at once on two cores.
const MEMORY_KIB: u32 = 1024;

/// Every hash at work holds its memory, and its thread keeps it: a crowd takes turns.
static TURNS: Semaphore = Semaphore::const_new(2);

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _turn = TURNS.acquire().await;
    tokio::task::spawn_blocking(work).await.ok()
}

fn argon() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, 3, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes with a random salt; none when the machine gives no randomness.
pub(super) async fn hashed(password: String) -> Option<String> {
    let hash = in_turn(move || {
        argon()
            .hash_password(password.as_bytes())
            .map(|hash: PasswordHash| hash.to_string())
    });
    hash.await?.ok()
}

/// Whether this is the password of that hash.
pub(super) async fn matches(password: String, hash: String) -> bool {
    let compared = in_turn(move || {
        PasswordHash::new(&hash).is_ok_and(|hash| argon().verify_password(password.as_bytes(), &hash).is_ok())
    });
    compared.await.unwrap_or(false)
}
