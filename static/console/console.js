/* What pages gain with JavaScript; each works without it.
 *
 * <body data-live="/live/…">     opens that event stream at data-live-url. A message whose data is
 *                                {"kind": "K", …} becomes the event "live:K" on body, detail = data.
 *                                "live:refresh" is sent when the stream (re)opens after a gap, and
 *                                every 20 s while it cannot be opened.
 * data-live-list                 a list that must not move while something in it is selected or has
 *                                focus: the re-fetch waits, and [data-live-waiting] is shown.
 * data-copy="#input"             copies that input's value.
 * data-announce="text"           in a swapped fragment: read out to screen readers.
 */
(() => {
  "use strict";
  const body = document.body;
  const POLL_MS = 20000;

  const announce = (text) => { document.getElementById("announcer").textContent = text; };

  /* Menus: close on Escape, on a click elsewhere. */
  const menus = () => document.querySelectorAll("details.menu[open], details.confirm[open]");
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  /* Theme. */
  const themeButtons = document.querySelectorAll("[data-theme-choice]");
  const showTheme = () => themeButtons.forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.consoleTheme.stored()));
  });
  themeButtons.forEach((button) => {
    button.closest(".theme-choice").hidden = false;
    button.addEventListener("click", () => {
      window.consoleTheme.choose(button.dataset.themeChoice);
      showTheme();
    });
  });
  showTheme();

  /* Copying. */
  const prepare = (root) => root.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      announce("Copied.");
      button.lastChild.textContent = " Copied";
    } catch {
      field.select();
    }
  });
  prepare(document);

  /* Relative times stay true on a page left open. */
  const units = [[86400, 172800, "d"], [3600, 5400, "h"], [60, 60, "min"], [1, 0, "s"]];
  const words = (seconds) => {
    const size = Math.abs(seconds);
    if (size < 5) return "just now";
    const [unit, , name] = units.find(([, least]) => size >= least);
    return seconds > 0 ? `${Math.floor(size / unit)} ${name} ago` : `in ${Math.round(size / unit)} ${name}`;
  };
  const retell = () => document.querySelectorAll("time[data-relative]").forEach((time) => {
    time.textContent = words((Date.now() - Date.parse(time.dateTime)) / 1000);
  });
  setInterval(() => { if (!document.hidden) retell(); }, 30000);

  /* htmx: a hidden tab rests, and a list does not move under someone who is choosing. */
  const isLive = (event) => {
    const cause = event.detail.requestConfig?.triggeringEvent;
    return !cause || cause.type.startsWith("live:");
  };
  const inUse = (list) =>
    list.querySelector("input[type=checkbox]:checked, details[open], dialog[open]") ||
    (list.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isLive(event)) return;
    if (document.hidden) { event.preventDefault(); return; }
    const list = event.detail.elt.closest("[data-live-list]");
    if (!list || !inUse(list)) return;
    event.preventDefault();
    const waiting = document.querySelector("[data-live-waiting]");
    if (waiting) waiting.hidden = false;
  });
  document.addEventListener("htmx:beforeSend", (event) => event.detail.target?.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    prepare(document);
    const told = target?.matches?.("[data-announce]") ? target : target?.querySelector?.("[data-announce]");
    if (told) announce(told.dataset.announce);
  });
  const notice = (text) => {
    const note = document.createElement("div");
    note.className = "notice tone-error";
    note.setAttribute("role", "alert");
    note.append(Object.assign(document.createElement("p"), { textContent: text }));
    document.getElementById("notices").replaceChildren(note);
  };
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, (event) => {
    if (!isLive(event)) notice("The console did not answer. Nothing was changed; try again.");
  }));

  /* Live events. */
  const fire = (kind, detail) => body.dispatchEvent(new CustomEvent(`live:${kind}`, { detail, bubbles: true }));
  const state = document.getElementById("live-state");
  const tell = (text, isOpen) => {
    if (!state) return;
    state.hidden = false;
    state.textContent = text;
    state.classList.toggle("is-open", isOpen);
  };
  let source = null;
  let opened = false;
  let poll = 0;
  const close = () => { source?.close(); source = null; };
  const open = () => {
    if (source || !body.dataset.live) return;
    const address = (body.dataset.liveUrl || "") + body.dataset.live;
    source = new EventSource(address, { withCredentials: true });
    source.onopen = () => {
      clearInterval(poll);
      poll = 0;
      tell("Live", true);
      if (opened) fire("refresh", {});
      opened = true;
    };
    source.onmessage = (message) => {
      const data = JSON.parse(message.data);
      fire(data.kind, data);
    };
    source.onerror = () => {
      tell("Not live, asking every 20 s", false);
      poll ||= setInterval(() => { if (!document.hidden) fire("refresh", {}); }, POLL_MS);
      if (source?.readyState === EventSource.CLOSED) {
        close();
        setTimeout(() => { if (!document.hidden) open(); }, POLL_MS);
      }
    };
  };
  let resting = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(resting);
    if (document.hidden) {
      resting = setTimeout(close, 60000);
    } else {
      retell();
      open();
      fire("refresh", {});
    }
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
})();
