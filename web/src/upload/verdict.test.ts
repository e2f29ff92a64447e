import { describe, expect, it } from "vitest";
import { judge, parseProblem, parseRetryAfter, type Answer } from "./verdict";

const problem = { code: "c", title: "Title", detail: "Detail.", errors: [] };

function answer(status: number, over: Partial<Answer> = {}): Answer {
  return { step: "send", status, problem: null, ours: false, retryAfterS: null, bodySize: 1000, ...over };
}

describe("an answer to an upload request", () => {
  it.each([0, 200, 302, 400, 401, 403, 408, 421, 425, 429, 500, 502, 503, 504])(
    "of %i from something in between is tried again",
    (status) => expect(judge(answer(status)).kind).toBe("retry"),
  );

  it.each([400, 403, 412, 415, 422, 507])("of %i that the server explains is final, in its words", (status) => {
    expect(judge(answer(status, { problem, ours: true }))).toEqual({ kind: "refused", status, detail: "Detail." });
  });

  it("is never a reason to start from byte 0, unless the server itself says the upload is gone", () => {
    for (const status of [404, 410]) {
      expect(judge(answer(status)).kind).toBe("retry");
      expect(judge(answer(status, { ours: true })).kind).toBe("restart");
      expect(judge(answer(status, { step: "create", problem, ours: true })).kind).toBe("refused");
    }
  });

  it("with another offset or a held lock asks for the offset", () => {
    for (const status of [409, 423, 460]) expect(judge(answer(status, { ours: true, problem })).kind).toBe("resync");
    expect(judge(answer(409, { step: "create", problem, ours: true })).kind).toBe("refused");
  });

  it("of 413 is a proxy's cap when it comes without the server's words, a limit otherwise", () => {
    expect(judge(answer(413))).toEqual({ kind: "too-big", size: 1000 });
    expect(judge(answer(413, { problem, ours: true })).kind).toBe("refused");
  });

  it("of 507 is final even without words, because waiting makes no space", () => {
    expect(judge(answer(507))).toEqual({ kind: "refused", status: 507, detail: "" });
  });

  it("of 401 to a new upload waits for the person to sign in again", () => {
    expect(judge(answer(401, { step: "create", problem, ours: true }))).toMatchObject({
      kind: "retry",
      signedOut: true,
    });
  });

  it("of 500 holds up this file only, of 503 the others too", () => {
    expect(judge(answer(500))).toMatchObject({ kind: "retry", line: false });
    expect(judge(answer(503, { retryAfterS: 7 }))).toMatchObject({ kind: "retry", line: true, afterMs: 7000 });
    expect(judge(answer(503, { retryAfterS: 86_400 }))).toMatchObject({ afterMs: 300_000 });
  });
});

describe("a problem", () => {
  it("is read with its fields, whatever else stands there", () => {
    const body = JSON.stringify({ ...problem, errors: [{ field: "title", message: "too long" }, 3, { field: 1 }] });
    expect(parseProblem("application/problem+json; charset=utf-8", body)).toEqual({
      ...problem,
      errors: [{ field: "title", message: "too long" }],
    });
  });

  it("is none in a proxy's page or in broken JSON", () => {
    expect(parseProblem("text/html", "<h1>413</h1>")).toBeNull();
    expect(parseProblem("application/problem+json", "{")).toBeNull();
    expect(parseProblem(null, "{}")).toBeNull();
  });
});

it("Retry-After is read as seconds and as a date", () => {
  const now = Date.parse("2026-11-22T14:00:00Z");
  expect(parseRetryAfter("12", now)).toBe(12);
  expect(parseRetryAfter("Sun, 22 Nov 2026 14:01:00 GMT", now)).toBe(60);
  expect(parseRetryAfter("Sun, 22 Nov 2026 13:01:00 GMT", now)).toBe(0);
  expect(parseRetryAfter("soon", now)).toBeNull();
  expect(parseRetryAfter(null, now)).toBeNull();
});
