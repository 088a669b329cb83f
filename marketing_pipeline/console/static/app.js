// What pages gain from a script; without it every page works, too.
(() => {
  const csrf = () => document.body.dataset.csrf || "";

  // On a phone the navigation is a row that is wider than the screen.
  document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = csrf();
  });
  // A refusal is shown in the place of what was asked for, not swallowed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) window.location.reload();
    if (status >= 400 && status < 500 && status !== 401) event.detail.shouldSwap = true;
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
    const all = event.target.closest("[data-checks]");
    if (all) {
      for (const box of document.querySelectorAll(`input[type=checkbox][name="${all.dataset.checks}"]`)) {
        box.checked = all.checked;
      }
    }
  });

  document.addEventListener("submit", (event) => {
    const words = event.submitter?.dataset.confirms || event.target.dataset.confirms;
    if (words && !window.confirm(words)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  });

  // g and a letter goes to a page; j and k walk through a list; Enter opens; / searches; ? lists the keys.
  let waiting = false;
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const walk = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    (next.querySelector("a, button, input") || next).focus();
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (waiting) {
      waiting = false;
      document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    const search = document.querySelector("[data-search]");
    if (event.key === "g") waiting = true;
    else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
    }
  });
})();
