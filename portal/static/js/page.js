/* What every page does by script: light and dark change where one stands, and a print says when it was printed.
   Whoever draws in colours of the theme listens to `themechange`. */
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

  /* Kept pages carry no date, and an open page may be days old. */
  window.addEventListener("beforeprint", function () {
    const digits = { timeZone: "Asia/Taipei", year: "numeric", month: "2-digit", day: "2-digit" };
    const western = new Intl.DateTimeFormat("en-CA", digits).format();
    const roc = Number(western.slice(0, 4)) - 1911 + western.slice(4).replaceAll("-", "/");
    root.dataset.printed = root.dataset.printedLabel + " " + (root.lang.startsWith("zh") ? roc : western);
  });
})();
