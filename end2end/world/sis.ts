import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { binary } from "./places.ts";

/** A value as the SIS keeps it. */
export type Fields = Record<string, unknown>;

/** A record of the SIS, its computed members included. */
export type SisRecord = Fields & { id: string; removed?: boolean };

/** A change of a record, from the SIS's own log. */
export type Change = {
  n: number;
  by: "api" | "late" | "user" | "restore";
  op: "create" | "update" | "delete";
  type: string;
  id: string;
  before?: Fields;
  after?: Fields;
};

/** A little of everything, so that a world is made in seconds. */
const SIZE = "sections=20,courses=12,instructors=60,rooms=40,departments=6";

/** The simulated SIS. Its log of requests and changes is the judge: what is not in there was not written. */
export class Sis {
  private since = 0;

  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  /** Starts one on a free port. The same seed gives the same data. */
  static async start(size = SIZE): Promise<Sis> {
    const child = spawn(binary(), ["sis-sim", "--port", "0", "--seed", "7", "--size", size]);
    // However the tests end, it does not outlive them.
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.off("exit", kill));
    const said = await new Promise<string>((resolve, reject) => {
      let text = "";
      child.stdout.on("data", (part) => {
        text += part;
        if (text.includes("\n")) resolve(text);
      });
      child.stderr.on("data", (part) => (text += part));
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`the simulated SIS ended: ${text}`)));
    });
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
    return new Sis(port, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      this.child.kill("SIGTERM");
      await once(this.child, "exit");
    }
  }

  /** Remembers the present state under a name. */
  async snapshot(name: string): Promise<void> {
    await this.control("POST", "snapshot", { name });
  }

  /** Puts a remembered state back, forgets scripted faults, and counts writes from here on. */
  async restore(name: string): Promise<void> {
    await this.control("DELETE", "faults");
    await this.control("POST", "restore", { snapshot: name });
    const log = await this.control<{ last: number }>("GET", "log?limit=1");
    this.since = log.last;
  }

  /** The live records of a type. */
  async records(type: string): Promise<SisRecord[]> {
    const state = await this.control<{ types: Record<string, SisRecord[]> }>("GET", `state?type=${type}`);
    return (state.types[type] ?? []).filter((record) => record.removed !== true);
  }

  /** The live record whose field holds a value. */
  async record(type: string, field: string, value: unknown): Promise<SisRecord> {
    const found = (await this.records(type)).find((record) => record[field] === value);
    if (!found) throw new Error(`the SIS has no ${type} with ${field} ${String(value)}`);
    return found;
  }

  /** What users of the SIS do to a record. */
  async edit(type: string, id: string, fields: Fields): Promise<void> {
    await this.control("POST", "edit", { op: "update", type, id, fields });
  }

  /** Many of them at once. */
  async editAll(type: string, edits: { id: string; fields: Fields }[]): Promise<void> {
    await this.control("POST", "edit", { edits: edits.map((edit) => ({ op: "update", type, ...edit })) });
  }

  async create(type: string, fields: Fields): Promise<void> {
    await this.control("POST", "edit", { op: "create", type, fields });
  }

  async remove(type: string, id: string): Promise<void> {
    await this.control("POST", "edit", { op: "delete", type, id });
  }

  /** Makes the API misbehave, as `connect::sim` describes it. */
  async fault(rule: Fields): Promise<void> {
    await this.control("POST", "faults", rule);
  }

  /** What the API was made to write since the world was set up. Edits by users of the SIS do not count. */
  async writes(): Promise<Change[]> {
    const log = await this.control<{ entries: (Change & { kind: string })[] }>(
      "GET",
      `log?after=${this.since}&limit=100000`,
    );
    return log.entries.filter((entry) => entry.kind === "change" && entry.by !== "user" && entry.by !== "restore");
  }

  private async control<T>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/__sim/${route}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /__sim/${route}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }
}
