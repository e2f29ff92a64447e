// <wb-send data-package="{id or empty}" data-max-file="BYTES" data-max-total="BYTES" data-kind="package"> around the send form
//
// Files travel as soon as they are chosen, into a draft that is made then and kept up to date while one types. Send waits
// for them, and never sends a part of them without being told to. Without script the form itself does the work.
import { isSupported } from "tus-js-client";
import { ApiError, changePackage, createPackage, finalizePackage, getPackage } from "../api";
import { Format } from "../format";
import { Draft } from "../send/draft";
import { SendForm } from "../send/form";
import { Recap, type Missing } from "../send/recap";
import { browserClock, Uploader } from "../send/uploader";
import { textsFor, type Texts } from "../texts";
import { backoffMs } from "../upload/backoff";
import { TargetRefused, type UploadTarget } from "../upload/tus";

const ENDPOINT = "/api/v1/uploads";

interface Works {
  readonly texts: Texts;
  readonly form: SendForm;
  readonly draft: Draft;
  readonly uploader: Uploader;
  readonly recap: Recap;
}

export class WbSend extends HTMLElement {
  #works: Works | null = null;
  #isSending = false;
  #draftRefused = false;

  connectedCallback(): void {
    const form = this.querySelector("form");
    if (this.#works || !form || !isSupported) return;
    const texts = textsFor(this);
    const sendForm = new SendForm(form, texts);
    // Ours are placed at their fields, in the page's language, and do not stop files from travelling.
    form.noValidate = true;
    const id = this.dataset["package"] || null;
    const draft = new Draft(
      {
        api: {
          create: (fields, key) => createPackage(this.dataset["kind"] || "package", fields, key),
          change: changePackage,
          finalize: finalizePackage,
        },
        clock: browserClock,
        random: Math.random,
        freshKey,
        read: () => sendForm.draftFields(),
        created: (made) => this.#created(made),
        refused: (error) => this.#complain(error === null ? null : this.#saveProblem(error)),
      },
      id,
    );
    const uploader = new Uploader({
      root: this,
      texts,
      format: new Format(document.documentElement.lang),
      target: () => this.#target(),
      maxFile: bytes(this.dataset["maxFile"]),
      maxTotal: bytes(this.dataset["maxTotal"]),
    });
    this.#works = { texts, form: sendForm, draft, uploader, recap: new Recap(this.#region("data-recap"), texts) };
    if (id !== null) {
      uploader.belongsTo(id);
      uploader.continueFrom(this.#load(id));
    }
    form.addEventListener("input", () => this.#edited());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  disconnectedCallback(): void {
    this.#works?.draft.stop();
    this.#works?.uploader.stop();
    this.#works = null;
  }

  #created(id: string): void {
    this.dataset["package"] = id;
    history.replaceState(history.state, "", `/packages/${encodeURIComponent(id)}`);
    this.#works?.uploader.belongsTo(id);
  }

  async #target(): Promise<UploadTarget> {
    const works = this.#works;
    if (!works) throw new TargetRefused({ kind: "retry", line: true, afterMs: 0, signedOut: false });
    try {
      const id = await works.draft.ensure();
      this.#draftRefused = false;
      this.#complain(null);
      return { endpoint: ENDPOINT, metadata: { package_id: id } };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.isPassing) {
        const afterMs = (error.retryAfterS ?? 0) * 1000;
        throw new TargetRefused({ kind: "retry", line: true, afterMs, signedOut: error.status === 401 });
      }
      this.#draftRefused = true;
      const { first } = works.form.showProblems(error.problem?.errors ?? []);
      if (!first) this.#complain(works.texts.get("problem-draft", { detail: error.detail }));
      throw new TargetRefused({ kind: "refused", status: error.status, detail: error.detail });
    }
  }

