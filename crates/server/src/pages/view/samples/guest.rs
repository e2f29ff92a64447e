//! Pages of people without an account, and those on the way to one. Like all samples, they must hold for the tests and
//! the gallery alike.
use super::super::{
    Ask, EndedPage, Ending, ExtendPage, Extension, Fault, FaultPage, LandingNotice, LandingPage, Problems, SetupPage,
    Shell, SignInPage, SignInProblem, Stamp, Status, Theme, UnlockPage, UnlockProblem,
};
use super::{LONG_TITLE, Samples, html};

impl Samples<'_> {
    pub(super) fn entry_pages(&self) -> Vec<(&'static str, String)> {
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

    pub(super) fn recipient_pages(&self) -> Vec<(&'static str, String)> {
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
        let idle = Ending::Idle { at: self.at(168), idle: self.t.duration(std::time::Duration::from_hours(24)) };
        let unlock =
            UnlockPage { shell: self.shell(), token: "k".repeat(43), sender: "Anna Müller".to_owned(), problem: None };
        let wrong = UnlockPage { problem: Some(UnlockProblem::Wrong), ..unlock.clone() };
        let wait = UnlockPage { problem: Some(UnlockProblem::Wait { seconds: 12 }), ..unlock.clone() };
        let extension = Extension::Possible { until: Some(self.at(336)), downloads: Some(3) };
        let extend = ExtendPage {
            shell: self.signed_in(),
            id: "01930000-0000-7000-8000-000000000001".to_owned(),
            reference: "7Q4K-2MXD".to_owned(),
            title: LONG_TITLE.to_owned(),
            stamp: Stamp { status: Status::Completed, since: Some(self.at(100)) },
            policy_sentence: "Ended on 26 November 2026, 14:03 CET after 3 downloads.".to_owned(),
            asked_by: vec!["Bob Brown".to_owned(), "<b>Eve".to_owned()],
            extension,
        };
        let erased = ExtendPage { extension: Extension::Erased, asked_by: Vec::new(), ..extend.clone() };
        vec![
            ("unlock", html(&unlock)),
            ("unlock-wrong", html(&wrong)),
            ("unlock-wait", html(&wait)),
            ("extend", html(&extend)),
            ("extend-erased", html(&erased)),
            ("ended-idle", html(&ended(idle, Ask::Offered))),
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

    pub(super) fn fault_pages(&self) -> Vec<(&'static str, String)> {
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
