import { readFile } from "node:fs/promises";
import path from "node:path";
import { signIn } from "../world/checks.ts";
import { landing } from "../world/desk.ts";
import { PEOPLE } from "../world/people.ts";
import { expect, test } from "../world/test.ts";

test("12.1 a wrong password comes back with 422, the focus on what is wrong, the e-mail kept", async ({ page }) => {
  await page.goto("/sign-in");
  await page.locator("input[name=email]").fill(PEOPLE.lead.email);
  await page.locator("input[name=password]").fill("not the password at all");
  const answer = await landing(page, () => page.locator("input[name=password]").press("Enter"));
  expect(answer.status()).toBe(422);
  await expect(page).toHaveTitle(/^Error:/);
  await expect(page.locator(".error-summary")).toBeVisible();
  expect(await page.evaluate(() => document.activeElement?.closest(".error-summary") !== null)).toBe(true);
  await expect(page.locator("input[name=email]")).toHaveValue(PEOPLE.lead.email);
  await expect(page.locator("input[name=password]")).toHaveValue("");
});

test("signing in leads back to a page of ours and to none of anybody else's", async ({ page }) => {
  await signIn(page, "viewer", "/northfield/records");
  await expect(page).toHaveURL(/\/northfield\/records$/);
  await page.context().clearCookies();
  await signIn(page, "viewer", "//evil.test/");
  await expect(page).toHaveURL(/^http:\/\/127\.0\.0\.1:\d+\//);
});

test("who is not signed in sees nothing of a school", async ({ page }) => {
  await page.goto("/northfield/records");
  await expect(page).toHaveURL(/\/sign-in/);
});

test.describe("nobody has an account yet", () => {
  test.use({ stage: "bare" });

  test("12.2 the set-up wants the code that the server printed, makes the first admin, and is gone @plain", async ({
    page,
    world,
  }) => {
    await page.goto("/setup");
    await page.locator("input[name=code]").fill("not-the-code");
    const refused = await landing(page, () => page.locator("input[name=code]").press("Enter"));
    expect(refused.status()).toBe(422);
    const log = await readFile(path.join(world.tiebreak.folder, "server.log"), "utf8");
    const code = /give this code, once: (\S+)/.exec(log)?.[1];
    expect(code, "the code is in what the server printed").toBeTruthy();
    await page.locator("input[name=code]").fill(code!);
    await landing(page, () => page.locator("input[name=code]").press("Enter"));
    await page.locator("input[name=name]").fill("Ada Brandt");
    await page.locator("input[name=email]").fill("ada@northfield.test");
    await page.locator("input[name=password]").fill("sets every rule herself");
    await landing(page, () => page.locator("input[name=password]").press("Enter"));
    await page.context().clearCookies();
    const gone = await page.goto("/setup");
    expect(gone?.status()).toBe(404);
  });
});
