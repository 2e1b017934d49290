/* Changes light and dark where one stands: the form's answer sets the cookie, the page takes the theme without a reload.
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
})();
