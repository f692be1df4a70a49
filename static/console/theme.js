/* Runs before the first paint, so that a stored choice of theme does not flash; tells the server
 * the browser's time zone. */
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
  try { if (localStorage.getItem("menu") === "folded") document.documentElement.dataset.menu = "folded"; } catch { /* as it is */ }
  // Only this browser knows where it is; the server tells times in that zone from the next page on.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
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
