import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.ts";

/** Screenshots of every page; `cargo xtask shots` says where they go. */
export default defineConfig({
  ...tests,
  testDir: "shots",
  projects: [{ name: "shots", use: { javaScriptEnabled: true } }],
});
