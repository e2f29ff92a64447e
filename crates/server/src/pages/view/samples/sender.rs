//! Pages of people who are signed in. Like all samples, they must hold for the tests and the gallery alike.
use super::super::{
    AccountPage, DashboardPage, Deed, Direction, DraftRow, Fate, Filter, FilterKind, FreshToken, Happening, MailState,
    PackageAction, PackageLive, PackagePage, PackageRow, PasswordForm, Place, PolicyForm, Problems, RecipientRow,
    RequestPage, SendPage, Shell, Status, TokenRow, Undo, UnfinishedUpload, Warning, policy_form,
};
use waybill_core::notice::Switch;

use super::{HOSTILE, LONG, LONG_TITLE, Samples, html};

impl Samples<'_> {
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
            idle_hours: String::new(),
            max_downloads: String::new(),
            has_password: false,
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
            idle_hours: "48".to_owned(),
            max_downloads: "3".to_owned(),
            has_password: true,
            drafts: Vec::new(),
            package_bytes_max: None,
            ..new.clone()
        };
        let refused = SendPage {
            problems: Problems {
                general: None,
                fields: [
                    "title",
                    "recipients",
                    "expires_in_days",
                    "note",
                    "idle_hours",
                    "max_downloads",
                    "password",
                    "files",
                ]
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
            fate: Fate::default(),
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
                    fate: Fate {
                        opened_at: Some(self.at(29)),
                        uses: 3,
                        last_used_at: Some(self.at(30)),
                        downloads: 2,
                        last_download_at: Some(self.at(30)),
                        broke_off: Some((self.at(31), 43)),
                    },
                    ..Self::recipient("Bob Brown", "bob@example.net", MailState::Sent)
                },
                Self::recipient("Eve <eve>\u{202E}", "eve@example.org", MailState::Rejected),
                RecipientRow {
                    fate: Fate {
                        opened_at: Some(self.at(29)),
                        uses: 1,
                        last_used_at: Some(self.at(29)),
                        broke_off: Some((self.at(30), 43)),
                        ..Fate::default()
                    },
                    ..Self::recipient("Dan", "dan@example.org", MailState::Sent)
                },
                RecipientRow {
                    is_revoked: true,
                    ..Self::recipient("Carla Nguyen", "carla@example.org", MailState::Queued)
                },
            ],
            url: None,
            fate: Fate::default(),
            files: self.three_files(),
            happenings: self.history(),
            actions: vec![PackageAction::Resend, PackageAction::Extend, PackageAction::Revoke],
            policy_form: Some(PolicyForm {
                expires_in: "7".to_owned(),
                days_max: Some(90),
                has_limits: true,
                ..PolicyForm::default()
            }),
            password_form: Some(PasswordForm::default()),
            has_password: false,
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
            policy_form: None,
            password_form: None,
            has_password: true,
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
            fate: package.recipients[0].fate.clone(),
            has_password: true,
            password_form: Some(PasswordForm { is_set: true, ..PasswordForm::default() }),
            happenings: Deed::all().map(|deed| self.happening(deed, 3, "", "")).collect(),
            ..package.clone()
        };
        let refused = PackagePage {
            policy_form: Some(PolicyForm {
                expires_in: "<b>".to_owned(),
                unit: policy_form::Unit::Hours,
                idle_hours: "48".to_owned(),
                max_downloads: "-3".to_owned(),
                days_max: None,
                has_limits: true,
                problems: Problems {
                    general: None,
                    fields: ["expires_in", "idle_hours", "max_downloads"]
                        .map(|field| (field.to_owned(), "…".to_owned()))
                        .to_vec(),
                },
            }),
            password_form: Some(PasswordForm {
                is_set: true,
                problems: Problems { general: None, fields: vec![("password".to_owned(), "…".to_owned())] },
            }),
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
            ("package-policy-refused", html(&refused)),
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
            notices: Switch::ALL.iter().map(|switch| (*switch, switch.default_state())).collect(),
            notices_saved: true,
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
            notices_saved: false,
            tokens: Vec::new(),
            fresh_token: None,
            password_changed: true,
            token_problems: refused(["name", "expires_in_days"]),
            password_problems: refused(["current_password", "new_password"]),
            ..account.clone()
        };
        vec![("account", html(&account)), ("account-bare", html(&bare))]
    }

    pub(super) fn sender_pages(&self) -> Vec<(&'static str, String)> {
        let mut pages = self.dashboard_pages();
        pages.extend(self.send_pages());
        pages.extend(self.package_pages());
        pages.extend(self.account_pages());
        pages.push(("request", html(&RequestPage { shell: self.signed_in() })));
        pages
    }
}
