// A site with mail whose staff approves accounts: applicants, moderators and lost passwords.
import assert from "node:assert/strict";
import { PASSWORD } from "../api.mjs";

/** A password that replaces a lost one. */
const NEW_PASSWORD = "battery staple 7";

/** Makes an account on the command line, and signs in to it. */
async function member({ guarded, reader, name }, nickname, role) {
  guarded.command(["user", "add", name(nickname)], PASSWORD);
  if (role) guarded.command(["user", "role", name(nickname), role]);
  const browser = await reader(guarded.base);
  await browser.signIn(name(nickname));
  return browser;
}

export const staffSteps = [
  [
    "who asks for an account confirms their address, and waits",
    async (day) => {
      const { guarded, mail, reader, name } = day;
      const browser = (day.applicant = await reader(guarded.base));
      await browser.visit("/main/register");
      const passwords = { password: PASSWORD, repeat: PASSWORD };
      const email = `${name("erin")}@mail.example`;
      const form = { nickname: name("erin"), email, ...passwords, application: "I make <b>tea</b>." };
      await browser.send("#registration", form, { status: 202 });
      assert.ok(!(await browser.isSignedIn()));
      const link = await mail.link(email, /http:\S+\/main\/confirm\/[\w-]+/);
      await browser.visit(link);
      await browser.press("main form button");
      await browser.visit("/main/login");
      const signIn = { nickname: name("erin"), password: PASSWORD };
      await browser.send("#signin", signIn, { status: 403 });
      assert.ok(!(await browser.isSignedIn()));
      await browser.visit(`/${name("erin")}`, { status: 404 });
    },
  ],
  [
    "an admin reads the words of who asks, and approves them",
    async (day) => {
      const { applicant, name } = day;
      const admin = (day.admin = await member(day, "ada", "admin"));
      await admin.visit("/main/admin");
      await admin.press('main a[href*="standing=pending"]');
      await admin.press(`.people a[href*="name=${name("erin")}"]`);
      assert.equal(await admin.text("main .quoted"), "I make <b>tea</b>.");
      await admin.press('button[value="approve"]');
      assert.equal(await admin.count('button[value="approve"]'), 0);
      await applicant.signIn(name("erin"));
      assert.ok(await applicant.isSignedIn());
    },
  ],
  [
    "a moderator sees what was reported, by whom and why, and deletes it",
    async (day) => {
      const { admin, applicant, name } = day;
      const troll = (day.troll = await member(day, "troll"));
      await troll.visit("/");
      await troll.send("form.composer", { content: "Buy **my** watches." });
      const place = (day.spam = await troll.page.locator(".post .when").first().getAttribute("href"));
      await applicant.visit(place);
      await applicant.choose('a[href*="/main/report"]');
      await applicant.page.locator('#report input[value="spam"]').check();
      await applicant.page.locator("#words").fill("The third time today.");
      await applicant.press("#report button");

      const moderator = await member(day, "mona");
      await moderator.visit("/main/admin", { status: 404 });
      await admin.visit(`/main/admin/person?name=${name("mona")}`);
      await admin.page.locator("#role").selectOption("moderator");
      await admin.press("form:has(#role) button");
      await moderator.visit("/main/admin/reports");
      await moderator.press(`.rows a:has-text("${name("troll")}")`);
      assert.match(await moderator.text(), /Buy my watches/);
      assert.match(await moderator.text(), /The third time today/);
      assert.match(await moderator.text(), new RegExp(name("erin")));
      await moderator.page.locator("#reason").fill("Advertising");
      await moderator.press('button[value="delete"]');
      await moderator.visit("/main/admin/reports");
      assert.equal(await moderator.count(`li:has-text("${name("troll")}") .badge.waiting`), 0);
      await moderator.visit("/main/admin/audit");
      assert.match(await moderator.text(), /Advertising/);
      await moderator.close();
      await applicant.visit(place, { status: 410 });
    },
  ],
  [
    "a suspended person is told why their post is not taken, and keeps what they typed",
    async (day) => {
      const { admin, troll, applicant, name, scripts } = day;
      await troll.visit("/");
      await troll.page.locator("#compose-content").fill("One more watch.");
      await admin.visit(`/main/admin/person?name=${name("troll")}`);
      await admin.page.locator("#reason").fill("Watches");
      await admin.press('button[value="suspend"]');
      const submit = "form.composer button[type=submit]";
      // The script asks for itself, which the browser notes.
      troll.refused = "/main/post";
      if (scripts) await troll.page.locator(submit).click();
      else await troll.press(submit, { status: 401 });
      await troll.page.locator(".composer .alert").waitFor();
      assert.equal(await troll.page.inputValue("#compose-content"), "One more watch.");
      await troll.visit("/main/login");
      const signIn = { nickname: name("troll"), password: PASSWORD };
      await troll.send("#signin", signIn, { status: 403 });
      assert.ok(!(await troll.isSignedIn()));
      await applicant.visit(`/${name("troll")}`, { status: 403 });
      await troll.close();
    },
  ],
  [
    "staff blocks a host, invites somebody and tells all members something",
    async (day) => {
      const { admin, applicant, guarded, reader, name } = day;
      await admin.visit("/main/admin/hosts");
      const host = `${name("spam").replaceAll("_", "-")}.example`;
      const block = 'form:has([name="do"][value="block"])';
      await admin.send(block, { host, reason: "Only spam" });
      assert.match(await admin.text(), new RegExp(host));
      await admin.visit("/main/admin/invitations");
      await admin.press('form:has([name="do"][value="create"]) button');
      const link = await admin.text("#invitation-link");
      const guest = await reader(guarded.base);
      await guest.visit(link);
      const passwords = { password: PASSWORD, repeat: PASSWORD };
      await guest.send("#registration", { nickname: name("ivy"), ...passwords });
      assert.ok(await guest.isSignedIn());
      await guest.close();
      await admin.visit("/main/admin/announcements");
      const words = `Tea is at **five** ${name("today")}!`;
      await admin.send('form:has([name="do"][value="add"])', { text: words });
      await applicant.visit("/");
      const told = `.announcement:has-text("${name("today")}!")`;
      await applicant.press(`${told} button`);
      assert.equal(await applicant.count(told), 0);
    },
  ],
  [
    "a forgotten password is set anew by the link of a mail, which is good once",
    async (day) => {
      const { applicant, mail, name } = day;
      await applicant.signOut();
      await applicant.visit("/main/login");
      await applicant.press('main a[href$="/main/recover"]');
      await applicant.send("#recover", { nickname: name("erin") });
      const address = `${name("erin")}@mail.example`;
      const link = await mail.link(address, /http:\S+\/main\/recover\/[\w-]+/);
      await applicant.visit(link);
      await applicant.send("#recover-code", { password: "onlyletters" }, { status: 400 });
      await applicant.send("#recover-code", { password: NEW_PASSWORD });
      await applicant.visit(link, { status: 400 });
      await applicant.visit("/main/login");
      const signIn = { nickname: name("erin"), password: PASSWORD };
      await applicant.send("#signin", signIn, { status: 401 });
      await applicant.send("#signin", { ...signIn, password: NEW_PASSWORD });
      assert.ok(await applicant.isSignedIn());
      await applicant.close();
    },
  ],
];
