//! Bytes in and out: numbers of as few bytes as they need (LEB128), signed ones folded first.

use super::PageError;

/// No number takes more bytes.
const LONGEST: u32 = 10;

#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while let low @ 0x80.. = number {
            self.byte((low & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.byte((number & 0x7f) as u8);
    }

    /// Small numbers of either sign take few bytes.
    pub(super) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }
}

pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    pub(super) fn byte(&mut self) -> Result<u8, PageError> {
        let (first, rest) = self.0.split_first().ok_or(PageError::Truncated)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PageError> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(PageError::Truncated)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Result<u64, PageError> {
        let mut number = 0_u64;
        for place in 0..LONGEST {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if place == LONGEST - 1 && part > 1 {
                return Err(PageError::Nonsense("a number is too large"));
            }
            number |= part << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(PageError::Nonsense("a number has no end"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, PageError> {
        let folded = self.number()?;
        Ok((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    /// So many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&[u8], PageError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(PageError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    /// How many of something follow; each takes a byte at least.
    pub(super) fn count(&mut self) -> Result<usize, PageError> {
        let count = self.small()?;
        if count > self.0.len() {
            return Err(PageError::Truncated);
        }
        Ok(count)
    }

    /// A number that must fit into the wanted type.
    pub(super) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, PageError> {
        T::try_from(self.number()?).map_err(|_| PageError::Nonsense("a number is too large"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_reads_back(number: u64, signed: i64) {
            let mut writer = Writer::default();
            writer.number(number);
            writer.signed(signed);
            let mut reader = Reader(&writer.0);
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert!(reader.0.is_empty());
        }
    }

    #[test]
    fn small_numbers_are_short_and_bad_ones_are_refused() {
        let mut writer = Writer::default();
        writer.number(127);
        writer.signed(-64);
        assert_eq!(writer.0.len(), 2);
        assert_eq!(Reader(&[0x80]).number(), Err(PageError::Truncated));
        assert!(Reader(&[0xff; 11]).number().is_err());
        assert!(Reader(&[0x80, 0x80, 0x04]).small::<u8>().is_err());
        assert!(Reader(&[1, 2]).array::<3>().is_err());
    }
}
