/* The palette and the sheet of keys: dialogs whose content the server renders, fetched when they
 * are opened. Without JavaScript the links that open them lead to pages with the same content.
 *
 * [data-dialog="#id"]  a link that opens that dialog instead of leading away.
 */
(() => {
  "use strict";
  const WAIT_MS = 120; // after the last letter typed
  const announcer = document.getElementById("announcer");

  const fill = async (place, address, signal) => {
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal, headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(String(answer.status));
      place.innerHTML = await answer.text();
    } finally {
      place.removeAttribute("aria-busy");
    }
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    opener.closest("details[open]")?.removeAttribute("open");
    document.querySelector(opener.dataset.dialog).showModal();
  });
  document.querySelectorAll("dialog.overlay").forEach((dialog) => {
    // A click beside it closes it, as Escape does.
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  });
  const watch = (dialog, opened) => new MutationObserver(() => { if (dialog.open) opened(); })
    .observe(dialog, { attributeFilter: ["open"] });

  /* The sheet. */
  const sheet = document.getElementById("key-sheet");
  const narrow = () => {
    const wanted = sheet.querySelector("input").value.trim().toLowerCase();
    sheet.querySelectorAll("tbody tr").forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
    sheet.querySelectorAll("section").forEach((section) => {
      section.hidden = !section.querySelector("tbody tr:not([hidden])");
    });
  };
  if (sheet) {
    const body = sheet.querySelector(".overlay-body");
    watch(sheet, async () => {
      if (!body.children.length) await fill(body, sheet.dataset.from);
      narrow();
    });
    sheet.addEventListener("input", narrow);
  }

  /* The palette: a combobox whose options are pages, things found, and what this page can do. */
  const palette = document.getElementById("palette");
  if (!palette) return;
  const input = palette.querySelector("input");
  const list = palette.querySelector("[role=listbox]");
  let asked = null;
  let wait = 0;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const point = (at) => {
    const all = options();
    const chosen = all[Math.max(0, Math.min(all.length - 1, at))];
    all.forEach((one) => one.setAttribute("aria-selected", String(one === chosen)));
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  };
  const actions = () => {
    const wanted = input.value.trim().toLowerCase();
    const here = (window.consoleKeys?.here() ?? []).filter(({ target, does }) =>
      target !== "#open-palette" && does.toLowerCase().includes(wanted));
    if (!here.length) return;
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", list.dataset.here);
    group.append(Object.assign(document.createElement("p"), { className: "palette-group", textContent: list.dataset.here }));
    here.forEach((entry, at) => {
      const option = Object.assign(document.createElement("div"), { id: `palette-act-${at}`, className: "palette-option" });
      option.setAttribute("role", "option");
      const key = Object.assign(document.createElement("kbd"), { textContent: entry.keys[0] });
      option.append(Object.assign(document.createElement("span"), { textContent: entry.does }), key);
      option.entry = entry;
      group.append(option);
    });
    list.append(group);
  };
  const look = async () => {
    asked?.abort();
    asked = new AbortController();
    const address = `${palette.dataset.from}&q=${encodeURIComponent(input.value.trim())}`;
    try {
      await fill(list, address, asked.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      list.replaceChildren();
      announcer.textContent = list.dataset.failed;
    }
    actions();
    point(0);
  };
  const take = (option) => {
    if (!option) return;
    palette.close();
    if (option.entry) window.consoleKeys.run(option.entry);
    else window.location.assign(option.dataset.href);
  };
  watch(palette, () => { input.value = ""; look(); });
  input.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(look, WAIT_MS); });
  input.addEventListener("keydown", (event) => {
    const at = options().findIndex((one) => one.getAttribute("aria-selected") === "true");
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 };
    if (event.key in moves) { event.preventDefault(); point(moves[event.key]); }
    if (event.key === "Enter") { event.preventDefault(); take(options()[at]); }
  });
  list.addEventListener("click", (event) => take(event.target.closest("[role=option]")));
})();
