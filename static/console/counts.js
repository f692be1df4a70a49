/* The page's title tells how much waits, as the navigation says it whenever it comes again. */
(() => {
  "use strict";
  document.addEventListener("htmx:afterSwap", () => {
    const navigation = document.getElementById("navigation");
    if (!navigation) return;
    const told = navigation.dataset.heard;
    const name = document.title.replace(/^\([\d,]+\+?\) /, "");
    document.title = told ? `(${told}) ${name}` : name;
  });
})();
