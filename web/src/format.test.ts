import { describe, expect, it } from "vitest";
import { Format, percent } from "./format";
import { localTime } from "./elements/local-time";

/** Spaces that do not break are a matter of the language's data. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

describe("numbers", () => {
  const english = new Format("en");
  const german = new Format("de");

  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1000, "1 kB"],
    [1234, "1.2 kB"],
    [999_949, "1 MB"],
    [1_250_000_000, "1.3 GB"],
    [123_400_000, "123 MB"],
  ])("%i bytes read %s", (bytes, text) => expect(plain(english.size(bytes))).toBe(text));

  it("follow the page's language", () => {
    expect(plain(german.size(1_200_000))).toBe("1,2 MB");
    expect(plain(english.rate(12_300_000))).toBe("12.3 MB/s");
    expect(german.count(12_345)).toBe("12.345");
  });

  it("tell durations as exactly as a forecast can be", () => {
    expect([4, 59.6, 90, 3599, 5400, 40_000].map((seconds) => plain(english.duration(seconds)))).toEqual([
      "4 sec",
      "1 min",
      "2 min",
      "1 hr",
      "1 hr 30 min",
      "11 hr",
    ]);
  });

  it("fall back to the browser's language for one that is unknown", () => {
    expect(new Format("xx-nonsense-").size(5)).not.toBe("");
  });
});

describe("percent", () => {
  it("says a hundred only when nothing is missing", () => {
    expect(percent(999_999, 1_000_000)).toBe(99);
    expect(percent(1_000_000, 1_000_000)).toBe(100);
    expect(percent(0, 0)).toBe(100);
    expect(percent(5, 3)).toBe(100);
  });
});

it("an instant is shown in the reader's zone, with its name", () => {
  const at = new Date("2026-11-22T14:03:00Z");
  expect(plain(localTime(at, "en-GB", false, "Europe/Berlin"))).toBe("22 Nov 2026, 15:03 CET");
  expect(plain(localTime(at, "en", false, "Europe/Berlin"))).toBe("22 Nov 2026, 15:03 CET");
  expect(plain(localTime(at, "de", true, "America/New_York"))).toBe("22. Nov. 2026");
});
