/* A reviewer's keys: move between the lines that wait, decide on the one in hand. Every key presses a button or moves
   the focus that is on the page anyway. Keys are dead while somebody types, and can be switched off. */
(function () {
  "use strict";

  const form = document.getElementById("review-form");
  const said = document.getElementById("review-said");
  const help = document.getElementById("review-keys");
  const switched = document.getElementById("review-keys-on");
  const OFF = "review-keys-off";

  function lines() {
    return Array.from(form.querySelectorAll("article[data-waits]"));
  }

  function inHand() {
    const line = document.activeElement.closest("article[data-waits]");
    return line || form.querySelector("article.in-hand");
  }

  function take(line) {
    for (const other of form.querySelectorAll("article.in-hand")) other.classList.remove("in-hand");
    line.classList.add("in-hand");
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "start" });
  }

  function announce(text) {
    said.textContent = text;
  }

  function move(step) {
    const all = lines();
    const here = all.indexOf(inHand());
    const next = all[here === -1 ? (step > 0 ? 0 : all.length - 1) : here + step];
    if (!next) {
      announce(form.dataset.last);
      return;
    }
    take(next);
    const place = form.dataset.place.replace("{place}", String(all.indexOf(next) + 1));
    announce(place.replace("{count}", String(all.length)));
  }

  function press(line, act) {
    line.querySelector(`button[data-act=${act}]`).click();
  }

  const ON_LINE = {
    a: (line) => press(line, "accept"),
    r: (line) => line.querySelector("textarea[name^=comment-]").focus(),
    x: (line) => line.querySelector("input[name=line]").click(),
  };

  function onKey(event) {
    if (event.isComposing || event.altKey || event.metaKey) return;
    const line = inHand();
    if (event.target.matches("textarea")) {
      if (event.key === "Escape" && line) take(line);
      if (event.key === "Enter" && event.ctrlKey && line && line.contains(event.target)) press(line, "return");
      return;
    }
    if (event.ctrlKey || event.target.matches("input:not([type=checkbox]), select") || event.repeat) return;
    if (event.key === "?") {
      help.open = !help.open;
      if (help.open) help.querySelector("summary").focus();
    } else if (!switched.checked) {
      return;
    } else if (event.key === "j") {
      move(1);
    } else if (event.key === "k") {
      move(-1);
    } else if (line && event.key in ON_LINE) {
      ON_LINE[event.key](line);
    } else {
      return;
    }
    event.preventDefault();
  }

  /* A second press of the same button would meet a decision that was just made. */
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => {
    sent = false;
  });

  switched.addEventListener("change", () => {
    if (switched.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  });

  document.addEventListener("keydown", onKey);
  help.hidden = false;
  switched.checked = localStorage.getItem(OFF) === null;

  /* After a decision the page opens at the line that comes next; what became of the last one is read out. */
  const led = form.querySelector(`article[data-waits="${location.hash.replace(/\D/g, "") || 0}"]`);
  if (led && document.getElementById("error-summary") === null) {
    const words = said.textContent;
    take(led);
    announce("");
    setTimeout(() => announce(words), 100);
  }
})();
