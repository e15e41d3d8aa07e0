import { signIn } from "../world/checks.ts";
import { landing } from "../world/desk.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test, type World } from "../world/test.ts";

const LIST = "/northfield/differences";
/** With the one of before the night, one more than a page of 25. */
const DECLARED = 25;

async function differ(world: World): Promise<void> {
  for (const number of CONFLICTS.many.slice(0, DECLARED)) {
    const why = ["--field", "title", "--reason", "Each system has titles of its own."];
    await world.tiebreak.run(["conflicts", "differ", String(number), ...why]);
  }
}

test("C10 what differs on purpose has pages, and an emptied one leads to the first", async ({ page, world }) => {
  test.slow();
  await differ(world);
  await signIn(page, "resolver", `${LIST}?per=25`);
  const rows = page.locator(".table tbody th a");
  const pager = page.locator("nav.pager");
  const go = (words: string) => landing(page, () => pager.getByRole("link", { name: words, exact: true }).click());
  const first = await rows.allInnerTexts();
  expect(first).toHaveLength(25);
  await expect(pager).toContainText("Page 1 of 2");
  await expect(pager.getByRole("link", { name: "Previous" })).toHaveCount(0);

  await go("Next");
  await expect(page).toHaveURL(/per=25/);
  await expect(pager).toContainText("Page 2 of 2");
  await expect(rows).toHaveCount(1);
  const [last] = await rows.allInnerTexts();
  expect(first).not.toContain(last);
  const second = page.url();
  await go("Previous");
  expect(await rows.allInnerTexts()).toEqual(first);
  await go("Last");
  expect((await rows.allInnerTexts()).at(-1)).toBe(last);
  await go("First");
  expect(await rows.allInnerTexts()).toEqual(first);

  await page.goto(second);
  await landing(page, () => page.getByRole("button", { name: /^End the difference/ }).click());
  await page.goto(second);
  await expect(page.locator("main")).toContainText("Nothing is left on this page");
  await landing(page, () => page.getByRole("link", { name: "Go to the first page" }).click());
  expect(await rows.allInnerTexts()).toEqual(first);
});

test("C10 what differs on purpose is filtered by record type, and the filter is in the address", async ({ page, world }) => {
  const [instructor] = CONFLICTS.many;
  await world.tiebreak.run(["conflicts", "differ", String(instructor), "--field", "title", "--reason", "Both are right."]);
  await signIn(page, "viewer", LIST);
  const rows = page.locator(".table tbody tr");
  await expect(rows).toHaveCount(2);
  const form = page.locator("form.filters");
  await form.locator("select[name=type]").selectOption("instructor");
  await landing(page, () => form.getByRole("button", { name: "Apply" }).click());
  await expect(page).toHaveURL(/type=instructor/);
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("Both are right.");

  await form.locator("select[name=type]").selectOption("section");
  await landing(page, () => form.getByRole("button", { name: "Apply" }).click());
  await expect(page.locator("main")).toContainText("No record of this type differs on purpose");
  await landing(page, () => page.getByRole("link", { name: "Clear filters" }).click());
  await expect(rows).toHaveCount(2);

  await page.goto(`${LIST}?colour=red`);
  await expect(page.locator("main")).toContainText("This link had a filter that no longer exists: colour.");
  await expect(rows).toHaveCount(2);
});
