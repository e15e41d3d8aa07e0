import { expect, type Locator, type Page, type Response } from "@playwright/test";
import type { SisRecord } from "./sis.ts";
import type { World } from "./test.ts";

export type Choice = "theirs" | "ours" | "base" | "other";

/** A conflict as `tiebreak conflicts show --json` tells it: what really is, whatever a page says. */
export type ConflictTruth = {
  line: { number: number; label: string; kind: string; status: string; merge_type: string };
  ours: string | null;
  theirs: string | null;
  decisions: {
    person: string;
    force: boolean;
    reason: string | null;
    state: string;
    choices: { path: string; choose: string; value: string | null }[];
    writes: { system: string; operation: string; state: string }[];
  }[];
};

export async function conflict(world: World, number: number): Promise<ConflictTruth> {
  return JSON.parse(await world.tiebreak.run(["conflicts", "show", String(number), "--json"])) as ConflictTruth;
}

/** The room of a conflict as the SIS holds it. */
export async function roomOf(world: World, number: number): Promise<SisRecord> {
  const { theirs } = await conflict(world, number);
  const { code } = JSON.parse(theirs ?? "{}") as { code: string };
  return world.sis.record("room", "code", code);
}

export function address(number: number): string {
  return `/northfield/conflicts/${number}`;
}

/** The fieldset of a field. */
export function field(page: Page, name: string): Locator {
  return page.locator("fieldset.conflict-field").filter({ has: page.locator(`legend:text-matches("^\\\\s*${name.replace("_", " ")}", "i")`) });
}

/** A radio of a field. */
export function option(page: Page, name: string, choice: Choice): Locator {
  return field(page, name).locator(`input[type=radio][value="${choice}"]`);
}

/** Chooses by the mouse what a person would click on. */
export async function choose(page: Page, name: string, choice: Choice): Promise<void> {
  await option(page, name, choice).check();
}

export function saveAndNext(page: Page): Locator {
  return page.locator(".action-bar").getByRole("button", { name: "Save and open next" });
}

/** Does something that leads to another page, and gives the answer that page came with. */
export async function landing(page: Page, act: () => Promise<unknown>): Promise<Response> {
  const landed = page.waitForResponse(
    (answer) =>
      answer.request().isNavigationRequest() &&
      answer.frame() === page.mainFrame() &&
      (answer.status() < 300 || answer.status() >= 400),
  );
  const loaded = page.waitForEvent("load");
  await act();
  const answer = await landed;
  await loaded;
  return answer;
}

/** Waits until a decision on a conflict has become of that state. */
export async function decided(world: World, number: number, state = "applied"): Promise<ConflictTruth> {
  await expect
    .poll(async () => (await conflict(world, number)).decisions.at(-1)?.state, { timeout: 20_000, intervals: [300] })
    .toBe(state);
  return conflict(world, number);
}

/** Presses “Force apply…” under More on a conflict, and waits until the record was read again on both sides. */
export async function askToForce(page: Page, number: number): Promise<void> {
  await page.locator(".panel__summary", { hasText: "More" }).click();
  await landing(page, () => page.getByRole("button", { name: "Force apply…" }).click());
  await expect(async () => {
    if ((await forceButton(page).count()) === 0) await page.goto(`${address(number)}/force`);
    await expect(forceButton(page)).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
}

/** The button of the force page that says how much it writes over. */
export function forceButton(page: Page): Locator {
  return page.getByRole("button", { name: /Force apply( to|:)/ });
}

/** Ticks, gives the reason and presses the button of the force page. */
export async function force(page: Page, reason: string): Promise<Response> {
  for (const tick of await page.locator("form.confirm input[type=checkbox]").all()) await tick.check();
  await page.locator("form.confirm [name*=reason]").fill(reason);
  return landing(page, () => forceButton(page).click());
}
