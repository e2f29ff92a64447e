//! From a letter to subject, HTML and text. User text is escaped before the layout engine sees it; it must never be able
//! to add markup, a link, a header or an image.
use std::collections::HashMap;

use askama::Template;

use super::content::{Letter, Party};
use super::plain;
use super::sheet::{Sheet, one_line, sheet};
use crate::text::Text;

/// The instance that writes.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// What people call it, such as `Files Example`.
    pub name: &'a str,
    /// Where complaints go, if somewhere: an address or a URL, shown as text.
    pub abuse_contact: Option<&'a str>,
    /// The page on which a person chooses his notices.
    pub account_url: &'a str,
}

/// A mail as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// One line.
    pub subject: String,
    /// The display name for `From`: `Anna Mueller via Files Example`, or the site's name.
    pub from_name: String,
    /// Who answers go to.
    pub reply_to: Option<Party>,
    /// BCP 47 tag.
    pub language: &'static str,
    pub html: String,
    /// Lines of at most 72 characters, addresses unbroken, `\n` line ends.
    pub text: String,
}

#[derive(Template)]
#[template(path = "mail/sheet.mjml", escape = "html")]
struct HtmlPart<'a> {
    t: Text,
    sheet: &'a Sheet,
    site: &'a str,
    url: Option<&'a str>,
    abuse: Option<&'a str>,
    /// Where lines begin: `left` or `right`.
    start: &'static str,
    /// Where lines end.
    end: &'static str,
}

/// The layout could not be rendered. Our template is wrong, never the letter: a test renders every kind.
#[derive(Debug, thiserror::Error)]
#[error("the mail could not be laid out")]
pub struct LayoutError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Renders `letter` for `to`. `url` is what the button opens (with the link's secret, which only now comes in); a kind
/// that has no button ignores it, a kind with one and no `url` shows none.
pub fn render(letter: &Letter, to: &Party, site: &Site<'_>, url: Option<&str>) -> Result<RenderedMail, LayoutError> {
    let t = Text::new(letter.language);
    let sheet = sheet(letter, to, site);
    let site_name = one_line(site.name);
    let abuse = site.abuse_contact.map(one_line).filter(|contact| !contact.is_empty());
    let url = url.filter(|_| !sheet.button.is_empty());
    let (start, end) = if t.direction() == "rtl" { ("right", "left") } else { ("left", "right") };
    let part = HtmlPart { t, sheet: &sheet, site: &site_name, url, abuse: abuse.as_deref(), start, end };
    let mjml = part.render().map_err(|error| LayoutError(error.into()))?;
    let reply_to = letter.content.sender().cloned();
    Ok(RenderedMail {
        html: layout(&mjml)?,
        text: plain::text(t, &sheet, url, abuse.as_deref()),
        from_name: match &reply_to {
            Some(sender) => {
                let sender = one_line(sender.display());
                t.with("mail-from-name", &[("sender", sender.into()), ("site", site_name.into())])
            }
            None => site_name,
        },
        reply_to,
        language: letter.language.tag(),
        subject: sheet.subject,
    })
}

fn layout(mjml: &str) -> Result<String, LayoutError> {
    // No fonts: the default list would import from somebody else's server.
    let options = mrml::prelude::render::RenderOptions { fonts: HashMap::new(), ..Default::default() };
    let parsed = mrml::parse(mjml).map_err(|error| LayoutError(error.into()))?;
    parsed.element.render(&options).map_err(|error| LayoutError(error.into()))
}
