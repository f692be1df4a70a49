/* The queue: which row is open beside it, and going on to the next. */
(() => {
  "use strict";
  const pane = document.getElementById("pane");
  const list = document.getElementById("queue");
  const before = document.getElementById("decided-before");
  if (!pane || !list) return;
  const rows = () => [...list.querySelectorAll(".queue-row")];
  const opened = () => pane.querySelector("[data-checkpoint]")?.dataset.checkpoint ?? "";

  const mark = () => {
    rows().forEach((row) => {
      const link = row.querySelector(".queue-title");
      if (row.dataset.checkpoint === opened()) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === list || detail.target === pane) mark();
  });

  /* What a person opened is read from its heading on. */
  const isRow = (detail) => detail.requestConfig?.elt?.matches?.(".queue-title");
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target !== pane || !isRow(detail)) return;
    const heading = document.getElementById("decision-heading");
    heading?.focus({ preventScroll: true });
    const top = pane.getBoundingClientRect().top;
    if (top < 0 || top > innerHeight / 2) pane.scrollIntoView({ block: "start" });
  });

  /* A comment is written below the others, which have grown by it: they are shown to their end. */
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target !== pane || detail.requestConfig?.elt?.id !== "comment-form") return;
    document.getElementById("comments")?.scrollIntoView({ block: "end" });
  });

  /* An answer is given from the foot of the pane, where nobody would see at its top that it was
   * refused: the focus goes there. */
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target !== pane || detail.requestConfig?.verb !== "post") return;
    const banner = pane.querySelector("#decision-banner[tabindex]");
    if (!banner?.querySelector("[role=alert]")) return;
    banner.focus({ preventScroll: true });
    banner.scrollIntoView({ block: "center" });
  });

  /* After a decision the list looks again, unless somebody selects in it. For who wants it, the
   * row after the decided one opens; what was said of that one stays, with the way back to it. */
  let decided = "";
  document.body.addEventListener("decided", ({ detail }) => {
    decided = detail.id;
    document.body.dispatchEvent(new CustomEvent("live:queue"));
  });
  const following = (id) => {
    const all = rows();
    const place = all.findIndex((row) => row.dataset.checkpoint === id);
    const open = (row) => row.matches("[data-may-be-next]") && row.dataset.checkpoint !== id;
    return all.slice(place + 1).find(open) ?? all.find(open);
  };
  const tell = (text) => {
    const back = rows().find((row) => row.dataset.checkpoint === decided)?.querySelector(".queue-title");
    const link = Object.assign(document.createElement("a"), {
      href: back?.href ?? `/checkpoints/${decided}`, textContent: "Back to it",
    });
    before.replaceChildren(`${text} `, link);
    before.hidden = false;
  };
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target !== pane || !decided) return;
    const next = document.getElementById("go-on")?.checked ? following(decided) : null;
    const said = pane.querySelector(".notice.tone-success")?.textContent.trim();
    if (next) {
      tell(said || "Your answer is recorded.");
      next.querySelector(".queue-title").click();
    }
    decided = "";
  });
  /* The next one opens beside the list, in the list's order; without a row for it, on its own page. */
  pane.addEventListener("click", (event) => {
    const next = event.target.closest("#next-decision") && following(opened());
    if (!next) return;
    event.preventDefault();
    next.querySelector(".queue-title").click();
  });
  /* Outside the list: a ticked box in it would say that somebody selects there. */
  document.querySelectorAll("[data-scripted]").forEach((form) => { form.hidden = false; });
  mark();
})();
