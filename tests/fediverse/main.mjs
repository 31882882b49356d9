// Starts the server and a peer, and has their people do things with each other.
//
//   main.mjs PROGRAM PEER [--database URL]
import { parseArgs } from "node:util";
import { freeHost, Server } from "../browser/server.mjs";
import { steps } from "./steps.mjs";
import { World } from "./world.mjs";

/** How long all of it may take, in milliseconds. */
const RUN_MILLISECONDS = 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { database: { type: "string" } },
});
const [program, name] = positionals;

const peers = {
  fedify: async () => (await import("./fedify.mjs")).FedifyPeer,
  apkit: async () => (await import("./apkit.mjs")).ApkitPeer,
};

const timer = setTimeout(() => {
  console.error("It takes too long.");
  process.exit(1);
}, RUN_MILLISECONDS);
const database = values.database ? { HYDRAULICS_DATABASE_URL: values.database } : {};
const server = await Server.start(program, database);
let peer;
try {
  const Peer = await peers[name]();
  peer = await Peer.start(await freeHost());
  console.log(`${name} at ${peer.base}, this server at ${server.base}`);
  const world = await World.of(server, peer);
  for (const [sentence, step] of steps) {
    const begun = Date.now();
    process.stdout.write(`  ${sentence} ... `);
    await step(world);
    console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s`);
  }
  const failures = server.logged().split("\n").filter((line) => / ERROR | panicked /.test(line));
  if (failures.length > 0) throw new Error(failures.join("\n"));
} catch (error) {
  console.log("WRONG");
  console.error(error);
  console.error("The last lines of the server's log:");
  console.error(server.logged().split("\n").slice(-20).join("\n"));
  process.exitCode = 1;
} finally {
  clearTimeout(timer);
  await peer?.stop();
  await server.stop();
}
