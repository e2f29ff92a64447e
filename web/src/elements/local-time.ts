// An instant as the reader's clock shows it. Pure.

/** `22 Nov 2026, 15:03 CET`, in `zone` or the reader's own. */
export function localTime(at: Date, language: string, dateOnly: boolean, zone?: string): string {
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
  if (!dateOnly) Object.assign(options, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  if (zone) options.timeZone = zone;
  try {
    return new Intl.DateTimeFormat(written(language), options).format(at);
  } catch {
    return new Intl.DateTimeFormat(undefined, options).format(at);
  }
}

/** English as the server writes it: day before month, 24 hours. */
function written(language: string): string | undefined {
  return language === "en" ? "en-GB" : language || undefined;
}
