import type { Page } from "@playwright/test";
import { signIn } from "../world/checks.ts";
import { landing } from "../world/desk.ts";
import type { SisRecord } from "../world/sis.ts";
import { expect, test, type World } from "../world/test.ts";

/** Rooms without a conflict. */
const ROOMS = { theirs: 20, ours: 21, both: 22, neither: 23 } as const;
type Case = keyof typeof ROOMS;

/** What the type of a room is afterwards in Banner and in Scheduler, and whether somebody is asked. */
type Ends = Record<Exclude<Case, "neither">, [banner: string, scheduler: string] | "asked">;

/** The rows of the table of UX 7.5.2. */
const OPTIONS: { shown: string; ends: Ends }[] = [
  { shown: "Ask a person", ends: { theirs: ["studio", "studio"], ours: ["workshop", "workshop"], both: "asked" } },
  {
    shown: "Prefer ● Scheduler on conflict",
    ends: { theirs: ["studio", "studio"], ours: ["workshop", "workshop"], both: ["workshop", "workshop"] },
  },
  {
    shown: "Prefer ■ Banner on conflict",
    ends: { theirs: ["studio", "studio"], ours: ["workshop", "workshop"], both: ["studio", "studio"] },
  },
  {
    shown: "Always ● Scheduler",
    ends: { theirs: ["before", "before"], ours: ["workshop", "workshop"], both: ["workshop", "workshop"] },
  },
  {
    shown: "Always ■ Banner",
    ends: { theirs: ["studio", "studio"], ours: ["before", "before"], both: ["studio", "studio"] },
  },
];

/** Sets which side wins for a field of rooms, as an admin does: into the draft, looked at, saved. */
async function setWinner(page: Page, field: string, shown: string): Promise<void> {
  await signIn(page, "admin", "/northfield/settings/fields/room");
  await page.getByRole("combobox", { name: `${field}: which side wins` }).selectOption({ label: shown });
  await landing(page, () => page.getByRole("button", { name: "Keep in draft" }).first().click());
  await page.goto("/northfield/settings/review");
  await expect(page.locator("main")).toContainText(shown);
  await page.locator("input[name=reason]").fill("As the registrar wishes.");
  await landing(page, () => page.getByRole("button", { name: "Save settings" }).click());
  await expect(page).toHaveURL(/\/settings\/changes\/\d+$/);
}

/** What the two systems hold of a room's type. */
async function types(world: World, code: unknown): Promise<[unknown, unknown]> {
  const shown = JSON.parse(await world.tiebreak.run(["records", "show", "room", String(code), "--json"])) as {
    ours: { body: string };
  };
  return [(await world.sis.record("room", "code", code))["room_type"], JSON.parse(shown.ours.body).room_type];
}

for (const { shown, ends } of OPTIONS) {
  test(`12.37 “${shown}” ends as its row of the table says`, async ({ page, world }) => {
    test.slow();
    const all = await world.sis.records("room");
    const room = (which: Case): SisRecord => all[ROOMS[which]]!;
    await setWinner(page, "room_type", shown);
    for (const which of ["theirs", "both"] as const) await world.sis.edit("room", room(which).id, { room_type: "studio" });
    const edited = (["ours", "both"] as const).map((which) => ({ code: room(which)["code"], room_type: "workshop" }));
    await world.tiebreak.put("room", edited);
    await world.tiebreak.run(["run", "--kind", "manual", "--types", "room"]);

    const { items } = JSON.parse(await world.tiebreak.run(["conflicts", "list", "--limit", "200", "--json"])) as {
      items: { label: string; fields: string[]; merge_type: string }[];
    };
    const asked = items.filter((item) => item.merge_type === "room" && item.fields.includes("room_type"));
    expect(asked).toHaveLength(ends.both === "asked" ? 1 : 0);
    const touched = new Set((await world.sis.writes()).map((write) => write.id));
    for (const which of ["theirs", "ours", "both"] as const) {
      const { id, code, room_type: before } = room(which);
      const held = await types(world, code);
      if (ends[which] === "asked") {
        expect(held, which).toEqual(["studio", "workshop"]);
        expect(touched).not.toContain(id);
      } else {
        expect(held, which).toEqual(ends[which].map((value) => (value === "before" ? before : value)));
        const given = which === "ours" ? before : "studio";
        // Only what is not as it ends is written.
        expect(touched.has(id), which).toBe(held[0] !== given);
      }
    }
    expect(touched).not.toContain(room("neither").id);
  });
}
