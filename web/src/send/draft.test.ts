import { beforeEach, describe, expect, it } from "vitest";
import { ApiError, type PackageFields } from "../api";
import { Draft, type DraftApi } from "./draft";

let calls: string[];
let answers: (ApiError | null)[];
let title: string;
let timers: (() => void)[];
let refusals: (number | null)[];
let keys: number;

const answer = async (): Promise<void> => {
  const next = answers.shift();
  if (next) throw next;
};
const api: DraftApi = {
  create: async (fields, key) => {
    calls.push(`create ${fields.title} ${key}`);
    await answer();
    return { id: "p1" };
  },
  change: async (id, fields) => {
    calls.push(`change ${id} ${fields.title}`);
    await answer();
  },
  finalize: async (id, discard) => {
    calls.push(`finalize ${id} ${discard}`);
    await answer();
  },
};
const broken = (status: number): ApiError => new ApiError(status, null, null);

function draft(id: string | null = null): Draft {
  return new Draft(
    {
      api,
      clock: {
        now: () => 0,
        after: (_ms, call) => {
          timers.push(call);
          return () => (timers = timers.filter((other) => other !== call));
        },
      },
      random: () => 0,
      freshKey: () => `key${(keys += 1)}`,
      read: (): PackageFields => ({ title }),
      created: (made) => calls.push(`created ${made}`),
      refused: (error) => refusals.push(error?.status ?? null),
    },
    id,
  );
}

/** Runs the timers that wait, and what they set off. */
async function settle(): Promise<void> {
  for (const call of timers.splice(0)) call();
  await new Promise((resolve) => setTimeout(resolve));
}

beforeEach(() => {
  [calls, answers, timers, refusals, title, keys] = [[], [], [], [], "A", 0];
});

describe("a draft", () => {
  it("is made once, however many files ask for it", async () => {
    const made = draft();
    expect(await Promise.all([made.ensure(), made.ensure(), made.ensure()])).toEqual(["p1", "p1", "p1"]);
    expect(calls).toEqual(["create A key1", "created p1"]);
  });

  it("is asked for again with the same key and body when the answer got lost, then brought up to date", async () => {
    const made = draft();
    answers = [broken(0)];
    await expect(made.ensure()).rejects.toThrow(ApiError);
    title = "B";
    await made.ensure();
    await settle();
    expect(calls).toEqual(["create A key1", "create A key1", "created p1", "change p1 B"]);
  });

  it("is asked for with what stands there now after it was refused", async () => {
    const made = draft();
    answers = [broken(422)];
    await expect(made.ensure()).rejects.toThrow(ApiError);
    title = "B";
    await made.ensure();
    expect(calls).toEqual(["create A key1", "create B key2", "created p1"]);
  });

  it("saves edits together, and nothing when nothing changed", async () => {
    const made = draft("p1");
    title = "B";
    made.edited();
    title = "C";
    made.edited();
    await settle();
    made.edited();
    await settle();
    expect(calls).toEqual(["change p1 C"]);
  });

  it("goes on saving after a failure that passes, and tells one that does not", async () => {
    const made = draft("p1");
    answers = [broken(503), broken(422)];
    title = "B";
    made.edited();
    await settle();
    expect(refusals).toEqual([]);
    await settle();
    expect(refusals).toEqual([422]);
    made.edited();
    await settle();
    expect(refusals).toEqual([422, null]);
    expect(calls).toEqual(["change p1 B", "change p1 B", "change p1 B"]);
  });

  it("is saved before it is sent, and not sent when saving fails", async () => {
    const made = draft("p1");
    title = "B";
    answers = [broken(422)];
    await expect(made.finalize(false)).rejects.toThrow(ApiError);
    await made.finalize(true);
    expect(calls).toEqual(["change p1 B", "change p1 B", "finalize p1 true"]);
  });
});
