import type { Page } from "@playwright/test";
import { signIn } from "../world/checks.ts";
import { landing } from "../world/desk.ts";
import { withHold, withLimits } from "../world/prepare.ts";
import { expect, test, type World } from "../world/test.ts";

const DELETES = 6;

/** A merge that would delete six sections in the SIS, with a limit of four; its number. */
async function heldMerge(world: World): Promise<number> {
  const few = withLimits("section", "deletes_hold = { count = 4, percent = 3 }");
  await world.tiebreak.settings(world.sis.port, (text) => few(withHold(2)(text)));
  const code = async (type: string, id: unknown) => (await world.sis.record(type, "id", id))["code"];
  for (const section of (await world.sis.records("section")).slice(-DELETES)) {
    const key = [await code("term", section["term_id"]), await code("course", section["course_id"]), section["number"]];
    await world.tiebreak.run(["records", "remove", "section", JSON.stringify(key)]);
  }
  await world.tiebreak.run(["run", "--kind", "manual"]);
  const { items } = JSON.parse(await world.tiebreak.run(["runs", "list", "--json"])) as { items: { number: number; state: string }[] };
  expect(items[0]?.state).toBe("held");
  return items[0]!.number;
}

async function deletes(world: World): Promise<number> {
  return (await world.sis.writes()).filter((write) => write.op === "delete" && write.type === "section").length;
}

/** Types the words on the page that asks, ticks or does not, and presses the button. */
async function release(page: Page, words: string, ticks: boolean): Promise<number> {
  await page.locator("form.confirm input[name*=typed]").fill(words);
  await page.locator("form.confirm input[type=checkbox]").setChecked(ticks);
  return (await landing(page, () => page.locator("form.confirm").getByRole("button", { name: /^Write/ }).click())).status();
}

test("12.25 a merge with more deletes than the limit writes none, says so, and is released by the typed words only", async ({
  page,
  world,
}) => {
  test.slow();
  const number = await heldMerge(world);
  const here = `/northfield/merges/${number}`;
  expect(await world.sis.writes()).toEqual([]);

  await signIn(page, "admin", here);
  await expect(page.locator("main")).toContainText("Stopped by a safety limit");
  await expect(page.locator("main .card--warn")).toContainText(/6 .*deletes/i);
  await page.goto("/northfield/merges");
  await expect(page.locator(".table tbody tr", { has: page.locator(`a[href$="${here}"]`) })).toContainText("Stopped by a safety limit");

  await page.goto(here);
  await landing(page, () => page.getByRole("link", { name: "Let it write…" }).click());
  expect(await release(page, "go ahead", true)).toBe(422);
  await expect(page).toHaveTitle(/^Error:/);
  expect(await release(page, `release ${number}`, false)).toBe(422);
  expect(await world.sis.writes()).toEqual([]);
  expect(await release(page, `Release ${number}`, true)).toBe(200);
  await expect.poll(() => deletes(world), { timeout: 30_000 }).toBe(DELETES);
  expect(await world.sis.writes()).toHaveLength(DELETES);
  await expect(async () => {
    await page.goto(here);
    await expect(page.locator("main")).not.toContainText("Stopped by a safety limit", { timeout: 500 });
    await expect(page.locator("main")).toContainText("Finished", { timeout: 500 });
  }).toPass({ timeout: 20_000 });
});

test("12.25 a lead cannot release it, may drop it, and then nothing of it is written", async ({ page, world }) => {
  const number = await heldMerge(world);
  const here = `/northfield/merges/${number}`;
  await signIn(page, "lead", `${here}?confirm=release`);
  await expect(page.locator("form.confirm")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Let it write…" })).toHaveCount(0);
  await expect(page.locator("main")).toContainText("Only admins can let it write");
  await landing(page, () => page.getByRole("button", { name: "Drop it: write nothing" }).click());
  await expect
    .poll(async () => JSON.parse(await world.tiebreak.run(["runs", "show", String(number), "--json"])).line.state, { timeout: 20_000 })
    .not.toBe("held");
  expect(await world.sis.writes()).toEqual([]);
});

test("12.25 the command line releases the same plan @plain", async ({ world }) => {
  const number = await heldMerge(world);
  await world.tiebreak.run(["runs", "approve", String(number), "--yes"]);
  await expect.poll(() => deletes(world), { timeout: 30_000 }).toBe(DELETES);
});
