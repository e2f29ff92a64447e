//! The one binary's command line: which command runs. Only here does a runtime start; no command's rule lives here.
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// Exchanges files by secret link
#[derive(Debug, Parser)]
#[command(name = "waybill", version, about, subcommand_required = true, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(feature = "server")]
    #[command(flatten)]
    Operator(waybill_server::cmd::Operator),
}

fn main() -> ExitCode {
    let command = CommandLine::command();
    #[cfg(feature = "server")]
    let command = waybill_server::config::options::document(command);
    let matches = command.get_matches();
    let line = CommandLine::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    run(line.command)
}

#[cfg(feature = "server")]
fn run(command: Command) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the threads of this program cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(async {
        match command {
            Command::Operator(command) => waybill_server::cmd::run(command).await,
        }
    });
    // A job that was cut off may still sit on a thread; the process does not wait for it.
    runtime.shutdown_background();
    code
}

#[cfg(not(feature = "server"))]
fn run(command: Command) -> ExitCode {
    match command {}
}
