import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { binary, freePort, inTree } from "./places.ts";
import type { Fields } from "./sis.ts";

/** The binary on one data folder, from the command line and as a server. */
export class Tiebreak {
  private server: ChildProcess | undefined;
  private port = 0;
  /** The school that commands are about; needed where there are several. */
  school: string | undefined;

  constructor(readonly folder: string) {}

  /** The address of the server. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Runs a command. It may end with 1: there is something to look at. */
  async run(args: string[], input = ""): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        binary(),
        ["--data", this.folder, ...(this.school ? ["--school", this.school] : []), ...args],
        { env: this.environment(), maxBuffer: 1 << 26 },
        (error, out, said) => {
          if (error && error.code !== 1) reject(new Error(`tiebreak ${args.join(" ")}: ${said || error.message}`));
          else resolve(out);
        },
      );
      // A command that wants no input may have ended by now.
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
  }

  /** Writes records on our own side, as its users do: members that are not named stay. */
  async put(type: string, records: Fields[]): Promise<void> {
    const file = path.join(this.folder, "put.ndjson");
    await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
    await this.run(["records", "put", "--type", type, file]);
  }

  /** Stores the settings of the school, changed by `edit`, as a revision. */
  async settings(sisPort: number, edit = (text: string) => text): Promise<void> {
    const file = path.join(this.folder, "school.toml");
    await writeFile(file, await this.document(sisPort, edit));
    await this.run(["settings", "import", file]);
  }

  /** The settings of the school as one file. */
  async document(sisPort: number, edit = (text: string) => text): Promise<string> {
    const school = await readFile(inTree("server/xtask/demo/settings.toml"), "utf8");
    const connector = (await readFile(inTree("server/connect/tests/systems/sim.toml"), "utf8"))
      .replace("127.0.0.1:7900", `127.0.0.1:${sisPort}`)
      .replaceAll("\n[types.", "\n[systems.theirs.types.");
    return `${edit(school)}\n[systems.theirs]\nname = "Banner"\n${connector}`;
  }

  /** Starts the server and waits until it is up. */
  async serve(): Promise<void> {
    this.port = await freePort();
    const log = createWriteStream(path.join(this.folder, "server.log"), { flags: "a" });
    const server = spawn(binary(), ["--data", this.folder, "serve"], { env: this.environment() });
    server.stdout.pipe(log, { end: false });
    server.stderr.pipe(log, { end: false });
    this.server = server;
    // However the tests end, it does not outlive them.
    const kill = () => server.kill("SIGKILL");
    process.once("exit", kill);
    server.once("exit", () => process.off("exit", kill));
    for (let tries = 0; tries < 600; tries += 1) {
      if (server.exitCode !== null) break;
      const up = await fetch(`${this.url}/healthz`).then(
        () => true,
        () => false,
      );
      if (up) return;
      await pause(20);
    }
    throw new Error(`the server did not start:\n${await this.log()}`);
  }

  /** Ends the server as a power cut does. */
  async kill(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server && server.exitCode === null) {
      const gone = once(server, "exit");
      server.kill("SIGKILL");
      await gone;
    }
  }

  /** What the server has logged so far. */
  async log(): Promise<string> {
    return readFile(path.join(this.folder, "server.log"), "utf8");
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server && server.exitCode === null) {
      const gone = once(server, "exit");
      server.kill("SIGTERM");
      const late = setTimeout(() => server.kill("SIGKILL"), 5_000);
      await gone;
      clearTimeout(late);
    }
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      TIEBREAK_SECRET_SIM: "sim-token",
      TIEBREAK_LISTEN: `127.0.0.1:${this.port || 1}`,
    };
  }
}
