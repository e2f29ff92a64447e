//! The sentences of each kind of mail. They must come from the catalogue, never from here.
use std::time::Duration;

use jiff::Timestamp;

use super::content::{DigestGroup, DigestLine, FileList, MailContent, Party};
use super::sheet::{Group, Parties, Sheet, Writer, one_line};
use crate::notice::NoticeKind;

/// To outside people, in a user's name.
impl Writer {
    pub fn shared(&self, sender: &Party, title: &str, note: &str, files: &FileList, ends: &str) -> Sheet {
        let (t, who, title) = (self.t, one_line(sender.display()), one_line(title));
        let (count, size) = (self.files_count(files), t.bytes(files.total_bytes));
        let args = [("sender", (&who).into()), ("files", count.into()), ("size", size.into())];
        Sheet {
            subject: t.with("mail-shared-subject", &[("sender", (&who).into()), ("title", (&title).into())]),
            lead: t.with("mail-shared-lead", &args),
            button: t.get("mail-shared-button"),
            hint: t.get("mail-shared-hint"),
            contents: self.contents(files),
            ..self.in_persons_name(sender, title, note, ends)
        }
    }

    pub fn request(&self, sender: &Party, title: &str, note: &str, ends: &str) -> Sheet {
        let (t, who, title) = (self.t, one_line(sender.display()), one_line(title));
        Sheet {
            subject: t.with("mail-request-subject", &[("sender", (&who).into()), ("title", (&title).into())]),
            lead: t.with("mail-request-lead", &[("sender", who.into())]),
            button: t.get("mail-request-button"),
            hint: t.get("mail-request-hint"),
            ..self.in_persons_name(sender, title, note, ends)
        }
    }

    pub fn grant_link(&self, sender: &Party, comment: &str, message: &str, ends: &str) -> Sheet {
        let (t, who) = (self.t, one_line(sender.display()));
        Sheet {
            subject: t.with("mail-grant-link-subject", &[("sender", (&who).into())]),
            lead: t.with("mail-grant-link-lead", &[("sender", (&who).into())]),
            button: t.get("mail-grant-link-button"),
            hint: t.with("mail-grant-link-hint", &[("sender", who.into())]),
            ..self.in_persons_name(sender, one_line(comment), message, ends)
        }
    }

    fn in_persons_name(&self, sender: &Party, heading: String, note: &str, ends: &str) -> Sheet {
        let (who, email) = (one_line(sender.display()), one_line(&sender.email));
        let args = [("sender", who.into()), ("email", email.into()), ("site", (&self.site).into())];
        Sheet {
            heading,
            // `sheet()` knows the reader and puts them in.
            parties: Some(Parties { from: sender.clone(), to: sender.clone() }),
            quote: self.quote(note),
            facts: self.fact("mail-label-ends", ends),
            reason: self.t.with("mail-reason-guest", &args),
            ..Sheet::default()
        }
    }
}

/// To owners.
impl Writer {
    pub fn arrived(&self, who: Option<&Party>, title: &str, message: &str, files: &FileList) -> Sheet {
        Sheet {
            button: self.t.get("mail-open-package"),
            quote: self.quote(message),
            ..self.files_came(who, title, files, self.reason_owner())
        }
    }

    pub fn rejected(&self, recipient: &Party, title: &str, answer: &str) -> Sheet {
        let t = self.t;
        let (who, email) = (one_line(recipient.display()), one_line(&recipient.email));
        Sheet {
            subject: t.with("mail-rejected-subject", &[("who", (&who).into()), ("title", one_line(title).into())]),
            lead: t.with("mail-rejected-lead", &[("who", who.into()), ("email", email.into())]),
            facts: self.fact("mail-label-answer", answer),
            button: t.get("mail-open-package"),
            hint: t.get("mail-rejected-hint"),
            reason: self.reason_owner(),
            ..Self::titled(title)
        }
    }

    pub fn asked(&self, who: Option<&Party>, title: &str, message: &str, status: &str) -> Sheet {
        let (t, who) = (self.t, self.name(who));
        Sheet {
            subject: t.with("mail-asked-subject", &[("who", (&who).into()), ("title", one_line(title).into())]),
            lead: t.with("mail-asked-lead", &[("who", who.into())]),
            quote: self.quote(message),
            facts: self.fact("mail-label-status", status),
            button: t.get("mail-asked-button"),
            hint: t.get("mail-asked-hint"),
            reason: self.reason_owner(),
            ..Self::titled(title)
        }
    }

    pub fn first_download(&self, who: Option<&Party>, title: &str, at: Timestamp, ends: &str) -> Sheet {
        let (t, who) = (self.t, self.name(who));
        let subject_args = [("who", (&who).into()), ("title", one_line(title).into())];
        Sheet {
            subject: t.with("mail-first-download-subject", &subject_args),
            lead: t.with("mail-first-download-lead", &[("who", who.into()), ("at", self.at(at).into())]),
            facts: self.fact("mail-label-ends", ends),
            button: t.get("mail-open-package"),
            reason: self.reason_owner(),
            ..Self::titled(title)
        }
    }

