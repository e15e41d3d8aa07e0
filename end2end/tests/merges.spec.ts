import { ready, signIn } from "../world/checks.ts";
import { expect, test } from "../world/test.ts";

const PAGES = ["overview", "conflicts", "conflicts/1", "records", "records/room/NEW-101", "merges", "merges/3", "merges/3/changes", "settings/types", "people", "activity", "account"];

test("12.4 while a merge runs every page shows its step, and after it none does", async ({ page, world }) => {
  test.slow();
  await signIn(page, "admin", "/northfield/overview");
  await world.sis.fault({ match: { path: "/sections", times: 1 }, fault: { kind: "hang", seconds: 25 } });
  const merge = world.tiebreak.run(["run", "--kind", "manual"]);
  const banner = page.locator(".banner");
  await expect(async () => {
    await page.goto("/northfield/overview");
    await expect(banner).toContainText(/step \d of 8/i, { timeout: 500 });
  }).toPass({ timeout: 15_000 });
  for (const at of PAGES) {
    await page.goto(`/northfield/${at}`);
    await expect(banner, at).toContainText(/merge is running/i);
  }
  await merge;
  for (const at of PAGES) {
    await page.goto(`/northfield/${at}`);
    await expect(banner, at).toHaveCount(0);
  }
});

test("12.4 the line goes away within 5 s after the end, without a reload @script", async ({ page, world }) => {
  await signIn(page, "admin", "/northfield/overview");
  await world.sis.fault({ match: { path: "/sections", times: 1 }, fault: { kind: "hang", seconds: 8 } });
  const merge = world.tiebreak.run(["run", "--kind", "manual"]);
  await expect(async () => {
    await page.goto("/northfield/records");
    await expect(page.locator(".banner")).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 15_000 });
  await ready(page);
  await merge;
  await expect(page.locator(".banner")).toBeHidden({ timeout: 5_000 });
});

test("12.28 the totals of a merge are the sums of its types and the rows of its file", async ({ page }) => {
  await signIn(page, "viewer", "/northfield/merges/1");
  const table = page.locator(".table", { has: page.locator("tfoot") }).last();
  const numbers = async (row: string) =>
    (await table.locator(row).evaluateAll((rows) =>
      rows.map((one) => [...one.querySelectorAll("td")].map((cell) => Number((cell.textContent ?? "").replace(/[^0-9]/g, "")) || 0)),
    )) as number[][];
  const [totals] = await numbers("tfoot tr");
  const sums = (await numbers("tbody tr")).reduce((sum, row) => sum.map((value, n) => value + (row[n] ?? 0)));
  expect(totals).toEqual(sums);
  await page.goto("/northfield/merges/3/changes");
  const said = /Download ([\d,]+) values/.exec(await page.locator("main").innerText())?.[1]?.replace(",", "");
  const file = await (await page.request.get("/northfield/merges/3/changes.csv")).text();
  expect(file.trim().split("\n").length - 1).toBe(Number(said));
});

test("12.37 the five options show the configured names and the terms of the field", async ({ page }) => {
  await signIn(page, "admin", "/northfield/settings/fields/room");
  const text = await page.locator("main").innerText();
  for (const words of [
    "Ask a person",
    "Prefer Scheduler on conflict",
    "Prefer Banner on conflict",
    "Always Scheduler",
    "Always Banner",
    "Manual resolution",
    "Resolve as Scheduler",
    "Resolve as Banner",
  ]) {
    expect(text.replace(/[■●]\s*/g, "")).toContain(words);
  }
});

test("12.35 the prefix is in every address, and another school's is nothing", async ({ page }) => {
  await signIn(page, "admin", "/northfield/overview");
  const links = await page.locator("a[href^='/']").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  expect(links.filter((link) => !link?.startsWith("/northfield/") && link !== "/")).toEqual([]);
  expect((await page.goto("/southfield/conflicts/1"))?.status()).toBe(404);
});

test("12.24 taking a change of the settings back opens what it would do, and changes nothing by itself", async ({ page, world }) => {
  await world.tiebreak.settings(world.sis.port, (text) => text.replace("hold_seconds = 10", "hold_seconds = 30"));
  await signIn(page, "admin", "/northfield/settings/changes/1");
  const before = await world.tiebreak.run(["settings", "export"]);
  await page.getByRole("button", { name: /Make a draft of revision 1/ }).click();
  await expect(page).toHaveURL(/\/settings\/review/);
  expect(await world.tiebreak.run(["settings", "export"])).toBe(before);
});
