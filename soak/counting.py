"""Does a limit hold, and is no download lost, over any number of `kill -9`?

Several links with limits of 1, 2 and 5, for each of them more people than it allows. Everybody has a visit of his own and
resumes until he has every byte; some go away for good on the way. The server is killed at random and at chosen moments:
at a download's first bytes, its middle, shortly before and right after its end, so also while it counts. When nobody
moves any more, a minute passes on the server's clock, so that slots which nobody continues are taken over, until all
slots are used.

Checked after each start and at the end: never more counted than allowed; whoever has every byte is counted, and nobody
twice; who went away early never counts; in all exactly as many succeed as the limit says, and then strangers get 410.

    dev/soak counting [--rounds N] [--seed N] [--sabotage NAME]
"""

import argparse
import http.client
import json
import random
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import store
from house import BROKEN, START_SECONDS_MAX, Api, Server, WallClock, check, conclude, eventually, folder, noise, running, sealed, sha256

SABOTAGE = {
    "forget-claims": store.forget_claims,
    "forget-count": store.forget_count,
    "count-twice": store.count_twice,
}
LIMITS = [1, 2, 5]
SIZES = [1_000_000, 9_000_000, 24 << 20, 64 << 20]
# Everybody takes a second or three for a file, whatever its size.
PIECES = 300
PIECE_SECONDS = 0.005
# What the two kernels may hold of an answer, so that its reader does not know of it; and the least step of the ledger.
AHEAD = 12 << 20
TAKEOVER_SECONDS = 61
KILLS_PER_ROUND = 8


class Story:
    """One link and everybody who has it."""

    def __init__(self, api, seed, limit, size, rng):
        self.limit, self.size = limit, size
        self.data = noise(seed, size)
        self.digest = sha256(self.data)
        policy = {"expires_in_hours": 168, "idle_hours": 0, "max_downloads": limit}
        made = api.json("POST", "/api/v1/packages", {"direction": "outbound", "kind": "ticket", "policy": policy})
        self.package = made["id"]
        check(api.put(self.package, "file.bin", self.data)[0] == 201, "a plain PUT does not work")
        self.link = api.json("POST", f"/api/v1/packages/{self.package}/finalize", {})["url"]
        self.rng = rng

    def counted(self, api):
        """The downloads that count; never more than allowed, and each once in the log."""
        shown = api.json("GET", f"/api/v1/packages/{self.package}")["downloads"]
        check(shown <= self.limit, f"{shown} downloads count of {self.limit} allowed")
        entries = api.json("GET", f"/api/v1/packages/{self.package}/audit?limit=200")["items"]
        completed = [entry["details"]["download_id"] for entry in entries if entry["action"] == "download.completed"]
        check(len(set(completed)) == len(completed), f"a download is counted twice: {completed}")
        check(len(completed) == shown, f"{shown} downloads count and {len(completed)} are in the log")
        return shown


class Turnstile:
    """People press at once, but not while the clock is moved: a minute must not pass between a start and its first byte."""

    def __init__(self):
        self.condition = threading.Condition()
        self.inside, self.is_closed = 0, False

    def __enter__(self):
        with self.condition:
            self.condition.wait_for(lambda: not self.is_closed)
            self.inside += 1

    def __exit__(self, *_):
        with self.condition:
            self.inside -= 1
            self.condition.notify_all()

    @contextmanager
    def closed(self):
        with self.condition:
            self.is_closed = True
            self.condition.wait_for(lambda: self.inside == 0)
        try:
            yield
        finally:
            with self.condition:
                self.is_closed = False
                self.condition.notify_all()


TURNSTILE = Turnstile()