  /** The draft as the server has it; asks until it answers, because files that continue it wait for this. */
  async #load(id: string): ReturnType<typeof getPackage> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await getPackage(id);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!error.isPassing) this.#complain(error.detail);
        await pause(backoffMs(attempt, Math.random));
      }
    }
  }

  #edited(): void {
    this.#works?.draft.edited();
    // What the server refused about the draft may be right now.
    if (!this.#draftRefused) return;
    this.#draftRefused = false;
    window.setTimeout(() => this.#works?.uploader.retryAll(), 1_000);
  }

  async #submit(): Promise<void> {
    const works = this.#works;
    if (!works || this.#isSending) return;
    const { texts, form, uploader, recap } = works;
    const mistake = form.firstMistake();
    if (mistake) {
      mistake.focus();
      uploader.say(texts.get("summary-fields"));
      return;
    }
    recap.hide();
    this.#complain(null);
    this.#busy(true);
    try {
      uploader.say(texts.get("summary-sends-when-done"));
      await uploader.settled();
      const { totals } = uploader;
      if (totals.files === 0) {
        this.#complain(texts.get("summary-no-files"));
        uploader.focusPicker();
      } else if (totals.done < totals.files) this.#decide(uploader.missing());
      else await this.#send(works, false);
    } finally {
      this.#busy(false);
    }
  }

  #decide(missing: readonly Missing[]): void {
    const works = this.#works;
    if (!works) return;
    const { recap, uploader } = works;
    const retry = (): void => {
      recap.hide();
      uploader.retryAll();
      void this.#submit();
    };
    const without = (): void => {
      if (this.#isSending) return;
      recap.hide();
      this.#busy(true);
      void this.#send(works, true).finally(() => this.#busy(false));
    };
    recap.show(missing, retry, uploader.totals.done > 0 ? without : null);
  }

  /** Sends, however long the server is away. Ends on the package's page, or with something to decide or to correct. */
  async #send(works: Works, discardUnfinished: boolean): Promise<void> {
    const { texts, form, draft, uploader } = works;
    for (let attempt = 1; this.#works === works; attempt += 1) {
      try {
        uploader.say(texts.get("summary-sending"));
        const elsewhere = await uploader.reconcile(await draft.ensure());
        if (elsewhere.length > 0 && !discardUnfinished) {
          this.#decide(elsewhere);
          return;
        }
        const id = await draft.finalize(discardUnfinished);
        draft.stop();
        uploader.finish();
        location.assign(`/packages/${encodeURIComponent(id)}`);
        // The button stays busy until the next page is there.
        await new Promise<never>(() => undefined);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!error.isPassing) {
          const { first, rest } = form.showProblems(error.problem?.errors ?? []);
          this.#complain(rest.length > 0 || !first ? rest.join(" ") || this.#saveProblem(error) : null);
          first?.focus();
          return;
        }
        const wait = backoffMs(attempt, Math.random, (error.retryAfterS ?? 0) * 1000);
        const key = error.status === 401 ? "state-signed-out" : "state-retrying";
        uploader.say(texts.get(key, { seconds: Math.ceil(wait / 1000) }));
        await pause(wait);
      }
    }
  }

  #saveProblem(error: ApiError): string {
    return this.#works?.texts.get("problem-save", { detail: error.detail }) ?? "";
  }

  #busy(isBusy: boolean): void {
    this.#isSending = isBusy;
    const button = this.querySelector("[data-send]");
    button?.setAttribute("aria-disabled", String(isBusy));
    button?.toggleAttribute("data-busy", isBusy);
  }

  /** A sentence that belongs to no field; null takes it away. */
  #complain(text: string | null): void {
    const region = this.#region("data-problem");
    region.className = text === null ? "" : "notice bad";
    region.setAttribute("role", "alert");
    region.hidden = text === null;
    region.textContent = text ?? "";
  }

  /** The page's own place for it, or a new one above the button. */
  #region(name: "data-recap" | "data-problem"): HTMLElement {
    const known = this.querySelector<HTMLElement>(`[${name}]`);
    if (known) return known;
    const made = document.createElement("div");
    made.setAttribute(name, "");
    made.hidden = true;
    const foot = this.querySelector("[data-send]")?.parentElement;
    if (foot && foot !== this.querySelector("form")) foot.before(made);
    else (this.querySelector("form") ?? this).append(made);
    return made;
  }
}

function bytes(text: string | undefined): number | null {
  const value = Number(text ?? "");
  return text && Number.isFinite(value) && value > 0 ? value : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, ms));
}

/** `crypto.randomUUID` is missing over plain HTTP; random values are not. */
function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
