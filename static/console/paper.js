/* button[data-print] prints the page; without JavaScript it stays hidden, and the browser's own
 * command does the same. */
(() => {
  "use strict";
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
