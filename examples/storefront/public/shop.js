// What the shop's pages do with a script: tell Nowcast's what happened on the server's side, hand over the choice about privacy,
// and open the panel. Everything else works without.
window.nowcast ??= [];

// Where Nowcast stands in front of the shop it may have recorded the view of the page's product already.
const viewed = document.querySelector("script[data-item-view]")?.dataset.itemView;

for (const script of document.querySelectorAll("script[data-event]")) {
  const { type, ...fields } = JSON.parse(script.textContent ?? "{}");
  if (type === "view_item" && viewed !== undefined && fields.items?.[0]?.id === viewed) continue;
  // A page that comes back from the back/forward cache is not run again, so nothing is told twice.
  window.nowcast.push(["track", type, fields]);
}

document.addEventListener("change", ({ target }) => {
  if (target instanceof HTMLSelectElement && target.closest(".sorting, .line-forms")) target.form?.requestSubmit();
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const choice = target?.closest("[data-consent]")?.getAttribute("data-consent");
  if (choice) {
    const isAllowed = choice === "allow";
    window.nowcast.push(["consent", { analytics: isAllowed, personalization: isAllowed }]);
    const status = document.querySelector("[data-consent-status]");
    if (status) status.textContent = isAllowed ? "Allowed. Thank you." : "Refused, and what was kept is being erased.";
  }
  if (target?.closest("[data-panel]")) {
    event.preventDefault();
    sessionStorage.setItem("nowcast-panel", "open");
    openPanel();
  }
});

function openPanel() {
  if (document.querySelector("script[data-nowcast-panel]")) return;
  const script = document.createElement("script");
  script.type = "module";
  script.src = "/panel.js";
  script.dataset.nowcastPanel = "";
  document.head.append(script);
}

if (new URLSearchParams(location.search).has("nowcast-panel")) sessionStorage.setItem("nowcast-panel", "open");
if (sessionStorage.getItem("nowcast-panel") === "open") openPanel();
