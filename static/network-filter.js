// Narrows down the drawn network as the form says: kinds of ties, days, a least
// weight, a search, colours. Lets it grow while a collection runs, and brings
// the tables along. Without this file the form works by itself.
(() => {
  "use strict";

  const running = Symbol.for("telegramtrac.network-filter");
  if (document[running]) return;
  document[running] = true;

  const dayLength = 86400000;
  const pollEvery = 3000; // at least; a slow network is asked for less often
  const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const form = () => document.getElementById("network-filter");
  const isoDay = (time) => new Date(time).toISOString().slice(0, 10);

  // Okabe and Ito's colours again, for kinds.
  const tieColors = { forward: "#0072B2", mention: "#E69F00", link: "#009E73", reply: "#CC79A7" };
  const channelColors = { broadcast: "#56B4E9", supergroup: "#D55E00", gigagroup: "#D55E00" };
  const unknownColor = "#999999";

  function make(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  // chosen reads the form. Days are numbers of days since 1970; what is not a
  // date or a number does not narrow.
  function chosen() {
    const fields = form() ? new FormData(form()) : new FormData();
    const day = (name) => {
      const at = Date.parse(fields.get(name) || "");
      return Number.isNaN(at) ? null : Math.floor(at / dayLength);
    };
    const kinds = fields.getAll("kinds");
    return {
      kinds: kinds.length > 0 ? new Set(kinds) : null,
      since: day("since") ?? -Infinity,
      until: day("until") ?? Infinity,
      least: Number.parseInt(fields.get("least"), 10) || 0,
      search: (fields.get("search") || "").trim().toLowerCase(),
      collected: fields.has("collected"),
      byKind: fields.get("color") === "kind",
    };
  }

  // messages counts those of an edge within the days. Without the timeline it
  // goes by the first and the last day.
  function messages(edge, want, timeline) {
    const first = Math.floor(Date.parse(edge.first) / dayLength);
    const last = Math.floor(Date.parse(edge.last) / dayLength);
    if (first >= want.since && last < want.until) return edge.weight;
    if (last < want.since || first >= want.until) return 0;
    const days = timeline?.ties[edge.index];
    if (!days) return edge.weight;
    const origin = Math.floor(Date.parse(timeline.first_day) / dayLength);
    let sum = 0;
    for (let i = 0; i < days.length; i += 2) {
      const day = origin + days[i];
      if (day >= want.since && day < want.until) sum += days[i + 1];
    }
    return sum;
  }

  function matches(n, search) {
    if (!search) return true;
    const name = search.replace(/^@/, "");
    return (n.title ?? "").toLowerCase().includes(search) || (name !== "" && ((n.username ?? "").toLowerCase().includes(name) || n.id.includes(name)));
  }

  // apply hides what does not fit, and colours the rest.
  function apply(view, want, timeline) {
    const { graph } = view;
    const tied = new Set();
    graph.updateEachEdgeAttributes((key, e, source, target, from, to) => {
      const shown = messages(e, want, timeline);
      const fits = shown > 0 && shown >= want.least && (!want.kinds || want.kinds.has(e.kind)) && (!want.collected || (from.collected && to.collected));
      if (fits) tied.add(source).add(target);
      return { ...e, shown, hidden: !fits || source === target, tint: want.byKind ? tieColors[e.kind] : undefined };
    });
    graph.updateEachNodeAttributes((key, n) => ({
      ...n,
      hidden: !(n.collected || (tied.has(key) && !want.collected)),
      found: matches(n, want.search),
      tint: want.byKind ? channelColors[n.kind] ?? unknownColor : undefined,
    }));
    graph.setAttribute("searching", want.search !== "");
    view.refresh();
    legend(view, want);
  }

  // legend says what the colours mean.
  function legend(view, want) {
    const list = document.getElementById("network-legend");
    if (!list) return;
    const entry = (color, text, line) => {
      const swatch = make("span", { className: line ? "swatch line" : "swatch", ariaHidden: "true" });
      swatch.style.background = color;
      return make("li", {}, swatch, text);
    };
    if (want.byKind) {
      list.replaceChildren(
        ...Object.entries(tieColors).map(([kind, color]) => entry(color, kind, true)),
        entry(channelColors.broadcast, "channel"), entry(channelColors.supergroup, "group"), entry(unknownColor, "kind not known"));
    } else {
      const sizes = new Map();
      view.graph.forEachNode((key, n) => {
        if (n.in_weight + n.out_weight === 0) return;
        const c = sizes.get(n.community) ?? { color: n.color, size: 0 };
        c.size += 1;
        sizes.set(n.community, c);
      });
      const largest = [...sizes].sort((a, b) => a[0] - b[0]).slice(0, 8);
      list.replaceChildren(...largest.map(([number, c]) => entry(c.color === "#000000" ? "var(--ink)" : c.color, `community ${number + 1}: ${count(c.size)}`)));
    }
    list.hidden = list.childElementCount === 0;
  }

  // slider makes two handles over the days of the network, that write the form's
  // dates.
  function slider(view, changed) {
    const place = document.getElementById("network-slider");
    const span = view.data.graph;
    if (!place || !span.oldest_message || !form()) return;
    const first = Math.floor(Date.parse(span.oldest_message) / dayLength);
    const last = Math.floor(Date.parse(span.newest_message) / dayLength);
    if (last <= first) return;
    const { since, until } = form().elements;
    const handle = (id, text) => {
      const input = make("input", { type: "range", id, min: first, max: last, step: 1 });
      place.append(make("label", { htmlFor: id, textContent: text }), input);
      return input;
    };
    place.replaceChildren();
    const from = handle("network-from", "From");
    const to = handle("network-to", "To");
    const words = make("output", { htmlFor: "network-from network-to" });
    place.append(words);
    place.hidden = false;
    const follow = () => {
      const start = Date.parse(since.value), end = Date.parse(until.value);
      from.value = Number.isNaN(start) ? first : Math.floor(start / dayLength);
      to.value = Number.isNaN(end) ? last : Math.floor(end / dayLength) - 1;
      tell();
    };
    const tell = () => {
      for (const input of [from, to]) input.setAttribute("aria-valuetext", isoDay(input.value * dayLength));
      words.textContent = `Messages from ${isoDay(from.value * dayLength)} to ${isoDay(to.value * dayLength)}, both days included`;
    };
    const write = (moved) => {
      if (Number(from.value) > Number(to.value)) (moved === from ? to : from).value = moved.value;
      since.value = Number(from.value) > first ? isoDay(from.value * dayLength) : "";
      until.value = Number(to.value) < last ? isoDay((Number(to.value) + 1) * dayLength) : "";
      tell();
      changed();
    };
    for (const input of [from, to]) input.addEventListener("input", () => write(input), { signal: view.signal });
    for (const input of [since, until]) input.addEventListener("input", follow, { signal: view.signal });
    follow();
  }

  // tables brings the tables and the address along.
  function tables() {
    if (!form()) return;
    const query = new URLSearchParams();
    const all = form().querySelectorAll("[name=kinds]").length;
    const fields = new FormData(form());
    for (const [name, value] of fields) {
      if (value && !(name === "kinds" && fields.getAll("kinds").length === all) && !(name === "color" && value === "community")) query.append(name, value);
    }
    const address = `/tabs/network${query.size > 0 ? `?${query}` : ""}`;
    if (location.pathname === "/tabs/network") history.replaceState(history.state, "", address);
    if (window.htmx && document.getElementById("network-tables")) {
      // The header says what is swapped; htmx.ajax itself names its source's target.
      htmx.ajax("GET", address, { target: "#network-tables", swap: "outerHTML", headers: { "HX-Target": "div#network-tables" } });
    }
  }

  // begin makes the form and the picture one, until the picture ends.
  function begin(container) {
    const view = container.networkView;
    let timeline = null;
    let asked = 0;
    let later;
    const show = async () => {
      const want = chosen();
      const turn = ++asked;
      try {
        if ((want.since > -Infinity || want.until < Infinity) && timeline?.messages !== view.data.graph.messages && container.dataset.timeline) {
          timeline = await view.load(container.dataset.timeline);
          if (timeline.messages !== view.data.graph.messages) await view.reload();
        }
      } catch (error) {
        if (error.name === "AbortError") return;
        timeline = null; // by first and last day, then
      }
      if (turn === asked && container.networkView === view) apply(view, chosen(), timeline);
    };
    const changed = () => {
      show();
      clearTimeout(later);
      later = setTimeout(tables, 500);
    };
    view.signal.addEventListener("abort", () => clearTimeout(later));
    form()?.addEventListener("input", changed, { signal: view.signal });
    form()?.addEventListener("change", changed, { signal: view.signal });
    slider(view, changed);
    show();
    if (container.dataset.live && container.dataset.state) grow(container, view, async () => { await show(); tables(); });
  }

  // grow draws anew, while a collection runs, whenever there is more.
  function grow(container, view, shown) {
    const look = async () => {
      let wait = pollEvery;
      try {
        const state = await view.load(container.dataset.state);
        const { messages: drawn, collected_channels: channels } = view.data.graph;
        const begun = Date.now();
        if (!document.hidden && (state.messages !== drawn || state.channels !== channels)) {
          await view.reload();
          await shown();
        }
        wait = Math.max(pollEvery, 4 * (Date.now() - begun));
        const whole = view.data.graph.messages === state.messages;
        if (!state.live && whole) return;
      } catch (error) {
        if (error.name === "AbortError") return;
        console.warn("network:", error);
        wait = 4 * pollEvery; // the program may be starting again
      }
      next(wait);
    };
    let timer;
    const next = (wait) => { if (!view.signal.aborted) timer = setTimeout(look, wait); };
    view.signal.addEventListener("abort", () => clearTimeout(timer));
    next(pollEvery);
  }

  // A channel in the table is shown in the picture when it is drawn there; else
  // the link leads to its details.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-node]");
    const view = document.getElementById("network")?.networkView;
    if (!link || !view || event.ctrlKey || event.metaKey || event.shiftKey || !view.graph.hasNode(link.dataset.node)) return;
    event.preventDefault();
    view.select(link.dataset.node);
    view.show(link.dataset.node);
    const panel = document.getElementById("network-details");
    panel?.scrollIntoView({ block: "nearest" });
    panel?.focus({ preventScroll: true });
  });

  document.addEventListener("network:drawn", (event) => begin(event.detail));
  const drawn = document.getElementById("network");
  if (drawn?.networkView) begin(drawn);
})();
