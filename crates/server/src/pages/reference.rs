//! The short number of a package that a person can read out, type from paper, and scan.
use waybill_core::ids::PackageId;

/// Crockford's base 32: no letter that looks like a figure.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BITS: u32 = 5;
const LENGTH: u32 = 8;
const GROUP: u32 = 4;

/// `7Q4K-2MXD`: the last 40 bits of the id, which are random; it tells packages apart and opens nothing.
pub(super) fn of(id: PackageId) -> String {
    let bits = id.0.as_u128();
    let mut text = String::new();
    for place in (0..LENGTH).rev() {
        if place + 1 == GROUP {
            text.push('-');
        }
        let digit = usize::try_from(bits >> (place * BITS) & 31).expect("five bits fit");
        text.push(char::from(DIGITS[digit]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_made_of_the_last_forty_bits() {
        let id = |text: &str| PackageId::parse(text).unwrap();
        assert_eq!(of(id("01930000-0000-7000-8000-000000000000")), "0000-0000");
        assert_eq!(of(id("01930000-0000-7000-8000-00ffffffffff")), "ZZZZ-ZZZZ");
        assert_eq!(of(id("01930000-0000-7000-8000-000000000021")), "0000-0011");
    }
}
