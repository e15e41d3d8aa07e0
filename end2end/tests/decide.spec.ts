import type { Request } from "@playwright/test";
import { pressKeys, ready, signIn } from "../world/checks.ts";
import { address, choose, conflict, decided, field, landing, option, saveAndNext } from "../world/desk.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test } from "../world/test.ts";

const [FIRST, SECOND] = CONFLICTS.oneField;
const SIX = ["title", "capacity", "status", "delivery", "cross_list", "notes"];

test("12.7 one field is decided for ■ with Space and Enter @plain", async ({ page, world }) => {
  await signIn(page, "resolver", address(FIRST));
  await landing(page, async () => expect(await pressKeys(page, "Space", "Enter")).toBe(2));
  await expect(page).toHaveURL(/\/conflicts\/\d+/);
  await expect(page).not.toHaveURL(new RegExp(`${address(FIRST)}(\\?|$)`));
  const truth = await decided(world, FIRST);
  expect(truth.decisions).toHaveLength(1);
  expect(truth.decisions[0]?.choices).toEqual([{ path: "capacity", choose: "theirs", value: null }]);
  expect(await world.sis.writes()).toEqual([]);
});

test("12.7 one field is decided for ● with → and Enter, and the SIS holds it @plain", async ({ page, world }) => {
  await signIn(page, "resolver", address(FIRST));
  await landing(page, async () => expect(await pressKeys(page, "ArrowRight", "Enter")).toBe(2));
  await expect(page).not.toHaveURL(new RegExp(`${address(FIRST)}(\\?|$)`));
  await decided(world, FIRST);
  const writes = await world.sis.writes();
  expect(writes).toHaveLength(1);
  expect(writes[0]).toMatchObject({ op: "update", type: "room", by: "api" });
  expect(writes[0]?.after?.["capacity"]).toBe(100);
});

test("12.8 one field takes two keys, six fields take seven, and each is saved as pressed @script", async ({ page, world }) => {
  await signIn(page, "resolver", address(FIRST));
  await ready(page);
  await landing(page, async () => expect(await pressKeys(page, "1", "Enter")).toBe(2));
  expect((await conflict(world, FIRST)).decisions[0]?.choices).toMatchObject([{ path: "capacity", choose: "theirs" }]);

  await page.goto(address(CONFLICTS.sixFields));
  await ready(page);
  const groups = await page.locator("fieldset.conflict-field:has(input[value=ours])").count();
  expect(groups).toBeGreaterThanOrEqual(6);
  await landing(page, async () => expect(await pressKeys(page, "1", "2", "1", "2", "1", "2", "Enter")).toBe(7));
  const [decision] = (await conflict(world, CONFLICTS.sixFields)).decisions;
  const chosen = decision?.choices.map((choice) => choice.choose).sort();
  expect(chosen).toEqual(["ours", "ours", "ours", "theirs", "theirs", "theirs"]);
});

test("12.9 Enter in a radio and in the text of “Other…” goes on to the next, and fills nothing else", async ({ page }) => {
  await signIn(page, "resolver", address(FIRST));
  const bodies: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") bodies.push(decodeURIComponent(request.postData() ?? ""));
  });
  await option(page, "capacity", "theirs").focus();
  await landing(page, () => pressKeys(page, "Space", "Enter"));
  await page.goto(address(SECOND!));
  await choose(page, "capacity", "other");
  const text = field(page, "capacity").locator(".conflict-field__other :is(input, textarea)");
  await text.fill("77");
  await landing(page, () => text.press("Enter"));
  expect(bodies).toHaveLength(2);
  for (const body of bodies) {
    expect(body).toContain("go]=next");
    expect(body).not.toMatch(/(^|&)all=/);
  }
});

test("12.10 “Will be saved” names the system that changes after each choice", async ({ page }) => {
  await signIn(page, "resolver", address(FIRST));
  const said = field(page, "capacity").locator(".conflict-field__result:visible");
  await expect(said).toHaveText(/not decided yet/i);
  for (const [choice, words] of [
    ["theirs", /Scheduler will change/],
    ["ours", /Banner will change/],
    ["base", /(Banner.*Scheduler|Scheduler.*Banner).*will change|Both/s],
    ["other", /will change/],
  ] as const) {
    await choose(page, "capacity", choice);
    await expect(said).toHaveCount(1);
    await expect(said).toContainText(words);
  }
});

