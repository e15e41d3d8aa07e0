import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { addPeople } from "./people.ts";
import { type Fields, Sis, type SisRecord } from "./sis.ts";
import { Tiebreak } from "./tiebreak.ts";

/** How far a world is: no school and nobody, a school without people, with people and nothing merged yet, or after a night. */
export type Stage = "empty" | "bare" | "fresh" | "night";

/** What is copied for every test. */
export type Prepared = { sis: Sis; folders: Record<Stage, string> };

/** Which rooms of the SIS's list the tests speak of. */
export const ROOMS = { clean: 2, capacity: [10, 11, 12, 13, 14], hostile: 30 } as const;

/** The conflicts after the night, by their numbers; the same data gives the same ones. */
export const CONFLICTS = {
  /** Of before the night: one whose field differs on purpose since, and one that was decided. */
  closed: [1, 2],
  oneField: [3, 4, 5, 6, 7],
  hostile: 8,
  bothAdded: 9,
  /** What was decided before the night, asked again. */
  decidedBefore: 10,
  deletedChanged: 11,
  /** Fifty instructors, so that lists have pages. */
  many: Array.from({ length: 50 }, (_, n) => 12 + n),
  longText: 62,
  sixFields: 63,
  /** Items of a list. */
  listItems: 64,
} as const;

/** Why a field differs on purpose. */
export const REASON = "The front desk answers the one, the dean's office the other.";

/** Text that would run if a page did not escape it, and text that would turn the line round. */
export const HOSTILE = `</textarea><script>document.title="taken"</script> \u202Eesrever`;

/** Starts a SIS, fills our side from it, lets people edit on both sides, and runs a night. Takes a few seconds. */
export async function prepare(): Promise<Prepared> {
  const sis = await Sis.start();
  const tiebreak = new Tiebreak(await mkdtemp(path.join(tmpdir(), "tiebreak-world-")));
  const empty = await copyOf(tiebreak);
  await tiebreak.settings(sis.port, withHold(2));
  const bare = await copyOf(tiebreak);
  await addPeople(tiebreak);
  const fresh = await copyOf(tiebreak);
  await tiebreak.serve();
  await tiebreak.run(["run", "--kind", "manual"]);
  await tiebreak.run(["runs", "approve", "1", "--yes"]);
  await settleBefore(tiebreak, sis);
  await editRooms(tiebreak, sis);
  await editMany(tiebreak, sis);
  await editSixFields(tiebreak, sis);
  await editLongText(tiebreak, sis);
  await editItems(tiebreak, sis);
  await tiebreak.run(["run"]);
  await tiebreak.stop();
  await sis.snapshot("prepared");
  return { sis, folders: { empty, bare, fresh, night: tiebreak.folder } };
}

async function copyOf(tiebreak: Tiebreak): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "tiebreak-world-"));
  await cp(tiebreak.folder, folder, { recursive: true });
  return folder;
}

/** How long a decision is held before it is written (UX 6.7). */
export type Hold = number | "next merge";

/** Settings in which a decision is held for so many seconds, or until the next merge. */
export function withHold(hold: Hold): (text: string) => string {
  const line = hold === "next merge" ? 'hold = "next-merge"' : `hold_seconds = ${hold}`;
  return (text) => replaced(text, /hold_seconds = \d+/, line);
}

/** Settings in which systems take only so many characters of a text field (UX 7.4.1). */
export function withLength(type: string, field: string, most: string): (text: string) => string {
  const line = new RegExp(`(\\[type\\.${type}\\.fields\\][^[]*?\\n${field} = \\{ kind = "text")`);
  return (text) => replaced(text, line, `$1, max_length = { ${most} }`);
}

/** Settings with limits of one type, members of its `limits`. */
export function withLimits(type: string, limits: string): (text: string) => string {
  return (text) => replaced(text, `[type.${type}]\n`, `$&limits = { ${limits} }\n`);
}

function replaced(text: string, what: string | RegExp, by: string): string {
  const found = typeof what === "string" ? text.includes(what) : what.test(text);
  if (!found) throw new Error(`the settings have no ${String(what)}`);
  return text.replace(what, by);
}

/** Two departments of which the phone was changed on both sides: it differs on purpose in one, and was decided in the other. */
async function settleBefore(tiebreak: Tiebreak, sis: Sis): Promise<void> {
  const both = (await sis.records("department")).slice(0, 2);
  for (const one of both) await editPhone(tiebreak, sis, one);
  await sis.create("department", { code: "ZZZ", name: "Department of odds and ends", phone: "555-0100" });
  await tiebreak.run(["run", "--kind", "manual", "--types", "department"]);
  const [apart, decided] = CONFLICTS.closed.map(String) as [string, string];
  await tiebreak.run(["conflicts", "differ", apart, "--field", "phone", "--reason", REASON]);
  await tiebreak.run(["conflicts", "decide", decided, "--choose", "phone=base"]);
  const shown = JSON.parse(await tiebreak.run(["conflicts", "show", decided, "--json"])) as { theirs: string };
  const held = JSON.parse(shown.theirs) as Fields;
  await editPhone(tiebreak, sis, both.find(({ code }) => code === held["code"])!);
  await deleteAgainstEdit(tiebreak, sis);
}

