//! What surrounds every page: language, site name, who is signed in, where the styles are, what the operator must know.
use waybill_core::text::Text;

/// The frame of a page. Make one per request.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The reader's language; every word of the page comes from it.
    pub t: Text,
    pub site_name: String,
    /// Who is signed in; nobody on a recipient's page, even when the recipient happens to have an account.
    pub person: Option<Person>,
    pub theme: Theme,
    /// Path of the style sheet, such as `/assets/index-4f2a.css`.
    pub css_url: String,
    /// Path of the module script.
    pub js_url: String,
    /// Path of the SVG favicon.
    pub icon_url: String,
    /// What is not as it should be; shown to signed-in people only.
    pub warnings: Vec<Warning>,
    /// Which entry of the navigation is the page itself.
    pub place: Option<Place>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
}

/// Light or dark: the reader's wish, or what their system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The value of `data-theme` on the root element, if one is forced.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// What an operator has not set yet and senders should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// No mail server is set: messages are written as files into this folder, relative to the data folder.
    MailToFolder { folder: String },
    /// No public address is set: links point to this address, which others may not reach.
    NoPublicUrl { address: String },
    /// The clock jumped; nothing is ended or erased for now.
    ClockUntrusted,
}

impl Warning {
    /// The warning as a sentence.
    pub fn sentence(&self, t: Text) -> String {
        match self {
            Self::MailToFolder { folder } => t.with("warning-mail-folder", &[("folder", folder.into())]),
            Self::NoPublicUrl { address } => t.with("warning-public-url", &[("address", address.into())]),
            Self::ClockUntrusted => t.get("warning-clock"),
        }
    }
}

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Packages,
    Account,
}

impl Shell {
    /// Whether the page is `place` itself.
    pub fn is_at(&self, place: Place) -> bool {
        self.place == Some(place)
    }
}