test("12.11 an undecided field comes back with 422 and a link to it, and the choices are kept", async ({ page, world }) => {
  await signIn(page, "resolver", address(CONFLICTS.sixFields));
  await choose(page, "title", "ours");
  const answer = await landing(page, () => saveAndNext(page).click());
  expect(answer.status()).toBe(422);
  await expect(page).toHaveTitle(/^Error:/);
  await expect(option(page, "title", "ours")).toBeChecked();
  const link = page.locator(".error-summary a[href*='#field-']").first();
  await link.click();
  await expect(page).toHaveURL(/#field-/);
  expect((await conflict(world, CONFLICTS.sixFields)).decisions).toEqual([]);
});

test("12.11 “Save” keeps what is not complete, and another person sees that it is there", async ({ page, browser, world }) => {
  await signIn(page, "resolver", address(CONFLICTS.sixFields));
  await choose(page, "title", "ours");
  await landing(page, () => page.locator(".action-bar").getByRole("button", { name: "Save", exact: true }).click());
  await expect(option(page, "title", "ours")).toBeChecked();
  const other = await browser.newContext({ baseURL: world.url });
  const lead = await other.newPage();
  await signIn(lead, "lead", address(CONFLICTS.sixFields));
  await expect(lead.locator("main")).toContainText("Theo Ruiz");
  await expect(option(lead, "title", "ours")).not.toBeChecked();
  await other.close();
});

test("12.13 a record that moved comes back with 409, the moved field, and the other choices", async ({ page, world }) => {
  await signIn(page, "resolver", address(CONFLICTS.sixFields));
  for (const name of SIX) await choose(page, name, "ours");
  const truth = await conflict(world, CONFLICTS.sixFields);
  const theirs = JSON.parse(truth.theirs ?? "{}") as { title: string };
  const section = await world.sis.record("section", "title", theirs.title);
  await world.sis.edit("section", section.id, { capacity: 77 });
  await world.tiebreak.run(["run", "--kind", "manual", "--types", "section"]);
  const answer = await landing(page, () => saveAndNext(page).click());
  expect(answer.status()).toBe(409);
  await expect(page.locator("main")).toContainText("77");
  await expect(page.getByRole("button", { name: /anyway/ })).toHaveCount(0);
  expect((await conflict(world, CONFLICTS.sixFields)).decisions).toEqual([]);
  expect(await world.sis.writes()).toEqual([]);
});

test("12.14 of two people who decide one conflict the second sees the first decision, and one write goes out", async ({
  page,
  browser,
  world,
}) => {
  await signIn(page, "resolver", address(FIRST));
  const other = await browser.newContext({ baseURL: world.url });
  const lead = await other.newPage();
  await signIn(lead, "lead", address(FIRST));
  await choose(page, "capacity", "ours");
  await choose(lead, "capacity", "base");
  await landing(page, () => saveAndNext(page).click());
  await landing(lead, () => saveAndNext(lead).click());
  await expect(lead.locator("body")).toContainText("Theo Ruiz");
  const truth = await decided(world, FIRST);
  expect(truth.decisions).toHaveLength(1);
  expect(await world.sis.writes()).toHaveLength(1);
  await other.close();
});

test("12.15 a double submit is one decision and one write", async ({ page, world }) => {
  await signIn(page, "resolver", address(FIRST));
  await choose(page, "capacity", "ours");
  await landing(page, () => saveAndNext(page).dblclick());
  const truth = await decided(world, FIRST);
  expect(truth.decisions).toHaveLength(1);
  expect(await world.sis.writes()).toHaveLength(1);
});

test("12.15 Back and submit again is one decision and one write", async ({ page, world }) => {
  await signIn(page, "resolver", address(FIRST));
  await choose(page, "capacity", "ours");
  let sent: Request | undefined;
  page.on("request", (request) => {
    if (request.method() === "POST") sent = request;
  });
  await landing(page, () => saveAndNext(page).click());
  // Back asks the server again, so it shows the decision; a browser that kept the form sends the same one twice.
  await page.goBack();
  await expect(page.locator(".history")).toContainText("Theo Ruiz");
  const again = await page.request.post(sent!.url(), {
    data: sent!.postData()!,
    headers: { "content-type": "application/x-www-form-urlencoded", origin: world.url },
  });
  expect(again.status()).toBe(200);
  const truth = await decided(world, FIRST);
  expect(truth.decisions).toHaveLength(1);
  expect(await world.sis.writes()).toHaveLength(1);
});

test.describe("with a hold of a minute", () => {
  test.use({ hold: 60 });

  test("12.16 Undo within the hold: nothing was written, and the conflict is open again", async ({ page, world }) => {
    await signIn(page, "resolver", address(FIRST));
    await choose(page, "capacity", "ours");
    await landing(page, () => saveAndNext(page).click());
    await landing(page, () => page.locator(".flash").getByRole("button", { name: "Undo" }).click());
    const truth = await conflict(world, FIRST);
    expect(truth.line.status).toBe("open");
    expect(await world.sis.writes()).toEqual([]);
  });

  test("12.33 nothing is written before the hold is over", async ({ page, world }) => {
    await signIn(page, "resolver", address(FIRST));
    await choose(page, "capacity", "ours");
    await landing(page, () => saveAndNext(page).click());
    await page.waitForTimeout(3_000);
    expect(await world.sis.writes()).toEqual([]);
    expect((await conflict(world, FIRST)).decisions).toHaveLength(1);
  });
});

test.describe("without a hold", () => {
  test.use({ hold: 0 });

  test("12.33 a decision is written at once", async ({ page, world }) => {
    await signIn(page, "resolver", address(FIRST));
    await choose(page, "capacity", "ours");
    await landing(page, () => saveAndNext(page).click());
    await decided(world, FIRST);
    expect(await world.sis.writes()).toHaveLength(1);
  });
});

test("12.16 Undo after the write brings the old values back, and history shows both", async ({ page, world }) => {
  await signIn(page, "resolver", address(FIRST));
  await choose(page, "capacity", "ours");
  await landing(page, () => saveAndNext(page).click());
  await decided(world, FIRST);
  await page.goto(address(FIRST));
  await landing(page, () => page.locator("main").getByRole("button", { name: /^Undo/ }).first().click());
  await expect.poll(async () => (await world.sis.writes()).length, { timeout: 20_000 }).toBe(2);
  const [first, second] = await world.sis.writes();
  expect(second?.after?.["capacity"]).toBe(first?.before?.["capacity"]);
  // Without script the page stays as it was when it was asked for, so all that follows from the write has to be done by then.
  await expect.poll(async () => (await conflict(world, FIRST)).decisions.map(({ state }) => state), { timeout: 20_000 }).toContain("undone");
  await page.goto(address(FIRST));
  await expect(page.locator(".history")).toContainText("Theo Ruiz");
  await expect(page.locator(".history")).toContainText("Took a decision back");
  await expect(page.locator(".history")).toContainText("Undone");
});

test("12.17 a delete says what it takes away, needs its tick, and the SIS loses the record", async ({ page, world }) => {
  await signIn(page, "resolver", address(CONFLICTS.deletedChanged));
  const remove = page.locator("label.choice", { hasText: /delete it in/i });
  await expect(page.locator(".choice-list__item", { has: remove })).toContainText(/\d/);
  await remove.click();
  const answer = await landing(page, () => saveAndNext(page).click());
  expect(answer.status()).toBe(422);
  await page.locator("label.choice", { hasText: /delete it in/i }).click();
  await page.locator(".choice-list__more input[type=checkbox]:visible").check();
  await landing(page, () => saveAndNext(page).click());
  await decided(world, CONFLICTS.deletedChanged);
  const writes = await world.sis.writes();
  expect(writes).toHaveLength(1);
  expect(writes[0]).toMatchObject({ op: "delete", type: "department" });
});

test("a record added on both sides shows both, and looking writes nothing", async ({ page, world }) => {
  await signIn(page, "lead", address(CONFLICTS.bothAdded));
  await expect(page.locator("main")).toContainText("Robotics lab");
  await expect(page.locator("main")).toContainText("Robotics workshop");
  expect(await world.sis.writes()).toEqual([]);
});
