import type { Page } from "@playwright/test";
import { signIn } from "../world/checks.ts";
import { expect, test, type World } from "../world/test.ts";

/** The lists of the SIS answer, and are empty. */
async function mergeOfNothing(world: World): Promise<void> {
  const empty = { kind: "status", code: 200, body: { data: [], total: 0, next: null } };
  await world.sis.fault({ match: { method: "GET", times: 100_000 }, fault: empty });
  await world.tiebreak.run(["run", "--kind", "manual"]);
}

/** The merge is finished neither on a page nor in JSON. */
async function expectNotFinished(page: Page, world: World, number: number): Promise<void> {
  await signIn(page, "admin");
  for (const path of ["overview", `merges/${number}`]) {
    await page.goto(`/northfield/${path}`);
    await expect(page.locator("main"), path).not.toContainText(/\bFinished\b/);
  }
  await page.goto("/northfield/merges");
  const row = page.locator("tbody tr", { has: page.getByRole("link", { name: `#${number}`, exact: true }) });
  await expect(row).toHaveCount(1);
  await expect(row).not.toContainText("Finished");
  await page.goto("/northfield/merges?outcome=finished,conflicts,errors,part-held");
  await expect(page.locator("main").getByRole("link", { name: `#${number}`, exact: true })).toHaveCount(0);
  const told = JSON.parse(await world.tiebreak.run(["runs", "show", String(number), "--json"]));
  expect(JSON.stringify(told)).not.toMatch(/"finished|Finished/);
  const rows = await page.request.get(`/northfield/merges/${number}/changes.json`);
  expect(rows.status()).toBe(200);
  expect(await rows.text()).not.toMatch(/finished/i);
  expect(await world.sis.writes()).toEqual([]);
}

test.describe("a school of which nothing was ever merged", () => {
  test.use({ stage: "fresh" });

  test("12.6 a merge that reads 0 records is finished nowhere, and says why", async ({ page, world }) => {
    await mergeOfNothing(world);
    await expectNotFinished(page, world, 1);
    for (const path of ["overview", "merges", "merges/1", "merges?outcome=nothing-read"]) {
      await page.goto(`/northfield/${path}`);
      await expect(page.locator("main"), path).toContainText("Ran, read nothing");
    }
  });
});

test("12.6 a merge to which one side suddenly gives nothing did not just finish, and deletes nothing", async ({ page, world }) => {
  await mergeOfNothing(world);
  await signIn(page, "admin", "/northfield/overview");
  const main = page.locator("main");
  await expect(main).toContainText(/not merged: their listing was stopped/);
  await expect(main).toContainText(/No record was changed\. No deletes\./);
  for (const path of ["overview", "merges/4", "merges"]) {
    await page.goto(`/northfield/${path}`);
    const outcomes = await page.locator("main .status", { hasText: "Finished" }).allInnerTexts();
    const ours = path === "merges" ? outcomes.slice(0, 1) : outcomes;
    expect(ours.filter((words) => !words.includes("with errors")), path).toEqual([]);
    await expect(main, path).toContainText("Finished with errors");
  }
  expect(await world.sis.writes()).toEqual([]);
});
