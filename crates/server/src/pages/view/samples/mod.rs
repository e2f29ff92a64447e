//! Pages filled with what real life brings: one file and two hundred, long and hostile names, German, refusals. Shared by
//! the tests and by `examples/gallery.rs`, which writes them as files to look at.
use std::time::Duration;

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use waybill_core::text::Text;

use super::{Deed, FileRow, Happening, Moment, More, Party, Person, Place, Shell, Stamp, Status, Theme, Transfer};

mod guest;
mod sender;

/// Turns around what follows, closes elements, and is ninety characters and more.
pub const HOSTILE: &str = "<b>\"ä\u{202E}fdp.exe naïve'; <script>alert(1)</script>.txt";
const LONG: &str = "Quarterly consolidated financial statements and auditor's remarks, third revision, final.xlsx";
const LONG_TITLE: &str = "Tender documents for the new bridge, lots 3 to 7, 2nd round";
const SHA: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Where the assets of the shell are; the gallery puts its own there.
pub struct AssetUrls {
    pub css_url: String,
    pub js_url: String,
    pub icon_url: String,
}

/// Name and HTML of every sample page in the language of `t`.
pub fn all(t: Text, urls: &AssetUrls) -> Vec<(&'static str, String)> {
    let make = Samples { t, urls };
    let mut pages = make.entry_pages();
    pages.extend(make.sender_pages());
    pages.extend(make.recipient_pages());
    pages.extend(make.fault_pages());
    pages
}

struct Samples<'urls> {
    t: Text,
    urls: &'urls AssetUrls,
}

fn html(page: &impl Template) -> String {
    page.render().expect("a page that is only text can be written")
}

impl Samples<'_> {
    fn shell(&self) -> Shell {
        Shell {
            t: self.t,
            site_name: "Example Files".to_owned(),
            person: None,
            theme: Theme::System,
            css_url: self.urls.css_url.clone(),
            js_url: self.urls.js_url.clone(),
            icon_url: self.urls.icon_url.clone(),
            warnings: Vec::new(),
            place: None,
        }
    }

    fn signed_in(&self) -> Shell {
        Shell { person: Some(Person { name: "Anna Müller".to_owned() }), place: Some(Place::Packages), ..self.shell() }
    }

    /// The given hour of the days after 22 November 2026, in Berlin.
    fn at(&self, hours: i64) -> Moment {
        let start: Timestamp = "2026-11-22T09:03:00.123Z".parse().expect("a time");
        let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
        Moment::new(self.t, start + jiff::SignedDuration::from_hours(hours), &zone)
    }

    fn file(&self, index: u64, name: &str, folder: &str, size_bytes: u64) -> FileRow {
        FileRow {
            id: format!("01930000-0000-7000-8000-{index:012}"),
            name: name.to_owned(),
            folder: folder.to_owned(),
            size_bytes,
            sha256: SHA.to_owned(),
            uploaded_at: Some(self.at(0)),
            transfer: Some(Transfer { duration_ms: 3_200 * (index % 3), bytes_per_second: 11_750_000 }),
        }
    }

    fn three_files(&self) -> Vec<FileRow> {
        vec![
            self.file(1, "report.pdf", "", 3_000_000),
            self.file(2, LONG, "", 1_184_000_000),
            self.file(3, HOSTILE, "plans/east", 7),
        ]
    }

    fn many_files(&self) -> Vec<FileRow> {
        (1..=200_u64)
            .map(|n| self.file(n, &format!("IMG_{:04}.jpg", 4000 + n), "site photographs", 1_800_000 + n * 7_919))
            .collect()
    }

    fn party(name: &str, detail: &str) -> Party {
        Party { name: name.to_owned(), detail: detail.to_owned() }
    }

    fn happening(&self, deed: Deed, hours: i64, who: &str, what: &str) -> Happening {
        Happening { deed, at: self.at(hours), who: who.to_owned(), what: what.to_owned(), count: 1, more: None }
    }

    fn history(&self) -> Vec<Happening> {
        vec![
            self.happening(Deed::DownloadCompleted, 30, "Bob Brown", "report.pdf"),
            Happening {
                count: 3,
                more: Some(More::MaybeScanner),
                ..self.happening(Deed::LinkViewed, 29, "Bob Brown", "")
            },
            Happening { more: Some(More::LikelyScanner), ..self.happening(Deed::LinkViewed, 29, "Bob Brown", "") },
            Happening {
                more: Some(More::BrokeOff { percent: 43 }),
                ..self.happening(Deed::DownloadAborted, 29, "Bob Brown", "report.pdf")
            },
            Happening {
                more: Some(More::Delivered { bytes: 1_234_567_890, duration: Duration::from_secs(83) }),
                ..self.happening(Deed::DownloadCompleted, 30, "Bob Brown", "report.pdf")
            },
            Happening { more: Some(More::TimedOut), ..self.happening(Deed::DownloadCompleted, 30, "Bob Brown", "") },
            self.happening(Deed::MailFailed, 2, "Eve <eve@example.org>", ""),
            self.happening(Deed::MailSent, 1, "Bob Brown", ""),
            self.happening(Deed::Finalized, 1, "Anna Müller", ""),
            self.happening(Deed::FileAdded, 0, "Anna Müller", HOSTILE),
            self.happening(Deed::Created, 0, "Anna Müller", ""),
        ]
    }

    fn stamp(&self, status: Status) -> Stamp {
        Stamp { status, since: status.has_ended().then(|| self.at(168)) }
    }
}
