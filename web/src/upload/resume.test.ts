import { describe, expect, it } from "vitest";
import { planFor, type Unfinished } from "./resume";

const file = { path: "a/report.pdf", size: 1000, lastModified: 5 };
const upload = (over: Partial<Unfinished>): Unfinished => ({
  id: "u1",
  path: file.path,
  size: file.size,
  offset: 870,
  url: "/uploads/one",
  ...over,
});

describe("a chosen file", () => {
  it("continues the unfinished upload of the same path and size, also on another machine", () => {
    expect(planFor(file, null, [upload({})], new Set())).toEqual({
      kind: "resume",
      url: "/uploads/one",
      offset: 870,
      uploadId: "u1",
    });
  });

  it("starts anew when path or size differ", () => {
    const others = [upload({ path: "report.pdf" }), upload({ size: 999 }), upload({ url: "" })];
    expect(planFor(file, null, others, new Set())).toEqual({ kind: "new" });
  });

  it("prefers the upload this browser began over one that is further", () => {
    const record = { url: "/uploads/own", fileId: null, savedAt: 0 };
    const own = upload({ id: "u2", url: "/uploads/own", offset: 10 });
    expect(planFor(file, record, [upload({}), own], new Set())).toMatchObject({ uploadId: "u2", offset: 10 });
  });

  it("takes the furthest of several when nothing is remembered", () => {
    const further = upload({ id: "u2", url: "/uploads/two", offset: 900 });
    expect(planFor(file, null, [upload({}), further], new Set())).toMatchObject({ uploadId: "u2" });
  });

  it("ignores a remembered upload that the server no longer has", () => {
    expect(planFor(file, { url: "/uploads/old", fileId: null, savedAt: 0 }, [], new Set())).toEqual({ kind: "new" });
  });

  it("is done only when this very file was remembered as complete and still is there", () => {
    const record = { url: "/uploads/one", fileId: "f1", savedAt: 0 };
    expect(planFor(file, record, [], new Set(["f1"]))).toEqual({ kind: "done", fileId: "f1" });
    expect(planFor(file, record, [], new Set(["f2"]))).toEqual({ kind: "new" });
  });
});
