//! The pages people see, and the assets they are drawn with. A handler here extracts, calls one use case of the core and
//! fills in a view; what a page says stands in `view` and its templates, what a rule is stands in the core.
pub mod account;
pub mod assets;
pub mod dashboard;
pub mod ended;
pub mod ending;
pub mod extend;
pub mod fault;
mod fields;
mod history;
pub mod landing;
pub mod package;
mod problems;
mod recipients;
mod reference;
pub mod request;
pub mod send;
pub mod setup;
pub mod sign_in;
#[cfg(test)]
mod tests;
pub mod view;

use waybill_core::package::File;
use waybill_core::policy;

use view::{FileRow, Status};

/// A complete file as a row; when and how it came in is the owner's to know.
fn file_row(file: &File) -> FileRow {
    let folder = file.relative_path.rsplit_once('/').map_or("", |(folder, _)| folder);
    FileRow {
        id: file.id.to_string(),
        name: file.name().to_owned(),
        folder: folder.to_owned(),
        size_bytes: file.size,
        sha256: hex::encode(file.sha256),
        uploaded_at: None,
        transfer: None,
    }
}

fn status(status: policy::Status) -> Status {
    match status {
        policy::Status::Draft => Status::Draft,
        policy::Status::Active => Status::Active,
        policy::Status::Expired => Status::Expired,
        policy::Status::Completed => Status::Completed,
        policy::Status::Revoked => Status::Revoked,
    }
}
