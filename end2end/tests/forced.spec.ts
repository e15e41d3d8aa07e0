import { signIn } from "../world/checks.ts";
import { address, askToForce, choose, conflict, decided, force, landing, roomOf } from "../world/desk.ts";
import { CONFLICTS, withHold, withLength, withLimits } from "../world/prepare.ts";
import type { Change } from "../world/sis.ts";
import { expect, test } from "../world/test.ts";

const [FIRST] = CONFLICTS.oneField;
const [TITLE] = CONFLICTS.many;
const REASON = "Confirmed by phone with the registrar.";

/** A row of `tiebreak audit list --json`. */
type AuditRow = { action: string; actor: string; target: string; detail: string };

test("12.31 the audit entry of a forced decision has the value that was written over, and Undo writes it back", async ({
  page,
  world,
}) => {
  const room = await roomOf(world, FIRST);
  await signIn(page, "lead", address(FIRST));
  await choose(page, "capacity", "ours");
  await askToForce(page, FIRST);
  await force(page, REASON);
  await decided(world, FIRST);

  const { items } = JSON.parse(await world.tiebreak.run(["audit", "list", "--json"])) as { items: AuditRow[] };
  const [end] = items.filter((row) => row.action === "force.end");
  expect(end).toMatchObject({ actor: "Mara Lind", target: `conflict ${FIRST}` });
  const written = { side: "theirs", field: "capacity", was: String(room["capacity"]), written: "100" };
  expect(JSON.parse(end!.detail).overwrote).toMatchObject([written]);

  await page.goto("/northfield/activity?kind=force");
  const rows = page.locator(".table tbody tr");
  await expect(rows).toHaveCount(2);
  const particulars = async (what: string) => {
    const row = rows.filter({ has: page.locator("td", { hasText: new RegExp(`^${what}$`) }) });
    await row.locator("summary").click();
    await expect(row.locator("code")).toBeVisible();
    return JSON.parse(await row.locator("code").innerText()) as { reason?: string; overwrote?: unknown };
  };
  expect((await particulars("force apply")).reason).toBe(REASON);
  expect((await particulars("force apply carried out")).overwrote).toMatchObject([written]);

  await page.goto(address(FIRST));
  await landing(page, () => page.locator("main").getByRole("button", { name: "Undo this decision" }).click());
  const capacities = (change: Change) => [change.before?.["capacity"], change.after?.["capacity"]];
  await expect
    .poll(async () => (await world.sis.writes()).map(capacities), { timeout: 20_000 })
    .toEqual([[room["capacity"], 100], [100, room["capacity"]]]);
  expect((await world.sis.record("room", "code", room["code"]))["capacity"]).toBe(room["capacity"]);
});

test("12.32 a forced decision leaves every field without a choice as the other system has it by then", async ({ page, world }) => {
  await signIn(page, "lead", address(FIRST));
  await choose(page, "capacity", "ours");
  await askToForce(page, FIRST);
  const { id } = await roomOf(world, FIRST);
  await world.sis.edit("room", id, { name: "Renamed meanwhile", room_type: "studio" });
  const { etag: _old, updated_at: _then, ...before } = await roomOf(world, FIRST);
  await force(page, REASON);
  await decided(world, FIRST);
  const { etag: _new, updated_at: _now, external_ref: _ours, ...after } = await roomOf(world, FIRST);
  expect(after).toEqual({ ...before, external_ref: undefined, capacity: 100 });
  expect(after).toMatchObject({ name: "Renamed meanwhile", room_type: "studio" });
  expect(await world.sis.writes()).toHaveLength(1);
});

test("12.32 a value that is too long for the other system is not forced on it", async ({ page, world }) => {
  await world.tiebreak.settings(world.sis.port, (text) => withLength("instructor", "title", "theirs = 10")(withHold(2)(text)));
  await signIn(page, "lead", address(TITLE!));
  await choose(page, "title", "ours");
  await askToForce(page, TITLE!);
  const answer = await force(page, REASON);
  expect(answer.status()).toBe(422);
  await expect(page).toHaveTitle(/^Error:/);
  await expect(page.locator(".error-summary")).toContainText("Title is too long: Banner accepts at most 10 characters here. This is 15");
  await expect(page.locator("form.confirm [name*=reason]")).toHaveValue(REASON);
  expect((await conflict(world, TITLE!)).decisions).toEqual([]);
  expect(await world.sis.writes()).toEqual([]);
});

test("12.32 a limit on deletes is not forced either", async ({ page, world }) => {
  const none = withLimits("department", "deletes_hold = { count = 0, percent = 0 }");
  await world.tiebreak.settings(world.sis.port, (text) => none(withHold(2)(text)));
  await signIn(page, "lead", address(CONFLICTS.deletedChanged));
  await page.locator("label.choice", { hasText: /delete it in/i }).click();
  await askToForce(page, CONFLICTS.deletedChanged);
  const answer = await force(page, REASON);
  expect(answer.status()).toBe(422);
  await expect(page.locator(".error-summary")).toContainText(/safety limit/);
  expect((await conflict(world, CONFLICTS.deletedChanged)).decisions).toEqual([]);
  expect(await world.sis.writes()).toEqual([]);
});
