// Shows the API's description. Nothing leaves this origin: no validator, no remote fonts.
window.addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement;
  const darken = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
  darken();
  new MutationObserver(darken).observe(root, { attributeFilter: ["data-bs-theme"] });

  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.openapiUrl,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    withCredentials: false,
  });
});
