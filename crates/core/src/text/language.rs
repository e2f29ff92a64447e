//! Which languages exist and which one a reader gets. It must never refuse: an unknown wish is English.
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

/// A language the messages are written in. A new one needs a variant here and a folder below `locales/`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
}

impl Language {
    /// Every language, in the order a menu shows them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The BCP 47 tag, as in HTML's `lang` and in the database.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What its speakers call it.
    pub fn native_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// `ltr` or `rtl`.
    pub fn direction(self) -> &'static str {
        match self {
            Self::English | Self::German => "ltr",
        }
    }

    /// The language of a tag such as `de`, `de-AT` or `DE_ch`; none for languages that are not here.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The best language for an `Accept-Language` header (RFC 9110, 12.5.4): highest weight first, then the order
    /// written; `q=0` and what cannot be read count as not asked for; English if nothing fits.
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best: Option<(Self, u16)> = None;
        // Browsers send about five; the limit keeps a hostile header from costing anything.
        for wish in accept_language.split(',').take(32) {
            let mut parts = wish.split(';');
            let range = parts.next().unwrap_or_default().trim();
            let weight =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1000), weight_in_thousandths);
            let Some(weight) = weight.filter(|weight| *weight > 0) else { continue };
            let language = if range == "*" { Some(Self::default()) } else { Self::parse(range) };
            if let Some(language) = language
                && best.is_none_or(|(_, other)| weight > other)
            {
                best = Some((language, weight));
            }
        }
        best.map_or_else(Self::default, |(language, _)| language)
    }

    pub(super) fn identifier(self) -> LanguageIdentifier {
        self.tag().parse().expect("our own tags are well formed")
    }

    pub(super) fn thousands_mark(self) -> char {
        match self {
            Self::English => ',',
            Self::German => '.',
        }
    }

    pub(super) fn decimal_mark(self) -> char {
        match self {
            Self::English => '.',
            Self::German => ',',
        }
    }

    /// What this language calls a time zone that the time zone database names in English.
    pub(super) fn zone_name(self, abbreviation: &str) -> &str {
        match (self, abbreviation) {
            (Self::German, "CET") => "MEZ",
            (Self::German, "CEST") => "MESZ",
            (Self::English | Self::German, name) => name,
        }
    }
}

/// `0.8` -> 800; none for anything that RFC 9110's `qvalue` does not allow.
fn weight_in_thousandths(value: &str) -> Option<u16> {
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}
