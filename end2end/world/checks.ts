import AxeBuilder from "@axe-core/playwright";
import { type Browser, expect, type Page } from "@playwright/test";
import { HtmlValidate } from "html-validate";
import { PEOPLE, type Role } from "./people.ts";

/** Signs somebody of a role in through the form, and ends where the form leads to. */
export async function signIn(page: Page, role: Role, to?: string): Promise<void> {
  const { email, password } = PEOPLE[role];
  await page.goto(to ? `/sign-in?return_to=${encodeURIComponent(to)}` : "/sign-in");
  await page.locator("input[name=email]").fill(email);
  await page.locator("input[name=password]").fill(password);
  const loaded = page.waitForEvent("load");
  await page.locator("input[name=password]").press("Enter");
  await loaded;
  await expect(page).not.toHaveURL(/\/sign-in/);
}

/** Waits until the islands of the page are live. Only for tests of what script adds. */
export async function ready(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-ready", "1");
}

/** A page whose own script never arrives. Axe itself is script, so where script is off it looks at such a page. */
export async function withoutOwnScript(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, javaScriptEnabled: true });
  await context.route(/\.(js|wasm)$/, (route) => route.abort());
  return context.newPage();
}

/**
 * What axe finds on the page; the rule for the size of targets must have run (UX 12.29). Bars that stay in sight lie over
 * something else at every place one scrolls to, so axe sees them where they stand; `coveredStops` judges what they cover.
 */
export async function axe(page: Page): Promise<string[]> {
  await page.locator(".action-bar, .draft-bar, .conflict-head").evaluateAll((bars) => {
    for (const bar of bars) (bar as HTMLElement).style.position = "static";
  });
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  // The legacy mode looks at the page alone and opens no second one, which is enough where there are no frames.
  await expect(page.locator("iframe, frame, object, embed")).toHaveCount(0);
  const found = await new AxeBuilder({ page }).setLegacyMode(true).withTags(tags).analyze();
  const ran = [...found.passes, ...found.violations, ...found.incomplete, ...found.inapplicable];
  expect(ran.map((rule) => rule.id)).toContain("target-size");
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} ${node.html}`));
}

const validator = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    // Leptos writes void elements, attributes and doctype its own way; all of it is valid HTML.
    "void-style": "off",
    "attr-quotes": "off",
    "doctype-style": "off",
    "attribute-boolean-style": "off",
    "attribute-empty-style": "off",
    "no-trailing-whitespace": "off",
    "no-inline-style": "error",
    // The head ends with titles that are longer than 70 characters: they name the record (UX 5.3).
    "long-title": "off",
    // `aria-label` on nav, section and form tells several of them apart.
    "no-redundant-role": "off",
    "prefer-native-element": "off",
  },
});

/** What is wrong with a page as the server sent it. */
export async function invalidHtml(html: string): Promise<string[]> {
  // `<!>` is how Leptos keeps two texts apart; browsers read it as a comment.
  const report = await validator.validateString(html.replaceAll("<!>", ""));
  return report.results.flatMap((result) =>
    result.messages.map(({ ruleId, message, line, column }) => `${ruleId}: ${message} (${line}:${column})`),
  );
}

/** Gathers what the browser complains about, from now on. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("console", (message) => {
    // The status of a page that comes back with 4xx on purpose is no complaint.
    const status = message.text().startsWith("Failed to load resource") && message.location().url === page.url();
    // Without script nobody uses what is preloaded for it, and a slow machine uses it late.
    const preload = message.text().includes("was preloaded using link preload but not used");
    if (["error", "warning"].includes(message.type()) && !status && !preload) heard.push(message.text());
  });
  page.on("pageerror", (error) => heard.push(error.message));
  page.on("requestfailed", (request) => {
    const said = request.failure()?.errorText ?? "";
    // Navigating away ends what is under way; without script the browser refuses to fetch any.
    if (!["net::ERR_ABORTED", "csp"].includes(said)) heard.push(`${request.url()}: ${said}`);
  });
  return heard;
}

/** How far the page can be scrolled sideways, in CSS pixels. */
export async function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** How far things moved without anybody doing anything (UX 11). */
export async function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
            if (!entry.hadRecentInput) sum += entry.value;
          }
        });
        observer.observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(sum), 150);
      }),
  );
}

/** Presses keys one after the other and says how many there were. */
export async function pressKeys(page: Page, ...keys: string[]): Promise<number> {
  for (const key of keys) await page.keyboard.press(key);
  return keys.length;
}

/** Goes through the page with the Tab key and names every stop of which nothing can be seen (UX 7.4.7). */
export async function coveredStops(page: Page, most = 80): Promise<string[]> {
  await page.evaluate(() => {
    window.scrollTo(0, 0);
    (document.activeElement as HTMLElement | null)?.blur();
  });
  const covered: string[] = [];
  for (let stop = 0; stop < most; stop += 1) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return "end";
      const box = at.getBoundingClientRect();
      const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
      const [upper, lower] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
      const points = [0.5, 0.1, 0.9].flatMap((x) => [0.5, 0.15, 0.85].map((y) => [x, y] as const));
      const seen = points.some(([x, y]) => {
        const top = document.elementFromPoint(left + (right - left) * x, upper + (lower - upper) * y);
        return top !== null && (top === at || at.contains(top) || top.contains(at) || top.closest("label")?.contains(at));
      });
      return seen ? "" : at.outerHTML.slice(0, 120);
    });
    if (found === "end") break;
    if (found !== "") covered.push(found);
  }
  return covered;
}
