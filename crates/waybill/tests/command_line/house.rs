//! The real binary with a data folder of its own, as an operator runs it: through environment, options, streams, exit
//! codes and signals. What is started ends with its test.
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Anything that takes longer has failed. Ample: the machine may be busy with other tests.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A data folder, and commands that work on it.
pub struct House {
    folder: tempfile::TempDir,
}

impl House {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// With the administrator Ann.
    pub fn with_ann() -> Self {
        let house = Self::new();
        let added = house.run_with(
            ["user", "add", "--email", "ann@example.com", "--name", "Ann Example", "--admin", "--password-stdin"],
            "correct horse battery staple\n",
        );
        assert!(added.status.success(), "{}", said(&added));
        house
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The command with the settings of this house and no others.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = waybill();
        command.args(arguments).env("WAYBILL_DATA_DIR", self.data()).current_dir(self.folder.path());
        command
    }

    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.run_with(arguments, "")
    }

    pub fn run_with<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, input: &str) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        // A command that does not read its input has closed it.
        let _ = child.stdin.take().expect("stdin is piped").write_all(input.as_bytes());
        child.wait_with_output().expect("the binary ends")
    }

    /// Runs a command that must succeed; answers its stdout.
    pub fn ok<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).expect("the output is UTF-8")
    }

    /// An API token of Ann with all rights.
    pub fn token(&self) -> String {
        self.ok(["token", "create", "--email", "ann@example.com", "--name", "test"]).trim().to_owned()
    }

    /// Starts the server on a free port and waits until it listens.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub fn serve_with(&self, options: &[&str]) -> Server {
        let mut command = self.command(["serve", "--listen", "127.0.0.1:0"]);
        command.args(options);
        Server::start(command)
    }

    /// Lets the server run once, so that everything that waits for it is done.
    pub fn serve_once(&self) {
        let status = self.serve().terminate();
        assert_eq!(status.code(), Some(0));
    }
}

/// The binary without any setting of this machine.
pub fn waybill() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("waybill"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WAYBILL_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Exit code and both streams, for messages.
pub fn said(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\nstdout: {out}\nstderr: {err}", output.status)
}

/// A running server; killed when it goes out of scope.
pub struct Server {
    child: Child,
    lines: Receiver<String>,
    pub heard: Vec<String>,
    pub base: String,
}

impl Server {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { child, lines, heard: Vec::new(), base: String::new() };
        let line = server.line("listening on http://");
        line.trim_start_matches("listening on ").clone_into(&mut server.base);
        server
    }

    /// The first line on stderr that contains `what`.
    pub fn line(&mut self, what: &str) -> String {
        if let Some(line) = self.heard.iter().find(|line| line.contains(what)) {
            return line.clone();
        }
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    if line.contains(what) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no line with {what:?} in time: {:#?}", self.heard),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without {what:?}: {:#?}", self.heard),
            }
        }
    }

    /// Asks it to end, waits, and keeps everything it said in `heard`.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("a running process can be killed");
        self.wait();
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill starts").success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        // Its stderr closes when it ends.
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.heard.push(line);
        }
        assert!(Instant::now() < until, "it did not end in time: {:#?}", self.heard);
        self.child.wait().expect("a child can be waited for")
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        request(&self.base, "GET", path, "", b"")
    }

    pub fn send(&self, method: &str, path: &str, token: &str, body: &[u8]) -> (u16, String) {
        let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        request(&self.base, method, path, &headers, body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One HTTP/1.1 request; answers status and body.
pub fn request(base: &str, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the server takes connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("the request can be sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the answer is text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("an answer has a status");
    (status, body.to_owned())
}
