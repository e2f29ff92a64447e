// Sizes, rates and times as a person reads them, in the page's language.

const SIZE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

export class Format {
  readonly #language: string | undefined;
  readonly #numbers = new Map<string, Intl.NumberFormat>();

  /** `language` is the page's `lang`; an unknown one falls back to the browser's. */
  constructor(language: string) {
    this.#language = supported(language);
  }

  /** `1.2 GB`: thousands, three significant digits at most below a hundred. */
  size(bytes: number): string {
    return this.#sized(bytes, "");
  }

  /** `12 MB/s`. */
  rate(bytesPerSecond: number): string {
    return this.#sized(bytesPerSecond, "-per-second");
  }

  /** `40 sec`, `12 min`, `3 hr 20 min`: as exact as a forecast can be. */
  duration(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 60) return this.#unit(whole, "second");
    const minutes = Math.round(whole / 60);
    if (minutes < 60) return this.#unit(minutes, "minute");
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    const long = this.#unit(hours, "hour");
    return rest === 0 || hours >= 10 ? long : `${long} ${this.#unit(rest, "minute")}`;
  }

  count(value: number): string {
    return this.#number("count", { maximumFractionDigits: 0 }).format(value);
  }

  #sized(bytes: number, suffix: "" | "-per-second"): string {
    let value = Math.max(0, bytes);
    let step = 0;
    while (value >= 999.5 && step < SIZE_UNITS.length - 1) {
      value /= 1000;
      step += 1;
    }
    const unit = SIZE_UNITS[step] ?? "byte";
    const digits = step === 0 || value >= 99.95 ? 0 : 1;
    return this.#number(`${unit}${suffix}${digits}`, {
      style: "unit",
      unit: `${unit}${suffix}`,
      // The short form of a byte is a word that takes no plural.
      unitDisplay: step === 0 && suffix === "" ? "long" : "short",
      maximumFractionDigits: digits,
    }).format(value);
  }

  #unit(value: number, unit: string): string {
    return this.#number(unit, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 }).format(value);
  }

  #number(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const known = this.#numbers.get(key);
    if (known) return known;
    const made = new Intl.NumberFormat(this.#language, options);
    this.#numbers.set(key, made);
    return made;
  }
}

/** Whole percent, rounded down, so that 100 is said only when nothing is missing. */
export function percent(done: number, total: number): number {
  if (total <= 0) return 100;
  return Math.max(0, Math.min(100, Math.floor((done / total) * 100)));
}

function supported(language: string): string | undefined {
  try {
    return Intl.NumberFormat.supportedLocalesOf(language)[0];
  } catch {
    return undefined;
  }
}
