// What every page must be, whatever it shows: read by everybody, in both themes and on a phone.
import assert from "node:assert/strict";

// Refuses what is wrong with the page as it stands.
export async function look(page, name) {
  const wrong = await page.evaluate(found);
  assert.deepEqual(wrong, [], name);
}

// The first key press reaches the skip link, and that can be seen; the next ones have an outline each.
export async function lookAtFocus(page, name) {
  await page.keyboard.press("Tab");
  const skip = page.locator(".skip");
  assert.ok(await skip.evaluate((link) => link === document.activeElement && link.getBoundingClientRect().left >= 0), `${name}: the skip link`);
  await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none", `${name}: focus is not to be seen`);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main", `${name}: the skip link leads nowhere`);
}

// Runs within the page.
function found() {
  const wrong = [];
  const need = (fine, what) => fine || wrong.push(what);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  need(wide <= 0, `${wide} px wider than the screen`);
  need(document.documentElement.lang === "en", "no language");
  need(document.title.length > 0, "no title");
  need(document.querySelectorAll("h1").length === 1, "not one h1");
  need(document.querySelectorAll("main").length === 1, "not one main");
  let level = 1;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const own = Number(heading.tagName[1]);
    need(own <= level + 1, `a heading is left out before ${heading.textContent}`);
    level = own;
  }
  for (const header of document.querySelectorAll("th")) need(header.scope, `a header without scope: ${header.textContent}`);
  for (const input of document.querySelectorAll("input:not([type=hidden]), select")) need(input.labels.length > 0, `no label: ${input.name}`);
  for (const image of document.querySelectorAll("img")) need(image.hasAttribute("alt"), "an image without alt");
  for (const one of document.querySelectorAll("a, button, summary")) {
    const text = one.textContent.trim() || one.getAttribute("aria-label");
    need(text, `a control without a name: ${one.outerHTML}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  need(new Set(ids).size === ids.length, "an id stands twice");

  // WCAG 2.2, 1.4.3: contrast of text on what lies behind it.
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parts(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  for (const element of document.querySelectorAll("body *:not(svg *)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [light, dark] = [luminance(parts(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    need(ratio >= (large ? 3 : 4.5), `contrast of ${ratio.toFixed(1)}: ${element.textContent.trim().slice(0, 40)}`);
  }
  return wrong;
}
