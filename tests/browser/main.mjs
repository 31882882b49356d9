// Starts three servers and a browser, lives a day in it in three ways, and then looks at the first site. On a given
// database it lives the day in one way.
//
//   main.mjs PROGRAM [--database URL --database URL] [--pictures FOLDER]
import { parseArgs } from "node:util";
import { Client, pathOf } from "./api.mjs";
import { measure } from "./budget.mjs";
import { crawl } from "./crawl.mjs";
import { Day } from "./day.mjs";
import { MailServer } from "./mail.mjs";
import { chromium } from "./packages.mjs";
import { takePictures } from "./pictures.mjs";
import { Reader } from "./reader.mjs";
import { Server } from "./server.mjs";

/** How long all of it may take, in milliseconds. */
const RUN_MILLISECONDS = 900_000;

/** How many notes there are in the timeline that is measured: more than a page has. */
const TIMELINE_NOTES = 25;

/** Most lines about what is wrong. */
const MAX_LINES = 60;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: "string", multiple: true, default: [] },
    pictures: { type: "string" },
  },
});

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);

/** Servers: of the people of the day, of people elsewhere, and one with mail whose staff approves accounts. */
async function startServers(mail) {
  const databases = values.database.map((url) => ({ HYDRAULICS_DATABASE_URL: url }));
  const guarded = {
    HYDRAULICS_REGISTRATION__MODE: "approval",
    HYDRAULICS_MAIL__HOST: "127.0.0.1",
    HYDRAULICS_MAIL__PORT: String(mail.port),
    HYDRAULICS_MAIL__TLS: "none",
  };
  return Promise.all([
    Server.start(positionals[0], databases[0]),
    Server.start(positionals[0]),
    Server.start(positionals[0], { ...guarded, ...databases[1] }),
  ]);
}

async function run([server, other, guarded], mail, browser) {
  const client = await Client.register(server.base);
  const elsewhere = await Client.register(other.base);
  const world = { base: server.base, browser, client, elsewhere, guarded, mail };
  // Pages are the same on another database: there one day shows that all of it works.
  const isOnFiles = values.database.length === 0;
  const ways = [
    { language: "en", scripts: true, audits: isOnFiles },
    { language: "de", scripts: true, audits: true },
    { language: "en", scripts: false, audits: false },
  ];
  const days = ways.slice(0, isOnFiles ? 3 : 1).map((way) => new Day({ ...world, ...way }));
  const wrong = [];
  const begun = Date.now();
  await Promise.all(days.map((day) => day.live()));
  for (const day of days) wrong.push(...day.wrong());
  console.log(`${days.length} days of ${days[0].taken} steps: ${seconds(begun)} s`);
  if (wrong.length === 0 && isOnFiles) wrong.push(...(await tour(days[0])));
  if (values.pictures) {
    const { note, picture, bob } = days[0];
    const places = {
      front: "/",
      messages: "/main/messages",
      meanwhile: "/main/meanwhile",
      note: pathOf(note),
      picture: pathOf(picture),
      profile: `/${bob.nickname}`,
      followers: `/${bob.nickname}/followers`,
      missing: "/main/nothing",
    };
    await takePictures(days[0].alice, places, values.pictures);
    const stranger = await Reader.open(browser, server.base);
    const forms = { welcome: "/", "sign-in": "/main/login", register: "/main/register" };
    await takePictures(stranger, forms, values.pictures);
  }
  return wrong;
}

/** The size of the timeline, and every kind of link for each kind of reader. */
async function tour(day) {
  const { browser, base, alice, bob, guarded } = day;
  let begun = Date.now();
  for (let number = 0; number < TIMELINE_NOTES; number += 1) {
    await bob.post({ displayName: `Note ${number}`, content: "<p>Some words about the day.</p>" });
  }
  const open = (language, place = base) => Reader.open(browser, place, { language });
  const first = await open("en");
  await first.signIn(day.name("alice"));
  const { sum, blocking } = await measure(first);
  console.log(`First visit: ${sum} bytes, ${blocking} requests that block: ${seconds(begun)} s`);
  begun = Date.now();
  const crawlers = {
    stranger: await open("de"),
    member: await open("en"),
    "German member": await open("de"),
    "member of the staff": await open("en", guarded.base),
  };
  await crawlers.member.signIn(day.name("alice"));
  await crawlers["German member"].signIn(day.name("alice"));
  await crawlers["member of the staff"].signIn(day.name("ada"));
  const readers = Object.values(crawlers);
  const opened = await Promise.all(readers.map(crawl));
  const counts = Object.keys(crawlers).map((who, at) => `${opened[at].length} of a ${who}`);
  console.log(`Links: ${counts.join(", ")}: ${seconds(begun)} s`);
  return [first, alice, ...readers].flatMap(({ wrong }) => wrong);
}

const mail = await MailServer.start();
const servers = await startServers(mail);
let browser;
const timer = setTimeout(() => {
  console.error("It takes too long.");
  process.exitCode = 1;
  browser?.close();
}, RUN_MILLISECONDS);
try {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
  console.log(`Chromium ${browser.version()} at ${servers[0].base}`);
  const wrong = [...new Set(await run(servers, mail, browser))];
  const logged = servers.flatMap((server) => server.logged().split("\n"));
  const failures = logged.filter((line) => / ERROR | panicked /.test(line));
  wrong.push(...failures);
  if (wrong.length > 0) {
    console.error(wrong.slice(0, MAX_LINES).join("\n"));
    console.error(`${wrong.length} things are wrong.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error);
  console.error("The last lines of the server's log:");
  console.error(servers[0].logged().split("\n").slice(-20).join("\n"));
  process.exitCode = 1;
} finally {
  clearTimeout(timer);
  await browser?.close();
  await Promise.all(servers.map((server) => server.stop()));
  mail.stop();
}