class Person(threading.Thread):
    """One visit, over all lives of the server."""

    def __init__(self, number, story, port, up, leaves_at=None):
        super().__init__(daemon=True, name=f"person {number} of a limit of {story.limit}")
        self.story, self.port, self.up, self.leaves_at = story, port, up, leaves_at
        self.got = 0
        self.url = None
        self.state = "waiting"
        self.resumed = self.broken = 0
        self.finding = None

    @property
    def is_settled(self):
        return self.state in ("whole", "left", "refused")

    def run(self):
        try:
            visit = self.again(self.look)
            # A link that was used up before he looked.
            while visit is not None and not self.is_settled:
                self.again(lambda: self.press(visit))
                if self.state == "waiting":
                    time.sleep(0.2)
                elif self.state == "fetching":
                    self.fetch()
        except Exception as error:  # of this thread: reported by the main one
            self.finding = error
            self.state = "refused"

    def again(self, attempt):
        while True:
            self.up.wait()
            try:
                return attempt()
            except BROKEN:
                self.broken += 1
                time.sleep(0.02)

    def ask(self, method, url, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        parts = urlsplit(url)
        connection.request(method, parts.path, body, {"Accept": "application/json", **(headers or {})})
        return connection, connection.getresponse()

    def look(self):
        connection, answer = self.ask("GET", self.story.link)
        body = answer.read()
        connection.close()
        if answer.status == 410:
            self.state = "refused"
            return None
        check(answer.status == 200, f"the link answers {answer.status}")
        return json.loads(body)["visit"]

    def press(self, visit):
        with TURNSTILE:
            self.press_now(visit)

    def press_now(self, visit):
        body = json.dumps({"visit": visit})
        connection, answer = self.ask("POST", self.story.link, body, {"Content-Type": "application/json"})
        said = answer.read()
        connection.close()
        if answer.status == 201:
            url = json.loads(said)["url"]
            check(self.url in (None, url), "a visit that goes on is sent to another address")
            self.url, self.state = url, "fetching"
        elif answer.status == 409:
            check(self.url is None, "a visit lost its slot")
            check(1 <= int(answer.headers["Retry-After"]) <= 60, f"Retry-After: {answer.headers['Retry-After']}")
        else:
            check(answer.status == 410, f"a start answers {answer.status}: {said[:200]!r}")
            check(self.url is None, f"a visit that had {self.got} of {self.story.size} bytes is refused")
            self.state = "refused"

    def fetch(self):
        """Until everything is there, or he goes away."""
        while self.state == "fetching":
            self.up.wait()
            try:
                self.fetch_on()
            except BROKEN:
                self.broken += 1
                self.resumed += self.got > 0
                time.sleep(0.02)

    def fetch_on(self):
        size = self.story.size
        # Not always by a range: whoever has little begins anew, as simple programs do.
        fields = {"Range": f"bytes={self.got}-"} if self.got > size // 20 else {}
        if not fields:
            self.got = 0
        connection, answer = self.ask("GET", self.url, headers=fields)
        try:
            expected = 206 if fields else 200
            check(answer.status == expected, f"at {self.got} of {size} bytes its address answers {answer.status}")
            while self.got < size:
                piece = answer.read1(size // PIECES)
                if not piece:
                    raise ConnectionResetError("a short body")
                check(piece == self.story.data[self.got : self.got + len(piece)], "other bytes")
                self.got += len(piece)
                if self.leaves_at is not None and self.got >= self.leaves_at:
                    self.state = "left"
                    return
                time.sleep(PIECE_SECONDS)
            self.state = "whole"
        finally:
            connection.close()


class Aim:
    """A moment to kill at: when somebody's download passes this part of the way."""

    def __init__(self, rng):
        self.part = rng.choice([0.0, 0.5, 0.9, 0.999, 1.0, None])
        self.wait_s = rng.uniform(0.02, 1.0)
        self.after_s = rng.choice([0, 0, 0, rng.uniform(0, 0.02)])

    def wait(self, people):
        """Answers whether the moment came, and not just its time."""
        end = time.monotonic() + (3 if self.part is not None else self.wait_s)
        before = {person: person.got for person in people}
        while time.monotonic() < end:
            for person in people:
                mark = person.story.size * (self.part or 0)
                if self.part is not None and before[person] < max(mark, 1) <= person.got:
                    time.sleep(self.after_s)
                    return True
            time.sleep(0.0003)
        return self.part is None


def people_of(story, port, up):
    """More than the limit allows; some of the first go away, early or late."""
    people = []
    for number in range(story.limit + 2):
        leaves_at = None
        if number <= story.limit // 2 and story.rng.random() < 0.6:
            leaves_at = int(story.size * story.rng.choice([0.1, 0.4, 0.6, 0.999]))
        people.append(Person(number, story, port, up, leaves_at))
    return people


def kill_and_start(server, api, stories, up, sabotage):
    up.clear()
    server.kill()
    if sabotage:
        sabotage(server.data)
    api.close()
    took = server.start()
    check(took < START_SECONDS_MAX, f"it started {took:.1f} s after kill -9")
    counted = {story: story.counted(api) for story in stories}
    up.set()
    return counted


def check_people(people):
    for person in people:
        check(person.finding is None, f"{person.name}, {person.got} of {person.story.size} bytes: {person.finding}")


def one_round(server, api, clock, rng, seed, figures, sabotage):
    up = threading.Event()
    up.set()
    stories = [Story(api, f"{seed}/{limit}", limit, rng.choice(SIZES), rng) for limit in LIMITS]
    people = [person for story in stories for person in people_of(story, server.port, up)]
    rng.shuffle(people)
    for person in people:
        person.start()
    kills = 0
    while not all(person.is_settled for person in people):
        if kills == KILLS_PER_ROUND or not is_anybody_fetching(people):
            settle(server, clock, people, until_fetching=kills < KILLS_PER_ROUND)
            continue
        aim = Aim(rng)
        met = aim.wait(people)
        kills += 1
        counted = kill_and_start(server, api, stories, up, sabotage)
        figures["kills"] += 1
        figures["kills at a chosen moment"] += met and aim.part is not None
        check_people(people)
        for story in stories:
            mine = [person for person in people if person.story is story]
            whole = sum(person.state == "whole" for person in mine)
            check(whole <= counted[story], f"{whole} have every byte and {counted[story]} are counted")
            gone = sum(person.state == "left" for person in mine)
            figures["kills after the count, before the last byte"] += counted[story] > whole + gone
    settle(server, clock, people)
    for story in stories:
        finish(server, api, clock, story, [person for person in people if person.story is story], figures)
    for person in people:
        figures["resumed"] += person.resumed
        figures["connections broken"] += person.broken


def is_anybody_fetching(people):
    return any(person.state == "fetching" for person in people)


def settle(server, clock, people, until_fetching=False):
    """Waits until everybody has what he wants, or cannot get it (or somebody fetches again); lets a minute pass when nobody
    moves."""
    end = time.monotonic() + 180
    while not all(person.is_settled for person in people):
        check_people(people)
        check(time.monotonic() < end, f"people wait for ever: {[(p.name, p.state, p.got) for p in people if not p.is_settled]}")
        if is_anybody_fetching(people):
            if until_fetching:
                return
            time.sleep(0.1)
            continue
        time.sleep(0.5)
        with TURNSTILE.closed():
            if not is_anybody_fetching(people) and not all(person.is_settled for person in people):
                clock.let_pass(server, TAKEOVER_SECONDS)
        time.sleep(0.5)
    check_people(people)


def finish(server, api, clock, story, people, figures):
    """Strangers use up what is left; then the sums must be right."""
    up = threading.Event()
    up.set()
    strangers = []
    while story.counted(api) < story.limit:
        check(len(strangers) < story.limit + len(people), "a slot is lost: strangers come and the limit is not reached")
        stranger = Person(len(strangers), story, server.port, up)
        stranger.start()
        strangers.append(stranger)
        settle(server, clock, strangers)
    last = Person(99, story, server.port, up)
    last.start()
    settle(server, clock, [last])
    check(last.state == "refused", f"one more than {story.limit} got the bytes")
    everybody = people + strangers
    whole = sum(person.state == "whole" for person in everybody)
    # Who left at the end may have been counted: the kernel had taken the rest of it.
    late = sum(person.state == "left" and person.got + AHEAD >= story.size for person in everybody)
    counted = story.counted(api)
    check(whole <= counted, f"{whole} have every byte and {counted} are counted")
    check(counted <= whole + late, f"{counted} are counted, {whole} have every byte and {late} left near the end")
    figures["links used up"] += 1
    figures["people with every byte"] += whole
    figures["people who left"] += sum(person.state == "left" for person in everybody)
    figures["of them counted"] += counted - whole
    figures["people refused"] += sum(person.state == "refused" for person in everybody)


def counting(figures, options):
    rng = random.Random(options.seed)
    counters = ["kills", "kills at a chosen moment", "kills after the count, before the last byte", "resumed",
                "connections broken", "links used up", "people with every byte", "people who left", "of them counted",
                "people refused"]
    figures.update(dict.fromkeys(counters, 0))
    with folder() as path, WallClock(path / "clock") as clock, running(Server(path / "data", clock.env())) as server:
        server.start()
        api = Api(server.port, server.admin_token())
        for done in range(1, options.rounds + 1):
            one_round(server, api, clock, rng, f"{options.seed}/{done}", figures, SABOTAGE.get(options.sabotage))
            figures["rounds"] = done
        figures["restart s, longest"] = round(max(server.starts_s[1:]), 2)
        figures["memory of the last life MiB"] = round(server.memory_peak_mib())
        check(figures["resumed"] > 0, "no download was interrupted: nothing was tested")
        report = eventually(lambda: sealed(api))
        check(report["intact"], f"the audit log does not verify: {report}")
        figures["audit entries sealed"] = report["sealed"]
        check(server.operator("audit", "verify").returncode == 0, "waybill audit verify finds a fault")
        check(server.stop() == 0, "SIGTERM does not end it with 0")


def main():
    parser = argparse.ArgumentParser(prog="dev/soak counting")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--sabotage", choices=sorted(SABOTAGE), help="damages the data at each start: must fail")
    options = parser.parse_args()

    def run(figures):
        figures["seed"] = options.seed
        counting(figures, options)

    conclude(f"counting-{options.sabotage}" if options.sabotage else "counting", run)


if __name__ == "__main__":
    main()
