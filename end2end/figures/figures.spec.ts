import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { expect, test } from "@playwright/test";
import { signIn } from "../world/checks.ts";
import { slowPaint } from "../world/paint.ts";
import { addPeople } from "../world/people.ts";
import { Sis } from "../world/sis.ts";
import { Tiebreak } from "../world/tiebreak.ts";

const CONFLICTS = 10_000;

/** Milliseconds below which so many of a hundred answers came, measured from outside, on one connection. */
async function answers(request: APIRequestContext, paths: string[]): Promise<{ p50: number; p95: number }> {
  const took: number[] = [];
  for (const [n, at] of paths.entries()) {
    const began = performance.now();
    const answer = await request.get(at);
    await answer.body();
    if (n >= 10) took.push(performance.now() - began);
    expect(answer.status(), at).toBe(200);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => Math.round(took[Math.ceil(took.length * share) - 1]! * 10) / 10;
  return { p50: at(0.5), p95: at(0.95) };
}

test("queue and detail with 10,000 open conflicts", async ({ browser }) => {
  const sis = await Sis.start(`sections=1,courses=1,instructors=1,departments=1,rooms=${CONFLICTS}`);
  const tiebreak = new Tiebreak(await mkdtemp(path.join(tmpdir(), "tiebreak-figures-")));
  await tiebreak.settings(sis.port);
  await addPeople(tiebreak);
  await tiebreak.run(["run", "--kind", "manual"]);
  await tiebreak.run(["runs", "approve", "1", "--yes"]);
  const rooms = await sis.records("room");
  await sis.editAll("room", rooms.map(({ id }, n) => ({ id, fields: { capacity: 1_000 + (n % 50) } })));
  await tiebreak.put("room", rooms.map((room) => ({ code: room["code"], capacity: 2_000 })));
  await tiebreak.run(["run", "--kind", "manual"]);
  await tiebreak.serve();

  const context = await browser.newContext({ baseURL: tiebreak.url });
  const page = await context.newPage();
  await signIn(page, "resolver", "/northfield/conflicts");
  const times = (many: number, path: (n: number) => string) => Array.from({ length: many }, (_, n) => path(n));
  const measured = {
    queue: await answers(page.request, times(210, (n) => `/northfield/conflicts?per=50&sort=${n % 2 ? "type" : "waiting"}`)),
    filtered: await answers(page.request, times(210, () => "/northfield/conflicts?type=room&kind=both-changed&per=50")),
    detail: await answers(page.request, times(210, (n) => `/northfield/conflicts/${1 + ((n * 47) % CONFLICTS)}`)),
  };
  for (const [what, { p50, p95 }] of Object.entries(measured)) {
    console.log(`${what.padEnd(9)} with ${CONFLICTS} open: p50 ${p50} ms, p95 ${p95} ms`);
  }
  const queue = await slowPaint(page, "/northfield/conflicts?per=50");
  const detail = await slowPaint(page, "/northfield/conflicts/1");
  console.log(`first paint at 1.6 Mbit/s, 150 ms, CPU 4×: queue ${Math.round(queue)} ms, conflict ${Math.round(detail)} ms`);
  await context.close();
  await tiebreak.stop();
  await sis.stop();
  await rm(tiebreak.folder, { recursive: true });
  expect(Math.max(measured.queue.p95, measured.detail.p95)).toBeLessThanOrEqual(50);
  expect(Math.max(queue, detail)).toBeLessThanOrEqual(1_000);
});
