//! Random names, in the forms the real services use.

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[expect(
    clippy::expect_used,
    reason = "without the kernel's random source no identifier could be told from another"
)]
fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}

/// Letters and digits, as in `prj_…`.
pub(crate) fn letters(count: usize) -> String {
    picked(count, LETTERS)
}

/// Picks from an alphabet; an empty one means letters and digits.
pub(crate) fn picked(count: usize, alphabet: &[u8]) -> String {
    let alphabet = if alphabet.is_empty() { LETTERS } else { alphabet };
    (0..count)
        .filter_map(|_| {
            let number = u32::from_le_bytes(bytes::<4>()) as usize;
            alphabet.get(number % alphabet.len()).map(|&letter| char::from(letter))
        })
        .collect()
}

/// A version 4 UUID, as Railway names everything.
pub(crate) fn uuid() -> String {
    let mut raw = bytes::<16>();
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut raw;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let text = hex(&raw);
    let (a, rest) = text.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// A number below `span` that is always the same for one name: spreads realistic durations without storing them.
pub(crate) fn spread(name: &str, span: u64) -> u64 {
    let sum = name.bytes().fold(14_695_981_039_346_656_037_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)
    });
    if span == 0 { 0 } else { sum % span }
}
