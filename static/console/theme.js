/* Runs before the first paint, so that a stored choice of theme does not flash. */
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const choice = stored();
    const theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    document.documentElement.setAttribute("data-bs-theme", theme);
  };
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  window.consoleTheme = {
    stored,
    choose(choice) {
      try { localStorage.setItem("theme", choice); } catch { /* private window: this page only */ }
      apply();
    },
  };
})();
