/** What the clocks do at a time of day. */
export type Clocks = "steady" | "forward" | "back";

/** A night as the list of the next five tells it. */
export type Night = { starts: string; clocks: Clocks };

const STEP = 15 * 60_000;
const DAY = 24 * 60 * 60_000;

/** Date and time on the clocks of a zone, as `2027-03-14 02:30`. */
function onClocks(at: number, zone: string): string {
  const shape = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const parts = new Intl.DateTimeFormat("en-GB", { ...shape, timeZone: zone }).formatToParts(at);
  const part = (name: string) => parts.find((one) => one.type === name)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}`;
}

/** `2027-03-14 02:30` as `Sun 14 Mar 2027, 02:30`. */
function inWords(clock: string): string {
  const [date, time] = clock.split(" ") as [string, string];
  const at = new Date(`${date}T00:00:00Z`);
  const word = (shape: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-US", { ...shape, timeZone: "UTC" }).format(at);
  return `${word({ weekday: "short" })} ${at.getUTCDate()} ${word({ month: "short" })} ${at.getUTCFullYear()}, ${time}`;
}

/** When a time of day comes on a date, found by trying every quarter of an hour around it. */
function night(date: string, time: string, zone: string): Night & { at: number } {
  const noon = Date.parse(`${date}T12:00:00Z`);
  const tries = Array.from({ length: (3 * DAY) / STEP }, (_, n) => noon - 1.5 * DAY + n * STEP);
  const told = tries.map((at) => ({ at, clock: onClocks(at, zone) }));
  const exact = told.filter(({ clock }) => clock === `${date} ${time}`);
  const found = exact[0] ?? told.find(({ clock }) => clock > `${date} ${time}`)!;
  const clocks = exact.length === 0 ? "forward" : exact.length === 1 ? "steady" : "back";
  return { at: found.at, starts: inWords(found.clock), clocks };
}

/** The next five Sundays of a month at a time of day, from now on. */
export function nextSundays(month: number, time: string, zone: string, now = Date.now()): Night[] {
  const nights: Night[] = [];
  for (let day = now - 2 * DAY; nights.length < 5; day += DAY) {
    const date = new Date(day);
    if (date.getUTCDay() !== 0 || date.getUTCMonth() + 1 !== month) continue;
    const { at, ...told } = night(date.toISOString().slice(0, 10), time, zone);
    if (at > now) nights.push(told);
  }
  return nights;
}
