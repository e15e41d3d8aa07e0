import { readdirSync, readFileSync } from "node:fs";
import { expect, type Locator, type Page } from "@playwright/test";
import { landing } from "../desk.ts";
import type { Role } from "../people.ts";
import { inTree } from "../places.ts";
import type { Stage } from "../prepare.ts";
import type { World } from "../test.ts";

/** A form as somebody fills it in and sends it. */
export type Form = {
  /** How far the world is; after a night if not said. */
  stage?: Stage;
  /** Who sends it; nobody is signed in without. */
  role?: Role;
  /** What happens before the page of the form is opened. */
  before?: (page: Page, world: World) => Promise<void>;
  /** Where the form is; not said where `before` ends on its page. */
  at?: string;
  /**
   * What is typed or chosen, by the names of the controls: `true` gives a tick that says that somebody has
   * looked, which every page asks for anew; other boxes, radios and options are named by their values.
   */
  fill?: Record<string, string | true>;
  /** Boxes whose ticks are taken away, with their values. */
  untick?: Record<string, string>;
  /** The words of the button. */
  button: string | RegExp;
  /** The path of the page it ends on. */
  lands: RegExp;
  /** The status of that page; 200 if not said. */
  status?: number;
  /** What that page says once; nothing if not said. */
  says?: RegExp;
};

/** A server function by its form: sent as it should be, and in the ways in which it can be wrong. */
export type Case = { right: Form[]; wrong?: Form[] };

/** The server functions there are, as the source has them. */
export function serverFunctions(): string[] {
  const folder = inTree("app/src/actions");
  const sources = readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, "utf8"));
  return sources.flatMap((text) => [...text.matchAll(/endpoint = "(\w+)"/g)].map((found) => found[1]!)).sort();
}

/** What a form was answered with. */
export type Answer = { name: string; status: number; location: string };

/** Gathers the answers to forms, from now on. */
export function answers(page: Page): Answer[] {
  const heard: Answer[] = [];
  page.on("response", (response) => {
    if (response.request().method() !== "POST") return;
    const name = new URL(response.url()).pathname.replace("/act/", "");
    heard.push({ name, status: response.status(), location: response.headers()["location"] ?? "" });
  });
  return heard;
}

function control(page: Page, action: string, name: string): Locator {
  return page.locator(`form[action="/act/${action}"] [name="${name}"]`);
}

function box(page: Page, action: string, name: string, value: string): Locator {
  return control(page, action, name).and(page.locator(`[value="${value}"]`));
}

async function kindOf(found: Locator): Promise<string> {
  return found.first().evaluate((input) => input.getAttribute("type") ?? input.tagName.toLowerCase());
}

/** Fills a form in as a person does. */
export async function fillIn(page: Page, action: string, { fill = {}, untick = {} }: Pick<Form, "fill" | "untick">): Promise<void> {
  for (const [name, value] of Object.entries(fill)) {
    const found = control(page, action, name);
    const kind = await kindOf(found);
    if (value === true) await found.check();
    else if (kind === "radio" || kind === "checkbox") await box(page, action, name, value).check();
    else if (kind === "select") await found.selectOption(value);
    else await found.fill(value);
  }
  for (const [name, value] of Object.entries(untick)) await box(page, action, name, value).uncheck();
}

/** Everything that was filled in is still there, but no secret. */
export async function expectKept(page: Page, action: string, { fill = {}, untick = {} }: Form): Promise<void> {
  for (const [name, value] of Object.entries(fill)) {
    const found = control(page, action, name);
    const kind = await kindOf(found);
    if (kind === "password") await expect(found, name).toHaveValue("");
    else if (value === true) await expect(found, name).not.toBeChecked();
    else if (kind === "radio" || kind === "checkbox") await expect(box(page, action, name, value), name).toBeChecked();
    else await expect(found, name).toHaveValue(value);
  }
  for (const [name, value] of Object.entries(untick)) await expect(box(page, action, name, value), name).not.toBeChecked();
}

/** Presses the button of a form past what the browser itself would ask for, and gives the page it leads to. */
export async function send(page: Page, action: string, button: string | RegExp) {
  const press = page.locator(`form[action="/act/${action}"] button:not([aria-hidden]), button[formaction="/act/${action}"]`).filter({ hasText: button });
  await press.first().evaluate((one) => (one as HTMLButtonElement).form?.setAttribute("novalidate", ""));
  return landing(page, () => press.locator("visible=true").first().click());
}
