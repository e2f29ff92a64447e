//! Pages filled with what real life brings: one file and two hundred, long and hostile names, German, refusals. Shared by
//! the tests and by `examples/gallery.rs`, which writes them as files to look at.
use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use waybill_core::text::Text;

use super::{
    AccountPage, Ask, DashboardPage, Deed, Direction, DraftRow, EndedPage, Ending, Fault, FaultPage, FileRow, Filter,
    FilterKind, FreshToken, Happening, LandingNotice, LandingPage, MailState, Moment, PackageAction, PackageLive,
    PackagePage, PackageRow, Party, Person, Place, Problems, RecipientRow, RequestPage, SendPage, SetupPage, Shell,
    SignInPage, SignInProblem, Stamp, Status, Theme, TokenRow, Transfer, Undo, UnfinishedUpload, Warning,
};

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
        Happening { deed, at: self.at(hours), who: who.to_owned(), what: what.to_owned(), count: 1 }
    }

    fn history(&self) -> Vec<Happening> {
        vec![
            self.happening(Deed::DownloadCompleted, 30, "Bob Brown", "report.pdf"),
            Happening { count: 3, ..self.happening(Deed::LinkViewed, 29, "Bob Brown", "") },
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

impl Samples<'_> {
    fn entry_pages(&self) -> Vec<(&'static str, String)> {
        let sign_in =
            SignInPage { shell: self.shell(), email: String::new(), next: Some("/send".to_owned()), problem: None };
        let refused = SignInPage {
            email: "anna@example.com".to_owned(),
            problem: Some(SignInProblem::Refused),
            ..sign_in.clone()
        };
        let wait = SignInPage { problem: Some(SignInProblem::Wait { seconds: 30 }), ..sign_in.clone() };
        let over = SignInPage { problem: Some(SignInProblem::SessionOver), ..sign_in.clone() };
        let setup = SetupPage {
            shell: self.shell(),
            token: "x".repeat(43),
            name: String::new(),
            email: String::new(),
            password_length_min: 12,
            problems: Problems::none(),
        };
        let setup_refused = SetupPage {
            name: "Anna Müller".to_owned(),
            email: "anna@".to_owned(),
            problems: Problems {
                general: None,
                fields: vec![("email".to_owned(), "…".to_owned()), ("password".to_owned(), "…".to_owned())],
            },
            ..setup.clone()
        };
        vec![
            ("sign-in", html(&sign_in)),
            ("sign-in-refused", html(&refused)),
            ("sign-in-wait", html(&wait)),
            ("sign-in-over", html(&over)),
            ("setup", html(&setup)),
            ("setup-refused", html(&setup_refused)),
        ]
    }

    fn filters(count: u64) -> Vec<Filter> {
        [
            FilterKind::All,
            FilterKind::Sent,
            FilterKind::Requested,
            FilterKind::Active,
            FilterKind::Drafts,
            FilterKind::Ended,
        ]
        .into_iter()
        .map(|kind| Filter {
            kind,
            url: kind.slug().map_or_else(|| "/".to_owned(), |slug| format!("/?show={slug}")),
            count,
            is_current: kind == FilterKind::All,
        })
        .collect()
    }

    fn row(&self, title: &str, with_whom: &str, status: Status, latest: Option<Happening>) -> PackageRow {
        PackageRow {
            id: "01930000-0000-7000-8000-000000000001".to_owned(),
            title: title.to_owned(),
            direction: Direction::Outbound,
            with_whom: with_whom.to_owned(),
            files: 3,
            total_bytes: 1_187_000_007,
            stamp: self.stamp(status),
            ends_at: (status == Status::Active).then(|| self.at(168)),
            latest,
        }
    }

    fn rows(&self) -> Vec<PackageRow> {
        let latest = |deed, what| Some(self.happening(deed, 30, "Bob Brown", what));
        vec![
            self.row(LONG_TITLE, "Bob Brown, Eve Example", Status::Active, latest(Deed::DownloadCompleted, "")),
            self.row("", "", Status::Draft, None),
            PackageRow {
                direction: Direction::Inbound,
                files: 0,
                total_bytes: 0,
                ..self.row("Scans of the contract", "Carla Nguyen", Status::Active, latest(Deed::MailSent, ""))
            },
            self.row("Quarterly report", "Bob Brown", Status::Completed, latest(Deed::DownloadCompleted, LONG)),
            self.row(HOSTILE, "Mallory", Status::Revoked, latest(Deed::Revoked, "")),
            self.row("Press kit", "12 recipients", Status::Expired, latest(Deed::Expired, "")),
            PackageRow {
                ends_at: None,
                ..self.row("House rules", "Everybody", Status::Active, latest(Deed::LinkViewed, ""))
            },
        ]
    }

    fn dashboard_pages(&self) -> Vec<(&'static str, String)> {
        let dashboard = DashboardPage {
            shell: self.signed_in(),
            query: String::new(),
            filters: Self::filters(1_204),
            rows: self.rows(),
            next_url: Some("/?cursor=abc".to_owned()),
            first_url: Some("/".to_owned()),
            undo: None,
        };
        let warned = DashboardPage {
            shell: Shell {
                warnings: vec![
                    Warning::MailToFolder { folder: "mail".to_owned() },
                    Warning::NoPublicUrl { address: "http://127.0.0.1:8080".to_owned() },
                    Warning::ClockUntrusted,
                ],
                ..self.signed_in()
            },
            undo: Some(Undo { package_id: "1".to_owned(), title: HOSTILE.to_owned(), seconds: 10 }),
            ..dashboard.clone()
        };
        let empty = DashboardPage {
            rows: Vec::new(),
            filters: Self::filters(0),
            next_url: None,
            first_url: None,
            ..dashboard.clone()
        };
        let nothing = DashboardPage {
            rows: Vec::new(),
            query: "zebra".to_owned(),
            next_url: None,
            first_url: None,
            ..dashboard.clone()
        };
        vec![
            ("dashboard", html(&dashboard)),
            ("dashboard-warned", html(&warned)),
            ("dashboard-empty", html(&empty)),
            ("dashboard-nothing", html(&nothing)),
        ]
    }

    fn send_pages(&self) -> Vec<(&'static str, String)> {
        let new = SendPage {
            shell: self.signed_in(),
            package_id: None,
            reference: None,
            title: String::new(),
            recipients: String::new(),
            expires_in_days: 7,
            expires_in_days_max: 90,
            note: String::new(),
            files: Vec::new(),
            unfinished: Vec::new(),
            file_bytes_max: Some(50_000_000_000),
            package_bytes_max: Some(200_000_000_000),
            drafts: vec![
                DraftRow { id: "1".to_owned(), title: LONG_TITLE.to_owned(), files: 3, changed_at: self.at(2) },
                DraftRow { id: "2".to_owned(), title: String::new(), files: 1, changed_at: self.at(1) },
            ],
            problems: Problems::none(),
        };
        let draft = SendPage {
            package_id: Some("01930000-0000-7000-8000-000000000001".to_owned()),
            reference: Some("7Q4K-2MXD".to_owned()),
            title: LONG_TITLE.to_owned(),
            recipients: "Bob Brown <bob@example.net>\nEve <eve@example.org>".to_owned(),
            note: "line one\nline two </textarea><script>alert(2)</script>".to_owned(),
            files: self.three_files(),
            unfinished: vec![UnfinishedUpload {
                id: "9".to_owned(),
                name: "footage.mov".to_owned(),
                size_bytes: 8_400_000_000,
                offset_bytes: 7_308_000_000,
            }],
            drafts: Vec::new(),
            package_bytes_max: None,
            ..new.clone()
        };
        let refused = SendPage {
            problems: Problems {
                general: None,
                fields: ["title", "recipients", "expires_in_days", "note", "files"]
                    .map(|field| (field.to_owned(), "…".to_owned()))
                    .to_vec(),
            },
            file_bytes_max: None,
            ..draft.clone()
        };
        vec![("send", html(&new)), ("send-draft", html(&draft)), ("send-refused", html(&refused))]
    }

    fn recipient(name: &str, email: &str, mail: MailState) -> RecipientRow {
        RecipientRow {
            id: "1".to_owned(),
            name: name.to_owned(),
            email: email.to_owned(),
            url: format!("https://files.example.com/p/{}", "k".repeat(43)),
            is_revoked: false,
            mail: Some(mail),
            opened_at: None,
            downloads: 0,
            last_download_at: None,
        }
    }

    fn package(&self) -> PackagePage {
        PackagePage {
            shell: self.signed_in(),
            id: "01930000-0000-7000-8000-000000000001".to_owned(),
            reference: "7Q4K-2MXD".to_owned(),
            title: LONG_TITLE.to_owned(),
            note: "Dear Bob,\nhere is what we talked about. The drawings are in the second folder.".to_owned(),
            owner: Self::party("Anna Müller", "anna@example.com"),
            stamp: self.stamp(Status::Active),
            created_at: self.at(0),
            ends_at: Some(self.at(168)),
            policy_sentence: "Ends on 29 November 2026, 10:03 CET.".to_owned(),
            downloads: 2,
            recipients: vec![
                RecipientRow {
                    opened_at: Some(self.at(29)),
                    downloads: 2,
                    last_download_at: Some(self.at(30)),
                    ..Self::recipient("Bob Brown", "bob@example.net", MailState::Sent)
                },
                Self::recipient("Eve <eve>\u{202E}", "eve@example.org", MailState::Rejected),
                RecipientRow {
                    is_revoked: true,
                    ..Self::recipient("Carla Nguyen", "carla@example.org", MailState::Queued)
                },
            ],
            url: None,
            files: self.three_files(),
            happenings: self.history(),
            actions: vec![PackageAction::Resend, PackageAction::Extend, PackageAction::Revoke],
            done_sentence: None,
            is_erased: false,
        }
    }

    fn package_pages(&self) -> Vec<(&'static str, String)> {
        let package = self.package();
        let ended = PackagePage {
            stamp: self.stamp(Status::Revoked),
            ends_at: None,
            actions: Vec::new(),
            is_erased: true,
            done_sentence: Some("…".to_owned()),
            ..package.clone()
        };
        let many =
            PackagePage { files: self.many_files(), recipients: package.recipients[..1].to_vec(), ..package.clone() };
        let ticket = PackagePage {
            recipients: Vec::new(),
            url: Some(format!("https://files.example.com/p/{}", "k".repeat(43))),
            ends_at: None,
            note: String::new(),
            happenings: Deed::all().map(|deed| self.happening(deed, 3, "", "")).collect(),
            ..package.clone()
        };
        let states = PackagePage {
            recipients: [MailState::Sending, MailState::Deferred, MailState::Unknown, MailState::Bounced]
                .map(|state| Self::recipient("Bob Brown", "bob@example.net", state))
                .to_vec(),
            ..package.clone()
        };
        vec![
            ("package", html(&package)),
            ("package-live", html(&PackageLive(&package))),
            ("package-ended", html(&ended)),
            ("package-many", html(&many)),
            ("package-ticket", html(&ticket)),
            ("package-states", html(&states)),
        ]
    }

    fn account_pages(&self) -> Vec<(&'static str, String)> {
        let token = TokenRow {
            id: "1".to_owned(),
            name: "Nightly report".to_owned(),
            scopes: vec!["read".to_owned(), "send".to_owned()],
            created_at: self.at(0),
            last_used_at: Some(self.at(20)),
            expires_at: Some(self.at(2_000)),
        };
        let endless = TokenRow {
            name: HOSTILE.to_owned(),
            scopes: Vec::new(),
            last_used_at: None,
            expires_at: None,
            ..token.clone()
        };
        let account = AccountPage {
            shell: Shell { place: Some(Place::Account), ..self.signed_in() },
            name: "Anna Müller".to_owned(),
            email: "anna@example.com".to_owned(),
            is_admin: true,
            tokens: vec![token, endless],
            fresh_token: Some(FreshToken {
                name: "Nightly report".to_owned(),
                secret: format!("wb_{}", "k4".repeat(20)),
            }),
            token_problems: Problems::none(),
            password_length_min: 12,
            password_changed: false,
            password_problems: Problems::none(),
        };
        let refused = |fields: [&str; 2]| Problems {
            general: Some("…".to_owned()),
            fields: fields.map(|field| (field.to_owned(), "…".to_owned())).to_vec(),
        };
        let bare = AccountPage {
            is_admin: false,
            tokens: Vec::new(),
            fresh_token: None,
            password_changed: true,
            token_problems: refused(["name", "expires_in_days"]),
            password_problems: refused(["current_password", "new_password"]),
            ..account.clone()
        };
        vec![("account", html(&account)), ("account-bare", html(&bare))]
    }

    fn sender_pages(&self) -> Vec<(&'static str, String)> {
        let mut pages = self.dashboard_pages();
        pages.extend(self.send_pages());
        pages.extend(self.package_pages());
        pages.extend(self.account_pages());
        pages.push(("request", html(&RequestPage { shell: self.signed_in() })));
        pages
    }
}

impl Samples<'_> {
    fn landing(&self) -> LandingPage {
        let token = "k".repeat(43);
        LandingPage {
            shell: self.shell(),
            url: format!("https://files.example.com/p/{token}"),
            token,
            visit: "v".repeat(43),
            reference: "7Q4K-2MXD".to_owned(),
            title: LONG_TITLE.to_owned(),
            note: "Dear Bob,\nhere is what we talked about <script>.".to_owned(),
            sender: Self::party("Anna Müller", "anna@example.com"),
            recipient: Some(Self::party("Bob Brown", "bob@example.net")),
            sent_at: self.at(1),
            ends_at: Some(self.at(168)),
            policy_sentence: "Ends on 29 November 2026, 10:03 CET or after 2 more downloads, whichever comes first."
                .to_owned(),
            downloads_left: Some(2),
            files: self.three_files(),
            archive_bytes: 1_187_000_512,
            notice: None,
        }
    }

    fn recipient_pages(&self) -> Vec<(&'static str, String)> {
        let landing = self.landing();
        let one = LandingPage {
            title: "Quarterly report".to_owned(),
            files: vec![self.file(1, "report.pdf", "", 3_000_000)],
            downloads_left: None,
            note: String::new(),
            policy_sentence: "Ends on 29 November 2026, 10:03 CET.".to_owned(),
            ..landing.clone()
        };
        let many = LandingPage {
            files: self.many_files(),
            recipient: None,
            ends_at: None,
            notice: Some(LandingNotice::StillUsable { until: self.at(24) }),
            ..landing.clone()
        };
        let busy = LandingPage { notice: Some(LandingNotice::Busy { retry_after_s: 45 }), ..one.clone() };
        let dark = LandingPage { shell: Shell { theme: Theme::Dark, ..self.shell() }, ..landing.clone() };
        let ended = |ending, ask| EndedPage {
            shell: self.shell(),
            ending,
            token: "k".repeat(43),
            sender: Some("Anna Müller".to_owned()),
            title: Some(LONG_TITLE.to_owned()),
            ask,
        };
        let unknown = EndedPage { sender: None, title: None, ..ended(Ending::Unknown, Ask::NotPossible) };
        vec![
            ("landing", html(&landing)),
            ("landing-one", html(&one)),
            ("landing-many", html(&many)),
            ("landing-busy", html(&busy)),
            ("landing-dark", html(&dark)),
            ("ended-expired", html(&ended(Ending::Expired { at: self.at(168) }, Ask::Offered))),
            ("ended-completed", html(&ended(Ending::Completed { at: self.at(100) }, Ask::Asked))),
            ("ended-revoked", html(&ended(Ending::Revoked { at: self.at(50) }, Ask::NotPossible))),
            ("ended-unknown", html(&unknown)),
        ]
    }

    fn fault_pages(&self) -> Vec<(&'static str, String)> {
        let faults = [
            ("fault-403", Fault::Forbidden),
            ("fault-404", Fault::NotFound),
            ("fault-409", Fault::Conflict),
            ("fault-409-busy", Fault::Busy { retry_after_s: 60 }),
            ("fault-413", Fault::TooLarge),
            ("fault-422", Fault::Invalid),
            ("fault-429", Fault::TooMany { retry_after_s: 1 }),
            ("fault-500", Fault::Internal),
            ("fault-503", Fault::Unavailable),
            ("fault-507", Fault::NoSpace),
        ];
        faults
            .into_iter()
            .map(|(name, fault)| {
                let back_url = (fault == Fault::Conflict).then(|| "/packages/1".to_owned());
                let detail = (fault == Fault::TooLarge).then(|| "…".to_owned());
                let reference = (fault == Fault::Internal).then(|| "K7Q2-9XDM".to_owned());
                let page = FaultPage { shell: self.signed_in(), fault, detail, reference, back_url };
                (name, html(&page))
            })
            .collect()
    }
}
