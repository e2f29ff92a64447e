//! `waybill token`: API tokens. The token alone goes to stdout, this once.
use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use waybill_core::account::{Scope, make_token};
use waybill_core::error::Error;

use super::failure::Failure;
use super::open::{Absent, open_beside};
use super::{configure, print};
use crate::config::options::PlaceOptions;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes an API token for a person and prints it
    Create(Create),
}

#[derive(Debug, Args)]
pub struct Create {
    /// Whose token it is
    #[arg(long)]
    email: String,
    /// What it is for
    #[arg(long)]
    name: String,
    /// A right it has: read, send, receive or admin; may be given again; without any it has all of the person's
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<Scope>,
    /// Days until it expires; without it, it does not
    #[arg(long, value_name = "DAYS")]
    expires_in_days: Option<u64>,
    #[command(flatten)]
    place: PlaceOptions,
}

pub(super) async fn create(command: Create) -> Result<(), Failure> {
    let config = configure(command.place)?;
    let app = open_beside(&config, Absent::Refuse).await?;
    let new =
        make_token::NewToken { name: command.name, scopes: command.scopes, expires_in_days: command.expires_in_days };
    let made = make_token::make_token_for_email(&app, &command.email, new).await;
    app.db.close().await;
    let (_, secret) = made.map_err(|error| match error {
        Error::NotFound => Failure::new(format!("nobody here has the address {}", command.email))
            .hint("add the person with `waybill user add`"),
        other => other.into(),
    })?;
    print(secret.expose_secret())
}

fn scope(text: &str) -> Result<Scope, String> {
    let known = Scope::ALL.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(", ");
    Scope::parse(text).ok_or_else(|| format!("expected one of {known}"))
}
