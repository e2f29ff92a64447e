// The ways in: pickers, dropping anywhere on the page, pasting.
import { fromDrop, fromList, type Choice } from "./collect";

export interface IntakeParts {
  readonly root: HTMLElement;
  readonly chosen: (choices: Choice[]) => void;
  /** A file or folder that could not be read. */
  readonly unreadable: (name: string) => void;
}

/** Listens until `signal` ends it. */
export function listenForFiles({ root, chosen, unreadable }: IntakeParts, signal: AbortSignal): void {
  for (const input of root.querySelectorAll<HTMLInputElement>("input[type=file]")) {
    const take = (): void => {
      const choices = fromList(input.files ?? []);
      // Emptied, so that the same file can be chosen again, and a form sent by the browser does not carry it twice.
      input.value = "";
      if (choices.length > 0) chosen(choices);
    };
    input.addEventListener("change", take, { signal });
    // A browser may bring a choice back with the page.
    if (input.files && input.files.length > 0) take();
  }
  const zone = root.querySelector<HTMLElement>("[data-drop]");
  const over = (isOver: boolean): void => {
    zone?.toggleAttribute("data-over", isOver);
    root.toggleAttribute("data-over", isOver);
  };
  // Entering a child leaves its parent, so leaving means the way out of the window only.
  window.addEventListener("dragover", (event) => hold(event, over), { signal });
  window.addEventListener("dragleave", (event) => event.relatedTarget === null && over(false), { signal });
  window.addEventListener(
    "drop",
    (event) => {
      if (!carriesFiles(event.dataTransfer) || !event.dataTransfer) return;
      event.preventDefault();
      over(false);
      void fromDrop(event.dataTransfer.items, event.dataTransfer.files, chosen, unreadable);
    },
    { signal },
  );
  document.addEventListener(
    "paste",
    (event) => {
      const files = event.clipboardData?.files;
      // A copied table comes as text and as a picture of itself; in a field the text is meant.
      if (!files || files.length === 0 || event.clipboardData?.types.includes("text/plain")) return;
      event.preventDefault();
      chosen(fromList(files));
    },
    { signal },
  );
}

function hold(event: DragEvent, over: (isOver: boolean) => void): void {
  if (!carriesFiles(event.dataTransfer) || !event.dataTransfer) return;
  // Without this the browser would leave the page and open the file.
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  over(true);
}

function carriesFiles(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes("Files") ?? false;
}
