import { readFileSync } from "node:fs";
import { type Cookie, expect, type Page, type Response } from "@playwright/test";
import { signIn } from "./checks.ts";
import { inTree } from "./places.ts";
import { CONFLICTS, type Stage } from "./prepare.ts";
import type { Role } from "./people.ts";

/** A page as somebody sees it. */
export type Seen = {
  /** What its screenshots are called. */
  name: string;
  /** The pattern of its route, as `app/src/routes.rs` has it; none for what no route is for. */
  route?: string;
  path: string;
  /** Who looks; nobody is signed in without. */
  role?: Role;
  /** A link on that page that leads to it, where the address is not known. */
  follow?: string;
  /** How far the world is; after a night if not said. */
  stage?: Stage;
  /** The status it is answered with; 200 if not said. */
  status?: number;
};

const AT = "/northfield";

function seen(name: string, route: string, path = route, more: Partial<Seen> = {}): Seen {
  return { name, route: `/:school${route}`, path: AT + path, role: "admin", ...more };
}

/** Every page of UX 5.2 that is built, and the states worth looking at. */
export const PAGES: Seen[] = [
  { name: "sign-in", route: "/sign-in", path: "/sign-in" },
  { name: "setup", route: "/setup", path: "/setup", stage: "bare" },
  seen("overview", "/overview"),
  seen("overview-empty", "/overview", "/overview", { stage: "fresh" }),
  seen("conflicts", "/conflicts"),
  seen("conflicts-empty", "/conflicts", "/conflicts", { stage: "fresh" }),
  seen("conflicts-no-results", "/conflicts", "/conflicts?q=nothing-is-called-this"),
  seen("conflict-one-field", "/conflicts/:number", `/conflicts/${CONFLICTS.oneField[0]}`),
  seen("conflict-six-fields", "/conflicts/:number", `/conflicts/${CONFLICTS.sixFields}`),
  seen("conflict-long-text", "/conflicts/:number", `/conflicts/${CONFLICTS.longText}`),
  seen("conflict-hostile", "/conflicts/:number", `/conflicts/${CONFLICTS.hostile}`),
  seen("conflict-deleted", "/conflicts/:number", `/conflicts/${CONFLICTS.deletedChanged}`),
  seen("conflict-both-added", "/conflicts/:number", `/conflicts/${CONFLICTS.bothAdded}`),
  seen("conflict-viewer", "/conflicts/:number", `/conflicts/${CONFLICTS.sixFields}`, { role: "viewer" }),
  seen("conflict-list-items", "/conflicts/:number", `/conflicts/${CONFLICTS.listItems}`),
  seen("conflict-decided-before", "/conflicts/:number", `/conflicts/${CONFLICTS.decidedBefore}`),
  seen("conflict-differs", "/conflicts/:number", `/conflicts/${CONFLICTS.closed[0]}`),
  seen("differences", "/differences"),
  seen("differences-viewer", "/differences", "/differences", { role: "viewer" }),
  seen("differences-empty", "/differences", "/differences", { stage: "fresh" }),
  seen("differences-no-results", "/differences", "/differences?type=section"),
  seen("force", "/conflicts/:number/force", `/conflicts/${CONFLICTS.oneField[0]}/force`),
  seen("records", "/records"),
  seen("records-empty", "/records", "/records", { stage: "fresh" }),
  seen("records-no-results", "/records", "/records?q=nothing-is-called-this"),
  seen("record", "/records/:type/:key", "/records/room/NEW-101"),
  seen("merges", "/merges"),
  seen("merges-empty", "/merges", "/merges", { stage: "fresh" }),
  seen("merge", "/merges/:number", "/merges/3"),
  seen("merge-changes", "/merges/:number/changes", "/merges/3/changes"),
  seen("merge-conflicts", "/merges/:number/conflicts", "/merges/3/conflicts"),
  seen("merge-errors", "/merges/:number/errors", "/merges/3/errors"),
  seen("merge-held", "/merges/:number/held", "/merges/3/held"),
  seen("merge-new", "/merges/new"),
  seen("settings-types", "/settings/types"),
  seen("settings-grid", "/settings/fields"),
  seen("settings-fields", "/settings/fields/:type", "/settings/fields/section"),
  seen("settings-fields-lead", "/settings/fields/:type", "/settings/fields/section", { role: "lead" }),
  seen("settings-schedule", "/settings/schedule"),
  seen("settings-limits", "/settings/limits"),
  seen("settings-review", "/settings/review"),
  seen("settings-changes", "/settings/changes"),
  seen("settings-change", "/settings/changes/:rev", "/settings/changes/1"),
  seen("people", "/people"),
  seen("roles", "/roles"),
  seen("person", "/people/:id", "/people", { follow: "main a[href*='/people/']" }),
  seen("activity", "/activity"),
  seen("account", "/account"),
  seen("refused", "/people", "/people", { role: "viewer", status: 403 }),
  { name: "not-found", path: `${AT}/nothing-is-here`, role: "admin", status: 404 },
  { name: "not-found-signed-out", path: "/nothing-is-here", status: 404 },
];

/** The patterns of the routes that answer with a page of their own. */
export function routes(): string[] {
  const text = readFileSync(inTree("app/src/routes.rs"), "utf8");
  return [...text.matchAll(/path!\("([^"]*)"\)/g)].map((found) => found[1]!);
}

/** The pages whose routes exist. */
export function built(): Seen[] {
  const known = new Set(routes());
  return PAGES.filter((page) => page.route === undefined || known.has(page.route));
}

/** Who is signed in already, by role. */
export type Sessions = Map<Role, Cookie[]>;

/** Opens a page as the one who looks at it, and gives its answer. */
export async function open(page: Page, seen: Seen, sessions: Sessions): Promise<Response | null> {
  if (seen.role) await enter(page, seen.role, seen.path, sessions);
  let answer = await page.goto(seen.path);
  if (seen.follow) {
    const address = await page.locator(seen.follow).first().getAttribute("href");
    answer = await page.goto(address ?? seen.path);
  }
  expect(answer?.status(), seen.path).toBe(seen.status ?? 200);
  return answer;
}

/** Goes on with the session of this role, or begins one. */
async function enter(page: Page, role: Role, to: string, sessions: Sessions): Promise<void> {
  const known = sessions.get(role);
  if (known) return page.context().addCookies(known);
  await signIn(page, role, to);
  sessions.set(role, await page.context().cookies());
}
