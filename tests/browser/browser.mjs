// A Chromium of the walk's own, which goes nowhere but to this machine, and what went wrong in it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { chromium } = await import(process.env.PLAYWRIGHT);
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server"];

// A page at `baseURL`; `wrong` collects what must not happen, but for console errors that match `expected` while that is set.
export async function launch(baseURL) {
  const profile = mkdtempSync(join(tmpdir(), "walk-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: ARGS,
    baseURL,
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    locale: "en-GB",
  });
  const [page] = context.pages();
  page.setDefaultTimeout(20_000);
  const browser = { page, context, wrong: [], expected: null, close };
  const note = (text) => browser.wrong.push(text);
  page.on("dialog", (dialog) => note(`a dialog: ${dialog.message()}`));
  page.on("pageerror", (error) => note(`a script failed: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && !browser.expected?.test(message.text()) && note(`console: ${message.text()}`));
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.hostname !== "127.0.0.1") note(`a request to ${url.origin}`);
  });
  await page.exposeFunction("noteViolation", (what) => note(`the policy was broken: ${what}`));
  await page.addInitScript(() => addEventListener("securitypolicyviolation", (event) => window.noteViolation(`${event.violatedDirective} ${event.blockedURI}`)));
  return browser;

  async function close() {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
