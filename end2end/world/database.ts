import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { Tiebreak } from "./tiebreak.ts";

/** Seconds for which a lease holds that was just renewed; a merge at work renews it every few seconds (RL R28). */
const LEASE = 60;

const SCRIPT = `
import sqlite3, sys, time
file, silent, lease = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
at = int((time.time() - silent) * 1e6)
database = sqlite3.connect(file, timeout=20)
with database:
    database.execute("update lease set holder = 'another process', expires_at = ?", (at + int(lease * 1e6),))
    database.execute("update run set requested_at = ?1, started_at = ?1 where ended_at is null", (at,))
    open_runs = "(select id from run where ended_at is null)"
    database.execute(f"update run_step set started_at = ?1 where run in {open_runs}", (at,))
    database.execute(f"update run_step set ended_at = ?1 where ended_at is not null and run in {open_runs}", (at,))
`;

/** Makes the database say that the merge at work belongs to another process, whose last sign of life is so long ago. */
export async function silence(tiebreak: Tiebreak, seconds: number): Promise<void> {
  const file = path.join(tiebreak.folder, "tiebreak.db");
  await promisify(execFile)("python3", ["-c", SCRIPT, file, String(seconds), String(LEASE)]);
}
