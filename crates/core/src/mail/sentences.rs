//! The sentences of each kind of mail. They must come from the catalogue, never from here.
use jiff::Timestamp;

use super::content::{FileList, Party};
use super::sheet::{Parties, Sheet, Writer, one_line};

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

    pub fn not_downloaded(&self, who: Option<&Party>, title: &str, ends: &str) -> Sheet {
        let t = self.t;
        Sheet {
            subject: t.with("mail-not-downloaded-subject", &[("title", one_line(title).into())]),
            lead: t.with("mail-not-downloaded-lead", &[("who", self.name(who).into())]),
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
            reason: self.reason_owner(),
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
            reason: self.reason_owner(),
            ..Self::titled(title)
        }
    }

    fn reason_owner(&self) -> String {
        self.t.with("mail-reason-owner", &[("site", (&self.site).into())])
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
            ..self.files_came(who, title, files, self.reason_notify())
        }
    }

    pub fn removed(&self, title: &str, status: &str) -> Sheet {
        let t = self.t;
        Sheet {
            subject: t.with("mail-removed-subject", &[("title", one_line(title).into())]),
            lead: t.get("mail-removed-lead"),
            facts: self.fact("mail-label-status", status),
            reason: self.reason_notify(),
            ..Self::titled(title)
        }
    }

    pub fn completed_download(
        &self,
        who: Option<&Party>,
        title: &str,
        at: Timestamp,
        downloads: u64,
        ends: &str,
    ) -> Sheet {
        let t = self.t;
        let mut facts = self.fact("mail-label-downloads", &t.number(downloads));
        facts.extend(self.fact("mail-label-ends", ends));
        let lead_args = [("who", self.name(who).into()), ("at", self.at(at).into())];
        Sheet {
            subject: t.with("mail-completed-download-subject", &[("title", one_line(title).into())]),
            lead: t.with("mail-completed-download-lead", &lead_args),
            facts,
            reason: self.reason_notify(),
            ..Self::titled(title)
        }
    }

    fn reason_notify(&self) -> String {
        self.t.with("mail-reason-notify", &[("site", (&self.site).into())])
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
