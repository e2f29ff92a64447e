"""What every long run shares: a server that can be killed, a client for its API, bytes from a seed, and the verdict.

Standard library only, 127.0.0.1 only. Everything is ended by its own process id, and nothing here reads code of the
product: what is checked is what the contract promises to the outside.
"""

import base64
import hashlib
import http.client
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

TUS = {"Tus-Resumable": "1.0.0"}
OFFSET_TYPE = "application/offset+octet-stream"
START_SECONDS_MAX = 5.0
# What a client sees when the server dies under it.
BROKEN = (OSError, http.client.HTTPException)


class Finding(Exception):
    """A promise of the product that did not hold."""


def check(holds, message):
    if not holds:
        raise Finding(message)


def binary():
    path = os.environ.get("WAYBILL_BIN", "")
    if not os.access(path, os.X_OK):
        sys.exit("error: WAYBILL_BIN names no program\nhint: start this with dev/soak, which builds it")
    return path


def noise(seed, size):
    """`size` bytes that do not compress and are the same for the same seed."""
    return random.Random(seed).randbytes(size)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def free_port():
    """A port below the range of outgoing connections, so that no client takes it while the server is down."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Server:
    """`waybill serve` on one data folder and one port, over any number of lives."""

    def __init__(self, data, env=None):
        self.data = Path(data)
        self.port = free_port()
        self.extra = env or {}
        self.process = None
        self.said = []
        self.starts_s = []

    @property
    def pid(self):
        return self.process.pid

    def start(self, wait_s=60):
        """Starts it and answers how many seconds it took until it listened."""
        base = f"http://127.0.0.1:{self.port}"
        command = ["serve", "--data-dir", str(self.data), "--listen", f"127.0.0.1:{self.port}", "--public-url", base]
        began = time.monotonic()
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", binary(), *command],
            env=clean_env() | self.extra,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self.process.stderr, ready), daemon=True).start()
        while not ready.wait(0.01):
            if self.process.poll() is not None:
                raise Finding(f"the server ended at its start:\n{self.last_words()}")
            check(time.monotonic() - began < wait_s, f"the server does not start:\n{self.last_words()}")
        took = time.monotonic() - began
        self.starts_s.append(took)
        return took

    def _read(self, stream, ready):
        for line in stream:
            self.said.append(line.rstrip())
            del self.said[:-400]
            if "listening on http://" in line:
                ready.set()

    def last_words(self):
        return "\n".join(self.said[-15:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM, as an operator does it; answers the exit code."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def memory_peak_mib(self):
        """The most memory this life ever had resident (VmHWM)."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def operator(self, *args):
        """Runs an operator's command on the same data folder."""
        env = clean_env() | self.extra | {"WAYBILL_DATA_DIR": str(self.data)}
        return subprocess.run([binary(), *args], env=env, capture_output=True, text=True)

    def admin_token(self):
        """A bearer token of a new administrator."""
        made = self.operator("user", "add", "--email", "soak@example.com", "--name", "Soak", "--admin")
        check(made.returncode == 0, f"user add: {made.stderr}")
        token = self.operator("token", "create", "--email", "soak@example.com", "--name", "soak")
        check(token.returncode == 0, f"token create: {token.stderr}")
        return token.stdout.strip()


