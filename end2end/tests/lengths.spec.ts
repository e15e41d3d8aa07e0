import { signIn } from "../world/checks.ts";
import { address, choose, conflict, decided, field, landing, saveAndNext } from "../world/desk.ts";
import { CONFLICTS, withHold, withLength } from "../world/prepare.ts";
import { expect, test, type World } from "../world/test.ts";

const [FIRST, SECOND] = CONFLICTS.many;

/** Settings in which Scheduler takes only so many characters of an instructor's title. */
async function shortTitles(world: World, most: number): Promise<void> {
  const short = withLength("instructor", "title", `ours = ${most}`);
  await world.tiebreak.settings(world.sis.port, (text) => short(withHold(2)(text)));
}

/** What the title of a conflict's instructor is in the SIS. */
async function titleInSis(world: World, number: number): Promise<unknown> {
  const { theirs } = await conflict(world, number);
  const { employee_number } = JSON.parse(theirs ?? "{}") as { employee_number: string };
  return (await world.sis.record("instructor", "employee_number", employee_number))["title"];
}

test("12.12 a typed value too long for one system comes back with 422, its limit and the length, and is saved when it fits", async ({
  page,
  world,
}) => {
  await shortTitles(world, 30);
  await signIn(page, "resolver", address(FIRST!));
  await choose(page, "title", "other");
  const text = field(page, "title").locator(".conflict-field__other :is(input, textarea)");
  const long = "Professor of the practice of field ecology";
  await text.fill(long);
  const answer = await landing(page, () => saveAndNext(page).click());
  expect(answer.status()).toBe(422);
  await expect(page).toHaveTitle(/^Error:/);
  const words = `Title is too long: Scheduler accepts at most 30 characters here. This is ${long.length}`;
  await expect(page.locator(".error-summary")).toContainText(words);
  await expect(field(page, "title").locator(".field__error")).toContainText(words);
  await expect(text).toHaveValue(long);
  expect((await conflict(world, FIRST!)).decisions).toEqual([]);

  await text.fill("Professor of field ecology");
  await landing(page, () => saveAndNext(page).click());
  await decided(world, FIRST!);
  expect(await titleInSis(world, FIRST!)).toBe("Professor of field ecology");
  expect(await world.sis.writes()).toHaveLength(1);
});

test("12.12 a value chosen from one system that is too long for the other comes back with 422, and the other choice is saved", async ({
  page,
  world,
}) => {
  await shortTitles(world, 10);
  await signIn(page, "resolver", address(SECOND!));
  await choose(page, "title", "theirs");
  const answer = await landing(page, () => saveAndNext(page).click());
  expect(answer.status()).toBe(422);
  const words = `Scheduler accepts at most 10 characters here. This is ${"Professor of practice".length}`;
  await expect(page.locator(".error-summary")).toContainText(words);
  expect((await conflict(world, SECOND!)).decisions).toEqual([]);
  // What Scheduler holds is longer than that as well; it stays as it is, and Banner has no limit.
  await choose(page, "title", "ours");
  await landing(page, () => saveAndNext(page).click());
  await decided(world, SECOND!);
  expect(await titleInSis(world, SECOND!)).toBe("Senior lecturer");
});
