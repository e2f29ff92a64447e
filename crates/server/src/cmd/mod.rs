//! What an operator runs on the server: `serve`, and commands that may run beside it. Data goes to stdout, everything
//! else to stderr. They call use cases of the core and hold no rule of their own.
mod failure;
mod folder;
mod log;
mod open;
mod serve;
mod stop;
mod token;
mod user;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

use crate::config::options::ServeOptions;
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
}

/// Runs one command to its end: 0 it worked, 1 it failed, 2 it was used wrongly.
pub async fn run(command: Operator) -> ExitCode {
    let done = match command {
        Operator::Serve(options) => serve::serve(*options).await,
        Operator::User(user::Command::Add(add)) => user::add(add).await,
        Operator::Token(token::Command::Create(create)) => token::create(create).await,
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
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Failure::from_output)
}
