import { expect, type Page } from "@playwright/test";
import { signIn } from "../checks.ts";
import { address, choose } from "../desk.ts";
import { CONFLICTS } from "../prepare.ts";
import type { World } from "../test.ts";
import { type Case, send } from "./form.ts";

const [FIRST] = CONFLICTS.oneField;
const CHOICE = "decision[choices][0][choose]";
const VALUE = "decision[choices][0][value]";

/** Opens the page of Force apply, once the record was read again. */
async function openForce(page: Page): Promise<void> {
  await signIn(page, "lead", address(FIRST));
  await choose(page, "capacity", "ours");
  await page.locator(".panel__summary", { hasText: "More" }).click();
  await send(page, "read_again", /Force apply/);
  await expect(async () => {
    await page.goto(`${address(FIRST)}/force`);
    await expect(page.getByRole("button", { name: /Force apply to/ })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 15_000 });
}

async function openMore(page: Page): Promise<void> {
  await signIn(page, "lead", address(FIRST));
  await choose(page, "capacity", "ours");
  await page.locator(".panel__summary", { hasText: "More" }).click();
}

async function decide(page: Page): Promise<void> {
  await signIn(page, "resolver", address(FIRST));
  await choose(page, "capacity", "ours");
  await send(page, "decide", "Save and open next");
}

async function openTitleChosen(page: Page): Promise<void> {
  await signIn(page, "resolver", address(CONFLICTS.sixFields));
  await choose(page, "title", "theirs");
}

/** Opens the form that lets a field differ. */
async function openDiffer(page: Page): Promise<void> {
  await signIn(page, "resolver", address(FIRST));
  await page.locator(".panel__summary", { hasText: "Differs on purpose" }).click();
}

/** A merge that is at work for a while. */
async function startMerge(page: Page, world: World): Promise<void> {
  await world.sis.fault({ match: { path: "/sections", times: 1 }, fault: { kind: "hang", seconds: 15 } });
  await signIn(page, "lead", "/northfield/merges/new");
  await send(page, "merge_start", "Start the merge");
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("button", { name: /Stop after/ })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 10_000 });
}

/** The first merge of a school waits for an approval. */
async function holdMerge(_: Page, world: World): Promise<void> {
  await world.tiebreak.run(["run", "--kind", "manual"]);
}

/** Conflicts and merges. */
export const DESK: Record<string, Case> = {
  decide: {
    right: [
      {
        role: "resolver",
        at: address(FIRST),
        fill: { [CHOICE]: "ours" },
        button: "Save and open next",
        lands: /^\/northfield\/conflicts\/\d+$/,
        says: /^Saved\. Written to Banner/,
      },
    ],
    wrong: [
      {
        role: "resolver",
        at: address(FIRST),
        fill: { [CHOICE]: "other", [VALUE]: "many" },
        button: "Save and open next",
        lands: new RegExp(`^${address(FIRST)}$`),
        status: 422,
      },
    ],
  },
  fill_undecided: {
    right: [
      {
        before: openTitleChosen,
        button: /All from.*Scheduler/,
        lands: new RegExp(`^${address(CONFLICTS.sixFields)}$`),
      },
    ],
  },
  difference_declare: {
    right: [
      {
        before: openDiffer,
        fill: { "difference[reason]": "Counted without the gallery.", "difference[until]": "2099-12-31" },
        button: "Let this field differ",
        lands: new RegExp(`^${address(FIRST)}$`),
        says: /^Both systems keep their values/,
      },
    ],
    wrong: [
      {
        before: openDiffer,
        fill: { "difference[until]": "2099-12-31" },
        button: "Let this field differ",
        lands: new RegExp(`^${address(FIRST)}$`),
        status: 422,
      },
      {
        before: openDiffer,
        fill: { "difference[reason]": "Counted without the <gallery>.", "difference[until]": "2001-12-31" },
        button: "Let this field differ",
        lands: new RegExp(`^${address(FIRST)}$`),
        status: 422,
      },
    ],
  },
  difference_end: {
    right: [
      {
        role: "resolver",
        at: "/northfield/differences",
        button: "End",
        lands: /^\/northfield\/differences$/,
        says: /^The difference is ended/,
      },
    ],
  },
  undo: {
    right: [{ before: decide, button: "Undo", lands: new RegExp(`^${address(FIRST)}$`), says: /^Taken back/ }],
  },
  read_again: {
    right: [{ before: openMore, button: /Force apply/, lands: new RegExp(`^${address(FIRST)}/force$`) }],
  },
  force_apply: {
    right: [
      {
        before: openForce,
        fill: { "decision[reason]": "Confirmed by phone.", "decision[seen][]": true },
        button: /Force apply to/,
        lands: new RegExp(`^${address(FIRST)}$`),
        says: /^Forced\. Written to Banner/,
      },
    ],
    wrong: [
      {
        before: openForce,
        fill: { "decision[reason]": "Confirmed by phone." },
        button: /Force apply to/,
        lands: new RegExp(`^${address(FIRST)}/force$`),
        status: 422,
      },
      {
        before: openForce,
        fill: { "decision[reason]": "x", "decision[seen][]": true },
        button: /Force apply to/,
        lands: new RegExp(`^${address(FIRST)}/force$`),
        status: 422,
      },
    ],
  },
  merge_start: {
    right: [
      {
        role: "lead",
        at: "/northfield/merges/new",
        fill: { "form[kind]": "trial" },
        button: "Start the merge",
        lands: /^\/northfield\/merges\/4$/,
        says: /begins in a moment/,
      },
    ],
    wrong: [
      {
        role: "admin",
        at: "/northfield/merges/new",
        fill: { "form[kind]": "manual", "form[what]": "chosen", "form[limits]": "off" },
        button: "Start the merge",
        lands: /^\/northfield\/merges\/new$/,
        status: 422,
      },
      {
        role: "admin",
        at: "/northfield/merges/new?kind=manual&limits=off",
        fill: { "form[reason]": "Term begins & ends", "form[typed]": "limits of", "form[seen]": true },
        button: "Start the real merge without limits",
        lands: /^\/northfield\/merges\/new$/,
        status: 422,
      },
    ],
  },
  merge_stop: {
    right: [
      {
        before: startMerge,
        button: "Stop after the current record",
        lands: /^\/northfield\/merges\/4$/,
        says: /^It stops after the current record/,
      },
    ],
  },
  hold_release: {
    right: [
      {
        stage: "fresh",
        role: "admin",
        before: holdMerge,
        at: "/northfield/merges/1?confirm=release",
        fill: { "form[seen]": true, "form[typed]": "Release 1" },
        button: /^Write/,
        lands: /^\/northfield\/merges\/1$/,
        says: /^Approved/,
      },
    ],
    wrong: [
      {
        stage: "fresh",
        role: "admin",
        before: holdMerge,
        at: "/northfield/merges/1?confirm=release",
        fill: { "form[seen]": true, "form[typed]": "release one" },
        button: /^Write/,
        lands: /^\/northfield\/merges\/1$/,
        status: 422,
      },
      {
        stage: "fresh",
        role: "admin",
        before: holdMerge,
        at: "/northfield/merges/1?confirm=release",
        fill: { "form[typed]": "release 1" },
        button: /^Write/,
        lands: /^\/northfield\/merges\/1$/,
        status: 422,
      },
    ],
  },
  hold_drop: {
    right: [
      {
        stage: "fresh",
        role: "lead",
        before: holdMerge,
        at: "/northfield/merges/1",
        button: "Drop it",
        lands: /^\/northfield\/merges\/1$/,
        says: /^Its plan is dropped/,
      },
    ],
  },
};
