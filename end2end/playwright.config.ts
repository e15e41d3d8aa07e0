import { defineConfig } from "@playwright/test";

/** Everything runs twice, without script and with it (UX 10.1). A title with @script or @plain runs one way only. */
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: Number(process.env.TIEBREAK_BROWSER_WORKERS ?? 2),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    timezoneId: "America/New_York",
    // A trace copies the page at every step, which takes longer than most tests: it is kept when asked for.
    trace: process.env.TIEBREAK_BROWSER_TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    actionTimeout: 10_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
      ],
    },
  },
  projects: [
    { name: "no script", grepInvert: /@script/, use: { javaScriptEnabled: false } },
    { name: "script", grepInvert: /@plain/, use: { javaScriptEnabled: true } },
  ],
});
