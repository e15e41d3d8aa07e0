import type { Page } from "@playwright/test";
import { ready, signIn } from "../world/checks.ts";
import { address, choose, conflict, field, landing, option, saveAndNext } from "../world/desk.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test } from "../world/test.ts";

const [FIRST] = CONFLICTS.oneField;

/** Every key of one letter that does something on some page, and Enter. */
const LETTERS = ["1", "2", "3", "4", "e", "n", "p", "s", "u", "j", "k", "z", "/", "?", "!", "@", "Enter"];

/** Nothing is chosen, nothing has the focus that had it not, and the page is the same. */
async function expectUntouched(page: Page, at: string): Promise<void> {
  await expect(page).toHaveURL(at);
  await expect(page.locator(".conflict-field input[type=radio]:checked")).toHaveCount(0);
}

test("12.30 single keys do what their buttons do @script", async ({ page }) => {
  await signIn(page, "resolver", address(FIRST));
  await ready(page);
  await page.keyboard.press("2");
  await expect(option(page, "capacity", "ours")).toBeChecked();
  await page.keyboard.press("1");
  await expect(option(page, "capacity", "theirs")).toBeChecked();
  await landing(page, () => page.keyboard.press("s"));
  await expect(page).not.toHaveURL(address(FIRST));
});

test("12.30 single keys are letters in text fields @script", async ({ page, world }) => {
  await signIn(page, "resolver", address(FIRST));
  await ready(page);
  const search = page.locator(".header__search input");
  await search.focus();
  await page.keyboard.type("1234enpsz/?!@");
  await expect(search).toHaveValue("1234enpsz/?!@");
  await expectUntouched(page, address(FIRST));
  await choose(page, "capacity", "other");
  const box = field(page, "capacity").locator(".conflict-field__other input");
  await box.fill("");
  await page.keyboard.type("123s4nz");
  await expect(box).toHaveValue("123s4nz");
  await expect(option(page, "capacity", "other")).toBeChecked();
  await expect(page).toHaveURL(address(FIRST));
  expect((await conflict(world, FIRST)).decisions).toEqual([]);
});

test("12.30 single keys that are switched off do nothing on any page @script", async ({ page, world }) => {
  await signIn(page, "resolver", "/northfield/account");
  await page.locator("input[name=keys][value=off]").check();
  await landing(page, () => page.getByRole("button", { name: "Save for this browser" }).click());
  await page.goto(address(FIRST));
  await ready(page);
  for (const key of LETTERS.filter((key) => key !== "Enter")) await page.keyboard.press(key);
  await expectUntouched(page, address(FIRST));
  await expect(page.locator(".header__search input")).not.toBeFocused();

  await choose(page, "capacity", "ours");
  await landing(page, () => saveAndNext(page).click());
  const at = page.url();
  await expect(page.locator(".flash").getByRole("button", { name: "Undo" })).toBeVisible();
  await page.keyboard.press("z");
  for (const path of ["/northfield/conflicts", "/northfield/overview"]) {
    await page.goto(path);
    await ready(page);
    for (const key of LETTERS) await page.keyboard.press(key);
    await expect(page).toHaveURL(path);
  }
  expect(at).toContain("/conflicts/");
  expect((await conflict(world, FIRST)).decisions.map((decision) => decision.state)).not.toContain("undone");
  expect((await conflict(world, FIRST)).decisions).toHaveLength(1);
});
