import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.ts";

/** Measurements against an optimised binary, one after the other; `cargo xtask figures` runs them. */
export default defineConfig({
  ...tests,
  testDir: "figures",
  workers: 1,
  fullyParallel: false,
  timeout: 900_000,
  projects: [{ name: "figures", use: { javaScriptEnabled: true } }],
});
