import { describe, expect, it } from "vitest";
import { decodeMetadata, encodeMetadata } from "./tus";

describe("upload metadata", () => {
  it("carries any name", () => {
    const said = { filename: "ä \u202Egpj,=.txt", relative_path: "a/b c/日本.txt", empty: "" };
    expect(Object.fromEntries(decodeMetadata(encodeMetadata(said)))).toEqual(said);
  });

  it("is sent as the protocol writes it", () => {
    expect(encodeMetadata({ filename: "a.txt", package_id: "p" })).toBe("filename YS50eHQ=,package_id cA==");
  });

  it("of another client is skipped where it cannot be read", () => {
    expect([...decodeMetadata("is_draft,bad ***,filename YQ==")]).toEqual([
      ["is_draft", ""],
      ["filename", "a"],
    ]);
    expect(decodeMetadata("").size).toBe(0);
  });
});
