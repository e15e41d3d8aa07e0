import type { Page } from "@playwright/test";
import { ready, signIn } from "../world/checks.ts";
import { address, type Choice, choose, conflict, field, landing, saveAndNext } from "../world/desk.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test, type World } from "../world/test.ts";

const CHOICES: Choice[] = ["theirs", "ours", "base", "other"];

/** What the island shows for the checked radio of every field, by the name of the field. */
async function shown(page: Page): Promise<string[]> {
  const results = page.locator(".conflict-field .conflict-field__result:visible");
  return results.evaluateAll((all) => all.map((one) => one.querySelector(".conflict-field__effect")?.textContent?.trim() ?? ""));
}

/** Chooses the same for every field; what is typed for another value depends on the kind of the field. */
async function chooseAll(page: Page, choice: Choice, typed: (kind: string, ours: string) => string): Promise<void> {
  for (const one of await page.locator(".conflict-field").all()) {
    await one.locator(`input[type=radio][value="${choice}"]`).check();
    if (choice !== "other") continue;
    const [kind, ours] = await one.evaluate((set) => [set.dataset["kind"] ?? "", set.dataset["ours"] ?? "null"] as const);
    const box = one.locator(".conflict-field__other :is(input, textarea)");
    await box.fill(typed(kind, ours));
  }
}

/** Keeps what is chosen as the person's draft, as the button "All from …" does, and gives the page the server makes of it. */
async function kept(page: Page, world: World, number: number): Promise<string[]> {
  const body = await page.locator("#decide").evaluate((form: HTMLFormElement) => {
    const data = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    data.set("all", "theirs");
    return data.toString();
  });
  const headers = { "content-type": "application/x-www-form-urlencoded", origin: world.url, accept: "text/html" };
  const answer = await page.request.post("/act/fill_undecided", { data: body, headers, maxRedirects: 0 });
  expect(answer.status()).toBe(303);
  const html = await (await page.request.get(address(number))).text();
  return page.evaluate((text) => {
    const whole = new DOMParser().parseFromString(text, "text/html");
    return [...whole.querySelectorAll(".conflict-field")].map((one) => {
      const choice = one.querySelector("input[type=radio][checked]")?.getAttribute("value") ?? "none";
      const said = one.querySelector(`.conflict-field__result[data-for=${choice}] .conflict-field__effect`);
      return said?.textContent?.trim() ?? "";
    });
  }, html);
}

const third = (kind: string) => (kind === "integer" ? "77" : kind === "text" ? "A third value" : "X");
const asOurs = (_: string, ours: string) => {
  const value = JSON.parse(ours) as unknown;
  return typeof value === "string" ? value : String(value ?? "");
};

/** Looks at every choice of a conflict and at `others` that are typed, and at the page of each once it is kept. */
async function compare(page: Page, world: World, number: number, others = [asOurs, () => "", () => "many"]): Promise<void> {
  await page.goto(address(number));
  await ready(page);
  // What both sides have added was never agreed.
  for (const choice of CHOICES.filter((choice) => choice !== "base" || number !== CONFLICTS.bothAdded)) {
    await chooseAll(page, choice, third);
    const live = await shown(page);
    expect(live.length).toBeGreaterThan(0);
    expect(live, `conflict ${number}, ${choice}`).toEqual(await kept(page, world, number));
  }
  for (const typed of others) {
    await chooseAll(page, "other", typed);
    expect(await shown(page), `conflict ${number}, ${typed("text", '"held"')}`).toEqual(await kept(page, world, number));
  }
}

const { oneField, hostile, bothAdded, longText, sixFields, many } = CONFLICTS;

test("12.36 for every conflict and choice the live sentence is the one of the page after it is kept @script", async ({ page, world }) => {
  test.slow();
  await signIn(page, "lead");
  for (const number of [...oneField, hostile, bothAdded, longText, sixFields]) await compare(page, world, number);
});

test("12.36 so it is for fifty of one kind @script", async ({ page, world }) => {
  test.slow();
  await signIn(page, "lead");
  for (const number of many) await compare(page, world, number, []);
});

test("12.36 the systems that the live sentence names are those that the decision writes to @script", async ({ page, world }) => {
  await signIn(page, "lead");
  for (const [n, choice] of CHOICES.entries()) {
    const number = oneField[n]!;
    await page.goto(address(number));
    await ready(page);
    await choose(page, "capacity", choice);
    if (choice === "other") await field(page, "capacity").locator(".conflict-field__other input").fill("77");
    const [said] = await shown(page);
    await landing(page, () => saveAndNext(page).click());
    const [decision] = (await conflict(world, number)).decisions;
    const systems = [...new Set(decision?.writes.map((write) => write.system))].sort();
    const named = ["Banner", "Scheduler"].filter((name) => new RegExp(`${name}( and . Scheduler)? will change`).test(said ?? ""));
    expect(named, `${choice}: ${said}`).toEqual(systems);
  }
});
