import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "@playwright/test";

/** First paint in milliseconds with an empty cache, at 1.6 Mbit/s, 150 ms, and a processor four times slower. */
export async function slowPaint(page: Page, path: string): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  const speed = (1.6 * 1_000_000) / 8;
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 150,
    downloadThroughput: speed,
    uploadThroughput: speed,
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.goto(path, { waitUntil: "load" });
  const painted = await firstPaint(page);
  await devtools.detach();
  return painted;
}

/** When something was first seen, in milliseconds. On a busy machine the browser says so some time after the load. */
async function firstPaint(page: Page): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const at = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    if (at !== undefined) return at;
    await pause(100);
  }
  return Number.POSITIVE_INFINITY;
}
