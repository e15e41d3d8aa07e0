import { signIn } from "../world/checks.ts";
import { landing } from "../world/desk.ts";
import { type Clocks, nextSundays } from "../world/nights.ts";
import { expect, test } from "../world/test.ts";

/** The Sundays of a month in which the clocks of a zone change at that time. */
const CHANGES: [zone: string, month: number, time: string, clocks: Clocks][] = [
  ["America/New_York", 3, "02:30", "forward"],
  ["America/New_York", 11, "01:30", "back"],
  ["Europe/Berlin", 3, "02:30", "forward"],
  ["Europe/Berlin", 10, "02:30", "back"],
  ["Australia/Sydney", 10, "02:30", "forward"],
  ["Australia/Sydney", 4, "02:30", "back"],
];

const SAID: Record<Clocks, RegExp | null> = {
  steady: null,
  forward: /The clocks go forward over the planned time on .*: it starts when they have\./,
  back: /The clocks go back on .* and this time comes twice: it starts the first time\./,
};

test("12.27 the next five nights are right across the change of the clocks, in three zones", async ({ page }) => {
  test.slow();
  await signIn(page, "admin", "/northfield/settings/schedule");
  for (const [zone, month, time, clocks] of CHANGES) {
    const [hour, minute] = time.split(":").map(Number);
    await page.locator("input[name='form[schedule][by_pattern]'][value=true]").check();
    await page.locator("input[name='form[schedule][pattern]']").fill(`${minute} ${hour} * ${month} 0`);
    await page.locator("input[name='form[schedule][zone]']").fill(zone);
    await landing(page, () => page.getByRole("button", { name: "Keep in draft" }).click());
    const expected = nextSundays(month, time, zone);
    expect(expected.map((night) => night.clocks), `${zone} ${month}`).toContain(clocks);
    const nights = page.locator("ol.prose > li");
    await expect(nights).toHaveCount(5);
    for (const [n, night] of expected.entries()) {
      const line = nights.nth(n);
      await expect(line, `${zone}, month ${month}, night ${n + 1}`).toContainText(night.starts);
      const said = SAID[night.clocks];
      if (said) await expect(line.locator(".status--warn")).toHaveText(said);
      else await expect(line.locator(".status--warn")).toHaveCount(0);
    }
    await expect(page.locator("main")).toContainText(`in the time of ${zone}`);
  }
});
