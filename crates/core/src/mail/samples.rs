//! Letters of every kind, for the tests of this folder.
use super::content::{DigestGroup, DigestLine, FileLine, Letter, MailContent, Party};
use super::render::Site;
use crate::notice::NoticeKind;
use crate::text::Language;

pub(super) const URL: &str = "https://files.example.com/p/VGhpcyBpcyBub3QgYSByZWFsIHRva2VuLCBub3QgYXQgYWxs";

pub(super) const SITE: Site<'static> = Site {
    name: "Files Example",
    abuse_contact: Some("abuse@example.com"),
    account_url: "https://files.example.com/account",
};

/// What other people typed into a sample.
pub(super) struct Words {
    pub name: String,
    pub title: String,
    pub note: String,
    pub file: String,
    pub sentence: String,
}

impl Words {
    pub fn friendly() -> Self {
        Self {
            name: "Anna Müller".to_owned(),
            title: "Plans for the new hall".to_owned(),
            note: "Hello Ben,\n\nhere are the plans we talked about on Tuesday. Please look at the fire doors first; \
                   the rest can wait until next week.\n\nAnna"
                .to_owned(),
            file: "drawings/ground floor.pdf".to_owned(),
            sentence: "Ends on 3 May 2026, 14:00 CEST.".to_owned(),
        }
    }

    /// All of them `words`, except the note, which has two lines of it.
    pub fn all(words: &str) -> Self {
        Self {
            name: words.to_owned(),
            title: words.to_owned(),
            note: format!("{words}\n{words}"),
            file: words.to_owned(),
            sentence: words.to_owned(),
        }
    }

    fn party(&self) -> Party {
        Party { name: self.name.clone(), email: "anna@example.com".to_owned() }
    }

    /// A digest with a line of every kind, one of them of many events.
    fn digest(&self, at: jiff::Timestamp) -> MailContent {
        let line = |notice, count| DigestLine {
            notice,
            who: self.name.clone(),
            what: self.sentence.clone(),
            count,
            last_at: at,
        };
        let lines = |count| NoticeKind::ALL.iter().map(|kind| line(*kind, count)).collect();
        let nobody = DigestLine { who: String::new(), ..line(NoticeKind::NotDownloaded, 1) };
        let groups = vec![
            DigestGroup { title: self.title.clone(), lines: lines(1) },
            DigestGroup { title: self.title.clone(), lines: vec![line(NoticeKind::CompletedDownload, 4_995), nobody] },
        ];
        MailContent::Digest { groups, notices: 5_007, has_account: true }
    }

    /// Every kind of mail with these words in it.
    pub fn contents(&self) -> Vec<MailContent> {
        let at = "2026-04-26T12:00:00Z".parse().unwrap();
        let (sender, who) = (self.party(), Some(self.party()));
        let (title, note, ends) = (self.title.clone(), self.note.clone(), self.sentence.clone());
        let status = self.sentence.clone();
        let files = || {
            (0..12_u64).map(|n| FileLine { path: format!("{n} {}", self.file), size_bytes: 1_234_567 * n }).collect()
        };
        vec![
            MailContent::Shared {
                sender: sender.clone(),
                title: title.clone(),
                note: note.clone(),
                files: files(),
                ends: ends.clone(),
            },
            MailContent::Request {
                sender: sender.clone(),
                title: title.clone(),
                note: note.clone(),
                ends: ends.clone(),
            },
            MailContent::TicketLink {
                sender: sender.clone(),
                title: title.clone(),
                message: note.clone(),
                files: files(),
                ends: ends.clone(),
            },
            MailContent::GrantLink {
                sender: sender.clone(),
                comment: title.clone(),
                message: note.clone(),
                ends: ends.clone(),
            },
            MailContent::Arrived { who: who.clone(), title: title.clone(), message: note.clone(), files: files() },
            MailContent::Received {
                owner: Some(sender.clone()),
                who: who.clone(),
                title: title.clone(),
                comment: note.clone(),
                files: files(),
                ends: ends.clone(),
            },
            MailContent::Rejected {
                recipient: sender.clone(),
                title: title.clone(),
                answer: format!("550 5.1.1 no such user {status}"),
            },
            MailContent::Asked { who: who.clone(), title: title.clone(), message: note, status: status.clone() },
            MailContent::FirstDownload { who: who.clone(), title: title.clone(), at, ends: ends.clone() },
            MailContent::NotDownloaded {
                who: vec![sender.clone(), sender.clone()],
                title: title.clone(),
                ends: ends.clone(),
            },
            MailContent::EndingSoon { title: title.clone(), ends: ends.clone() },
            MailContent::ErasingReceived { title: title.clone(), status: status.clone() },
            MailContent::ErasingDraft { title: title.clone(), status: status.clone() },
            MailContent::Removed { owner: Some(sender.clone()), title: title.clone(), status },
            MailContent::CompletedDownload {
                owner: Some(sender.clone()),
                who,
                title: title.clone(),
                at,
                downloads: 3,
                bytes: 1_234_567_890,
                duration_ms: 83_400,
                ends: ends.clone(),
            },
            self.digest(at),
            MailContent::Invite { sender: sender.clone(), until: at },
            MailContent::PasswordReset { until: at },
            MailContent::Test { by: sender, at },
        ]
    }
}

pub(super) fn letter(language: Language, content: MailContent) -> Letter {
    Letter { language, zone: "Europe/Berlin".to_owned(), content }
}

pub(super) fn reader() -> Party {
    Party { name: "Ben Okafor".to_owned(), email: "ben@example.org".to_owned() }
}

/// Words that have broken mails elsewhere.
pub(super) const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><a href='https://evil.example'>",
    "</mj-text></mj-column></mj-section><mj-include path=\"/etc/passwd\" />",
    "</title></head><body>",
    "<!--[if mso]><b>",
    "-->",
    "<![CDATA[<b>]]>",
    "{{ sheet.subject }}{% if true %}",
    "&lt;b&gt; &amp;amp; &#60;b&#62; &nbsp;",
    "{ $sender } { \"x\" }",
    "a\r\nBcc: evil@example.com",
    "a\nBcc: evil@example.com\n\n<b>body",
    "a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}f",
    "\u{0}\u{1}\u{1b}[31mred\u{7f}",
    "\u{202e}gpj.exe\u{2066}",
    "=?utf-8?q?Free_money?= =?utf-8?b?PGI+?=",
    "%0d%0aBcc:%20evil@example.com",
    "\"quoted\\\" <evil@example.com>, other@example.com",
    ".\r\n.\r\n",
    "سلام עולם こんにちは 🎉 ﬁ",
    "javascript:alert(1)",
];
