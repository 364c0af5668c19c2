// The panel: what Nowcast knows of the visitor who looks at it, and why each product stands where it does. It asks as any page may, with
// the public key of the page and the visitor's own cookie, so it sees this visitor and nobody else. Text is set as text throughout.

const SOURCES = {
  neighbours: "goes together with what you looked at",
  live_neighbours: "others went on to it just now",
  like_sessions: "from visits like yours",
  followers: "what comes next in visits like this",
  similar_behaviour: "visitors treat it like what you looked at",
  similar_content: "is like what you looked at",
  long_term: "suits what you have liked for long",
  popular_in_category: "popular in what you look at",
  trending: "does better than usual",
  recently_seen: "you have seen it",
  new_items: "new, and hardly shown",
  popular: "popular",
  catalogue: "from the catalogue",
};

const STYLE = `
:host { all: initial; }
aside { position: fixed; z-index: 2147483000; inset: auto 0 0 auto; width: min(24rem, 100vw); max-height: 70vh; overflow: auto;
  background: light-dark(#ffffff, #1d1b19); color: light-dark(#25211c, #f0ebe2); color-scheme: light dark; border: 1px solid light-dark(#d8d0c2, #3b362f);
  border-radius: 14px 14px 0 0; box-shadow: 0 10px 40px #0004; font: 13px/1.45 system-ui, sans-serif; padding: 0 1rem 1rem; box-sizing: border-box; }
@media (min-width: 48rem) { aside { inset: 1rem 1rem auto auto; max-height: calc(100vh - 2rem); border-radius: 14px; } }
header { position: sticky; top: 0; background: inherit; display: flex; align-items: center; justify-content: space-between; padding: .8rem 0 .5rem; }
header b { font: 500 17px/1.2 Georgia, serif; }
button { all: unset; cursor: pointer; padding: .3rem .6rem; border-radius: 99px; border: 1px solid light-dark(#d8d0c2, #3b362f); }
button:focus-visible { outline: 2px solid light-dark(#2f5546, #9fc3ac); }
h3 { font: 600 11px/1 system-ui, sans-serif; letter-spacing: .06em; text-transform: uppercase; color: light-dark(#6d655a, #a89f92); margin: 1.1rem 0 .5rem; }
p, ol, ul { margin: 0; padding: 0; list-style: none; }
small { color: light-dark(#6d655a, #a89f92); font-size: 12px; }
.bar { display: grid; grid-template-columns: 11rem 1fr 2.6rem; gap: .5rem; align-items: center; margin: .25rem 0; }
.bar > :first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bar i { display: block; height: 7px; border-radius: 4px; background: light-dark(#2f5546, #9fc3ac); min-width: 2px; }
.bar i.minus { background: light-dark(#a3402b, #ef9c80); }
.bar > :last-child { text-align: right; font-variant-numeric: tabular-nums; color: light-dark(#6d655a, #a89f92); }
li { padding: .5rem 0; border-top: 1px solid light-dark(#ece5d9, #2e2a25); }
li > div { padding-left: 1.1rem; }
`;

const script = document.querySelector("script[data-key][data-base]");
const { key, base } = script?.dataset ?? {};

