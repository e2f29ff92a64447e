//! Builds the browser's part (`web/`) into `$OUT_DIR/web`, from where `pages/assets.rs` embeds it, so that `cargo run`
//! is enough. Runs only when something under `web/` changed; must never write into the git tree except what git ignores.
//!
//! `WAYBILL_WEB_DIST=DIR` takes a bundle built elsewhere (`npm run build` in `web/`) and needs no Node here.
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const NODE_MAJOR_MIN: u32 = 20;
/// What the bundle is made from, under `web/`. A folder stands for everything in it.
const SOURCES: [&str; 5] = ["src", "public", "package.json", "package-lock.json", "vite.config.ts"];
/// Written into node_modules after an install: the lock file it was made from.
const INSTALLED_STAMP: &str = "node_modules/.waybill-installed";

fn main() -> ExitCode {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    println!("cargo::rerun-if-env-changed=WAYBILL_WEB_DIST");
    println!("cargo::rerun-if-changed=build.rs");
    for source in SOURCES {
        let path = web.join(source);
        // A path that is not there would count as changed at every build.
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    match bundle(&web) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error=the browser's part (web/) was not built: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn bundle(web: &Path) -> Result<(), String> {
    let out = PathBuf::from(setting("OUT_DIR").ok_or("OUT_DIR is not set; run this through cargo")?).join("web");
    if let Some(dist) = setting("WAYBILL_WEB_DIST") {
        let dist = PathBuf::from(dist);
        println!("cargo::rerun-if-changed={}", dist.display());
        return copy_flat(&dist, &out).map_err(|error| format!("WAYBILL_WEB_DIST={}: {error}", dist.display()));
    }
    require_node()?;
    // Two target folders (a build and an editor's check, say) may build at once, and npm ci empties node_modules first.
    let lock =
        File::create(web.join(".build.lock")).map_err(|error| format!("cannot create web/.build.lock: {error}"))?;
    lock.lock().map_err(|error| format!("cannot lock web/.build.lock: {error}"))?;
    install(web)?;
    run(
        Command::new("node")
            .arg("node_modules/vite/bin/vite.js")
            .arg("build")
            .arg("--outDir")
            .arg(&out)
            .current_dir(web),
        "vite build",
    )
}

/// `npm ci`, unless node_modules was made from this very lock file.
fn install(web: &Path) -> Result<(), String> {
    let lock_file =
        fs::read(web.join("package-lock.json")).map_err(|error| format!("web/package-lock.json: {error}"))?;
    let stamp = web.join(INSTALLED_STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == lock_file) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    // No package here needs its install script, so none gets to run one.
    run(Command::new(npm).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(web), "npm ci")?;
    fs::write(&stamp, lock_file).map_err(|error| format!("{}: {error}", stamp.display()))
}

fn require_node() -> Result<(), String> {
    let hint = format!("install Node.js {NODE_MAJOR_MIN} or newer with npm, or set WAYBILL_WEB_DIST to a built bundle");
    let output = Command::new("node").arg("--version").output().map_err(|_| format!("`node` was not found; {hint}"))?;
    let version = String::from_utf8_lossy(&output.stdout);
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        _ => Err(format!("Node.js {} is too old; {hint}", version.trim())),
    }
}

/// Runs to the end; what it printed is shown only when it failed, because cargo reads a build script's output.
fn run(command: &mut Command, name: &str) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{name}` did not start ({error}); is npm installed?"))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    eprintln!("{}", String::from_utf8_lossy(&printed));
    Err(format!("`{name}` ended with {}; what it printed stands below", output.status))
}

fn copy_flat(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script everything through the environment")]
fn setting(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
