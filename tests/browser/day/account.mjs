// Registration, sign-in, sign-out.
import assert from "node:assert/strict";
import { PASSWORD } from "../api.mjs";

export const accountSteps = [
  [
    "a stranger sees a front page in the language of the browser",
    async (day) => {
      day.alice = await day.reader();
      await day.alice.visit("/");
      assert.equal(day.alice.seenLanguage, day.language);
      assert.equal(await day.alice.count(".navbar #login"), 1);
      assert.equal(await day.alice.count(".navbar #register"), 1);
      assert.equal(await day.alice.count("#feed"), 0);
    },
  ],
  [
    "two passwords that differ are told of, and what was typed stays; then all is well",
    async ({ alice, name }) => {
      await alice.press(".navbar #register");
      const form = { nickname: name("alice"), password: PASSWORD, repeat: "another 8 one" };
      await alice.send("#registration", form, { status: 400 });
      assert.equal(await alice.count('[role="alert"]'), 1);
      assert.equal(await alice.page.inputValue("#nickname"), name("alice"));
      await alice.send("#registration", { password: PASSWORD, repeat: PASSWORD });
      assert.equal(await alice.count('[role="alert"]'), 0);
      assert.equal(alice.path(), "/");
      assert.ok(await alice.isSignedIn());
    },
  ],
  [
    "a nickname that is taken is told of",
    async ({ reader, name }) => {
      const other = await reader();
      await other.visit("/main/register");
      const form = { nickname: name("alice"), password: PASSWORD, repeat: PASSWORD };
      await other.send("#registration", form, { status: 409 });
      assert.equal(await other.count('[role="alert"]'), 1);
      await other.close();
    },
  ],
  [
    "Back shows nothing of a member after they have signed out",
    async ({ alice, name }) => {
      await alice.visit("/main/messages");
      await alice.visit(`/${name("alice")}`);
      await alice.signOut();
      assert.equal(alice.path(), "/");
      assert.ok(!(await alice.isSignedIn()));
      for (let times = 0; times < 3; times += 1) {
        await alice.back();
        assert.ok(!(await alice.isSignedIn()), `${alice.path()} is shown to nobody`);
      }
    },
  ],
  [
    "a wrong password is told of, and the right one afterwards takes that away",
    async ({ alice, name }) => {
      await alice.visit("/main/login");
      const form = { nickname: name("alice"), password: "wrong 9 password" };
      await alice.send("#signin", form, { status: 401 });
      assert.equal(await alice.count('[role="alert"]'), 1);
      assert.equal(await alice.page.inputValue("#nickname"), name("alice"));
      await alice.send("#signin", { password: PASSWORD });
      assert.equal(await alice.count('[role="alert"]'), 0);
      assert.ok(await alice.isSignedIn());
      await alice.signOut();
    },
  ],
  [
    "Back leads a member to their own front page, and not to that of strangers",
    async ({ alice, name }) => {
      await alice.visit("/");
      await alice.signIn(name("alice"));
      await alice.visit("/main/meanwhile");
      await alice.back();
      assert.equal(alice.path(), "/");
      assert.ok(await alice.isSignedIn());
      await alice.back();
      await alice.back();
      assert.equal(alice.path(), "/");
      assert.ok(await alice.isSignedIn(), "the front page of strangers came from a cache");
      await alice.signOut();
    },
  ],
  [
    "a page for members leads to the sign-in, and back",
    async ({ alice, name }) => {
      await alice.visit("/main/messages?count=5");
      assert.ok(alice.path().startsWith("/main/login?continue="), alice.path());
      await alice.send("#signin", { nickname: name("alice"), password: PASSWORD });
      assert.equal(alice.path(), "/main/messages?count=5");
      await alice.visit("/main/login?continue=/main/meanwhile");
      assert.equal(alice.path(), "/main/meanwhile");
      await alice.signOut();
    },
  ],
  [
    "a sign-in leads to no other site",
    async ({ alice, name, base }) => {
      for (const place of ["https://evil.example/", "//evil.example/", "/\\evil.example"]) {
        await alice.signIn(name("alice"), `/main/login?continue=${encodeURIComponent(place)}`);
        assert.ok(alice.page.url().startsWith(`${base}/`), alice.page.url());
        await alice.signOut();
      }
    },
  ],
  [
    "signing out in two tabs is no error",
    async ({ alice, name }) => {
      await alice.signIn(name("alice"));
      const first = alice.page;
      await alice.newTab();
      await alice.visit("/main/meanwhile");
      await alice.signOut();
      await alice.page.close();
      alice.page = first;
      await alice.signOut();
      assert.ok(!(await alice.isSignedIn()));
    },
  ],
  [
    "who has no account any more can sign out, and is a stranger",
    async ({ reader, person }) => {
      const gone = await person("gone");
      const [one, two] = [await reader(), await reader()];
      for (const browser of [one, two]) await browser.signIn(gone.nickname);
      await gone.send("DELETE", `/api/user/${gone.nickname}`);
      await one.signOut();
      assert.ok(!(await one.isSignedIn()));
      await two.visit("/");
      assert.ok(!(await two.isSignedIn()));
      await one.close();
      await two.close();
    },
  ],
];
