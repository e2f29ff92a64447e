// While bytes move: the screen stays on, leaving is asked about, and the tab's title tells the percent.

export class Awake {
  #lock: WakeLockSentinel | null = null;
  #wanted = false;
  readonly #title = document.title;

  /** Call whenever it may have changed; cheap. */
  moving(isMoving: boolean): void {
    if (isMoving === this.#wanted) return;
    this.#wanted = isMoving;
    if (isMoving) {
      window.addEventListener("beforeunload", this.#leaving);
      document.addEventListener("visibilitychange", this.#request);
      this.#request();
    } else {
      window.removeEventListener("beforeunload", this.#leaving);
      document.removeEventListener("visibilitychange", this.#request);
      void this.#lock?.release().catch(() => undefined);
      this.#lock = null;
    }
  }

  /** Shows `prefixed` (with the page's own title inside), or the title alone. */
  title(prefixed: ((title: string) => string) | null): void {
    const text = prefixed ? prefixed(this.#title) : this.#title;
    if (document.title !== text) document.title = text;
  }

  readonly #leaving = (event: BeforeUnloadEvent): void => {
    event.preventDefault();
    // Older browsers ask only when a value is given.
    event.returnValue = true;
  };

  /** The system takes the lock away when the page is hidden; it is asked for again when the page comes back. */
  readonly #request = (): void => {
    if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    if (this.#lock && !this.#lock.released) return;
    void navigator.wakeLock
      .request("screen")
      .then((lock) => {
        if (this.#wanted) this.#lock = lock;
        else void lock.release();
      })
      .catch(() => undefined);
  };
}
