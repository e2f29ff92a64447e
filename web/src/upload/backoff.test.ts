import { expect, it } from "vitest";
import { backoffMs } from "./backoff";

it("doubles from one second and stops at thirty, however often it failed", () => {
  const longest = Array.from({ length: 8 }, (_, index) => backoffMs(index + 1, () => 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  expect(backoffMs(100_000, () => 1)).toBe(30_000);
});

it("draws half of the wait by chance and never comes back at once", () => {
  expect(backoffMs(1, () => 0)).toBe(500);
  expect(backoffMs(6, () => 0)).toBe(15_000);
  expect(backoffMs(0, () => 0)).toBe(500);
});

it("waits at least as long as the server asked", () => {
  expect(backoffMs(1, () => 0.5, 20_000)).toBe(20_000);
});
