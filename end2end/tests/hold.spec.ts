import { signIn } from "../world/checks.ts";
import { address, choose, conflict, decided, landing, roomOf, saveAndNext } from "../world/desk.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test, type World } from "../world/test.ts";

const [FIRST] = CONFLICTS.oneField;

async function merge(world: World): Promise<void> {
  await world.tiebreak.run(["run", "--kind", "manual", "--types", "room"]);
}

test.describe("with a hold until the next merge", () => {
  test.use({ hold: "next merge" });

  test("12.33 a decision is not written before the next merge, and then it is", async ({ page, world }) => {
    const room = await roomOf(world, FIRST);
    await signIn(page, "resolver", address(FIRST));
    await expect(page.locator(".action-bar")).toContainText("A decision is written at the next merge");
    await choose(page, "capacity", "ours");
    await landing(page, () => saveAndNext(page).click());
    await expect(page.locator(".flash")).toContainText("Written to Banner at the next merge");
    // The server looks for decisions that are due at once and every second.
    await page.waitForTimeout(3_000);
    expect((await conflict(world, FIRST)).decisions).toMatchObject([{ state: "decided", writes: [{ state: "held" }] }]);
    expect(await world.sis.writes()).toEqual([]);
    await merge(world);
    await decided(world, FIRST);
    expect(await world.sis.writes()).toMatchObject([{ op: "update", id: room.id, after: { capacity: 100 } }]);
    await page.goto(address(FIRST));
    await expect(page.locator(".history")).toContainText("written and read back");
  });

  test("12.33 Undo before the next merge leaves the write log empty, also after it", async ({ page, world }) => {
    const room = await roomOf(world, FIRST);
    await signIn(page, "resolver", address(FIRST));
    await choose(page, "capacity", "ours");
    await landing(page, () => saveAndNext(page).click());
    await landing(page, () => page.locator(".flash").getByRole("button", { name: "Undo" }).click());
    await expect(page.locator(".flash")).toContainText("Nothing was written");
    await merge(world);
    expect(await world.sis.writes()).toEqual([]);
    expect((await roomOf(world, FIRST))["capacity"]).toBe(room["capacity"]);
    expect((await conflict(world, FIRST)).line.status).toBe("open");
  });
});
