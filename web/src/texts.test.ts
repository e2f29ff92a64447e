import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseMessages, PLACEABLES, TEXT_KEYS, Texts } from "./texts";

/** The messages of a catalogue with the placeables each one uses. Messages here stand on one line. */
function catalogue(language: string): Map<string, string[]> {
  const source = readFileSync(new URL(`../../crates/core/locales/${language}/web.ftl`, import.meta.url), "utf8");
  const messages = new Map<string, string[]>();
  for (const line of source.split("\n")) {
    const found = /^(js-[a-z-]+) = (.+)$/.exec(line);
    if (found?.[1] && found[2]) {
      messages.set(
        found[1].slice(3),
        [...found[2].matchAll(/\{ \$([a-z]+) \}/g)].map((match) => match[1] ?? ""),
      );
    } else {
      expect(line, "a message on one line, a comment or nothing").toMatch(/^(#.*)?$/);
    }
  }
  return messages;
}

describe.each(["en", "de"])("the %s catalogue", (language) => {
  const messages = catalogue(language);

  it("has a message for every key, and none besides", () => {
    expect([...messages.keys()].sort()).toEqual(Object.keys(TEXT_KEYS).sort());
  });

  it("uses only placeables that the browser fills in", () => {
    for (const [key, allowed] of Object.entries(TEXT_KEYS)) {
      expect([...(messages.get(key) ?? [])].sort(), key).toEqual([...allowed].sort());
    }
  });
});

describe("texts", () => {
  it("fill their placeables in, and leave unknown ones to be seen", () => {
    const texts = new Texts(new Map([["state-retrying", "again in {seconds} s, { $count }"]]));
    expect(texts.get("state-retrying", { seconds: 4 })).toBe("again in 4 s, { $count }");
  });

  it("answer the key when the page lacks the message", () => {
    expect(new Texts(new Map()).get("pause")).toBe("pause");
  });

  it("put a value in as it is, whatever it looks like", () => {
    const texts = new Texts(new Map([["remove-file", "Remove {file}"]]));
    expect(texts.get("remove-file", { file: "$& {count}.txt" })).toBe("Remove $& {count}.txt");
  });

  it("are read from JSON, of which only strings count", () => {
    expect([...parseMessages('{"pause": "Halt", "other": 3}')]).toEqual([["pause", "Halt"]]);
    expect(parseMessages("  ").size).toBe(0);
  });

  it("name their placeables once", () => {
    expect(new Set(PLACEABLES).size).toBe(PLACEABLES.length);
  });
});
