import type { Page } from "@playwright/test";
import { signIn } from "../world/checks.ts";
import { ACCESS } from "../world/forms/access.ts";
import { DESK } from "../world/forms/desk.ts";
import { answers, type Case, expectKept, fillIn, type Form, send, serverFunctions } from "../world/forms/form.ts";
import { SETTINGS_AND_PEOPLE } from "../world/forms/settings.ts";
import { expect, test, type World } from "../world/test.ts";

const CASES: Record<string, Case> = { ...ACCESS, ...DESK, ...SETTINGS_AND_PEOPLE };

/** What belongs to no school. */
const OUTSIDE = ["sign_in", "sign_out", "setup_code", "setup_account", "setup_school", "accept_invitation"];

/** A place in the school, or where one gets in. */
const AT_HOME = /^\/(northfield\/[^?#]+(\?.*)?|sign-in(\?.*)?|setup|invite\/[0-9a-f]+|)$/;

/** Opens the page of a form and fills it in. */
async function prepareForm(page: Page, world: World, name: string, form: Form): Promise<void> {
  await form.before?.(page, world);
  if (form.role) await signIn(page, form.role);
  if (form.at) await page.goto(form.at);
  await fillIn(page, name, form);
}

/** What a school holds, but for who has signed in. */
async function state(world: World): Promise<string[]> {
  const commands = [["conflicts", "list", "--limit", "200"], ["runs", "list"], ["audit", "list"]];
  const told = await Promise.all(commands.map((command) => world.tiebreak.run([...command, "--json"])));
  return [...told, await world.tiebreak.run(["settings", "export"])];
}

/** Sends a form, and looks at its answer and at the page it ends on. */
async function play(page: Page, world: World, name: string, form: Form): Promise<void> {
  await prepareForm(page, world, name, form);
  const heard = answers(page);
  const landed = await send(page, name, form.button);
  expect(heard).toEqual([{ name, status: 303, location: expect.stringMatching(AT_HOME) }]);
  expect(new URL(page.url()).pathname).toMatch(form.lands);
  expect(landed.status()).toBe(form.status ?? 200);
  const flash = page.locator(".flash__text");
  if (form.says) await expect(flash).toHaveText(form.says);
  else await expect(flash).toHaveCount(0);
  if (form.status === 422) {
    await expect(page).toHaveTitle(/^Error:/);
    await expect(page.locator(".error-summary")).toBeVisible();
    await expectKept(page, name, form);
  }
  await page.goto(page.url());
  await expect(flash).toHaveCount(0);
}

test("12.34 every server function has a case @plain", async () => {
  expect(Object.keys(CASES).sort()).toEqual(serverFunctions());
});

for (const [name, { right, wrong = [] }] of Object.entries(CASES)) {
  for (const [n, form] of [...right, ...wrong].entries()) {
    test.describe(`${name} ${n + 1}`, () => {
      test.use({ stage: form.stage ?? "night" });
      const what = n < right.length ? "leads on with 303, and says so once" : "comes back with all that was typed, but no secret";

      test(`12.34 the form of ${name} ${what} @plain`, async ({ page, world }) => {
        await play(page, world, name, form);
      });
    });
  }
}

for (const [name, { right: [form] }] of Object.entries(CASES).filter(([name]) => !OUTSIDE.includes(name))) {
  test.describe(name, () => {
    // Long enough that nothing is written by itself meanwhile.
    test.use({ stage: form!.stage ?? "night", hold: 60 });

    test(`12.35 the form of ${name} with another school is answered with 404 and writes nothing @plain`, async ({ page, world }) => {
      await prepareForm(page, world, name, form!);
      const before = await state(world);
      const schools = page.locator("input[name=school]");
      expect(await schools.count()).toBeGreaterThan(0);
      await schools.evaluateAll((all) => all.forEach((input) => input.setAttribute("value", "southfield")));
      expect((await send(page, name, form!.button)).status()).toBe(404);
      expect(await state(world)).toEqual(before);
    });
  });
}
