import { describe, expect, it } from "vitest";
import { RateMeter } from "./rate";

/** Samples every 500 ms at the given rates, `seconds` each. */
function run(meter: RateMeter, steps: readonly (readonly [rate: number, seconds: number])[]): number {
  let [now, bytes] = [0, 0];
  meter.sample(now, bytes);
  for (const [rate, seconds] of steps) {
    for (let step = 0; step < seconds * 2; step += 1) {
      now += 500;
      bytes += rate / 2;
      meter.sample(now, bytes);
    }
  }
  return bytes;
}

describe("the rate", () => {
  it("is unknown before anything was measured", () => {
    const meter = new RateMeter();
    meter.sample(0, 0);
    expect(meter.bytesPerSecond()).toBeNull();
    expect(meter.secondsLeft(100)).toBeNull();
  });

  it("is exact on a steady line, and tells the time left once it has settled", () => {
    const meter = new RateMeter();
    run(meter, [[1000, 1]]);
    expect(meter.secondsLeft(5000)).toBeNull();
    const steady = new RateMeter();
    run(steady, [[1000, 10]]);
    expect(steady.bytesPerSecond()).toBeCloseTo(1000);
    expect(steady.secondsLeft(5000)).toBeCloseTo(5);
  });

  it("follows a change by half within four seconds, without jumping", () => {
    const meter = new RateMeter();
    run(meter, [
      [1000, 10],
      [3000, 4],
    ]);
    expect(meter.bytesPerSecond()).toBeGreaterThan(1900);
    expect(meter.bytesPerSecond()).toBeLessThan(2100);
  });

  it("does not take a pause for a slow line", () => {
    const meter = new RateMeter();
    const bytes = run(meter, [[1000, 10]]);
    meter.pause();
    meter.sample(600_000, bytes);
    meter.sample(601_000, bytes + 1000);
    expect(meter.bytesPerSecond()).toBeCloseTo(1000);
  });

  it("is not negative when the server corrects an offset", () => {
    const meter = new RateMeter();
    run(meter, [[1000, 4]]);
    meter.sample(5000, 10);
    expect(meter.bytesPerSecond()).toBeCloseTo(1000);
  });

  it("names no time left on a line that stands still", () => {
    const meter = new RateMeter();
    run(meter, [[0, 5]]);
    expect(meter.secondsLeft(1)).toBeNull();
    expect(meter.secondsLeft(0)).toBe(0);
  });
});
