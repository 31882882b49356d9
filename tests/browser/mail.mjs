// A mail server that keeps what it is sent.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";

/** How long a mail may take, in milliseconds. */
const MAIL_MILLISECONDS = 30_000;

export class MailServer {
  static async start() {
    const sink = new MailServer();
    sink.mails = [];
    sink.server = createServer((socket) => sink.talk(socket));
    await new Promise((resolve) => sink.server.listen(0, "127.0.0.1", resolve));
    sink.port = sink.server.address().port;
    return sink;
  }

  /** Answers a mail server by SMTP (RFC 5321), as far as ours speaks it. */
  talk(socket) {
    socket.on("error", () => {});
    socket.write("220 mail\r\n");
    let mail = null;
    createInterface({ input: socket }).on("line", (line) => {
      if (mail !== null && line !== ".") {
        mail.push(line);
        return;
      }
      const answers = { DATA: "354 go on", QUIT: "221 bye" };
      if (mail !== null) this.mails.push(mail.join("\n"));
      mail = mail === null && line === "DATA" ? [] : null;
      socket.write(`${answers[line] ?? "250 well"}\r\n`);
    });
  }

  /** The address in the first mail to somebody that has one matching the pattern. */
  async link(address, pattern) {
    for (const deadline = Date.now() + MAIL_MILLISECONDS; Date.now() < deadline; await wait(100)) {
      const mails = this.mails.filter((mail) => mail.includes(`To: ${address}`));
      const found = mails.map(decode).map((text) => text.match(pattern)).find(Boolean);
      if (found) return found[0];
    }
    throw new Error(`no mail to ${address} has ${pattern}:\n${this.mails.map(decode).join("\n---\n")}`);
  }

  stop() {
    this.server.close();
  }
}

/** The text of a mail whose parts are quoted-printable. */
const decode = (mail) =>
  mail
    .replace(/=\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
