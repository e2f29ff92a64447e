"""Writes the dated page of a run: report.py RESULTS-FOLDER PAGE. One section per scenario, figures as they were printed."""

import json
import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

ORDER = ["kills", "powercut", "diskfull", "wrong-input", "browser"]


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return f"{os.cpu_count()} cores, {memory} GiB of memory, Linux {platform.release()}"


def version():
    said = subprocess.run([os.environ["WAYBILL_BIN"], "--version"], capture_output=True, text=True).stdout.strip()
    commit = subprocess.run(["git", "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True).stdout.strip()
    return f"{said}, commit {commit}"


def section(result):
    verdict = "passed" if result["passed"] else f"**failed**: {result['failure']}"
    rows = [f"| {name} | {value} |" for name, value in result["figures"].items()]
    return "\n".join([f"## {result['scenario']}: {verdict}", "", "| figure | value |", "|---|---|", *rows, ""])


def main():
    results = {path.stem: json.loads(path.read_text()) for path in Path(sys.argv[1]).glob("*.json")}
    known = [results[name] for name in ORDER if name in results]
    missing = [name for name in ORDER if name not in results]
    page = [f"# Long runs of {date.today()}", "", f"{version()}. {machine()}.",
            "What each run does is said at the top of its file in `soak/`; `dev/soak SCENARIO` repeats one.", ""]
    if missing:
        page += [f"Not run: {', '.join(missing)}.", ""]
    Path(sys.argv[2]).parent.mkdir(parents=True, exist_ok=True)
    Path(sys.argv[2]).write_text("\n".join(page + [section(result) for result in known]))


if __name__ == "__main__":
    main()
