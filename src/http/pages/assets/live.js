// Puts newer text of a page into its place, and leaves focus, scroll and opened details as they are.
"use strict";
for (const place of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(place.dataset.live);
  source.onmessage = (event) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = event.data;
    bring(place, fresh.content);
  };
  addEventListener("pagehide", () => source.close());
}

// Makes the children of one node those of another; what is the same stays the same node.
function bring(old, fresh) {
  const next = [...fresh.childNodes];
  next.forEach((node, at) => {
    const was = old.childNodes[at];
    if (!was) old.append(node);
    else if (was.nodeName !== node.nodeName || was.id !== node.id) was.replaceWith(node);
    else if (was.nodeType !== Node.ELEMENT_NODE) {
      if (was.data !== node.data) was.data = node.data;
    } else {
      for (const { name } of [...was.attributes])
        if (name !== "open" && !node.hasAttribute(name)) was.removeAttribute(name);
      for (const { name, value } of node.attributes)
        if (was.getAttribute(name) !== value) was.setAttribute(name, value);
      bring(was, node);
    }
  });
  while (old.childNodes.length > next.length) old.lastChild.remove();
}
