"""Writes the dated page of a run, one section per scenario with its figures as they were printed.

report.py RESULTS-FOLDER PAGE                          the page
report.py --sabotage RESULTS-FOLDER WRONG FOUND...     keeps which planted faults were found
"""

import json
import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

ORDER = ["kills", "counting", "powercut", "diskfull", "wrong-input", "browser", "sabotage"]


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


def keep_sabotage(folder, wrong, *found):
    figures = {fault: "found" for fault in found}
    failure = None if wrong == "0" else "not every planted fault was found"
    verdict = {"scenario": "sabotage", "passed": failure is None, "failure": failure, "figures": figures}
    Path(folder, "sabotage.json").write_text(json.dumps(verdict, indent=2))


def main():
    if sys.argv[1] == "--sabotage":
        return keep_sabotage(*sys.argv[2:])
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
