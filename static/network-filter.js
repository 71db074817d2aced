// Narrows down the drawn network as the form says: kinds of ties, days, a least
// weight, a search, colours. Lets it grow while a collection runs, and tells the
// tables (network-tables.js). Without this file the form works by itself.
(() => {
  "use strict";

  const running = Symbol.for("telegramtrac.network-filter");
  if (document[running]) return;
  document[running] = true;

  const dayLength = 86400000;
  const pollEvery = 3000; // at least; a slow network is asked for less often
  const pairings = 4; // how often graph and timeline are read until they fit
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
      kinds: form()?.querySelector("[name=kinds]") ? new Set(kinds) : null,
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
    graph.setAttribute("kindless", want.kinds?.size === 0);
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
  // dates. It returns how to follow the network's days and the form.
  function slider(view, typed) {
    const place = document.getElementById("network-slider");
    if (!place || !form()) return () => {};
    const { since, until } = form().elements;
    let first, last;
    place.replaceChildren();
    const handle = (id, text) => {
      const input = make("input", { type: "range", id, step: 1 });
      place.append(make("label", { htmlFor: id, textContent: text }), input);
      return input;
    };
    const from = handle("network-from", "From");
    const to = handle("network-to", "To");
    const words = make("output", { htmlFor: "network-from network-to" });
    place.append(words);
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
      typed();
    };
    for (const input of [from, to]) input.addEventListener("input", () => write(input), { signal: view.signal });
    for (const input of [since, until]) input.addEventListener("input", () => { if (!place.hidden) follow(); }, { signal: view.signal });
    return () => {
      const span = view.data.graph;
      first = Math.floor(Date.parse(span.oldest_message) / dayLength);
      last = Math.floor(Date.parse(span.newest_message) / dayLength);
      place.hidden = !(last > first);
      if (place.hidden) return;
      for (const input of [from, to]) Object.assign(input, { min: first, max: last });
      follow();
    };
  }

  // pair returns the timeline of the drawn graph. While data comes in either may
  // be newer than the other, so both are read until they belong together; null
  // when they do not keep still.
  async function pair(view, address) {
    for (let i = 0; i < pairings; i++) {
      const timeline = await view.load(address);
      if (timeline.print === view.data.graph.print) return timeline;
      await view.reload();
      if (timeline.print === view.data.graph.print) return timeline;
    }
    return null;
  }

  // changed tells the tables: at once, or when a person has stopped typing.
  const changed = (filter) => document.dispatchEvent(new CustomEvent("network:changed", { detail: { filter } }));

  // begin makes the form and the picture one, until the picture ends.
  function begin(container) {
    const view = container.networkView;
    let later;
    const { show, bind } = view.graph ? filtered(container, view) : { show: async () => {}, bind: () => {} };
    const typed = () => {
      show();
      clearTimeout(later);
      later = setTimeout(() => changed(true), 500);
    };
    view.signal.addEventListener("abort", () => clearTimeout(later));
    form()?.addEventListener("input", typed, { signal: view.signal });
    form()?.addEventListener("change", typed, { signal: view.signal });
    bind(typed);
    show();
    if (container.dataset.live && container.dataset.state) grow(container, view, show);
  }

  // filtered returns how to show in the picture what is chosen, and how to add
  // the slider.
  function filtered(container, view) {
    let timeline = null;
    let asked = 0;
    let days = () => {};
    const ofGraph = () => (timeline?.print === view.data.graph.print ? timeline : null);
    const show = async () => {
      const turn = ++asked;
      const { since, until } = chosen();
      const dated = since > -Infinity || until < Infinity;
      try {
        if (dated && !ofGraph() && container.dataset.timeline) timeline = await pair(view, container.dataset.timeline);
      } catch (error) {
        if (error.name === "AbortError") return;
        timeline = null; // by first and last day, then
      }
      if (turn !== asked || container.networkView !== view) return;
      view.graph.setAttribute("undated", dated && !ofGraph());
      days();
      apply(view, chosen(), ofGraph());
    };
    return { show, bind(typed) { days = slider(view, typed); } };
  }

  // differs reports whether the data has changed since something was made of it.
  const differs = (state, made) => made && (state.messages !== Number(made.messages) || state.channels !== Number(made.channels));

  // grow looks, while a collection runs, whether there is more than picture and
  // tables show, and brings it.
  function grow(container, view, show) {
    const drawn = () => view.graph && { messages: view.data.graph.messages, channels: view.data.graph.collected_channels };
    const listed = () => document.getElementById("network-tables")?.dataset;
    const whole = (state, made) => !made || state.messages === Number(made.messages);
    const look = async () => {
      let wait = pollEvery;
      try {
        const state = await view.load(container.dataset.state);
        const begun = Date.now();
        if (!document.hidden) {
          if (differs(state, drawn())) {
            await view.reload();
            await show();
          }
          if (differs(state, listed())) changed(false);
        }
        wait = Math.max(pollEvery, 4 * (Date.now() - begun));
        if (!state.live && whole(state, drawn()) && whole(state, listed())) {
          changed(false); // for the sentence that says so
          return;
        }
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

  document.addEventListener("network:ready", (event) => begin(event.detail));
  const drawn = document.getElementById("network");
  if (drawn?.networkView) begin(drawn);
})();
