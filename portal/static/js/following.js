/* A page that follows: it asks every second whether it has changed, and then takes over what stands in its parts
   marked data-live. What is ticked, where the focus is, and how far a table is scrolled stay as they are. */
(function () {
  "use strict";

  const page = document.querySelector("[data-follows]");
  const said = document.getElementById("follows-said");
  const EVERY = 1000;
  const AFTER_A_FAILURE = 15000;
  let tag = page.dataset.follows;

  function boxes(part) {
    return Array.from(part.querySelectorAll("input[type=checkbox]"));
  }

  function sameAs(element, part) {
    if (!element || !part.contains(element)) return null;
    const marks = ["id", "href", "name", "value", "aria-labelledby"].filter((mark) => element.hasAttribute(mark));
    const own = marks.map((mark) => `[${mark}="${CSS.escape(element.getAttribute(mark))}"]`).join("");
    return element.localName + own;
  }

  function takeOver(part, fresh) {
    const ticked = new Set(boxes(part).filter((box) => box.checked).map((box) => `${box.name}=${box.value}`));
    const focused = sameAs(document.activeElement, part);
    const scrolled = Array.from(part.querySelectorAll(".table-scroll")).map((table) => table.scrollLeft);
    const opened = Array.from(part.querySelectorAll("details")).map((each) => each.open);
    part.replaceChildren(...fresh.childNodes);
    for (const box of boxes(part)) {
      if (ticked.has(`${box.name}=${box.value}`)) box.checked = true;
    }
    part.querySelectorAll(".table-scroll").forEach((table, at) => { table.scrollLeft = scrolled[at] || 0; });
    part.querySelectorAll("details").forEach((each, at) => { each.open = opened[at] || each.open; });
    if (focused) {
      const there = part.querySelector(focused);
      if (there) there.focus({ preventScroll: true });
    }
    part.dispatchEvent(new CustomEvent("follows:changed", { bubbles: true }));
  }

  async function look() {
    if (document.visibilityState !== "visible") return EVERY;
    const answer = await fetch(location.href, { headers: { "If-None-Match": tag, Follows: "parts" }, cache: "no-store" });
    if (answer.status === 304) return EVERY;
    if (answer.redirected || !answer.ok) return AFTER_A_FAILURE;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    tag = answer.headers.get("ETag") || tag;
    await released();
    for (const part of document.querySelectorAll("[data-live]")) {
      const there = fresh.getElementById(part.id);
      if (there && there.innerHTML !== part.innerHTML) takeOver(part, there);
    }
    said.textContent = page.dataset.changed;
    return EVERY;
  }

  function lookAgain(pause) {
    setTimeout(() => look().catch((failure) => {
      if (!(failure instanceof TypeError)) throw failure;
      return AFTER_A_FAILURE;
    }).then(lookAgain), pause);
  }

  lookAgain(EVERY);
})();
