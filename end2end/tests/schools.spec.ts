import type { Page } from "@playwright/test";
import { signIn } from "../world/checks.ts";
import { address, choose, conflict, landing, saveAndNext } from "../world/desk.ts";
import { routes } from "../world/pages.ts";
import { PEOPLE, type Role } from "../world/people.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test, type World } from "../world/test.ts";

const [FIRST] = CONFLICTS.oneField;
const SOUTH = "southfield";

/** A second school in the installation, in which nothing was merged yet. */
async function addSchool(world: World): Promise<void> {
  await world.tiebreak.settings(world.sis.port, (text) =>
    text.replace('slug = "northfield"', `slug = "${SOUTH}"`).replace("Northfield University", "Southfield College"),
  );
  world.tiebreak.school = "northfield";
}

/** Gives somebody of the first school a part in the second. */
async function admit(world: World, person: Role, role: Role): Promise<void> {
  const { name, email, password } = PEOPLE[person];
  world.tiebreak.school = SOUTH;
  await world.tiebreak.run(["person", "add", email, "--name", name, "--role", role], `${password}\n`);
  world.tiebreak.school = "northfield";
}

/** Everything but who has signed in and what was refused: a form that does nothing leaves it as it is. */
async function state(world: World): Promise<string> {
  const told: string[] = [];
  for (const school of ["northfield", SOUTH]) {
    world.tiebreak.school = school;
    for (const command of [["conflicts", "list", "--limit", "200"], ["runs", "list"]]) {
      told.push(await world.tiebreak.run([...command, "--json"]));
    }
    told.push(await world.tiebreak.run(["settings", "export"]));
  }
  world.tiebreak.school = "northfield";
  return told.join("\n");
}

/** Where the menu of schools leads. */
async function otherSchool(page: Page): Promise<string | null> {
  return page.locator(".menu--school a", { hasText: "Southfield College" }).getAttribute("href");
}

/** The pages that name nothing of one school, after its name. */
function commonPages(): string[] {
  const own = ["not-allowed", "failed", "not-found", "conflicts/next"];
  const paths = routes().filter((route) => route.startsWith("/:school/")).map((route) => route.slice("/:school/".length));
  return paths.filter((path) => !path.includes(":") && !own.includes(path));
}

test("12.35 the switcher opens the same page in the other school, without its filters", async ({ page, world }) => {
  test.slow();
  await addSchool(world);
  await admit(world, "admin", "admin");
  await signIn(page, "admin", "/northfield/overview");
  expect(commonPages().length).toBeGreaterThan(10);
  for (const path of commonPages()) {
    await page.goto(`/northfield/${path}?q=x&type=room`);
    expect(await otherSchool(page), path).toBe(`/${SOUTH}/${path}`);
  }
  await page.goto("/northfield/settings/limits");
  await page.locator(".menu--school summary").click();
  const answer = await landing(page, () => page.getByRole("link", { name: "Southfield College" }).click());
  expect(answer.status()).toBe(200);
  await expect(page).toHaveURL(`/${SOUTH}/settings/limits`);
  await expect(page.locator(".menu--school summary")).toContainText("Southfield College");
});

test("12.35 the switcher opens the overview where the other school has no such page for this person", async ({ page, world }) => {
  await addSchool(world);
  await admit(world, "lead", "viewer");
  await signIn(page, "lead", "/northfield/overview");
  for (const path of [`conflicts/${FIRST}`, "merges/3", "merges/3/changes", "records/room/NEW-101", "settings/limits", "people"]) {
    expect((await page.goto(`/northfield/${path}`))?.status(), path).toBe(200);
    expect(await otherSchool(page), path).toBe(`/${SOUTH}/overview`);
  }
  expect((await page.goto("/northfield/people/nobody"))?.status()).toBe(404);
  expect(await otherSchool(page)).toBe(`/${SOUTH}/overview`);
});

test("12.35 with one school the header has its name and no menu", async ({ page }) => {
  await signIn(page, "admin", "/northfield/overview");
  await expect(page.locator(".header__school")).toHaveText("Northfield University");
  await expect(page.locator(".menu--school")).toHaveCount(0);
});

test("12.35 a conflict, a record and a merge of one school are nothing under the prefix of the other", async ({ page, world }) => {
  await addSchool(world);
  await admit(world, "admin", "admin");
  await signIn(page, "admin", "/northfield/overview");
  const person = await page.goto("/northfield/people").then(() => page.locator("main a[href*='/people/']", { hasText: "Theo" }).getAttribute("href"));
  const own = [
    `conflicts/${FIRST}`,
    `conflicts/${FIRST}/force`,
    "records/room/NEW-101",
    "merges/3",
    "merges/3/changes",
    "merges/3/conflicts",
    "merges/3/errors",
    "merges/3/held",
    "merges/3/changes.csv",
    person!.replace("/northfield/", ""),
  ];
  for (const path of own) {
    expect((await page.request.get(`/northfield/${path}`)).status(), path).toBe(200);
    expect((await page.request.get(`/${SOUTH}/${path}`)).status(), path).toBe(404);
    expect((await page.request.get(`/nowhere/${path}`)).status(), path).toBe(404);
  }
});

for (const [who, part] of [["nothing", undefined], ["an admin", "admin"]] as const) {
  test(`12.35 a form with another school is answered with 404 and writes nothing, by somebody who is ${who} there`, async ({
    page,
    world,
  }) => {
    await addSchool(world);
    if (part) await admit(world, "lead", part);
    const before = await state(world);
    await signIn(page, "lead", address(FIRST));
    await choose(page, "capacity", "ours");
    await page.locator("#decide input[name=school]").evaluate((input, slug) => input.setAttribute("value", slug), SOUTH);
    const answer = await landing(page, () => saveAndNext(page).click());
    expect(answer.status()).toBe(404);
    await expect(page).toHaveURL(new RegExp(`/${SOUTH}/not-found`));
    expect(await state(world)).toBe(before);
    expect((await conflict(world, FIRST)).decisions).toEqual([]);
    expect(await world.sis.writes()).toEqual([]);
  });
}