    pub fn not_downloaded(&self, who: &[Party], title: &str, ends: &str) -> Sheet {
        let t = self.t;
        let lead = if who.is_empty() {
            t.get("mail-not-downloaded-by-nobody")
        } else {
            let names: Vec<String> = who.iter().map(|who| one_line(who.display())).collect();
            t.with("mail-not-downloaded-lead", &[("who", t.list(&names).into()), ("count", names.len().into())])
        };
        Sheet {
            subject: t.with("mail-not-downloaded-subject", &[("title", one_line(title).into())]),
            lead,
            facts: self.fact("mail-label-ends", ends),
            button: t.get("mail-open-package"),
            hint: t.get("mail-not-downloaded-hint"),
            reason: self.reason_owner(),
            ..Self::titled(title)
        }
    }

    pub fn ending_soon(&self, title: &str, ends: &str) -> Sheet {
        let t = self.t;
        Sheet {
            subject: t.with("mail-ending-soon-subject", &[("title", one_line(title).into())]),
            lead: t.get("mail-ending-soon-lead"),
            facts: self.fact("mail-label-ends", ends),
            button: t.get("mail-ending-soon-button"),
            reason: self.reason_owner(),
            ..Self::titled(title)
        }
    }

    pub fn erasing_received(&self, title: &str, status: &str) -> Sheet {
        let t = self.t;
        Sheet {
            subject: t.with("mail-erasing-received-subject", &[("title", one_line(title).into())]),
            lead: t.get("mail-erasing-received-lead"),
            facts: self.fact("mail-label-status", status),
            button: t.get("mail-open-package"),
            reason: self.reason_always(),
            ..Self::titled(title)
        }
    }

    pub fn erasing_draft(&self, title: &str, status: &str) -> Sheet {
        let t = self.t;
        Sheet {
            subject: t.with("mail-erasing-draft-subject", &[("title", one_line(title).into())]),
            lead: t.get("mail-erasing-draft-lead"),
            facts: self.fact("mail-label-status", status),
            button: t.get("mail-erasing-draft-button"),
            reason: self.reason_always(),
            ..Self::titled(title)
        }
    }

    fn reason_owner(&self) -> String {
        let args = [("site", (&self.site).into()), ("account", (&self.account_url).into())];
        self.t.with("mail-reason-owner", &args)
    }

    /// Of warnings that nobody can switch off.
    fn reason_always(&self) -> String {
        self.t.with("mail-reason-always", &[("site", (&self.site).into())])
    }
}

/// To addresses that somebody entered to be told.
impl Writer {
    pub fn received(&self, who: Option<&Party>, title: &str, comment: &str, files: &FileList, ends: &str) -> Sheet {
        Sheet {
            button: self.t.get("mail-received-button"),
            hint: self.t.get("mail-shared-hint"),
            quote: self.quote(comment),
            facts: self.fact("mail-label-ends", ends),
            ..self.files_came(who, title, files, String::new())
        }
    }

    pub fn removed(&self, owner: Option<&Party>, title: &str, status: &str) -> Sheet {
        let t = self.t;
        Sheet {
            subject: t.with("mail-removed-subject", &[("title", one_line(title).into())]),
            lead: t.get("mail-removed-lead"),
            facts: self.fact("mail-label-status", status),
            reason: self.reason_notify(owner),
            ..Self::titled(title)
        }
    }

    /// Of a [`MailContent::CompletedDownload`]; an empty sheet for anything else.
    pub fn completed_download(&self, content: &MailContent) -> Sheet {
        let MailContent::CompletedDownload { who, title, at, downloads, bytes, duration_ms, ends, .. } = content else {
            return Sheet::default();
        };
        let t = self.t;
        let mut facts = Vec::new();
        if *bytes > 0 {
            let took = t.duration(Duration::from_millis(*duration_ms).max(Duration::from_secs(1)));
            let delivered = t.with("mail-delivered", &[("size", t.bytes(*bytes).into()), ("duration", took.into())]);
            facts.extend(self.fact("mail-label-delivered", &delivered));
        }
        facts.extend(self.fact("mail-label-downloads", &t.number(*downloads)));
        facts.extend(self.fact("mail-label-ends", ends));
        let lead_args = [("who", self.name(who.as_ref()).into()), ("at", self.at(*at).into())];
        Sheet {
            subject: t.with("mail-completed-download-subject", &[("title", one_line(title).into())]),
            lead: t.with("mail-completed-download-lead", &lead_args),
            facts,
            ..Self::titled(title)
        }
    }

