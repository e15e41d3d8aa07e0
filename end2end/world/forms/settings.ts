import type { Page } from "@playwright/test";
import { signIn } from "../checks.ts";
import { PEOPLE } from "../people.ts";
import { withHold } from "../prepare.ts";
import type { World } from "../test.ts";
import { type Case, fillIn, send } from "./form.ts";

const SETTINGS = "/northfield/settings";

/** An admin with a change that is not saved yet, on its review page. */
async function withDraft(page: Page): Promise<void> {
  await signIn(page, "admin", `${SETTINGS}/limits`);
  await fillIn(page, "settings_edit", { fill: { "form[limits][hold_seconds]": "45" } });
  await send(page, "settings_edit", "Keep in draft");
  await page.goto(`${SETTINGS}/review`);
}

/** The same, while somebody else saves other settings. */
async function withDraftBehind(page: Page, world: World): Promise<void> {
  await withDraft(page);
  await saveElsewhere(world);
  await page.reload();
}

async function saveElsewhere(world: World): Promise<void> {
  await world.tiebreak.settings(world.sis.port, (text) => withHold(2)(text).replace('at = "02:00"', 'at = "03:30"'));
}

/** Settings that are newer than revision 1. */
async function withSecondRevision(_: Page, world: World): Promise<void> {
  await saveElsewhere(world);
}

/** Opens the page of a person. */
async function openPerson(page: Page, query = ""): Promise<void> {
  await signIn(page, "admin", "/northfield/people");
  const link = page.locator("main a[href*='/people/']", { hasText: PEOPLE.resolver.name });
  await page.goto(`${await link.getAttribute("href")}${query}`);
}

/** Makes the admin one of every school, who may invite into all of them. */
async function adminOfAll(_: Page, world: World): Promise<void> {
  const { name, email, password } = PEOPLE.admin;
  await world.tiebreak.run(["person", "add", email, "--name", name, "--role", "admin"], `${password}\n`);
}

const kept = { button: "Keep in draft", says: /^Kept in your draft/ } as const;
const refused = { button: "Keep in draft", status: 422 } as const;

/** Settings and people. */
export const SETTINGS_AND_PEOPLE: Record<string, Case> = {
  settings_edit: {
    right: [
      {
        role: "admin",
        at: `${SETTINGS}/limits`,
        fill: { "form[limits][hold_seconds]": "45", "form[limits][whole_run]": "true" },
        lands: /^\/northfield\/settings\/limits$/,
        ...kept,
      },
      {
        role: "admin",
        at: `${SETTINGS}/schedule`,
        fill: { "form[schedule][by_pattern]": "true", "form[schedule][pattern]": "0 3 1,15 * *", "form[schedule][zone]": "Europe/Berlin" },
        lands: /^\/northfield\/settings\/schedule$/,
        ...kept,
      },
      {
        role: "admin",
        at: `${SETTINGS}/fields/room`,
        fill: { "form[fields][mode]": "always_theirs" },
        lands: /^\/northfield\/settings\/fields\/room$/,
        ...kept,
      },
      { role: "admin", at: `${SETTINGS}/types`, lands: /^\/northfield\/settings\/types$/, ...kept },
    ],
    wrong: [
      {
        role: "admin",
        at: `${SETTINGS}/limits`,
        fill: {
          "form[limits][rows][0][theirs_count]": "many",
          "form[limits][rows][0][deletes_percent]": "12",
          "form[limits][rows][2][ours_count]": "7",
          "form[limits][hold_seconds]": "9999",
          "form[limits][hold_until_merge]": "true",
          "form[limits][whole_run]": "true",
        },
        lands: /^\/northfield\/settings\/limits$/,
        ...refused,
      },
      {
        role: "admin",
        at: `${SETTINGS}/schedule`,
        fill: {
          "form[schedule][on]": "false",
          "form[schedule][by_pattern]": "true",
          "form[schedule][at]": "04:15",
          "form[schedule][pattern]": "every night & day",
          "form[schedule][zone]": "Europe/Nowhere",
        },
        lands: /^\/northfield\/settings\/schedule$/,
        ...refused,
      },
      {
        role: "admin",
        at: `${SETTINGS}/types`,
        untick: { "form[types][on][]": "building" },
        lands: /^\/northfield\/settings\/types$/,
        ...refused,
      },
    ],
  },
  settings_save: {
    right: [
      {
        before: withDraft,
        fill: { reason: "Longer to think." },
        button: "Save settings",
        lands: /^\/northfield\/settings\/changes\/2$/,
        says: /^Saved as revision 2/,
      },
    ],
  },
  settings_rebase: {
    right: [
      {
        before: withDraftBehind,
        button: "Put my changes on the newest settings",
        lands: /^\/northfield\/settings\/review$/,
        says: /^Your changes now stand on the newest settings/,
      },
    ],
  },
  settings_discard: {
    right: [
      {
        before: withDraft,
        button: "Discard",
        lands: /^\/northfield\/settings\/types$/,
        says: /^Your unsaved changes are gone/,
      },
    ],
  },
  settings_revert: {
    right: [
      {
        role: "admin",
        before: withSecondRevision,
        at: `${SETTINGS}/changes/1`,
        button: "Make a draft of revision 1",
        lands: /^\/northfield\/settings\/review$/,
        says: /^This draft has the settings of revision 1/,
      },
    ],
  },
  invite: {
    right: [
      {
        role: "admin",
        at: "/northfield/people",
        fill: { "invite[email]": "nia@northfield.test", "invite[name]": "Nia Okafor", "invite[role]": "lead" },
        button: "Make the invitation",
        lands: /^\/northfield\/people$/,
      },
    ],
    wrong: [
      {
        role: "admin",
        before: adminOfAll,
        at: "/northfield/people",
        fill: {
          "invite[email]": "nia at northfield",
          "invite[name]": "Nia Okafor",
          "invite[role]": "viewer",
          "invite[everywhere]": "true",
        },
        button: "Make the invitation",
        lands: /^\/northfield\/people$/,
        status: 422,
      },
    ],
  },
  role_set: {
    right: [
      {
        before: (page) => openPerson(page, "?role=lead"),
        button: /^Make .* lead/,
        lands: /^\/northfield\/people\/[\w-]+$/,
        says: /^The role is lead from now on/,
      },
    ],
  },
  person_remove: {
    right: [
      {
        before: (page) => openPerson(page),
        fill: { sure: true },
        button: /^Remove/,
        lands: /^\/northfield\/people$/,
        says: /^Removed\./,
      },
    ],
    wrong: [
      {
        before: (page) => openPerson(page),
        button: /^Remove/,
        lands: /^\/northfield\/people\/[\w-]+$/,
        says: /^Nothing was changed/,
      },
    ],
  },
};
