/* Lines save as one types: a second after the last key, or when a field is left. The server answers with what is to be
   said around the fields; the fields themselves are never touched, so nothing typed is lost. What could not be saved is
   also kept in this browser, for this person, until it is saved or discarded. */
(function () {
  "use strict";

  const form = document.getElementById("report-form");
  const words = form.dataset;
  const PAUSE = 1000;
  const AGAIN = 15000;
  const timers = new Map();

  function lines() {
    return Array.from(form.querySelectorAll("article[data-line]"));
  }

  function keyOf(line) {
    return `line:${words.person}:${location.pathname.replace(/^\/en/, "")}:${line.dataset.line}`;
  }

  function isKept(field) {
    return field.name && field.type !== "hidden" && !/-(resolve|take-\w+)$/.test(field.name);
  }

  function fieldsOf(line) {
    return Array.from(line.querySelectorAll("input, select, textarea")).filter(isKept);
  }

  function typedIn(line) {
    const typed = {};
    for (const field of fieldsOf(line)) {
      const choice = field.type === "radio" || field.type === "checkbox";
      if (!choice) typed[field.name] = field.value;
      else if (field.checked) typed[field.name] = (typed[field.name] || []).concat(field.value);
    }
    return typed;
  }

  function put(line, typed) {
    for (const field of fieldsOf(line)) {
      if (field.type === "radio" || field.type === "checkbox") {
        field.checked = (typed[field.name] || []).includes(field.value);
      } else if (field.name in typed) {
        field.value = typed[field.name];
      }
    }
  }

  function says(line, text) {
    const place = document.getElementById(`line-${line.dataset.line}-says`);
    const said = document.createElement("span");
    said.className = "field-errors";
    said.textContent = text;
    place.replaceChildren(said);
    return place;
  }

  /* --- kept in this browser --- */
  function keep(line) {
    try {
      localStorage.setItem(keyOf(line), JSON.stringify(typedIn(line)));
    } catch (full) {
      if (!(full instanceof DOMException)) throw full;
    }
  }

  function forget(line) {
    localStorage.removeItem(keyOf(line));
  }

  function offer(line) {
    const kept = localStorage.getItem(keyOf(line));
    if (kept === null) return;
    if (kept === JSON.stringify(typedIn(line))) {
      forget(line);
      return;
    }
    const place = says(line, words.unsaved);
    const button = (text, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "link-button";
      made.textContent = text;
      made.addEventListener("click", () => {
        place.replaceChildren();
        act();
      });
      place.append(" ", made);
    };
    button(words.restore, () => {
      put(line, JSON.parse(kept));
      save(line);
    });
    button(words.discard, () => forget(line));
  }

  /* --- saving --- */
  function save(line) {
    clearTimeout(timers.get(line));
    htmx.trigger(line, "save-line");
  }

  function saveSoon(line, pause) {
    clearTimeout(timers.get(line));
    timers.set(line, setTimeout(() => save(line), pause));
  }

  function hasClash(line) {
    return line.querySelector(".clash") !== null;
  }

  form.addEventListener("input", (event) => {
    const line = event.target.closest("article[data-line]");
    if (!line || !isKept(event.target)) return;
    keep(line);
    if (!hasClash(line)) saveSoon(line, PAUSE);
  });

  form.addEventListener("change", (event) => {
    const line = event.target.closest("article[data-line]");
    if (line && isKept(event.target) && !hasClash(line)) saveSoon(line, 50);
  });

  /* A line that is on its way gets a new revision; the page goes after it, or it would clash with its own author. */
  let onTheirWay = 0;
  let waiting = null;

  form.addEventListener("submit", (event) => {
    for (const timer of timers.values()) clearTimeout(timer);
    if (onTheirWay > 0) {
      event.preventDefault();
      waiting = event.submitter;
    }
  });

  form.addEventListener("htmx:beforeRequest", (event) => {
    onTheirWay += 1;
    const { xhr } = event.detail;
    for (const coming of ["onload", "onerror", "ontimeout"]) {
      const takeOver = xhr[coming];
      xhr[coming] = () => released().then(takeOver);
    }
  });

  /* What waits behind a request of the same line is sent right after it, so the page looks a moment later. */
  function arrived() {
    onTheirWay -= 1;
    setTimeout(() => {
      if (onTheirWay > 0 || !waiting) return;
      const button = waiting;
      waiting = null;
      form.requestSubmit(button);
    });
  }

  /* Of the form around it a line sends its own fields only; the token is the one of the session that holds now. */
  form.addEventListener("htmx:configRequest", (event) => {
    const line = event.target.closest("article[data-line]");
    const data = event.detail.formData;
    for (const name of Array.from(new Set(data.keys()))) {
      if (!name.startsWith(`line-${line.dataset.line}-`)) data.delete(name);
    }
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    if (token) event.detail.headers["X-CSRFToken"] = decodeURIComponent(token[1]);
  });

  function tryAgain(line, text) {
    says(line, text);
    saveSoon(line, AGAIN);
  }

  form.addEventListener("htmx:sendError", (event) => tryAgain(event.target.closest("article[data-line]"), words.offline));
  form.addEventListener("htmx:timeout", (event) => tryAgain(event.target.closest("article[data-line]"), words.offline));
  form.addEventListener("htmx:responseError", (event) => {
    const line = event.target.closest("article[data-line]");
    const status = event.detail.xhr.status;
    tryAgain(line, status === 401 || status === 403 ? words.session : words.offline);
  });

  form.addEventListener("htmx:afterRequest", (event) => {
    settle(event);
    arrived();
  });

  function settle(event) {
    const line = event.target.closest("article[data-line]");
    const answer = event.detail.xhr.responseText || "";
    if (event.detail.xhr.status !== 200) {
      mark(line);
      return;
    }
    forget(line);
    const answered = document.getElementById(`line-${line.dataset.line}-answer`);
    if (answered && answer.includes('data-asks="yes"')) answered.hidden = false;
    mark(line);
    const ready = document.getElementById("report-ready");
    const count = lines().filter((each) => each.querySelector(".line-status .state-accepted")).length;
    ready.textContent = ready.textContent.replace(/\d+/, String(count));
  }

  /* A field with a message is invalid to a screen reader, too. */
  function mark(line) {
    for (const error of line.querySelectorAll(".field-error")) {
      const field = document.getElementById(error.id.replace(/-error$/, ""));
      if (!field) continue;
      if (error.textContent.trim()) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
    line.classList.toggle("line-invalid", hasClash(line) || line.querySelector("[aria-invalid]") !== null);
  }

  document.addEventListener("DOMContentLoaded", () => lines().forEach(offer));
})();
