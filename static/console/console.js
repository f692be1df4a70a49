/* What pages gain with JavaScript; each works without it.
 *
 * <body data-live="/live/events">  opens that event stream, at the origin in data-live-url. What the
 *      stream tells becomes events on body, gathered so that a burst of changes is one of each:
 *          live:loop_…, live:inc_…   that loop or incident changed
 *          live:queue                a decision was asked for or taken
 *          live:loop                 a loop moved on without asking anybody
 *          live:change               anything of this tenant changed
 *          live:refresh              changes may have been missed: look again. Sent when the stream
 *                                    opens again, when a hidden tab is shown, and every 15 s while
 *                                    there is no stream.
 *      A fragment stays true with hx-trigger="live:queue from:body, live:refresh from:body".
 * data-live-list     on the element that re-fetches a list: while somebody points at it, selects or
 *                    has focus in it, its live re-fetch is dropped and it gets the event live:held.
 * data-catch-focus   in a swapped fragment: takes the focus if what had it is gone or disabled.
 * data-announce="…"  in a swapped fragment: read out to screen readers.
 * data-countdown="12" in so many seconds, counted from when the element came; without motion in
 *                    steps of five.
 * data-copy="#id"    copies the value of that field.
 * form[data-once]    is sent once, however quickly its buttons are pressed again.
 */
