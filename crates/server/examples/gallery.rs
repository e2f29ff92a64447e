//! Writes every sample page in every language as a file, to be looked at in a browser:
//! `cargo run --example gallery -- DIR`. Pages link `styles/index.css` (link `web/src/styles` there) and `app.js`, in DIR;
//! nothing is missing without the latter. Must never be part of the server.
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use waybill_core::text::{Language, Text};
#[expect(
    clippy::wildcard_imports,
    reason = "the samples look for the views beside them, wherever they are included"
)]
use waybill_server::pages::view::*;

#[path = "../src/pages/view/samples/mod.rs"]
mod samples;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: gallery DIR");
        return ExitCode::from(2);
    };
    match write_all(&folder) {
        Ok(count) => {
            eprintln!("{count} pages written to {}", folder.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("pages could not be written: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_all(folder: &std::path::Path) -> io::Result<usize> {
    let urls = samples::AssetUrls {
        css_url: "styles/index.css".to_owned(),
        js_url: "app.js".to_owned(),
        icon_url: "favicon.svg".to_owned(),
    };
    std::fs::create_dir_all(folder)?;
    let mut count = 0;
    for language in Language::ALL {
        for (name, html) in samples::all(Text::new(language), &urls) {
            std::fs::write(folder.join(format!("{name}.{}.html", language.tag())), html)?;
            count += 1;
        }
    }
    Ok(count)
}
