// The pages as an operator and a teacher use them; ends with 1 where anything is not as it should be.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { HOSTILE, open, until } from "./school.mjs";

const { chromium } = await import(process.env.PLAYWRIGHT);
const pictures = process.argv[2];
mkdirSync(pictures, { recursive: true });

const school = await open();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  await walk(await browser.newContext({ baseURL: school.url, viewport: { width: 1280, height: 900 } }));
} finally {
  await browser.close();
  await school.close();
}
console.log("the walk is done");

async function walk(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrong = [];
  page.on("dialog", (dialog) => wrong.push(`a page opened a dialog: ${dialog.message()}`));
  page.on("console", (message) => message.type() === "error" && !message.text().includes("401") && wrong.push(message.text()));
  const step = (name) => console.log(`- ${name}`);

  step("a wrong token is refused, the right one opens the overview");
  await page.goto("/");
  assert.match(page.url(), /\/sign-in/);
  await page.getByLabel("Token").fill("rc_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Token").fill(school.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("All is well.").waitFor();
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Strict", "/"]);

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
  await page.getByRole("button", { name: /Ana Cruz/ }).first().click();
  await page.goto("/classes");
  await page.getByRole("link", { name: "Year 7 Maths, Set 2" }).click();
  const row = page.getByRole("row", { name: /Ana Cruz/ });
  await until(async () => {
    await page.reload();
    return /present/.test(await row.innerText());
  });

  step("a mark by hand, and back");
  await page.getByRole("columnheader").getByRole("link").last().click();
  const own = page.getByRole("row", { name: /Ben Tan/ });
  await own.locator("summary").first().click();
  await own.getByLabel("Status").selectOption("absent");
  await own.getByLabel("Reason").fill("slept <b>all</b> the time");
  await own.getByRole("button", { name: /set|mark/i }).click();
  await page.getByText("slept <b>all</b> the time").first().waitFor();
  assert.match(await page.getByRole("row", { name: /Ben Tan/ }).innerText(), /absent, by hand/);

  step("pictures");
  const event = school.sql("SELECT seq FROM dead_events LIMIT 1");
  assert.equal(event, "");
  school.sql(`INSERT INTO dead_events (seq, occurrence, meeting, kind, reason, attempts, received_at, died_at, redriven)
    VALUES (3, 'k8/Tz1+WQ6q//vR3sYpHdA==', '85512340977', 'joined', 'fold', 1, '2026-11-22 01:00:00+00:00', '2026-11-22 01:00:00+00:00', FALSE)`);
  const classes = page.url();
  for (const [name, path] of Object.entries({ overview: "/", lessons: "/meetings", lesson, class: classes, unmatched: "/unmatched", actors: "/actors", "dead-events": "/dead-events", security: "/security" })) {
    for (const scheme of ["light", "dark"]) {
      for (const [device, width, height] of [["phone", 390, 844], ["desktop", 1280, 900]]) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height });
        await page.goto(path);
        await page.waitForTimeout(300);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${name} is ${wide} px wider than a ${device}`);
        await page.screenshot({ path: `${pictures}/${name}-${device}-${scheme}.png` });
      }
    }
  }

  step("the mark is withdrawn");
  await page.goto(classes);
  const mine = page.getByRole("row", { name: /Ben Tan/ });
  await mine.locator("summary").first().click();
  await mine.getByRole("button", { name: /withdraw/i }).click();
  await until(async () => {
    await page.goto(classes);
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
  assert.deepEqual(wrong, []);
}
