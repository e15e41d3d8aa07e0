import { type Page } from "@playwright/test";
import { signIn } from "../world/checks.ts";
import { silence } from "../world/database.ts";
import { landing } from "../world/desk.ts";
import { expect, test, type World } from "../world/test.ts";

/** A merge that is at work when the power goes; afterwards another process has it, which says nothing. */
async function cutOff(page: Page, world: World): Promise<void> {
  await world.sis.fault({ match: { path: "/sections", times: 1 }, fault: { kind: "hang", seconds: 30 } });
  await signIn(page, "admin", "/northfield/merges/new?kind=manual");
  await landing(page, () => page.getByRole("button", { name: "Start the merge" }).click());
  await expect(async () => {
    await page.reload();
    await expect(page.locator(".banner")).toContainText(/step [12] of 8/, { timeout: 300 });
  }).toPass({ timeout: 15_000 });
  await world.tiebreak.kill();
  await silence(world.tiebreak, 10);
  await world.tiebreak.serve();
}

/** How often the server has tried to go on with a merge. Between two tries it waits, longer each time. */
async function tries(world: World): Promise<number> {
  const log = await world.tiebreak.log();
  return log.slice(log.lastIndexOf("ready")).split("merge taken up").length - 1;
}

test("12.5 a merge without a sign of life may be stuck after a minute, and counts as failed after ten", async ({ page, world }) => {
  // Between two tries to go on with it the server waits, longer each time.
  test.setTimeout(300_000);
  await cutOff(page, world);
  const at = (path: string) => `${world.tiebreak.url}/northfield/${path}`;
  await expect.poll(() => tries(world), { timeout: 40_000, intervals: [200] }).toBeGreaterThanOrEqual(3);

  await silence(world.tiebreak, 125);
  await page.goto(at("overview"));
  await expect(page.locator("main")).toContainText(/No sign of life for 2 min/);
  await expect(page.locator("main")).toContainText("It may be stuck");
  await expect(page.locator("main")).toContainText("Look at it");
  await expect(page.locator(".banner")).toContainText(/No sign of life from merge #4 for 2 min/);

  await silence(world.tiebreak, 660);
  for (const path of ["overview", "merges/4"]) {
    await page.goto(at(path));
    await expect(page.locator("main"), path).toContainText("Failed");
    await expect(page.locator("main"), path).toContainText(/No sign of life for 11 min/i);
  }
  await page.goto(at("merges"));
  const row = page.locator("tbody tr", { has: page.getByRole("link", { name: "#4" }) });
  await expect(row).toContainText("Failed");
  await expect(row).toContainText(/no sign of life for 11 min/);
  await page.goto(at("records"));
  await expect(page.locator(".banner")).toContainText("It counts as failed until it goes on");
  const status = await (await page.request.get(at("merges/current/status"))).json();
  expect(status).toMatchObject({ state: "failed", merge: 4 });

  await expect(async () => {
    await page.goto(at("merges/4"));
    await expect(page.locator("main")).toContainText("Finished", { timeout: 500 });
  }).toPass({ timeout: 180_000 });
  await expect(page.locator("main")).not.toContainText(/no sign of life/i);
});
