import { describe, expect, it } from "vitest";
import { fromDrop, fromList } from "./collect";

interface Tree {
  readonly [name: string]: Tree | string | null;
}

/** Entries as a drop hands them over: folders answer a hundred at a time, `null` is a file that cannot be read. */
function entry(name: string, content: Tree | string | null, parent = ""): FileSystemEntry {
  const fullPath = `${parent}/${name}`;
  const base = { name, fullPath, filesystem: null, getParent: () => undefined };
  const isFile = content === null || typeof content === "string";
  const made = isFile
    ? {
        ...base,
        isFile: true,
        isDirectory: false,
        file: (ok: (file: File) => void, no: (error: Error) => void) =>
          content === null ? no(new Error("gone")) : ok(new File([content], name)),
      }
    : {
        ...base,
        isFile: false,
        isDirectory: true,
        createReader: () => {
          const rest = Object.entries(content).map(([child, inner]) => entry(child, inner, fullPath));
          return { readEntries: (ok: (entries: FileSystemEntry[]) => void) => ok(rest.splice(0, 100)) };
        },
      };
  return made as unknown as FileSystemEntry;
}

const item = (dropped: FileSystemEntry | null): DataTransferItem =>
  ({ kind: "file", webkitGetAsEntry: () => dropped }) as unknown as DataTransferItem;

async function drop(tree: Tree): Promise<{ paths: string[]; batches: number[]; unreadable: string[] }> {
  const paths: string[] = [];
  const batches: number[] = [];
  const unreadable: string[] = [];
  const items = Object.entries(tree).map(([name, content]) => item(entry(name, content)));
  await fromDrop(
    items,
    [],
    (choices) => {
      batches.push(choices.length);
      paths.push(...choices.map(({ path }) => path));
    },
    (name) => unreadable.push(name),
  );
  return { paths, batches, unreadable };
}

describe("a drop", () => {
  it("brings folders with everything in them, by their paths", async () => {
    const { paths } = await drop({ "a.txt": "1", photos: { "1.jpg": "x", more: { "2.jpg": "" }, none: {} } });
    expect(paths.toSorted()).toEqual(["a.txt", "photos/1.jpg", "photos/more/2.jpg"]);
  });

  it("misses nothing in a folder of more files than a reader answers at once, and shows the first early", async () => {
    const many = Object.fromEntries(Array.from({ length: 1234 }, (_, index) => [`${index}.txt`, "x"]));
    const { paths, batches } = await drop({ many });
    expect(new Set(paths).size).toBe(1234);
    expect(batches).toEqual([500, 500, 234]);
  });

  it("names what cannot be read and goes on with the rest", async () => {
    const { paths, unreadable } = await drop({ f: { bad: null, "good.txt": "x" } });
    expect(unreadable).toEqual(["bad"]);
    expect(paths).toEqual(["f/good.txt"]);
  });

  it("falls back to the plain list where the browser knows no entries", async () => {
    const got: string[] = [];
    await fromDrop(
      [item(null)],
      [new File(["x"], "a.txt")],
      (choices) => got.push(...choices.map(({ path }) => path)),
      fail,
    );
    expect(got).toEqual(["a.txt"]);
  });
});

it("a picked folder keeps its paths", () => {
  const file = Object.assign(new File(["x"], "1.jpg"), { webkitRelativePath: "photos/1.jpg" });
  expect(fromList([file, new File([], "empty")]).map(({ path }) => path)).toEqual(["photos/1.jpg", "empty"]);
});

function fail(): never {
  throw new Error("unexpected");
}
