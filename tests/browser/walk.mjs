// The pages as an operator and a teacher use them; ends with 1 where anything is not as it should be.
import assert from "node:assert/strict";
import { launch } from "./browser.mjs";
import { look, lookAtFocus } from "./look.mjs";
import { HOSTILE, open, until } from "./school.mjs";

const pictures = process.argv[2];
const DEVICES = [["phone", 360, 780], ["desktop", 1280, 900]];
const step = (name) => console.log(`- ${name}`);

const school = await open();
try {
  const browser = await launch(school.url);
  try {
    await walk(browser);
    assert.deepEqual(browser.wrong, []);
  } finally {
    await browser.close();
  }
} finally {
  await school.close();
}
console.log("the walk is done");

async function walk(browser) {
  const { page, context } = browser;

  step("a wrong token is refused, the right one opens the overview");
  await page.goto("/");
  assert.match(page.url(), /\/sign-in/);
  await shoot(page, "sign-in", page.url());
  browser.expected = /status of 401/;
  await page.getByLabel("Token").fill("rc_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  browser.expected = null;
  await page.getByLabel("Token").fill(school.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("All is well.").waitFor();
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Strict", "/"]);
  await lookAtFocus(page, "overview");

  step("a lesson starts, and fills up while somebody looks");
  await school.start();
  await school.joined(0, 1);
  await school.joined(1, 2);
  await page.getByRole("link", { name: "Year 7 Maths" }).first().waitFor();
  await page.getByRole("link", { name: "Year 7 Maths" }).first().click();
  await page.getByText("Ben Tan").waitFor();
  const ana = page.locator(".people > li", { hasText: "Ana Cruz" }).first();
  await ana.locator("summary").click();
  await ana.getByRole("cell", { name: "still here" }).waitFor();
  await school.joined(2, 3);
  await page.getByText(HOSTILE).first().waitFor();
  await school.joined(3, 3);
  await school.joined("Ana  Cruzz (iPad)", 4);
  await page.getByText("Ana Cruzz (iPad)").first().waitFor();
  assert.ok(await ana.getByRole("cell", { name: "still here" }).isVisible(), "opened details stay open");
  const lesson = page.url();

  step("leaves and the end: the timeline says why");
  await school.left(0, 6);
  await school.left(1, 25);
  await school.left("Ana  Cruzz (iPad)", 28);
  await school.end();
  await page.getByText("5 min of 15 min").first().waitFor();
  await page.getByText("23 min of 15 min").first().waitFor();

  step("from the overview to why somebody was partial: two clicks");
  await page.goto("/");
  await page.getByRole("link", { name: "Year 7 Maths" }).first().click();
  await page.getByText("Ana Cruz", { exact: true }).first().click();
  await page.getByRole("cell", { name: "join and leave seen" }).first().waitFor();
  assert.match(await page.locator("li", { hasText: "5 min of 15 min" }).first().innerText(), /partial/);

  step("an unmatched person is confirmed, and the mark changes");
  await page.getByRole("link", { name: "Unmatched" }).click();
  await shoot(page, "unmatched", page.url());
  await page.getByRole("button", { name: /Ana Cruz/ }).first().click();
  await page.goto("/classes");
  await page.getByRole("link", { name: "Year 7 Maths, Set 2" }).click();
  const classes = page.url();
  const row = page.getByRole("row", { name: /Ana Cruz/ });
  await until(async () => {
    await page.reload();
    return /present/.test(await row.innerText());
  });

  step("a mark by hand");
  await page.getByRole("columnheader").getByRole("link").last().click();
  const day = page.url();
  const own = page.getByRole("row", { name: /Ben Tan/ });
  await own.locator("summary").first().click();
  await own.getByLabel("Status").selectOption("absent");
  await own.getByLabel("Reason").fill("slept <b>all</b> the time");
  await own.getByRole("button", { name: /set|mark/i }).click();
  await page.getByText("slept <b>all</b> the time").first().waitFor();
  assert.match(await page.getByRole("row", { name: /Ben Tan/ }).innerText(), /absent, by hand/);

  step("a student's marks, and from one of them to why");
  await page.getByRole("link", { name: "Ana Cruz" }).click();
  await page.getByText("1 of 1 present").waitFor();
  const student = page.url();
  await page.getByRole("row", { name: /present/ }).getByRole("link").last().click();
  await page.getByRole("cell", { name: "join and leave seen" }).first().waitFor();
  assert.ok(await page.locator("table:target").isVisible(), "her stays are opened");

  step("what is refused is a page");
  browser.expected = /status of 404/;
  await page.goto("/students/nobody");
  await page.getByText("there is no such student").waitFor();
  await shoot(page, "not-found", page.url());
  browser.expected = null;

  step("pictures");
  assert.equal(school.sql("SELECT seq FROM dead_events LIMIT 1"), "");
  school.sql(`INSERT INTO dead_events (seq, occurrence, meeting, kind, reason, attempts, received_at, died_at, redriven)
    VALUES (3, 'k8/Tz1+WQ6q//vR3sYpHdA==', '85512340977', 'joined', 'fold', 1, '2026-11-22 01:00:00+00:00', '2026-11-22 01:00:00+00:00', FALSE)`);
  school.term();
  const pages = { overview: "/", lessons: "/meetings", lesson, classes: "/classes", class: classes, day, student, actors: "/actors", "dead-events": "/dead-events", security: "/security" };
  for (const [name, path] of Object.entries(pages)) await shoot(page, name, path);

  step("the mark is withdrawn");
  await page.goto(day);
  const mine = page.getByRole("row", { name: /Ben Tan/ });
  await mine.locator("summary").first().click();
  await mine.getByRole("button", { name: /withdraw/i }).click();
  await until(async () => {
    await page.goto(day);
    return !/by hand/.test(await page.getByRole("row", { name: /Ben Tan/ }).innerText());
  });

  step("a dead event is given another try");
  await page.goto("/dead-events");
  await page.getByRole("button", { name: /redrive/i }).first().click();
  await until(async () => {
    await page.goto("/dead-events");
    return page.getByText("Every event could be applied").isVisible();
  });

  step("signed out, nothing is shown");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto("/meetings");
  assert.match(page.url(), /\/sign-in/);
}

// Looks at a page in both themes, on a phone and on a desk, and takes its picture.
async function shoot(page, name, path) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [device, width, height] of DEVICES) {
      await page.setViewportSize({ width, height });
      await page.goto(path);
      await page.evaluate(() => document.fonts.ready.then(() => true));
      await look(page, `${name}, ${device}, ${colorScheme}`);
      await page.screenshot({ path: `${pictures}/${name}-${device}-${colorScheme}.png`, animations: "disabled" });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
}
