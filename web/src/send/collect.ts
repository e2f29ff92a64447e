// Files from a picker, a drop or the clipboard, folders included, with the path inside what was chosen.

export interface Choice {
  readonly file: File;
  /** `/`-separated, with the file's name. */
  readonly path: string;
}

/** A folder with ten thousand files shows its first rows at once. */
const BATCH = 500;

export function fromList(files: Iterable<File>): Choice[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * Hands over everything that was dropped, in batches. Must be called while the drop event is handled: the browser empties the
 * list afterwards. `unreadable` is told the name of what could not be read.
 */
export async function fromDrop(
  items: Iterable<DataTransferItem>,
  files: Iterable<File>,
  emit: (choices: Choice[]) => void,
  unreadable: (name: string) => void,
): Promise<void> {
  const entries: FileSystemEntry[] = [];
  for (const item of items) {
    const entry = item.kind === "file" ? item.webkitGetAsEntry?.() : null;
    if (entry) entries.push(entry);
  }
  if (entries.length === 0) {
    emit(fromList(files));
    return;
  }
  const batch: Choice[] = [];
  const flush = (): void => {
    if (batch.length > 0) emit(batch.splice(0));
  };
  for await (const choice of walk(entries, unreadable)) {
    batch.push(choice);
    if (batch.length >= BATCH) flush();
  }
  flush();
}

async function* walk(roots: readonly FileSystemEntry[], unreadable: (name: string) => void): AsyncGenerator<Choice> {
  // Taken from the end, so a folder's content follows the folder.
  const open = roots.toReversed();
  for (let entry = open.pop(); entry; entry = open.pop()) {
    try {
      if (isFile(entry)) yield { file: await fileOf(entry), path: entry.fullPath.replace(/^\/+/, "") || entry.name };
      else if (isFolder(entry)) open.push(...(await childrenOf(entry)).reverse());
    } catch {
      unreadable(entry.name);
    }
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader answers a hundred entries at a time, and an empty list when there are no more. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return children;
    children.push(...some);
  }
}