    pub fn digest(&self, groups: &[DigestGroup], notices: u64, has_account: bool) -> Sheet {
        let t = self.t;
        let subject = t.with("mail-digest-subject", &[("count", notices.into()), ("site", (&self.site).into())]);
        let reason = if has_account {
            let args = [("site", (&self.site).into()), ("account", (&self.account_url).into())];
            t.with("mail-reason-digest-owner", &args)
        } else {
            t.with("mail-reason-digest-notify", &[("site", (&self.site).into())])
        };
        Sheet {
            subject,
            lead: t.with("mail-digest-lead", &[("count", notices.into())]),
            groups: groups
                .iter()
                .map(|group| Group {
                    title: one_line(&group.title),
                    lines: group.lines.iter().map(|line| self.digest_line(line)).collect(),
                })
                .collect(),
            button: if has_account { t.get("mail-digest-button") } else { String::new() },
            reason,
            ..Sheet::default()
        }
    }

    fn digest_line(&self, line: &DigestLine) -> String {
        let t = self.t;
        let who = one_line(&line.who);
        let who = if who.is_empty() { t.get("mail-somebody") } else { who };
        let key = match line.notice {
            NoticeKind::CompletedDownload => "mail-digest-completed-download",
            NoticeKind::FirstDownload => "mail-digest-first-download",
            NoticeKind::Arrived | NoticeKind::Received => "mail-digest-arrived",
            NoticeKind::Rejected => "mail-digest-rejected",
            NoticeKind::Asked => "mail-digest-asked",
            NoticeKind::NotDownloaded if line.who.is_empty() => "mail-digest-not-downloaded-by-nobody",
            NoticeKind::NotDownloaded => "mail-digest-not-downloaded",
            NoticeKind::EndingSoon => "mail-digest-ending-soon",
            NoticeKind::ErasingReceived => "mail-digest-erasing-received",
            NoticeKind::ErasingDraft => "mail-digest-erasing-draft",
            NoticeKind::Removed => "mail-digest-removed",
        };
        let args = [
            ("who", who.into()),
            ("what", one_line(&line.what).into()),
            ("count", line.count.into()),
            ("at", self.at(line.last_at).into()),
        ];
        t.with(key, &args).trim_end().to_owned()
    }

    /// Why somebody is told whose address `owner` (or whoever has his package) entered.
    pub fn reason_notify(&self, owner: Option<&Party>) -> String {
        let Some(owner) = owner else {
            return self.t.with("mail-reason-digest-notify", &[("site", (&self.site).into())]);
        };
        let (who, email) = (one_line(owner.display()), one_line(&owner.email));
        let args = [("owner", who.into()), ("email", email.into()), ("site", (&self.site).into())];
        self.t.with("mail-reason-notify", &args)
    }

    fn files_came(&self, who: Option<&Party>, title: &str, files: &FileList, reason: String) -> Sheet {
        let t = self.t;
        let (count, size) = (self.files_count(files), t.bytes(files.total_bytes));
        let lead_args = [("who", self.name(who).into()), ("files", count.into()), ("size", size.into())];
        Sheet {
            subject: t.with("mail-arrived-subject", &[("title", one_line(title).into())]),
            lead: t.with("mail-arrived-lead", &lead_args),
            contents: self.contents(files),
            reason,
            ..Self::titled(title)
        }
    }
}

/// About accounts and settings.
impl Writer {
    pub fn invite(&self, sender: &Party, until: Timestamp) -> Sheet {
        let (t, who, site) = (self.t, one_line(sender.display()), &self.site);
        Sheet {
            subject: t.with("mail-invite-subject", &[("sender", (&who).into()), ("site", site.into())]),
            lead: t.with("mail-invite-lead", &[("sender", who.into()), ("site", site.into())]),
            button: t.get("mail-invite-button"),
            hint: t.with("mail-invite-hint", &[("at", self.at(until).into())]),
            reason: self.reason_account(),
            ..Sheet::default()
        }
    }

    pub fn password_reset(&self, until: Timestamp) -> Sheet {
        let (t, site) = (self.t, &self.site);
        Sheet {
            subject: t.with("mail-password-reset-subject", &[("site", site.into())]),
            lead: t.with("mail-password-reset-lead", &[("site", site.into())]),
            button: t.get("mail-password-reset-button"),
            hint: t.with("mail-password-reset-hint", &[("at", self.at(until).into())]),
            reason: self.reason_account(),
            ..Sheet::default()
        }
    }

    pub fn test(&self, by: &Party, at: Timestamp) -> Sheet {
        let (t, site) = (self.t, &self.site);
        let lead_args = [("site", site.into()), ("who", one_line(by.display()).into()), ("at", self.at(at).into())];
        Sheet {
            subject: t.with("mail-test-subject", &[("site", site.into())]),
            lead: t.with("mail-test-lead", &lead_args),
            reason: self.reason_account(),
            ..Sheet::default()
        }
    }

    fn reason_account(&self) -> String {
        self.t.with("mail-reason-account", &[("site", (&self.site).into())])
    }
}
