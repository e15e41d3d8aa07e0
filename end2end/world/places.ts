import { existsSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";

/** The binary under test; `cargo xtask test` names it. */
export function binary(): string {
  const named = process.env.TIEBREAK_BIN;
  if (!named || !existsSync(named)) {
    throw new Error("TIEBREAK_BIN names no binary: run the browser tests with `cargo xtask test --browser`");
  }
  return named;
}

/** A file of the checkout. */
export function inTree(file: string): string {
  return path.join(process.env.TIEBREAK_ROOT ?? path.resolve("..", ".."), file);
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
