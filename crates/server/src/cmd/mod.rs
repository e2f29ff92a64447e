//! What an operator runs on the server: `serve`, and commands that may run beside it. Data goes to stdout, everything
//! else to stderr. They call use cases of the core and hold no rule of their own.
mod audit;
mod doctor;
mod failure;
mod folder;
mod fsck;
mod gc;
mod log;
mod open;
mod serve;
mod stop;
mod token;
mod user;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

use crate::config::options::{PlaceOptions, ServeOptions};
use crate::config::{Config, environment};

use self::failure::Failure;

/// The operator's part of the command line.
#[derive(Debug, Subcommand)]
pub enum Operator {
    /// Runs the server
    Serve(Box<ServeOptions>),
    /// People with an account
    #[command(subcommand)]
    User(user::Command),
    /// API tokens
    #[command(subcommand)]
    Token(token::Command),
    /// The audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Checks that all promised files are there and whole
    ///
    /// May run beside the server. Ends with 1 when something is lost.
    Fsck(fsck::Fsck),
    /// Removes stored bytes that nothing refers to any more and that are older than a day
    ///
    /// May run beside the server.
    Gc(PlaceOptions),
    /// Looks whether this instance is set up well
    Doctor(Box<ServeOptions>),
}

/// Runs one command to its end: 0 it worked, 1 it failed, 2 it was used wrongly.
pub async fn run(command: Operator) -> ExitCode {
    // What is made here is for this user alone, whatever makes it.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let done = match command {
        Operator::Serve(options) => serve::serve(*options).await,
        Operator::User(user::Command::Add(add)) => user::add(add).await,
        Operator::Token(token::Command::Create(create)) => token::create(create).await,
        Operator::Audit(audit::Command::Verify(place)) => audit::verify(place).await,
        Operator::Audit(audit::Command::Export(export)) => audit::export(export).await,
        Operator::Fsck(fsck) => fsck::fsck(fsck).await,
        Operator::Gc(place) => gc::gc(place).await,
        Operator::Doctor(options) => Box::pin(doctor::doctor(*options)).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

/// The settings of a command that works on the data folder, with its log switched on.
fn configure(options: impl Into<ServeOptions>) -> Result<Config, Failure> {
    let environment = environment()?;
    let config = Config::read(&options.into(), &environment)?;
    log::start(config.log, log::colours_wanted(&environment));
    Ok(config)
}

/// Says something to whoever watches. Nobody watching is no failure.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes data. A reader that has seen enough (`| head`) ends the command with success.
fn print(line: impl std::fmt::Display) -> Result<(), Failure> {
    print_raw(format!("{line}\n").as_bytes())
}

/// As [`print`], for whole lines.
fn print_raw(lines: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(lines).and_then(|()| out.flush()).map_err(Failure::from_output)
}

/// `1 file`, `2 files`.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
