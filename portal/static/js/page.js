/* What every page does by script: light and dark change where one stands, a print says when it was printed, and nothing
   moves under a pressed pointer. Whoever draws in colours of the theme listens to `themechange`; whoever changes a page
   at which somebody may be clicking awaits `released()`. */
(function () {
  "use strict";

  const root = document.documentElement;

  function show(theme) {
    if (theme === "system") {
      delete root.dataset.theme;
    } else {
      root.dataset.theme = theme;
    }
    document.querySelectorAll(".theme button").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    });
    document.dispatchEvent(new Event("themechange"));
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.matches(".theme") && event.submitter) {
      event.preventDefault();
      fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
      show(event.submitter.value);
    }
  });

  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    document.dispatchEvent(new Event("themechange"));
  });

  /* Between press and release the click would go to whatever has moved there. A finger's click comes a moment after its
     release; a press whose end the page never hears of, as on a native list, counts two seconds. */
  const CLICK = 50;
  const LONGEST_PRESS = 2000;
  let press = Promise.resolve();
  let release = function () {};

  function listen(name, act) {
    document.addEventListener(name, act, { capture: true, passive: true });
  }

  listen("pointerdown", function () {
    release();
    press = new Promise(function (resolve) {
      release = function () { setTimeout(resolve, CLICK); };
      setTimeout(resolve, LONGEST_PRESS);
    });
  });
  listen("pointerup", function () { release(); });
  listen("pointercancel", function () { release(); });
  window.released = function () { return press; };

  /* Kept pages carry no date, and an open page may be days old. */
  window.addEventListener("beforeprint", function () {
    const digits = { timeZone: "Asia/Taipei", year: "numeric", month: "2-digit", day: "2-digit" };
    const western = new Intl.DateTimeFormat("en-CA", digits).format();
    const roc = Number(western.slice(0, 4)) - 1911 + western.slice(4).replaceAll("-", "/");
    root.dataset.printed = root.dataset.printedLabel + " " + (root.lang.startsWith("zh") ? roc : western);
  });
})();
