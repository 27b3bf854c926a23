// Puts newer text of a page into its place, and leaves focus, scroll and opened details as they are. Nothing is asked for while
// nobody looks.
"use strict";
// After a refusal, which ends an event source for good: milliseconds.
const AGAIN = 15_000;
for (const place of document.querySelectorAll("[data-live]")) {
  let source;
  const watch = () => {
    source?.close();
    if (document.hidden) return;
    const fresh = new EventSource(place.dataset.live);
    fresh.onmessage = (event) => {
      const text = document.createElement("template");
      text.innerHTML = event.data;
      bring(place, text.content);
    };
    fresh.onerror = () => {
      if (fresh === source && fresh.readyState === EventSource.CLOSED) setTimeout(watch, AGAIN);
    };
    source = fresh;
  };
  document.addEventListener("visibilitychange", watch);
  addEventListener("pagehide", () => source?.close());
  watch();
}

// Makes the children of one node those of another. What has the same id, or stands in the same place, stays the same node.
function bring(old, fresh) {
  const known = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
  let at = old.firstChild;
  for (const node of [...fresh.childNodes]) {
    const same = at && !at.id && at.nodeName === node.nodeName ? at : null;
    const was = node.id ? known.get(node.id) : same;
    if (!was) {
      old.insertBefore(node, at);
      continue;
    }
    if (was === at) at = at.nextSibling;
    else old.insertBefore(was, at);
    if (was.nodeType === Node.ELEMENT_NODE) renew(was, node);
    else if (was.data !== node.data) was.data = node.data;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// Whether details are open is the reader's affair.
function renew(was, node) {
  for (const { name } of [...was.attributes])
    if (name !== "open" && !node.hasAttribute(name)) was.removeAttribute(name);
  for (const { name, value } of node.attributes)
    if (was.getAttribute(name) !== value) was.setAttribute(name, value);
  bring(was, node);
}
