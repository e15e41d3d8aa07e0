import path from "node:path";
import { built, open } from "../world/pages.ts";
import { test } from "../world/looking.ts";

const FOLDER = process.env.TIEBREAK_SHOTS ?? "shots-taken";

for (const seen of built()) {
  test.describe(seen.name, () => {
    test.use({ stage: seen.stage ?? "night" });
    test("is drawn in both themes, narrow and wide", async ({ page, sessions }) => {
      await open(page, seen, sessions);
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        for (const theme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
          const file = path.join(FOLDER, `${seen.name}-${width}-${theme}.png`);
          await page.screenshot({ path: file, fullPage: true });
        }
      }
    });
  });
}
