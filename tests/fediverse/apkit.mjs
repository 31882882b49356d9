// A server made with apkit, on which there is ann: a process of its own, which is told what to do.
import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";

/** How long the process may take to start, in milliseconds. */
const START_MILLISECONDS = 30_000;

export class ApkitPeer {
  /** Kinds of signatures that it makes. Its RFC 9421 does not cover the body. */
  kinds = ["draft-cavage"];
  /** It asks for no signature: its inbox fails at those of RFC 9421. */
  wanted = null;
  #knocks = [];

  static async start(host) {
    const peer = new ApkitPeer();
    peer.host = host;
    peer.base = `http://${host}`;
    peer.id = `${peer.base}/users/ann`;
    const program = new URL("./apkit_peer.py", import.meta.url).pathname;
    const stdio = ["ignore", "ignore", "inherit"];
    peer.process = spawn(process.env.FEDIVERSE_PYTHON, ["-B", program, host], { stdio });
    const deadline = Date.now() + START_MILLISECONDS;
    while (!(await peer.reads().catch(() => null))) {
      if (peer.process.exitCode !== null || Date.now() > deadline) {
        throw new Error("The peer didn't start.");
      }
      await wait(50);
    }
    return peer;
  }

  stop() {
    this.process.kill("SIGKILL");
  }

  async #tell(command, values = {}) {
    const answer = await fetch(`${this.base}/control/${command}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(values),
    });
    if (!answer.ok) throw new Error(`${command} answers ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** The activities that it got, after apkit verified their signatures. */
  received = () => this.#tell("received");
  /** The methods and paths of the requests that it got. */
  reads = () => this.#tell("reads");
  /** The kinds of signatures of its deliveries, with the answers. */
  knocks = async () => this.#knocks;
  /** Shows a thing by its id. */
  keep = (thing) => this.#tell("keep", { thing });
  /** Gives ann another name, and returns her actor. */
  rename = (name) => this.#tell("rename", { name });
  /** Finds somebody by address, and the software of their server. */
  find = (address) => this.#tell("find", { address });
  /** Looks a thing up by its id, or by its page. */
  look = (url) => this.#tell("look", { url });

  /** Delivers an activity of ann as apkit does it, and fails if it is refused. */
  async send(activity) {
    const status = await this.#tell("send", { activity });
    this.#knocks.push(`${this.kinds[0]} ${status}`);
    if (status >= 300) throw new Error(`The delivery is answered with ${status}.`);
  }

  /** Posts an activity, and returns the status, as that of Fedify's peer. */
  post = (activity, kind, forged) => this.#tell("post", { activity, kind, forged });
}
