import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Sessions } from "./pages.ts";
import type { Prepared, Stage } from "./prepare.ts";
import { Tiebreak } from "./tiebreak.ts";
import { test as base, type World } from "./test.ts";

export { expect } from "@playwright/test";

/** A world that stands for all tests of a worker, and who is signed in there. */
type Standing = { world: World; sessions: Sessions };

/** The worlds of a worker, each started when a test first asks for it. */
class Standings {
  private readonly started = new Map<Stage, Standing>();

  constructor(private readonly prepared: Prepared) {}

  async at(stage: Stage): Promise<Standing> {
    const known = this.started.get(stage);
    if (known) return known;
    const folder = await mkdtemp(path.join(tmpdir(), "tiebreak-looked-at-"));
    await cp(this.prepared.folders[stage], folder, { recursive: true });
    const tiebreak = new Tiebreak(folder);
    await tiebreak.serve();
    const world = { sis: this.prepared.sis, tiebreak, url: tiebreak.url };
    const standing = { world, sessions: new Map() };
    this.started.set(stage, standing);
    return standing;
  }

  async end(): Promise<void> {
    for (const { world } of this.started.values()) {
      await world.tiebreak.stop();
      await rm(world.tiebreak.folder, { recursive: true });
    }
  }
}

/** For tests that change nothing: they share a world, and nobody signs in twice. */
export const test = base.extend<{ sessions: Sessions }, { standings: Standings }>({
  standings: [
    async ({ prepared }, use) => {
      const standings = new Standings(prepared);
      await use(standings);
      await standings.end();
    },
    { scope: "worker" },
  ],

  world: async ({ standings, stage }, use, info) => {
    const { world } = await standings.at(stage);
    await use(world);
    if (info.status !== info.expectedStatus) await info.attach("server.log", { body: await world.tiebreak.log() });
  },

  sessions: async ({ standings, stage }, use) => use((await standings.at(stage)).sessions),
});
