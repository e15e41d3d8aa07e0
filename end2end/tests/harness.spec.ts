import { complaints, ready, sideways } from "../world/checks.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test } from "../world/test.ts";

test("a world has conflicts of the three kinds, and nothing was written for them", async ({ world }) => {
  const { items } = JSON.parse(await world.tiebreak.run(["conflicts", "list", "--limit", "200", "--json"]));
  const kinds = Object.fromEntries(items.map((item: { number: number; kind: string }) => [item.number, item.kind]));
  for (const number of CONFLICTS.oneField) expect(kinds[number]).toBe("field");
  for (const number of [CONFLICTS.sixFields, CONFLICTS.decidedBefore, CONFLICTS.listItems]) expect(kinds[number]).toBe("field");
  expect(kinds[CONFLICTS.bothAdded]).toBe("both_added");
  expect(kinds[CONFLICTS.deletedChanged]).toBe("delete_update");
  expect(await world.sis.writes()).toEqual([]);
});

test("the server answers with a page that has one heading and does not scroll sideways", async ({ page }) => {
  const heard = complaints(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await page.goto("/");
  await expect(page.locator("h1")).toHaveCount(1);
  expect(await sideways(page)).toBe(0);
  expect(heard).toEqual([]);
});

test("islands say when they are live @script", async ({ page }) => {
  await page.goto("/");
  await ready(page);
});
