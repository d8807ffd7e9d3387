//! Where time and chance come from: `domain` names the questions, `runtime` answers them.

use crate::Instant;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Instant;
}

/// Draws unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills the buffer with bytes fit for keys and passwords.
    fn fill(&self, buffer: &mut [u8]);
}

/// Characters of generated passwords and keys: no quoting is needed in URLs, shells or JSON.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `length` unpredictable characters of A-Z, a-z and 0-9, each equally likely.
pub fn random_text(entropy: &dyn Entropy, length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut buffer = [0_u8; 64];
    while text.len() < length {
        entropy.fill(&mut buffer);
        // Bytes past the last whole multiple of 62 are dropped, else the first letters would come up more often.
        let fair = buffer
            .iter()
            .filter(|byte| **byte < 248)
            .filter_map(|byte| ALPHABET.get(usize::from(*byte % 62)));
        text.extend(fair.take(length - text.len()).map(|byte| char::from(*byte)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);
    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn every_character_is_equally_likely() {
        let text = random_text(&Counting(0.into()), 248 * 62);
        for letter in ALPHABET {
            let times = text.bytes().filter(|byte| byte == letter).count();
            assert_eq!(times, 248, "{}", char::from(*letter));
        }
    }
}
