// The real server: the program itself, at an address of the loopback network, in a fresh folder.
import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

// How long a server may take to start, in milliseconds.
const START_MILLISECONDS = 30_000;

/** A loopback address at which port 80 is free: other servers look for people there. */
export async function freeHost() {
  for (;;) {
    const host = `127.2.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    if (await isFree(host)) return host;
  }
}

function isFree(host) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    const failed = (error) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error));
    probe.on("error", failed);
    probe.listen(80, host, () => probe.close(() => resolve(true)));
  });
}

export class Server {
  /** Starts the program with these settings besides its own. */
  static async start(program, settings = {}) {
    const server = new Server();
    server.program = program;
    server.host = await freeHost();
    server.base = `http://${server.host}`;
    server.folder = mkdtempSync(join(tmpdir(), "hydraulics-browser-"));
    server.log = join(server.folder, "log");
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("HYDRAULICS_"));
    const environment = Object.fromEntries(kept);
    Object.assign(environment, {
      HYDRAULICS_LISTEN: `${server.host}:80`,
      HYDRAULICS_FEDERATION__ALLOWED_NETWORKS: "127.0.0.0/8",
      HYDRAULICS_PUBLIC_URL: server.base,
      HYDRAULICS_DATA_DIR: server.folder,
      HYDRAULICS_SITE: "The Day",
      HYDRAULICS_REGISTRATION__PER_NETWORK: "1000",
      ...settings,
    });
    server.environment = environment;
    const log = openSync(server.log, "a");
    const stdio = ["ignore", log, log];
    server.process = spawn(program, ["serve"], { cwd: server.folder, env: environment, stdio });
    server.ended = new Promise((resolve) => server.process.on("exit", resolve));
    server.ended.then(() => (server.hasEnded = true));
    closeSync(log);
    await server.ready();
    return server;
  }

  async ready() {
    const deadline = Date.now() + START_MILLISECONDS;
    for (;;) {
      const answer = await fetch(`${this.base}/readyz`).catch(() => null);
      if (answer?.ok) return;
      if (this.hasEnded || Date.now() > deadline) {
        throw new Error(`The server didn't start:\n${this.logged()}`);
      }
      await wait(50);
    }
  }

  /** Runs a command of the program beside the server. */
  command(words, input = "") {
    const options = { cwd: this.folder, env: this.environment, input, stdio: "pipe" };
    return execFileSync(this.program, words, options).toString();
  }

  /** All that the server has said so far. */
  logged() {
    return readFileSync(this.log, "utf8");
  }

  async stop() {
    if (!this.hasEnded) this.process.kill("SIGTERM");
    const gaveUp = wait(10_000, "late", { ref: false });
    if ((await Promise.race([this.ended, gaveUp])) === "late") this.process.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
