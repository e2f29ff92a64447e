//! `waybill user`: people with an account.
use std::io::{BufRead as _, Read as _};

use clap::{Args, Subcommand};
use secrecy::SecretString;
use waybill_core::access::{Author, Origin};
use waybill_core::account::{Role, add as core_add};
use waybill_core::limits;

use super::failure::Failure;
use super::open::{Absent, open_beside};
use super::{configure, say};
use crate::config::options::PlaceOptions;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Adds a person
    Add(Add),
}

#[derive(Debug, Args)]
pub struct Add {
    /// E-mail address, which is also the name to sign in with
    #[arg(long)]
    email: String,
    /// Name that recipients see
    #[arg(long)]
    name: String,
    /// Makes the person an administrator
    #[arg(long)]
    admin: bool,
    /// Reads the password from the first line of stdin; without it the person cannot sign in yet
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    place: PlaceOptions,
}

pub(super) async fn add(command: Add) -> Result<(), Failure> {
    let config = configure(command.place)?;
    let password = if command.password_stdin { Some(first_line()?) } else { None };
    let role = if command.admin { Role::Admin } else { Role::Regular };
    let app = open_beside(&config, Absent::Make).await?;
    let new = core_add::NewPerson { email: command.email, name: command.name, role, password };
    let added = core_add::add(&app, Author::Operator, &Origin::default(), new).await;
    app.db.close().await;
    let account = added?;
    say(format_args!("added {} ({})", account.email, account.role));
    Ok(())
}

fn first_line() -> Result<SecretString, Failure> {
    let room = u64::try_from(limits::PASSWORD_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(2);
    let mut line = String::new();
    let mut input = std::io::stdin().lock().take(room);
    input.read_line(&mut line).map_err(|error| Failure::new(format!("the password cannot be read: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).into())
}