(() => {
  "use strict";
  const body = document.body;
  const POLL_MS = 15000;
  const GATHER_MS = 150; // after the first word of a burst
  const REST_MS = 1000; // between two rounds of events
  const CLOSE_HIDDEN_MS = 60000;
  const SAY_NOT_LIVE_MS = 5000; // a stream that ends and comes back at once is not worth a word
  const RESEND_MS = 8000; // if no answer came by then, pressing again is meant
  const POINTING_MS = 10000; // a pointer that rests longer has been left there

  const announcer = document.getElementById("announcer");
  const announce = (text) => { if (announcer.textContent !== text) announcer.textContent = text; };

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

  /* The side menu, folded to its icons or not; the choice is this browser's. */
  const fold = document.getElementById("fold-menu");
  const showFold = () => fold?.setAttribute("aria-pressed", String(document.documentElement.dataset.menu === "folded"));
  if (fold) fold.hidden = false;
  fold?.addEventListener("click", () => {
    const { dataset } = document.documentElement;
    if (dataset.menu === "folded") delete dataset.menu; else dataset.menu = "folded";
    try { localStorage.setItem("menu", dataset.menu || ""); } catch { /* private window: this page only */ }
    showFold();
  });
  showFold();

  /* Of a long menu the place that is open is seen. */
  document.querySelector(".navigation [aria-current]")?.scrollIntoView({ block: "nearest" });

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

  /* What takes effect soon counts down, by the server's seconds and not this machine's clock. */
  const ends = new WeakMap();
  const countDown = () => document.querySelectorAll("[data-countdown]").forEach((element) => {
    if (!ends.has(element)) ends.set(element, performance.now() + 1000 * element.dataset.countdown);
    const left = Math.ceil((ends.get(element) - performance.now()) / 1000);
    element.textContent = left > 0 ? `in ${left} s` : "any moment";
  });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  setInterval(() => { if (!document.hidden) countDown(); }, still ? 5000 : 1000);
  countDown();

  /* Forms that must not be sent twice. */
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form) return;
    if (Date.now() - (form.dataset.sentAt || 0) < RESEND_MS) { event.preventDefault(); return; }
    form.dataset.sentAt = Date.now();
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach((form) => {
    delete form.dataset.sentAt;
    form.removeAttribute("aria-busy");
  }));

  /* htmx learns which button sends a form from clicks inside it. One that stands outside, or is
   * pressed by a key, is told here, before htmx hears of the submission. */
  document.addEventListener("submit", ({ target, submitter }) => {
    const data = target["htmx-internal-data"];
    if (data && submitter) data.lastButtonClicked = submitter;
  }, true);

  /* htmx: a hidden tab rests, and a list does not move under someone who is choosing. */
  let moved = 0;
  document.addEventListener("pointermove", () => { moved = Date.now(); }, { passive: true });
  const isLive = (event) => {
    const cause = event.detail.requestConfig?.triggeringEvent;
    return !cause || cause.type.startsWith("live:");
  };
  const inUse = (list) => {
    const selection = document.getSelection();
    return list.contains(document.activeElement) ||
      list.querySelector("input:checked, details[open], dialog[open]") ||
      (selection && !selection.isCollapsed && list.contains(selection.anchorNode)) ||
      (list.matches(":hover") && Date.now() - moved < POINTING_MS);
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isLive(event)) return;
    const { elt } = event.detail;
    if (document.hidden) {
      event.preventDefault();
    } else if (elt.matches("[data-live-list]") && inUse(elt)) {
      event.preventDefault();
      elt.dispatchEvent(new CustomEvent("live:held"));
    }
  });
  document.addEventListener("htmx:beforeSend", (event) => event.detail.target?.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
  const hadFocus = new Set(); // ids of what is being swapped; answers for several places cross
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    // A page that only looked for itself keeps what it shows; the next look may succeed.
    if (isLive(event) && xhr.status >= 400) event.detail.shouldSwap = false;
    if (target?.contains(document.activeElement)) hadFocus.add(target.id); else hadFocus.delete(target?.id);
  });
  // What was said of an answer stays until there is something else to say; a hold may have ended.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    const isQuiet = target.id === "decision-banner" && !fragment.textContent.trim();
    if (isQuiet && !target.querySelector("#on-hold")) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const swapped = hadFocus.delete(detail.target?.id) && document.getElementById(detail.target.id);
    const held = document.activeElement;
    if (swapped && (!held || held === body || held.disabled)) swapped.querySelector("[data-catch-focus]")?.focus();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    prepare(document);
    countDown();
    const told = target?.matches?.("[data-announce]") ? target : target?.querySelector?.("[data-announce]");
    if (told) announce(told.dataset.announce);
  });
  /* loops: folds with an id that are open stay open when their fragment comes again. */
  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    unfolded = [...(detail.target?.querySelectorAll("details.fold[id][open]") ?? [])].map((fold) => fold.id);
  });
  document.addEventListener("htmx:afterSwap", () => unfolded.forEach((id) => {
    document.getElementById(id)?.setAttribute("open", "");
  }));
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
  const gathered = new Set();
  let round = 0;
  let lastRound = 0;
  const tellRound = () => {
    const names = [...gathered];
    gathered.clear();
    round = 0;
    lastRound = Date.now();
    names.forEach((name) => body.dispatchEvent(new CustomEvent(`live:${name}`)));
  };
  const hear = (...names) => {
    names.forEach((name) => gathered.add(name));
    round ||= setTimeout(tellRound, Math.max(GATHER_MS, lastRound + REST_MS - Date.now()));
  };
  const state = document.getElementById("live-state");
  let slow = 0;
  const show = (text, isOpen) => {
    if (!state) return;
    clearTimeout(slow);
    state.hidden = false;
    state.textContent = text;
    state.classList.toggle("is-open", isOpen);
  };
  let source = null;
  let opened = false;
  let poll = 0;
  const look = () => { if (!document.hidden) hear("refresh"); };
  const close = () => { source?.close(); source = null; };
  const onChange = (message) => {
    const { kind, loop, incident } = JSON.parse(message.data);
    hear("change", ["loop", "run"].includes(kind) ? kind : "queue", loop, incident);
  };
  const onOpen = () => {
    clearInterval(poll);
    poll = 0;
    show("Live", true);
    if (opened) look();
    opened = true;
  };
  const onError = () => {
    poll ||= setInterval(look, POLL_MS);
    clearTimeout(slow);
    slow = setTimeout(() => show("Not live: looking every 15 seconds", false), SAY_NOT_LIVE_MS);
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    close();
    setTimeout(() => { if (!document.hidden) open(); }, POLL_MS);
  };
  const open = () => {
    if (source || !body.dataset.live) return;
    poll ||= setInterval(look, POLL_MS); // until the stream is open
    source = new EventSource((body.dataset.liveUrl || "") + body.dataset.live, { withCredentials: true });
    source.addEventListener("open", onOpen);
    source.addEventListener("change", onChange);
    source.addEventListener("error", onError);
  };
  let resting = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(resting);
    if (document.hidden) {
      resting = setTimeout(close, CLOSE_HIDDEN_MS);
    } else {
      retell();
      open();
      look();
    }
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
})();
