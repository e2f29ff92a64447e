//! The reference of a package as the bars a hand scanner reads (Code 39). It must never show anything the text beside
//! it does not say.
use std::fmt;

use askama::FastWritable;
use askama::filters::HtmlSafe;

/// Bars and gaps of a character, wide ones as `1`; ISO/IEC 16388.
const CODE_39: [(char, u16); 38] = [
    ('0', 0b000_110_100),
    ('1', 0b100_100_001),
    ('2', 0b001_100_001),
    ('3', 0b101_100_000),
    ('4', 0b000_110_001),
    ('5', 0b100_110_000),
    ('6', 0b001_110_000),
    ('7', 0b000_100_101),
    ('8', 0b100_100_100),
    ('9', 0b001_100_100),
    ('A', 0b100_001_001),
    ('B', 0b001_001_001),
    ('C', 0b101_001_000),
    ('D', 0b000_011_001),
    ('E', 0b100_011_000),
    ('F', 0b001_011_000),
    ('G', 0b000_001_101),
    ('H', 0b100_001_100),
    ('I', 0b001_001_100),
    ('J', 0b000_011_100),
    ('K', 0b100_000_011),
    ('L', 0b001_000_011),
    ('M', 0b101_000_010),
    ('N', 0b000_010_011),
    ('O', 0b100_010_010),
    ('P', 0b001_010_010),
    ('Q', 0b000_000_111),
    ('R', 0b100_000_110),
    ('S', 0b001_000_110),
    ('T', 0b000_010_110),
    ('U', 0b110_000_001),
    ('V', 0b011_000_001),
    ('W', 0b111_000_000),
    ('X', 0b010_010_001),
    ('Y', 0b110_010_000),
    ('Z', 0b011_010_000),
    ('-', 0b010_000_101),
    ('*', 0b010_010_100),
];
const ELEMENTS: u16 = 9;
const NARROW: u32 = 1;
const WIDE: u32 = 2;
const HEIGHT: u32 = 24;
/// A reference is short; a longer text would make a strip nobody can scan.
const CHARACTERS_MAX: usize = 16;

/// The strip, printed by `{{ bars }}` as one inline SVG; nothing where the reference has characters Code 39 lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// Left edge and width of each black bar.
    bars: Vec<(u32, u32)>,
    width: u32,
}

impl Bars {
    /// The strip of `reference`, with the start and stop marks scanners expect.
    pub fn new(reference: &str) -> Self {
        let marked = format!("*{reference}*");
        let codes: Option<Vec<u16>> = marked.chars().map(code_of).collect();
        let (mut bars, mut at) = (Vec::new(), 0);
        for code in codes.filter(|codes| codes.len() <= CHARACTERS_MAX).unwrap_or_default() {
            for element in 0..ELEMENTS {
                let width = if code >> (ELEMENTS - 1 - element) & 1 == 1 { WIDE } else { NARROW };
                if element % 2 == 0 {
                    bars.push((at, width));
                }
                at += width;
            }
            at += NARROW;
        }
        Self { bars, width: at.saturating_sub(NARROW) }
    }
}

fn code_of(character: char) -> Option<u16> {
    CODE_39.iter().find(|(c, _)| *c == character).map(|(_, code)| *code)
}

impl fmt::Display for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bars.is_empty() {
            return Ok(());
        }
        let width = self.width;
        write!(
            f,
            "<svg class=\"bars\" viewBox=\"0 0 {width} {HEIGHT}\" width=\"{width}\" height=\"{HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path d=\""
        )?;
        for (left, width) in &self.bars {
            write!(f, "M{left} 0h{width}v{HEIGHT}h-{width}z")?;
        }
        f.write_str("\"/></svg>")
    }
}

impl FastWritable for Bars {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        write!(dest, "{self}")?;
        Ok(())
    }
}

impl HtmlSafe for Bars {}

#[cfg(test)]
mod tests {
    use super::{Bars, CODE_39};

    #[test]
    fn every_character_has_three_wide_elements_and_a_code_of_its_own() {
        for (index, (character, code)) in CODE_39.iter().enumerate() {
            assert_eq!(code.count_ones(), 3, "{character}");
            assert!(CODE_39[..index].iter().all(|(_, other)| other != code), "{character}");
        }
    }

    #[test]
    fn a_reference_is_drawn_between_start_and_stop() {
        let strip = Bars::new("A");
        // Three characters of five bars; each is 6 narrow + 3 wide elements, with a narrow gap between two.
        assert_eq!(strip.bars.len(), 15);
        assert_eq!(strip.width, 3 * 12 + 2);
        assert_eq!(
            strip.bars[..5],
            strip.bars[10..].iter().map(|(left, width)| (left - 26, *width)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_reference_that_cannot_be_drawn_is_left_out() {
        assert_eq!(Bars::new("ä").to_string(), "");
        assert_eq!(Bars::new("0123456789ABCDEF").to_string(), "");
    }
}
