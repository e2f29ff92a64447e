//! What each page shows, as plain data with its template: every struct here renders to one HTML document or fragment.
//! Nothing here knows a database, a rule or a request; handlers decide, these structs say it in the reader's language.
//! No template may contain a script, a style, a `style` attribute or an event handler: the content security policy
//! refuses them, and a test does too.
pub mod account;
pub mod bars;
pub mod contents;
pub mod dashboard;
pub mod draft;
pub mod ended;
pub mod extend;
pub mod fault;
pub mod happening;
pub mod landing;
pub mod moment;
pub mod name;
pub mod package;
pub mod policy_form;
pub mod problem;
pub mod request;
pub mod script_texts;
pub mod setup;
pub mod shell;
pub mod sign_in;
pub mod stamp;
pub mod unlock;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use account::{AccountPage, FreshToken, TokenRow};
pub use contents::{FileRow, Transfer, UnfinishedUpload};
pub use dashboard::{DashboardPage, Direction, Filter, FilterKind, PackageRow, Undo};
pub use draft::{DraftRow, SendPage};
pub use ended::{Ask, EndedPage, Ending};
pub use extend::{ExtendPage, Extension};
pub use fault::{Fault, FaultPage};
pub use happening::{Deed, Happening, More};
pub use landing::{LandingNotice, LandingPage, Party};
pub use moment::Moment;
pub use package::{Fate, MailState, PackageAction, PackageLive, PackagePage, RecipientRow};
pub use policy_form::{PasswordForm, PolicyForm};
pub use problem::Problems;
pub use request::RequestPage;
pub use setup::SetupPage;
pub use shell::{Person, Place, Shell, Theme, Warning};
pub use sign_in::{SignInPage, SignInProblem};
pub use stamp::{Stamp, Status};
pub use unlock::{UnlockPage, UnlockProblem};
