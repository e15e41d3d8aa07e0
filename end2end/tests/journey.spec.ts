import type { Page } from "@playwright/test";
import { pressKeys, ready, signIn } from "../world/checks.ts";
import { address, askToForce, choose, conflict, decided, force, landing, roomOf, saveAndNext } from "../world/desk.ts";
import { CONFLICTS } from "../world/prepare.ts";
import type { SisRecord } from "../world/sis.ts";
import { expect, test, type World } from "../world/test.ts";

const [FIRST, SECOND, THIRD] = CONFLICTS.oneField;
const REASON = "The registrar counted the chairs.";

/** What the SIS was made to write to a room. */
async function writesTo(world: World, room: SisRecord): Promise<unknown[]> {
  return (await world.sis.writes())
    .filter((write) => write.id === room.id)
    .map((write) => [write.op, write.before?.["capacity"], write.after?.["capacity"]]);
}

/** Opens a conflict by its row of the queue. */
async function openFromQueue(page: Page, number: number): Promise<void> {
  await page.goto("/northfield/conflicts?type=room");
  const row = page.locator(`.table tbody th a[href*="/conflicts/${number}?"], .table tbody th a[href$="/conflicts/${number}"]`);
  await landing(page, () => row.click());
  await expect(page).toHaveURL(new RegExp(`/conflicts/${number}(\\?|$)`));
}

test.describe("with a hold of ten seconds", () => {
  test.use({ hold: 10 });

  test("12.7 12.16 12.31 one is decided from the queue with two keys, another taken back, a third forced, as the SIS's log has it", async ({
    page,
    browser,
    javaScriptEnabled,
    world,
  }) => {
    test.slow();
    const [first, second, third] = await Promise.all([FIRST, SECOND, THIRD].map((number) => roomOf(world, number)));
    await signIn(page, "resolver", "/northfield/overview");
    await openFromQueue(page, FIRST);
    if (javaScriptEnabled) await ready(page);
    const keys = javaScriptEnabled ? ["2", "Enter"] : ["ArrowRight", "Enter"];
    await landing(page, async () => expect(await pressKeys(page, ...keys)).toBe(2));
    await expect(page.locator(".flash")).toContainText("Written to Banner");
    expect(await writesTo(world, first!)).toEqual([]);
    await expect(async () => {
      await page.goto(address(FIRST));
      await expect(page.locator(".history")).toContainText("Banner: change Capacity (written and read back)", { timeout: 500 });
    }).toPass({ timeout: 30_000 });
    await expect(page.locator(".history .chip")).toHaveText("Applied");
    expect(await writesTo(world, first!)).toEqual([["update", first!["capacity"], 100]]);

    await openFromQueue(page, SECOND);
    await choose(page, "capacity", "ours");
    await landing(page, () => saveAndNext(page).click());
    await landing(page, () => page.locator(".flash").getByRole("button", { name: "Undo" }).click());
    await expect(page.locator(".flash")).toContainText("Nothing was written");
    expect((await conflict(world, SECOND)).line.status).toBe("open");

    const context = await browser.newContext({ baseURL: world.url });
    const lead = await context.newPage();
    await signIn(lead, "lead", "/northfield/overview");
    await openFromQueue(lead, THIRD);
    await choose(lead, "capacity", "ours");
    await askToForce(lead, THIRD);
    await expect(lead.locator("main .table")).toContainText(String(third!["capacity"]));
    await force(lead, REASON);
    await expect(lead).toHaveURL(new RegExp(`${address(THIRD)}(\\?|$)`));
    await expect(lead.locator(".flash")).toContainText("Forced");
    const { decisions } = await decided(world, THIRD);
    expect(decisions).toMatchObject([{ force: true, reason: REASON, person: "Mara Lind" }]);
    expect(await writesTo(world, third!)).toEqual([["update", third!["capacity"], 100]]);
    // Its ten seconds are over by now: what was taken back has not been written.
    expect(await writesTo(world, second!)).toEqual([]);
    expect(await world.sis.writes()).toHaveLength(2);
    await lead.reload();
    await expect(lead.locator(".history")).toContainText("Forced Capacity: ● Scheduler");
    await expect(lead.locator(".history")).toContainText("written and read back");
    await context.close();
  });
});
