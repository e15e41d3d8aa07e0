import { axe, complaints, coveredStops, invalidHtml, layoutShift, sideways, withoutOwnScript } from "../world/checks.ts";
import { expect, test } from "../world/looking.ts";
import { built, open, PAGES, routes } from "../world/pages.ts";

/** Routes that lead on at once, or that are a page's answer to something else. */
const NO_PAGE = ["", "/sign-out", "/invite/:token", "/kept", "/:school/conflicts/next"];

test("every route is among the pages that are looked at @plain", async () => {
  const looked = new Set(PAGES.map((page) => page.route));
  const own = ["not-allowed", "failed", "not-found"].map((name) => `/:school/${name}`);
  expect(routes().filter((route) => !looked.has(route) && !own.includes(route) && !NO_PAGE.includes(route))).toEqual([]);
});

for (const seen of built()) {
  test.describe(seen.name, () => {
    test.use({ stage: seen.stage ?? "night" });

    test("12.29 axe finds nothing at 320, 768 and 1280 px in both themes, and nothing scrolls sideways", async ({
      page: scripted,
      browser,
      javaScriptEnabled,
      world,
      sessions,
    }) => {
      test.slow();
      const page = javaScriptEnabled ? scripted : await withoutOwnScript(browser, world.url);
      await open(page, seen, sessions);
      for (const width of [1280, 768, 320]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await sideways(page), `${width} px`).toBe(0);
        for (const theme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
          expect(await axe(page), `${width} px, ${theme}`).toEqual([]);
        }
      }
      if (page !== scripted) await page.context().close();
    });

    test("12.29 12.30 its HTML is valid, nothing complains, nothing jumps, marks stay in the reader's own colours, and no stop of the Tab key is covered at 1280×900, 1280×500 and 320×568", async ({
      page,
      browser,
      javaScriptEnabled,
      world,
      sessions,
    }) => {
      const heard = complaints(page);
      const html = (await (await open(page, seen, sessions))?.text()) ?? "";
      expect(await invalidHtml(html)).toEqual([]);
      await expect(page.locator("h1")).toHaveCount(1);
      const measured = javaScriptEnabled ? page : await withoutOwnScript(browser, world.url);
      if (measured !== page) await open(measured, seen, sessions);
      expect(await layoutShift(measured)).toBeLessThanOrEqual(0.02);
      const marks = () => page.locator(".mark:visible").allTextContents();
      const before = await marks();
      await page.emulateMedia({ forcedColors: "active" });
      expect(await marks()).toEqual(before);
      await page.emulateMedia({ forcedColors: "none" });
      for (const [width, height] of [[1280, 900], [1280, 500], [320, 568]] as const) {
        await page.setViewportSize({ width, height });
        expect(await coveredStops(page), `${width}×${height}`).toEqual([]);
      }
      expect(heard).toEqual([]);
      if (measured !== page) await measured.context().close();
    });
  });
}
