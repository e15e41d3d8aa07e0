import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test as base } from "@playwright/test";
import { type Hold, type Prepared, prepare, type Stage, withHold } from "./prepare.ts";
import type { Sis } from "./sis.ts";
import { Tiebreak } from "./tiebreak.ts";

export { expect } from "@playwright/test";

/** What a test plays in: a SIS and a server of its own, as they were after a night. */
export type World = { sis: Sis; tiebreak: Tiebreak; url: string };

type Options = {
  /** How long a decision is held before it is written: seconds, or until the next merge. */
  hold: Hold;
  /** How far the world is. */
  stage: Stage;
};

export const test = base.extend<Options & { world: World }, { prepared: Prepared }>({
  hold: [2, { option: true }],
  stage: ["night", { option: true }],

  /** Made once for each worker. */
  prepared: [
    async ({}, use) => {
      const prepared = await prepare();
      await use(prepared);
      await prepared.sis.stop();
      for (const folder of Object.values(prepared.folders)) await rm(folder, { recursive: true });
    },
    { scope: "worker", timeout: 120_000 },
  ],

  world: async ({ prepared, hold, stage }, use, info) => {
    const { sis } = prepared;
    const folder = await mkdtemp(path.join(tmpdir(), "tiebreak-test-"));
    await cp(prepared.folders[stage], folder, { recursive: true });
    await sis.restore("prepared");
    const tiebreak = new Tiebreak(folder);
    if (hold !== 2) await tiebreak.settings(sis.port, withHold(hold));
    await tiebreak.serve();
    await use({ sis, tiebreak, url: tiebreak.url });
    await tiebreak.stop();
    if (info.status !== info.expectedStatus) {
      await info.attach("server.log", { path: path.join(folder, "server.log") });
    }
    await rm(folder, { recursive: true });
  },

  baseURL: async ({ world }, use) => use(world.url),
});