async function ask(path, body) {
  const answer = await fetch(base + path, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (answer.status === 404 || answer.status === 403) return null;
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

/** An element; strings among its children become text. */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  Object.assign(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function bar(label, value, most, text) {
  const meter = el("i", { className: value < 0 ? "minus" : "" });
  meter.style.width = `${Math.round((100 * Math.abs(value)) / (most || 1))}%`;
  return el(
    "div",
    { className: "bar" },
    el("span", { title: label }, label),
    el("span", {}, meter),
    el("span", {}, text),
  );
}

/** Names of features in plain words, where they have some. */
const FEATURES = {
  "item_rate.log_ctr": "clicked by others",
  "item_rate.log_impressions": "shown to others",
  "item_rate.log_purchases": "bought by others",
};
const WHEN = { session: "in this visit", lately: "lately", long_term: "for long" };

function featureOf(name) {
  const [family, of, when] = name.split(".");
  if (family === "interacted_with" && when) return `same ${of}, ${WHEN[when] ?? when}`;
  return FEATURES[name] ?? words(name.replaceAll(".", " "));
}

const words = (name) => name.replaceAll("_", " ");
const percent = (share) => `${Math.round(100 * share)} %`;
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

function intentsOf(answer) {
  const intents = answer?.intents ?? [];
  if (intents.length === 0) return [el("p", {}, el("small", {}, "Nothing to tell yet: look around."))];
  return intents.flatMap(({ name, confidence, facts }) => [
    bar(words(name), confidence, 1, percent(confidence)),
    el(
      "small",
      {},
      Object.entries(facts ?? {})
        .map(([fact, value]) => `${words(fact)} ${typeof value === "number" ? Math.round(value * 100) / 100 : value}`)
        .join(", "),
    ),
  ]);
}

function visitOf(answer) {
  const { session, cart = [], counters } = answer?.profile ?? {};
  if (!session) return [el("p", {}, el("small", {}, "Nobody is known here yet."))];
  const facts = `${session.pageViews} pages, ${session.itemViews} products, ${session.lists} lists, ${session.clicks} clicks, ${cart.length} in the cart; came by ${session.referrer} on ${session.device}`;
  const categories = Object.entries(counters?.categories ?? {}).map(([name, { day }]) => [name, day]);
  const brands = Object.entries(counters?.brands ?? {}).map(([name, { day }]) => [name, day]);
  const most = Math.max(...categories.map(([, weight]) => weight), 1e-9);
  return [
    el("p", {}, facts),
    ...[...categories, ...brands]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 6)
      .map(([name, weight]) => bar(name, weight, most, weight.toFixed(1))),
  ];
}

/** What the slots of the page ask for, as their attributes say it. */
function placementsOf(slots) {
  const list = (text) => (text ?? "").split(",").filter(Boolean);
  return Object.fromEntries(
    slots.map(({ dataset: { nowcast, count, context, exclude, filterCategory } }) => [
      nowcast,
      {
        type: "recommend",
        count: Math.min(50, 3 * (Number(count) || 8)),
        context: list(context),
        exclude: list(exclude),
        ...(filterCategory ? { filter: { category: filterCategory } } : {}),
      },
    ]),
  );
}

function itemOf(card, found) {
  const title = card.querySelector(".card-title")?.textContent ?? card.dataset.nowcastItem;
  const contributions = Object.entries(found?.features ?? {})
    .map(([name, { contribution }]) => [name, contribution])
    .filter(([name, contribution]) => !name.startsWith("given.") && Math.abs(contribution ?? 0) > 0.01)
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))
    .slice(0, 3);
  const most = Math.max(...contributions.map(([, value]) => Math.abs(value)), 0.2);
  const why = found
    ? (found.sources ?? [found.source]).map((source) => SOURCES[source] ?? source)[0]
    : "was chosen a moment ago; now others would come first";
  const item = el(
    "li",
    {},
    el("span", {}, `${Number(card.dataset.nowcastPosition) + 1}. ${title}`),
    el(
      "div",
      {},
      el("small", {}, why),
      ...contributions.map(([name, value]) => bar(featureOf(name), value, most, signed(value))),
    ),
  );
  item.addEventListener("mouseenter", () => {
    card.style.outline = "2px solid #c8775a";
    card.style.outlineOffset = "6px";
  });
  item.addEventListener("mouseleave", () => {
    card.style.outline = "";
  });
  return item;
}

async function pageOf() {
  const slots = [...document.querySelectorAll("[data-nowcast]")].filter(({ dataset }) => dataset.type !== "content");
  if (slots.length === 0) return [];
  const decided = await ask("/v1/decide", {
    explain: true,
    placements: placementsOf(slots),
    context: { url: location.href },
  });
  return slots.flatMap((slot) => {
    const { nowcast, nowcastState, nowcastReason } = slot.dataset;
    const items = decided?.placements[nowcast]?.items ?? [];
    const cards = [...slot.querySelectorAll("[data-nowcast-item]")];
    const note =
      nowcastState === "filled"
        ? decided?.placements[nowcast]?.strategy
        : `the shop's own: ${nowcastReason ?? "not filled"}`;
    return [
      el("h3", {}, `${nowcast} · ${note ?? ""}`),
      el(
        "ol",
        {},
        ...cards.map((card) =>
          itemOf(
            card,
            items.find(({ id }) => id === card.dataset.nowcastItem),
          ),
        ),
      ),
    ];
  });
}

const host = el("div");
const root = host.attachShadow({ mode: "open" });
const style = el("style", { textContent: STYLE });
const live = el("div");
const why = el("div");
const close = el("button", { type: "button" }, "Close");
const panel = el(
  "aside",
  { ariaLabel: "What Nowcast sees" },
  el("header", {}, el("b", {}, "What Nowcast sees"), close),
  live,
  why,
);
root.append(style, panel);
document.body.append(host);

let timer;
close.addEventListener("click", () => {
  sessionStorage.removeItem("nowcast-panel");
  clearInterval(timer);
  host.remove();
});

let seq = -1;
/** The profile is asked for every other second; the page's items again when something has happened. */
async function refresh() {
  if (document.hidden) return;
  if (!key) {
    live.replaceChildren(el("p", {}, "Nowcast does not stand in front of this page."));
    clearInterval(timer);
    return;
  }
  try {
    const answer = await ask("/v1/users/me/profile");
    const now = answer?.profile.seq ?? 0;
    if (now === seq) return;
    seq = now;
    live.replaceChildren(el("h3", {}, "Intents"), ...intentsOf(answer), el("h3", {}, "This visit"), ...visitOf(answer));
    why.replaceChildren(...(await pageOf()));
  } catch (error) {
    live.replaceChildren(el("p", {}, String(error)));
  }
}

await refresh();
timer = setInterval(refresh, 2000);
