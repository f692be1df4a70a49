/* The queue: which row is open beside it, and going on to the next. */
(() => {
  "use strict";
  const pane = document.getElementById("pane");
  const list = document.getElementById("queue");
  if (!pane || !list) return;
  const rows = () => [...list.querySelectorAll(".queue-row")];
  const opened = () => pane.querySelector("[data-checkpoint]")?.dataset.checkpoint ?? "";

  const mark = () => rows().forEach((row) => {
    const link = row.querySelector(".queue-title");
    if (row.dataset.checkpoint === opened()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === list || detail.target === pane) mark();
    if (detail.target === list) offer();
  });

  /* What was asked for by a person is read from its heading on. */
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const asked = detail.requestConfig?.elt?.matches(".queue-title");
    if (detail.target !== pane || !asked) return;
    const heading = document.getElementById("decision-heading");
    heading?.focus({ preventScroll: true });
    heading?.scrollIntoView({ block: "nearest" });
  });

  /* Going on by itself, for who wants it: to the row that comes where the decided one was. */
  const offer = () => list.querySelectorAll("[data-scripted]").forEach((form) => { form.hidden = false; });
  let place = -1;
  document.body.addEventListener("decided", ({ detail }) => {
    place = document.getElementById("go-on")?.checked ? rows().findIndex((row) => row.dataset.checkpoint === detail.id) : -1;
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target !== list || place < 0) return;
    const left = rows().filter((row) => row.matches("[data-may-be-next]") && row.dataset.checkpoint !== opened());
    const next = left.find((row) => rows().indexOf(row) >= place) ?? left[0];
    place = -1;
    next?.querySelector(".queue-title").click();
  });
  mark();
  offer();
})();