class WallClock:
    """The server's wall clock in the run's hands (libfaketime); its timers and timeouts stay the machine's."""

    def __init__(self, path):
        self.path, self.seconds = Path(path), 0
        libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        if not libraries:
            sys.exit("error: libfaketime is not there\nhint: run dev/setup")
        self.library = str(libraries[0])

    def __enter__(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.write()
        return self

    def __exit__(self, *_):
        self.path.unlink(missing_ok=True)

    def env(self):
        return {"LD_PRELOAD": self.library, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}

    def let_pass(self, server, seconds):
        """Moves the clock of the server on, and makes sure that it has noticed."""
        self.seconds += seconds
        self.write()

        def noticed():
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            connection.request("GET", "/healthz")
            told = parsedate_to_datetime(connection.getresponse().headers["Date"]).timestamp()
            connection.close()
            ahead = told - time.time()
            check(abs(ahead - self.seconds) < 3, f"the server's clock is {ahead:.0f} s ahead instead of {self.seconds}")

        eventually(noticed, seconds=5)

    def write(self):
        fresh = self.path.with_suffix(".new")
        fresh.write_text(f"+{self.seconds}\n")
        fresh.replace(self.path)


def clean_env():
    """The environment without settings of a Waybill that this machine may have."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WAYBILL_")}
    return kept | {"NO_COLOR": "1"}


class Api:
    """A client with one connection. Not for several threads at once."""

    def __init__(self, port, token, timeout_s=30):
        self.port, self.token, self.timeout_s = port, token, timeout_s
        self.connection = None

    def call(self, method, path, body=None, headers=None, **options):
        """(status, headers, body). Raises one of BROKEN when the server is gone; never repeats a request by itself."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        fields = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        try:
            try:
                self.connection.request(method, path, body=body, headers=fields, **options)
            except (BrokenPipeError, ConnectionResetError):
                # A refusal may come before the server has read everything; then its answer is already there.
                pass
            answer = self.connection.getresponse()
            data = answer.read()
        except BROKEN:
            self.close()
            raise
        if answer.will_close:
            self.close()
        return answer.status, answer.headers, data

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def json(self, method, path, value=None, expect=(200, 201)):
        body = None if value is None else json.dumps(value).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        status, _, data = self.call(method, path, body, headers)
        check(status in expect, f"{method} {path} answered {status}: {data[:300]!r}")
        return json.loads(data) if data else None

    def new_package(self, title):
        return self.json("POST", "/api/v1/packages", {"direction": "outbound", "title": title})["id"]

    def put(self, package, name, data, **headers):
        return self.call("PUT", f"/api/v1/packages/{package}/files/{quote(name)}", data, headers)

    def tus_create(self, package, name, size=None):
        """(status, path of the upload or None). Without a size its length is deferred."""
        pairs = {"package_id": package, "filename": name}
        told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
        length = {"Upload-Defer-Length": "1"} if size is None else {"Upload-Length": str(size)}
        status, headers, _ = self.call("POST", "/api/v1/uploads", None, TUS | length | {"Upload-Metadata": told})
        location = headers.get("Location")
        return status, location and urlsplit(location).path

    def tus_head(self, path):
        """(status, offset or None)"""
        status, headers, _ = self.call("HEAD", path, None, TUS)
        offset = headers.get("Upload-Offset")
        return status, None if offset is None else int(offset)

    def tus_patch(self, path, offset, data, **headers):
        fields = TUS | {"Upload-Offset": str(offset), "Content-Type": OFFSET_TYPE} | headers
        return self.call("PATCH", path, data, fields)

    def files(self, package):
        """The files of a package by name."""
        shown = self.json("GET", f"/api/v1/packages/{package}")
        return {file["name"]: file for file in shown["files"]}

    def content(self, package, file_id):
        status, _, data = self.call("GET", f"/api/v1/packages/{package}/files/{file_id}/content")
        check(status == 200, f"a file's content answered {status}: {data[:200]!r}")
        return data


@contextmanager
def folder(prefix="waybill-soak-"):
    """A temporary folder that goes away whatever happens."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(server):
    """Ends the server however the run ends, and shows its last words when it failed."""
    try:
        yield server
    except Exception:
        print(f"the server's last words:\n{server.last_words()}", file=sys.stderr)
        raise
    finally:
        if server.process is not None and server.process.poll() is None:
            # A stopped process takes no SIGTERM.
            server.process.send_signal(signal.SIGCONT)
        server.stop()


def sealed(api):
    """What the server finds when it verifies its audit log, once everything is sealed."""
    report = api.json("GET", "/api/v1/audit/verify")
    check(not report["intact"] or report["unsealed"] == 0, f"entries stay unsealed: {report}")
    return report


def eventually(attempt, seconds=20, pause_s=0.2):
    """Tries until it no longer raises a Finding; then answers what it answered."""
    end = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except Finding:
            if time.monotonic() > end:
                raise
            time.sleep(pause_s)


def conclude(name, run, *args):
    """Runs a scenario, prints its figures, leaves them in SOAK_OUT for the report, and ends with 0 or 1."""
    began = time.monotonic()
    figures, failure = {}, None
    try:
        run(figures, *args)
    except Finding as finding:
        failure = str(finding)
    figures["seconds"] = round(time.monotonic() - began, 1)
    figures["harness memory MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    verdict = {"scenario": name, "passed": failure is None, "failure": failure, "figures": figures}
    out = os.environ.get("SOAK_OUT")
    if out:
        Path(out, f"{name}.json").write_text(json.dumps(verdict, indent=2))
    for key, value in figures.items():
        print(f"   {key}: {value}")
    print(f"== {name}: {'passed' if failure is None else 'FAILED: ' + failure}", flush=True)
    sys.exit(0 if failure is None else 1)
