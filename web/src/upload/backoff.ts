// How long to wait before the next attempt. Never gives up: the page that asks lives as long as the person wants.

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * Milliseconds before attempt number `attempt` (1 = the first repetition): doubling from one second, capped at thirty,
 * with half of it drawn by chance, so that a thousand browsers do not come back in the same second.
 *
 * `random` answers a number from 0 (inclusive) to 1 (exclusive). `atLeastMs` is what the server asked for.
 */
export function backoffMs(attempt: number, random: () => number, atLeastMs = 0): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 10);
  const whole = Math.min(FIRST_MS * 2 ** exponent, LONGEST_MS);
  return Math.max(atLeastMs, Math.round(whole / 2 + (whole / 2) * random()));
}
