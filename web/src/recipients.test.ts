import { describe, expect, it } from "vitest";
import { formatRecipients, isAddress, mergeRecipients, parseRecipients, suggestAddress } from "./recipients";

describe("a list of recipients", () => {
  it.each([
    ["Anna <a@x.org>, b@y.org; c@z.org", ["Anna|a@x.org", "|b@y.org", "|c@z.org"]],
    ['"Doe, Jane" <jane@x.org>\nBob B <bob@y.org>\r\n', ["Doe, Jane|jane@x.org", "Bob B|bob@y.org"]],
    ["Anna Müller a@x.org", ["Anna Müller|a@x.org"]],
    ["a@x.org b@y.org\tc@z.org", ["|a@x.org", "|b@y.org", "|c@z.org"]],
    ["mailto:a@x.org", ["|a@x.org"]],
    ["<a@x.org>", ["|a@x.org"]],
    [" ,; \n", []],
    // Nothing that was typed gets lost.
    ["Anna", ["|Anna"]],
    ['"Anna <a@x.org>', ['"Anna|a@x.org']],
  ])("is read from %j", (text, expected) => {
    expect(parseRecipients(text).map(({ name, email }) => `${name}|${email}`)).toEqual(expected);
  });

  it("survives being written and read again", () => {
    const recipients = [
      { name: "Doe, Jane", email: "jane@x.org" },
      { name: "", email: "bob@y.org" },
      { name: "Müller; GmbH", email: "m@z.org" },
    ];
    expect(parseRecipients(formatRecipients(recipients))).toEqual(recipients);
  });

  it("holds each address once, with the first name given to it", () => {
    const { merged, duplicates } = mergeRecipients(
      parseRecipients("a@x.org, Anna <A@X.org>, Other <a@x.org>, b@y.org"),
    );
    expect(merged).toEqual([
      { name: "Anna", email: "a@x.org" },
      { name: "", email: "b@y.org" },
    ]);
    expect(duplicates).toBe(2);
  });

  it("keeps unfinished rows apart", () => {
    const unfinished = [
      { name: "A", email: "" },
      { name: "B", email: "" },
    ];
    expect(mergeRecipients(unfinished)).toEqual({ merged: unfinished, duplicates: 0 });
  });
});

describe("an address", () => {
  it.each([
    "a@x.org",
    "first.last+tag@sub.example.co.uk",
    "o'neil@example.org",
    "ü@bücher.example",
    "a@xn--bcher-kva.ch",
  ])("is %s", (email) => expect(isAddress(email)).toBe(true));

  it.each([
    "",
    "a",
    "a@",
    "@x.org",
    "a@x",
    "a@@x.org",
    "a b@x.org",
    "a@x..org",
    "a@-x.org",
    "a@x-.org",
    ".a@x.org",
    "a.@x.org",
    "a..b@x.org",
    "a@x.org,",
    `${"a".repeat(65)}@x.org`,
    `a@${"x".repeat(64)}.org`,
    `a@${"x.".repeat(130)}org`,
  ])("is not %j", (email) => expect(isAddress(email)).toBe(false));
});

describe("a slip in a well-known domain", () => {
  it.each([
    ["bob@gmial.com", "bob@gmail.com"],
    ["bob@gmai.com", "bob@gmail.com"],
    ["bob@gmaill.com", "bob@gmail.com"],
    ["bob@gmsil.com", "bob@gmail.com"],
    ["bob@hotmial.com", "bob@hotmail.com"],
    ["bob@outlok.com", "bob@outlook.com"],
    ["bob@GMIAL.com", "bob@gmail.com"],
  ])("of %s is noticed", (typed, meant) => expect(suggestAddress(typed)).toBe(meant));

  it.each([
    "bob@gmail.com",
    "bob@example.org",
    "bob@wen.de",
    "bob@mx.de",
    "bob@me.co",
    "bob@company.com",
    "bob",
    "@gmial.com",
  ])("is not seen in %s", (typed) => expect(suggestAddress(typed)).toBeNull());
});
