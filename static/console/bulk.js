/* What selecting many rows gains with JavaScript: a count, all of a page, and Shift for a range.
 * The bar is a plain form; its boxes are the rows' own, tied to it by form="bulk".
 */
(() => {
  "use strict";
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const count = document.getElementById("bulk-count");
  const every = document.getElementById("choose-every");
  const boxes = () => [...document.querySelectorAll('input[name="chosen"][form="bulk"]')];
  const retell = () => {
    const all = boxes();
    const chosen = all.filter((box) => box.checked).length;
    bar.toggleAttribute("data-empty", chosen === 0);
    const text = chosen ? `${chosen} selected` : "Select rows to answer many at once";
    if (count.textContent !== text) count.textContent = text;
    every.closest("label").hidden = all.length === 0;
    every.checked = chosen > 0 && chosen === all.length;
    every.indeterminate = chosen > 0 && chosen < all.length;
  };
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.('input[name="chosen"][form="bulk"]');
    if (!box) return;
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) all.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
    last = box;
    retell();
  });
  document.addEventListener("change", retell);
  every.addEventListener("change", () => {
    boxes().forEach((box) => { box.checked = every.checked; });
    retell();
  });
  document.addEventListener("htmx:afterSwap", retell);
  window.addEventListener("pageshow", retell); // a page that comes back keeps its ticks
  retell();
})();
