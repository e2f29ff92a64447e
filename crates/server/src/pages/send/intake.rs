//! The parts of a send form as they arrive: what was typed is kept, each file goes into the draft at once.
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use waybill_core::error::{Error, LinkEnd};
use waybill_core::file::name::RelativePath;
use waybill_core::ids::PackageId;
use waybill_core::limits::FILES_PER_PACKAGE_MAX;
use waybill_core::upload::begin::{NewUpload, begin};
use waybill_core::upload::drop_upload::give_up;
use waybill_core::upload::receive::{Chunk, Receiver, open};

use super::{Typed, new_draft};
use crate::extract::Person;
use crate::respond::sentence;

/// Bytes of one typed field: a hundred recipients with long names fit.
const TYPED_BYTES_MAX: usize = 256 * 1024;
/// Parts of one form: every file that a package can hold, and the fields.
const PARTS_MAX: u64 = FILES_PER_PACKAGE_MAX + 16;

/// One form on its way in.
pub(super) struct Intake<'a> {
    person: &'a Person,
    draft: Option<PackageId>,
    typed: Typed,
    /// Files that could not be taken: name of the field and the sentence.
    mistakes: Vec<(String, String)>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(person: &'a Person, draft: Option<PackageId>) -> Self {
        Self { person, draft, typed: Typed::default(), mistakes: Vec::new() }
    }

    /// The draft if there is one by now, what was typed, and which files could not be taken.
    pub(super) fn into_parts(self) -> (Option<PackageId>, Typed, Vec<(String, String)>) {
        (self.draft, self.typed, self.mistakes)
    }

    /// Reads the form to its end. A file that cannot be taken is noted and passed over; an error means that reading on
    /// makes no sense (the connection broke, the disk is full).
    pub(super) async fn receive(&mut self, mut body: Multipart) -> Result<(), Error> {
        for _ in 0..PARTS_MAX {
            let Some(mut part) = body.next_field().await.map_err(unreadable)? else { return Ok(()) };
            match part.name().unwrap_or_default() {
                "title" => self.typed.title = text(&mut part).await?,
                "recipients" => self.typed.recipients = text(&mut part).await?,
                "expires_in_days" => self.typed.expires_in_days = text(&mut part).await?,
                "note" => self.typed.note = text(&mut part).await?,
                "idle_hours" => self.typed.idle_hours = Some(text(&mut part).await?),
                "max_downloads" => self.typed.max_downloads = Some(text(&mut part).await?),
                "password" => self.typed.password = text(&mut part).await?,
                "files" => self.file(part).await?,
                _ => {}
            }
        }
        Err(Error::TooLarge { limit_bytes: PARTS_MAX })
    }

    async fn file(&mut self, mut part: Field<'_>) -> Result<(), Error> {
        // A browser sends an empty part without a name where no file was chosen.
        let Some(name) = part.file_name().filter(|name| !name.is_empty()).map(as_chosen) else { return Ok(()) };
        let text = self.person.frame.text;
        let path = match RelativePath::parse(&name) {
            Ok(path) => path,
            Err(wrong) => {
                self.mistakes.push(("files".to_owned(), text.get(wrong.sentence_key())));
                return Ok(());
            }
        };
        let draft = match self.draft {
            Some(id) => id,
            None => *self.draft.insert(new_draft(self.person).await?),
        };
        match self.upload(draft, path, &mut part).await {
            Err(error @ (Error::Invalid(_) | Error::TooLarge { .. })) => {
                let said = sentence(&error, text, None);
                self.mistakes.push(("files".to_owned(), said));
                Ok(())
            }
            other => other,
        }
    }

    async fn upload(&self, draft: PackageId, path: RelativePath, part: &mut Field<'_>) -> Result<(), Error> {
        let (app, actor) = (&self.person.frame.web.app, &self.person.actor);
        let new = NewUpload { path, size: None, sha256: None, resumable: false, client_metadata: String::new() };
        let begun = begin(app, actor, draft, new).await?;
        let mut receiver = open(app, &begun.token.reveal(), 0, None, Chunk::Plain).await?;
        let arrived = match pour(part, &mut receiver).await {
            Ok(()) => receiver.end_as_whole(&actor.origin).await.map(drop),
            Err(error) => {
                // The writer leaves before its upload goes.
                drop(receiver);
                Err(error)
            }
        };
        if let Err(error) = arrived {
            // A form cannot be continued in the middle of a file: half of one is of no use to anybody.
            if let Err(failure) = give_up(app, &actor.origin, &begun.upload).await {
                tracing::warn!(upload = %begun.upload.id, %failure, "an interrupted upload waits for the sweep");
            }
            return Err(error);
        }
        Ok(())
    }
}

/// Every byte of the part, as it comes, until the end or until the package is taken back.
async fn pour(part: &mut Field<'_>, receiver: &mut Receiver<'_>) -> Result<(), Error> {
    let stop = receiver.stop();
    loop {
        let chunk = tokio::select! {
            () = stop.cancelled() => return Err(Error::Gone(LinkEnd::Unknown)),
            chunk = part.chunk() => chunk.map_err(unreadable)?,
        };
        match chunk {
            Some(bytes) => receiver.write(bytes).await?,
            None => return Ok(()),
        }
    }
}

async fn text(part: &mut Field<'_>) -> Result<String, Error> {
    let mut typed = Vec::new();
    while let Some(bytes) = part.chunk().await.map_err(unreadable)? {
        typed.extend_from_slice(&bytes);
        if typed.len() > TYPED_BYTES_MAX {
            let limit_bytes = u64::try_from(TYPED_BYTES_MAX).expect("a small number fits");
            return Err(Error::TooLarge { limit_bytes });
        }
    }
    Ok(String::from_utf8_lossy(&typed).into_owned())
}

/// A file's name as it was chosen: browsers write quotes and line breaks in it as escapes (HTML, multipart/form-data
/// encoding algorithm), and nothing else.
fn as_chosen(name: &str) -> String {
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

/// The form broke off or was none.
fn unreadable(_: MultipartError) -> Error {
    Error::Invalid(Vec::new())
}
