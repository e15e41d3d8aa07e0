import { signIn } from "../world/checks.ts";
import { CONFLICTS } from "../world/prepare.ts";
import { expect, test } from "../world/test.ts";

const ALL = 12 + CONFLICTS.many.length;

test("12.19 filters are in the address, and another browser sees the same rows and the same count", async ({ page, browser, world }) => {
  await signIn(page, "viewer", "/northfield/conflicts");
  await expect(page.locator("main")).toContainText(new RegExp(`${ALL}`));
  await page.locator("form.filters select[name=type]").selectOption("instructor");
  await page.locator("form.filters select[name=kind]").selectOption("both-changed");
  await page.locator("form.filters").getByRole("button").first().click();
  await expect(page).toHaveURL(/type=instructor/);
  await expect(page).toHaveURL(/kind=both-changed/);
  const rows = page.locator(".table tbody tr th");
  const seen = await rows.allInnerTexts();
  expect(seen).toHaveLength(CONFLICTS.many.length);
  await page.reload();
  expect(await rows.allInnerTexts()).toEqual(seen);
  const other = await browser.newContext({ baseURL: world.url });
  const second = await other.newPage();
  await signIn(second, "resolver", new URL(page.url()).pathname + new URL(page.url()).search);
  expect(await second.locator(".table tbody tr th").allInnerTexts()).toEqual(seen);
  await other.close();
});

test("12.19 page size and sort survive Next, and every conflict is on one page only", async ({ page }) => {
  await signIn(page, "viewer", "/northfield/conflicts?per=25&sort=type");
  const seen: string[] = [];
  for (let pages = 0; pages < 4; pages += 1) {
    seen.push(...(await page.locator(".table tbody th a").evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname))));
    expect(page.url()).toContain("per=25");
    expect(page.url()).toContain("sort=type");
    const next = page.locator("a.pager__link", { hasText: "Next" });
    if ((await next.count()) === 0) break;
    await next.click();
    await page.waitForLoadState();
  }
  expect(seen).toHaveLength(ALL);
  expect(new Set(seen).size).toBe(ALL);
});
