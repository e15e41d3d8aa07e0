import type { Page } from "@playwright/test";
import { signIn } from "../world/checks.ts";
import { address, askToForce, conflict, decided, force, forceButton } from "../world/desk.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test } from "../world/test.ts";

const [FIRST] = CONFLICTS.oneField;
const SIX = CONFLICTS.sixFields;

/** Chooses ● for every field, opens the force page, and waits until the record was read again. */
async function openForce(page: Page): Promise<void> {
  await signIn(page, "lead", address(SIX));
  await page.getByRole("button", { name: /All from.*Scheduler/ }).click();
  await expect(page.locator("input[value=ours]:checked")).toHaveCount(6);
  // Script sets the radios at once and keeps them a moment later.
  await expect(async () => {
    await page.goto(address(SIX));
    await expect(page.locator("input[value=ours]:checked")).toHaveCount(6, { timeout: 500 });
  }).toPass({ timeout: 15_000 });
  await askToForce(page, SIX);
}

for (const role of ["viewer", "resolver"] as const) {
  test(`12.31 a ${role} cannot force, and is told who can`, async ({ page }) => {
    await signIn(page, role, address(FIRST));
    await expect(page.getByRole("link", { name: /Force apply/ })).toHaveCount(0);
    const answer = await page.goto(`${address(FIRST)}/force`);
    expect(answer?.status()).toBe(403);
    await expect(page.locator("main")).toContainText(/leads and admins/);
  });
}

test("12.31 a lead forces with a tick and a reason, and the SIS holds the choice", async ({ page, world }) => {
  await openForce(page);
  await expect(page.locator("main")).toContainText("south");
  await forceButton(page).click();
  await expect(page.locator("form.confirm input[type=checkbox]:invalid")).not.toHaveCount(0);
  expect((await conflict(world, SIX)).decisions).toEqual([]);
  await page.goto(`${address(SIX)}/force`);
  await force(page, "Confirmed by phone with the registrar.");
  const truth = await decided(world, SIX);
  expect(truth.decisions).toHaveLength(1);
  expect(truth.decisions[0]).toMatchObject({ force: true, reason: "Confirmed by phone with the registrar." });
  const writes = await world.sis.writes();
  expect(writes).toHaveLength(1);
  expect(writes[0]?.after).toMatchObject({ capacity: 32, status: "south", delivery: "south only" });
});

test("12.32 a record that moves again comes back with 409, the tick cleared, the reason kept, nothing written", async ({
  page,
  world,
}) => {
  await openForce(page);
  const section = await world.sis.record("section", "status", "north");
  await world.sis.edit("section", section.id, { capacity: 555 });
  await world.tiebreak.run(["run", "--kind", "manual", "--types", "section"]);
  const answer = await force(page, "Confirmed by phone with the registrar.");
  expect(answer.status()).toBe(409);
  await expect(page.locator("main")).toContainText("555");
  await expect(page.locator("form.confirm input[type=checkbox]:checked")).toHaveCount(0);
  await expect(page.locator("form.confirm [name*=reason]")).toHaveValue("Confirmed by phone with the registrar.");
  expect(await world.sis.writes()).toEqual([]);
});