async function editPhone(tiebreak: Tiebreak, sis: Sis, department: SisRecord): Promise<void> {
  await sis.edit("department", department.id, { phone: "555-0142" });
  await tiebreak.put("department", [{ code: department["code"], phone: "555-0171" }]);
}

/** Deleted on our side, changed in the SIS. */
async function deleteAgainstEdit(tiebreak: Tiebreak, sis: Sis): Promise<void> {
  await tiebreak.run(["records", "remove", "department", "ZZZ"]);
  await sis.edit("department", (await sis.record("department", "code", "ZZZ")).id, { phone: "555-0199" });
}

/** Clean edits on either side, one field on both sides, hostile text on both sides, and a room added on both sides. */
async function editRooms(tiebreak: Tiebreak, sis: Sis): Promise<void> {
  const rooms = await sis.records("room");
  const code = (n: number) => rooms[n]!["code"];
  const id = (n: number) => rooms[n]!.id;
  await sis.edit("room", id(ROOMS.clean + 1), { name: "Lecture hall" });
  for (const n of ROOMS.capacity) await sis.edit("room", id(n), { capacity: 120 + n });
  await sis.edit("room", id(ROOMS.hostile), { name: `javascript:alert("1") ${HOSTILE}` });
  const added = { code: "NEW-101", number: "101", capacity: 24 };
  await sis.create("room", { ...added, name: "Robotics workshop" });
  await tiebreak.put("room", [
    { code: code(ROOMS.clean), capacity: 41 },
    ...ROOMS.capacity.map((n) => ({ code: code(n), capacity: 100 })),
    { code: code(ROOMS.hostile), name: HOSTILE },
    { ...added, name: "Robotics lab" },
  ]);
}

/** The titles of fifty instructors, differently on both sides. */
async function editMany(tiebreak: Tiebreak, sis: Sis): Promise<void> {
  const some = (await sis.records("instructor")).slice(0, CONFLICTS.many.length);
  await sis.editAll("instructor", some.map(({ id }) => ({ id, fields: { title: "Professor of practice" } })));
  const ours = some.map((one) => ({ employee_number: one["employee_number"], title: "Senior lecturer" }));
  await tiebreak.put("instructor", ours);
}

/** The key of a section on our side. */
async function keyOf(sis: Sis, section: SisRecord): Promise<Fields> {
  const code = async (type: string, id: unknown) => (await sis.record(type, "id", id))["code"];
  return {
    term: await code("term", section["term_id"]),
    course: await code("course", section["course_id"]),
    number: section["number"],
  };
}

/** A section of which six fields were changed on both sides. */
async function editSixFields(tiebreak: Tiebreak, sis: Sis): Promise<void> {
  const section = (await sis.records("section"))[3]!;
  const key = await keyOf(sis, section);
  const six = (side: string, n: number) => ({
    title: `Field ecology ${side}`,
    capacity: 30 + n,
    status: side,
    delivery: `${side} only`,
    cross_list: `X-${n}`,
    notes: `Bring ${side} boots.`,
  });
  await sis.edit("section", section.id, six("north", 1));
  await tiebreak.put("section", [{ ...key, ...six("south", 2) }]);
}

/** A long text in which each side changed one word (UX 6.9). */
async function editLongText(tiebreak: Tiebreak, sis: Sis): Promise<void> {
  const course = (await sis.records("course"))[1]!;
  const text = (word: string) =>
    Array.from({ length: 40 }, (_, week) => `Week ${week + 1}: a ${week === 0 ? word : "long"} laboratory session.`);
  await sis.edit("course", course.id, { description: text("weekly").join(" ") });
  await tiebreak.put("course", [{ code: course["code"], description: text("fortnightly").join(" ") }]);
}

/** A section with two meetings: both sides moved the first; our side removed the second, which the SIS moved. */
async function editItems(tiebreak: Tiebreak, sis: Sis): Promise<void> {
  const sections = (await sis.records("section")).slice(4);
  const section = sections.find(({ meetings }) => new Set((meetings as Fields[]).map(({ days }) => days)).size === 2);
  if (!section) throw new Error("no section meets at two times");
  const [first, second] = section["meetings"] as [Fields, Fields];
  const meetings = [{ ...first, starts: "07:30" }, { ...second, ends: "21:10" }];
  await sis.edit("section", section.id, { meetings });
  await tiebreak.put("section", [{ ...(await keyOf(sis, section)), meetings: [{ ...first, starts: "07:45" }] }]);
}
