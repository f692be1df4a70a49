/* Keys. What each does stands in the page's own table (#shortcuts), which the server writes from
 * the same declarations as the sheet behind "?"; this file only knows how to go about it.
 *
 * Bare keys rest while a field has the focus or a dialog is open. A key whose target is not on the
 * page does nothing; one whose target is disabled says why. What the page offers is told to
 * assistive technology by aria-keyshortcuts.
 *
 * [data-risk="3"]     around an answer of high risk: no key presses it. "a" opens the reason instead, and only
 *                     a reason and Ctrl+Enter send it.
 * .is-meant           on the answer that Ctrl+Enter will press.
 */
(() => {
  "use strict";
  const source = document.getElementById("shortcuts");
  if (!source) return;
  const { lines: table, words } = JSON.parse(source.textContent);
  const SEQUENCE_MS = 1500; // between the two keys of one such as "g q"
  const ROW = ".queue-row, .table.rows > tbody > tr";
  const LINK = ".queue-title, .row-title > a";
  const TYPING = "textarea, select, [contenteditable], " +
    "input:not([type=checkbox], [type=radio], [type=button], [type=submit])";
  const announcer = document.getElementById("announcer");
  const say = (text) => { announcer.textContent = text || ""; };
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  // Of several selectors the first that is on the page counts, wherever it stands there; a dialog
  // opens although its button is in a menu that a narrow screen hides.
  const find = (selectors) => selectors.split(", ")
    .flatMap((one) => one ? [...document.querySelectorAll(one)] : [])
    .find((one) => shown(one) || one.dataset.dialog);
  const reasonFor = (element) => element.title || words.notNow;
  const press = (element) => { if (element.disabled) say(reasonFor(element)); else element.click(); };
  const focusOn = (element) => {
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
  };

  /* Rows. */
  const rows = () => [...document.querySelectorAll(ROW)].filter((row) => row.querySelector(LINK));
  const placeIn = (list) => {
    const focused = list.findIndex((row) => row.contains(document.activeElement));
    return focused >= 0 ? focused : list.findIndex((row) => row.querySelector("[aria-current]"));
  };
  const moveBy = (step) => {
    const list = rows();
    const row = list[placeIn(list) + step];
    if (!list.length) return null;
    if (!row) { say(step > 0 ? words.lastRow : words.firstRow); return null; }
    row.querySelector(LINK).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    return row;
  };
  const boxIn = (row) => row?.querySelector("input[type=checkbox][name=chosen]");
  const choose = (step) => {
    const list = rows();
    const here = list[placeIn(list)];
    const box = boxIn(here);
    if (step === 0) {
      if (box) press(box); else if (list.length) say(words.nothingToSelect);
      return;
    }
    if (box && !box.checked && !box.disabled) box.click();
    const next = boxIn(moveBy(step));
    if (next && !next.checked && !next.disabled) next.click();
  };

  /* Answers. */
  const formOf = (element) => element.form || element.closest("form");
  const isRisky = (button) => button.matches('[data-risk="3"]') ||
    Boolean(button.closest('[data-risk="3"]')) || Boolean(formOf(button)?.matches('[data-risk="3"]'));
  const fieldIn = (form, names) => names.map((name) => form.elements[name])
    .find((field) => field instanceof HTMLElement && shown(field));
  const meantIn = (form) => [...form.elements].find((one) => one.matches(".is-meant"));
  const forget = () => document.querySelectorAll(".is-meant").forEach((one) => one.classList.remove("is-meant"));
  const openReason = (button, text, ...names) => {
    if (button.disabled) { say(reasonFor(button)); return; }
    const field = fieldIn(formOf(button), names);
    if (!field) { focusOn(button); return; }
    forget();
    button.classList.add("is-meant");
    focusOn(field);
    say(text);
  };
  // What a second press would do, and to which question: a fragment that comes again in between
  // takes the focus with it, and must neither need a third press nor answer another question.
  let armed = "";
  const answer = (button, wasArmed) => {
    const name = `${button.id} ${button.closest("[data-checkpoint]")?.dataset.checkpoint}`;
    if (button.disabled) {
      say(reasonFor(button));
    } else if (isRisky(button)) {
      openReason(button, words.highRisk, "note");
    } else if (wasArmed === name) {
      button.click();
    } else {
      focusOn(button);
      armed = name;
      say(words.again);
    }
  };
  document.addEventListener("pointerdown", () => { armed = ""; });
  const submit = () => {
    const active = document.activeElement;
    const form = active.form || active.closest("form") || document.getElementById("decision-form");
    if (!form) return;
    const meant = meantIn(form);
    const buttons = [...form.elements].filter((one) => one.type === "submit" && !one.disabled);
    const by = meant || (buttons.length === 1 ? buttons[0] : null);
    if (!by && buttons.length > 1) { say(words.chooseFirst); return; }
    if (by && isRisky(by) && by !== document.activeElement && !form.elements.note?.value.trim()) {
      openReason(by, words.highRisk, "note");
      return;
    }
    form.requestSubmit(by);
  };
  const cancel = () => {
    forget();
    const active = document.activeElement;
    if (!active.matches(TYPING) && !active.closest("#decision-bar")) return;
    active.blur();
    (find("#decision-heading") || document.getElementById("main")).focus({ preventScroll: true });
  };

  // The open row leaves the list once it is decided; the next one then stands where it was.
  let lastOpen = -1;
  const openIn = (list) => list.findIndex((row) => row.querySelector("[aria-current]"));
  const remember = () => { const at = openIn(rows()); if (at >= 0) lastOpen = at; };
  const neighbour = ({ keys, target }) => {
    const list = rows();
    const step = keys[0] === "p" ? -1 : 1;
    const open = openIn(list);
    const isBeside = list.length > 0 && (open >= 0 || lastOpen >= 0);
    const place = open >= 0 ? open + step : lastOpen + Math.min(step, 0);
    const link = isBeside ? list[place]?.querySelector(LINK) : find(target);
    if (link) link.click(); else if (isBeside) say(step > 0 ? words.lastRow : words.firstRow);
  };
  const unfold = (element) => {
    if (!element.matches("details")) { focusOn(element); element.click(); return; }
    element.open = true;
    focusOn(element.querySelector("summary"));
  };

  const run = (entry, wasArmed) => {
    const { act, target } = entry;
    const element = ["press", "answer", "reason", "focus", "unfold"].includes(act) ? find(target) : null;
    switch (act) {
      case "go": window.location.assign(target); break;
      case "row": moveBy(Number(target)); break;
      case "select": choose(Number(target)); break;
      case "open": { const list = rows(); list[placeIn(list)]?.querySelector(LINK).click(); break; }
      case "neighbour": neighbour(entry); break;
      case "submit": submit(); break;
      case "cancel": cancel(); break;
      default:
        if (!element) return;
        if (act === "press") press(element);
        if (act === "answer") answer(element, wasArmed);
        if (act === "reason") openReason(element, words.sayWhy, "reason_code", "note");
        if (act === "unfold") unfold(element);
        if (act === "focus" && element.matches("a, summary")) element.click();
        else if (act === "focus") { focusOn(element); element.select?.(); }
    }
  };

  /* From presses to entries. */
  const entries = new Map(table.flatMap((entry) => entry.keys.map((key) => [key, entry])));
  const beginnings = new Set([...entries.keys()].filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]));
  const named = (event) => {
    const letter = /^[a-z]$/i.test(event.key);
    const key = letter ? event.key.toLowerCase() : event.key;
    return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (letter && event.shiftKey ? "Shift+" : "") + key;
  };
  let begun = "";
  let begunAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.key === "Shift") return;
    if (document.querySelector("dialog[open]")) return;
    const name = named(event);
    const bare = !name.startsWith("Ctrl+") && name !== "Escape";
    if (bare && event.target.matches(TYPING)) return;
    const sequence = begun && Date.now() - begunAt < SEQUENCE_MS ? `${begun} ${name}` : "";
    const entry = entries.get(sequence || name);
    begun = "";
    if (!entry) {
      if (!sequence && beginnings.has(name)) { begun = name; begunAt = Date.now(); }
      return;
    }
    if (event.repeat && entry.act !== "row") return; // a key held down is one press
    if (name !== "Escape") event.preventDefault();
    const wasArmed = armed;
    armed = "";
    run(entry, wasArmed);
  });

  /* What can be pressed says with which key. */
  const spoken = (key) => key.replace("Ctrl+", "Control+");
  const mark = () => table.forEach(({ act, keys, target }) => {
    if (!["press", "answer", "reason", "focus", "unfold"].includes(act)) return;
    document.querySelectorAll(target).forEach((one) => one.setAttribute("aria-keyshortcuts", spoken(keys[0])));
  });
  const look = () => { mark(); remember(); };
  look();
  document.addEventListener("htmx:afterSettle", look);
  window.consoleKeys = {
    run,
    here: () => table.filter(({ act, target }) => ["answer", "reason", "press", "unfold", "focus"].includes(act) &&
      find(target) && !find(target).disabled),
  };
})();
