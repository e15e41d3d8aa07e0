import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { signIn } from "../checks.ts";
import { PEOPLE } from "../people.ts";
import type { World } from "../test.ts";
import { type Case, fillIn, send } from "./form.ts";

const LONG = "a password of many words";

/** The code that the server printed when it started. */
async function setupCode(world: World): Promise<string> {
  const log = await readFile(path.join(world.tiebreak.folder, "server.log"), "utf8");
  return /give this code, once: (\S+)/.exec(log)?.[1] ?? "";
}

async function giveCode(page: Page, world: World): Promise<void> {
  await page.goto("/setup");
  await fillIn(page, "setup_code", { fill: { code: await setupCode(world) } });
  await send(page, "setup_code", "Go on");
}

/** An admin of every school, in an installation that has none. */
async function firstAdmin(page: Page, world: World): Promise<void> {
  await giveCode(page, world);
  await fillIn(page, "setup_account", { fill: { name: "Ada Brandt", email: "ada@northfield.test", password: LONG } });
  await send(page, "setup_account", "Create admin account");
}

/** Opens the link of an invitation as the one who got it. */
async function followInvitation(page: Page): Promise<void> {
  await signIn(page, "admin", "/northfield/people");
  await fillIn(page, "invite", { fill: { "invite[email]": "nia@northfield.test", "invite[name]": "Nia Okafor" } });
  await send(page, "invite", "Make the invitation");
  const link = await page.locator("#invite-link").inputValue();
  await page.context().clearCookies();
  await page.goto(new URL(link).pathname);
}

/** Signs the same person in a second time. */
async function twice(page: Page): Promise<void> {
  await signIn(page, "viewer");
  await page.context().clearCookies();
  await signIn(page, "viewer");
}

/** Signing in and out, the set-up, invitations, one's own account. */
export const ACCESS: Record<string, Case> = {
  sign_in: {
    right: [
      {
        at: "/sign-in",
        fill: { email: PEOPLE.viewer.email, password: PEOPLE.viewer.password },
        button: "Sign in",
        lands: /^\/northfield\/overview$/,
      },
    ],
    wrong: [
      {
        at: "/sign-in?return_to=/northfield/records",
        fill: { email: "nobody@northfield.test", password: "not a password" },
        button: "Sign in",
        lands: /^\/sign-in$/,
        status: 422,
      },
    ],
  },
  sign_out: {
    right: [{ role: "viewer", at: "/northfield/account", button: "Sign out", lands: /^\/sign-in$/ }],
  },
  setup_code: {
    right: [
      {
        stage: "bare",
        before: async (page, world) => {
          await page.goto("/setup");
          await fillIn(page, "setup_code", { fill: { code: await setupCode(world) } });
        },
        button: "Go on",
        lands: /^\/setup$/,
      },
    ],
    wrong: [{ stage: "bare", at: "/setup", button: "Go on", lands: /^\/setup$/, status: 422 }],
  },
  setup_account: {
    right: [
      {
        stage: "bare",
        before: giveCode,
        fill: { name: "Ada Brandt", email: "ada@northfield.test", password: LONG },
        button: "Create admin account",
        lands: /^\/northfield\/overview$/,
      },
    ],
    wrong: [
      {
        stage: "bare",
        before: giveCode,
        fill: { name: "Ada Brandt", email: "ada@northfield.test", password: "short" },
        button: "Create admin account",
        lands: /^\/setup$/,
        status: 422,
      },
    ],
  },
  setup_school: {
    right: [
      {
        stage: "empty",
        before: async (page, world) => {
          await firstAdmin(page, world);
          await fillIn(page, "setup_school", { fill: { document: await world.tiebreak.document(world.sis.port) } });
        },
        button: "Set the school up",
        lands: /^\/northfield\/overview$/,
      },
    ],
    wrong: [
      {
        stage: "empty",
        before: firstAdmin,
        fill: { document: "[school]\nslug = northfield & more </textarea>" },
        button: "Set the school up",
        lands: /^\/setup$/,
        status: 422,
      },
    ],
  },
  accept_invitation: {
    right: [
      {
        before: followInvitation,
        fill: { name: "Nia A. Okafor", password: LONG },
        button: "Create my account",
        lands: /^\/northfield\/overview$/,
      },
    ],
    wrong: [
      {
        before: followInvitation,
        fill: { name: "Nia A. Okafor", password: "short" },
        button: "Create my account",
        lands: /^\/invite\/[0-9a-f]+$/,
        status: 422,
      },
    ],
  },
  password_change: {
    right: [
      {
        role: "viewer",
        at: "/northfield/account",
        fill: { current_password: PEOPLE.viewer.password, new_password: LONG },
        button: "Change the password",
        lands: /^\/northfield\/account$/,
        says: /The password was changed/,
      },
    ],
    wrong: [
      {
        role: "viewer",
        at: "/northfield/account",
        fill: { current_password: "not this one", new_password: LONG },
        button: "Change the password",
        lands: /^\/northfield\/account$/,
        status: 422,
      },
    ],
  },
  sessions_end: {
    right: [
      {
        before: twice,
        at: "/northfield/account",
        button: "End my other sessions",
        lands: /^\/northfield\/account$/,
        says: /One other session has ended/,
      },
    ],
  },
  account_save: {
    right: [
      {
        role: "viewer",
        at: "/northfield/account",
        fill: { theme: "dark", density: "compact", keys: "off" },
        button: "Save for this browser",
        lands: /^\/northfield\/account$/,
        says: /Saved for this browser/,
      },
    ],
  },
};
