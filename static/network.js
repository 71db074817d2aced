// Draws the network of channels into <div id="network" data-graph="…">, now and
// whenever htmx swaps one in. Positions, colours and sizes come with the graph;
// the tables of the page hold the same, so nothing here is needed to read it.
(() => {
  "use strict";

  // The script may be loaded again with every swapped-in fragment.
  const running = Symbol.for("telegramtrac.network");
  if (document[running]) {
    document[running]();
    return;
  }

  const drawnNodes = 5000; // of larger graphs, the heaviest are drawn
  const arrowEdges = 20000; // above, edges are plain lines
  const elsewhere = "The tables below hold the same.";
  const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;

  function say(text) {
    const status = document.getElementById("network-status");
    if (status) status.textContent = text;
  }

  // make builds an element with text and children; never from HTML.
  function make(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  // theme resolves the page's tokens to plain colours, which light-dark() is not.
  function theme(container) {
    const probe = container.appendChild(make("span", { hidden: true }));
    const token = (name, fallback) => {
      probe.style.color = "";
      probe.style.color = `var(${name}, ${fallback})`;
      const found = getComputedStyle(probe).color;
      return /^rgb/.test(found) ? found : fallback;
    };
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const colors = {
      ink: token("--ink", dark ? "#e8ecec" : "#1b2124"),
      soft: token("--soft", dark ? "#a3afb3" : "#566066"),
      paper: token("--card", dark ? "rgb(28, 34, 37)" : "rgb(255, 255, 255)"),
      outline: token("--edge", dark ? "#77858a" : "#858e90"),
      faint: token("--line", dark ? "#323b3f" : "#d9dcd6"),
      font: getComputedStyle(container).fontFamily || "sans-serif",
    };
    probe.remove();
    return colors;
  }

  // Titles are strangers' text: no control or direction characters, no novels.
  function shortLabel(label) {
    const clean = label.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => (c === "\u200d" ? c : " ")).trim();
    const letters = [...clean];
    return letters.length > 32 ? `${letters.slice(0, 31).join("")}…` : clean;
  }

  // fill makes a graph hold the heaviest nodes of the data and the edges between
  // them, whatever it held before. Edges of a node to itself are kept and hidden.
  function fill(graph, data) {
    const weight = (n) => n.in_weight + n.out_weight;
    const nodes = [...data.nodes].sort((a, b) => weight(b) - weight(a)).slice(0, drawnNodes);
    const shrink = Math.min(1, (120 / nodes.length) ** 0.35); // the more there are, the smaller
    const heaviest = data.links.reduce((most, l) => Math.max(most, l.weight), 1);
    const kept = new Set(nodes.map((n) => n.id));
    graph.forEachNode((key) => { if (!kept.has(key)) graph.dropNode(key); });
    for (const n of nodes) {
      graph.mergeNode(n.id, {
        ...n,
        size: Math.max(1.5, n.size * shrink),
        text: shortLabel(n.label) || n.id,
        type: ["disc", "ring", "target"][n.pattern % 3],
      });
    }
    const there = new Set();
    data.links.forEach((l, index) => {
      if (!graph.hasNode(l.source) || !graph.hasNode(l.target)) return;
      const key = JSON.stringify([l.source, l.target, l.key]);
      there.add(key);
      graph.mergeEdgeWithKey(key, l.source, l.target, {
        ...l,
        index,
        shown: l.weight, // messages within the filter
        size: 0.8 + 4.2 * Math.sqrt(l.weight / heaviest) * Math.max(shrink, 0.5),
        hidden: l.source === l.target,
      });
    });
    graph.forEachEdge((key) => { if (!there.has(key)) graph.dropEdge(key); });
    return graph;
  }

  // choose tells who shows details (network-tables.js) what was clicked: a
  // channel, a tie, or nothing.
  const choose = (detail) => document.dispatchEvent(new CustomEvent("network:chosen", { detail }));

  // tieOf is the tie that an edge belongs to. Where some of its kinds do not fit
  // the filter, those that do are named.
  function tieOf(graph, edge) {
    const [source, target] = graph.extremities(edge);
    const all = graph.directedEdges(source, target);
    const drawn = all.filter((e) => !graph.getEdgeAttribute(e, "hidden"));
    return { source, target, kinds: drawn.length < all.length ? drawn.map((e) => graph.getEdgeAttribute(e, "kind")) : [] };
  }

  // mix is part of one #rrggbb colour laid over another rgb(…) one.
  function mix(top, share, under) {
    const below = under.match(/[\d.]+/g)?.map(Number);
    const above = /^#[0-9a-f]{6}$/i.test(top) ? [1, 3, 5].map((i) => parseInt(top.slice(i, i + 2), 16)) : top.match(/[\d.]+/g)?.map(Number);
    if (!below || !above) return top;
    return `rgb(${[0, 1, 2].map((i) => Math.round(above[i] * share + below[i] * (1 - share))).join(",")})`;
  }

  // beside is where a name begins: on the right of its circle, or on the left
  // where it would be cut off by the picture's edge.
  function beside(context, data) {
    const width = context.measureText(data.label).width;
    const right = data.x + data.size + 3;
    const left = data.x - data.size - 3 - width;
    return right + width > context.canvas.clientWidth - 4 && left > 0 ? left : right;
  }

  // labels writes names with a rim of the background, so that they can be read
  // over circles and lines.
  function labels(colors) {
    return (context, data, settings) => {
      if (!data.label) return;
      const size = settings.labelSize;
      context.font = `${settings.labelWeight} ${size}px ${settings.labelFont}`;
      context.lineJoin = "round";
      context.lineWidth = 3;
      context.strokeStyle = colors.paper;
      context.fillStyle = data.labelColor ?? colors.ink;
      const x = beside(context, data);
      context.strokeText(data.label, x, data.y + size / 3);
      context.fillText(data.label, x, data.y + size / 3);
    };
  }

  // boxes writes the name of the node in focus in a box.
  function boxes(colors) {
    return (context, data, settings) => {
      if (!data.label) return;
      const size = settings.labelSize;
      context.font = `${settings.labelWeight} ${size}px ${settings.labelFont}`;
      context.lineWidth = 1;
      const x = beside(context, data);
      const width = context.measureText(data.label).width;
      context.fillStyle = colors.paper;
      context.strokeStyle = colors.outline;
      context.beginPath();
      context.roundRect(x - 4, data.y - size * 0.8, width + 8, size * 1.6, 4);
      context.fill();
      context.stroke();
      context.fillStyle = colors.ink;
      context.fillText(data.label, x, data.y + size / 3);
    };
  }

  const border = (borders) => Sigma.rendering.createNodeBorderProgram({ borders });
  const part = (size, attribute) => ({ size: size ? { value: size, mode: "relative" } : { fill: true }, color: { attribute } });

  // Beyond the palette a community's circles are rings, then rings with a dot.
  function programs() {
    return {
      nodeProgramClasses: {
        disc: border([part(0.12, "outline"), part(0, "color")]),
        ring: border([part(0.5, "color"), part(0, "hollow")]),
        target: border([part(0.3, "color"), part(0.3, "hollow"), part(0, "color")]),
      },
      edgeProgramClasses: { arrow: Sigma.rendering.EdgeArrowProgram, line: Sigma.rendering.EdgeLineProgram },
    };
  }

  const canDraw = () => {
    const canvas = document.createElement("canvas");
    return Boolean(window.WebGLRenderingContext && (canvas.getContext("webgl2") || canvas.getContext("webgl")));
  };

  // draw shows the graph on the stage. It returns how to select a node (null:
  // none) and how to end.
  function draw(graph, container, stage) {
    let colors = theme(container);
    let hovered = null;
    let selected = null;
    let near = null; // the nodes beside the one in focus, with itself

    const paint = (n) => n.tint ?? (n.color === "#000000" ? colors.ink : n.color);
    const searching = () => graph.getAttribute("searching");
    const nodeReducer = (key, n) => {
      const shown = { ...n, label: n.text, color: paint(n), outline: colors.paper, hollow: colors.paper, labelColor: n.collected ? colors.ink : colors.soft };
      if (key === selected) Object.assign(shown, { outline: colors.ink, highlighted: true, zIndex: 3 });
      else if (near?.has(key)) Object.assign(shown, { forceLabel: near.size <= 40, zIndex: 2 });
      else if (near) Object.assign(shown, { color: colors.faint, label: null, zIndex: 0 });
      else if (searching()) Object.assign(shown, n.found ? { forceLabel: true, zIndex: 2 } : { color: colors.faint, label: null, zIndex: 0 });
      return shown;
    };
    const edgeReducer = (key, e) => {
      const focus = hovered ?? selected;
      const touching = focus && (e.source === focus || e.target === focus);
      const color = e.tint ?? paint(graph.getNodeAttributes(e.source));
      if (touching) return { ...e, color: mix(color, 0.8, colors.paper), size: e.size + 0.8, zIndex: 1 };
      return { ...e, color: mix(color, 0.5, colors.paper), hidden: e.hidden || Boolean(focus), zIndex: 0 };
    };

    let clickable = graph.size <= arrowEdges; // arrows, which can be clicked
    const renderer = new Sigma(graph, stage, {
      ...programs(),
      nodeReducer,
      edgeReducer,
      defaultNodeType: "disc",
      defaultEdgeType: clickable ? "arrow" : "line",
      allowInvalidContainer: true,
      hideEdgesOnMove: true,
      enableEdgeEvents: clickable,
      zIndex: true,
      minEdgeThickness: 0.6,
      stagePadding: 40,
      labelDensity: 0.7,
      labelGridCellSize: 110,
      labelRenderedSizeThreshold: 4,
      labelSize: 13,
      labelFont: colors.font,
      labelColor: { attribute: "labelColor" },
      defaultDrawNodeLabel: (...args) => labels(colors)(...args),
      defaultDrawNodeHover: (...args) => boxes(colors)(...args),
    });

    const surround = () => {
      const focus = hovered ?? selected;
      near = focus ? new Set([focus, ...graph.neighbors(focus)]) : null;
    };
    const focusOn = () => {
      surround();
      renderer.refresh({ skipIndexation: true });
    };
    // After nodes and edges came, went or were hidden.
    const redraw = () => {
      if (hovered !== null && !graph.hasNode(hovered)) hovered = null;
      if (selected !== null && !graph.hasNode(selected)) selected = null;
      surround();
      if (clickable && graph.size > arrowEdges) { // it grew; what was begun as lines stays so
        clickable = false;
        renderer.setSetting("enableEdgeEvents", false);
        renderer.setSetting("defaultEdgeType", "line");
      }
      renderer.refresh();
    };
    const select = (node) => {
      selected = node !== null && graph.hasNode(node) ? node : null;
      hovered = null;
      focusOn();
      choose(selected === null ? null : { channel: selected });
    };
    renderer.on("enterNode", ({ node }) => { hovered = node; stage.style.cursor = "pointer"; focusOn(); });
    renderer.on("leaveNode", () => { hovered = null; stage.style.cursor = ""; focusOn(); });
    renderer.on("clickNode", ({ node }) => select(node));
    renderer.on("clickStage", () => select(null));
    renderer.on("enterEdge", () => { stage.style.cursor = "pointer"; });
    renderer.on("leaveEdge", () => { stage.style.cursor = ""; });
    renderer.on("clickEdge", ({ edge }) => choose(tieOf(graph, edge)));

    // The wheel scrolls the page until the picture has been clicked.
    let engaged = false;
    const wheel = (event) => { if (!engaged && !event.ctrlKey) event.stopPropagation(); };
    stage.addEventListener("wheel", wheel, { capture: true, passive: true });
    stage.addEventListener("pointerdown", () => { engaged = true; });
    stage.addEventListener("pointerleave", () => { engaged = false; });

    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const recolor = () => { colors = theme(container); renderer.refresh({ skipIndexation: true }); };
    scheme.addEventListener("change", recolor);
    const resized = new ResizeObserver(() => { renderer.resize(); renderer.refresh({ skipIndexation: true }); });
    resized.observe(stage);

    const camera = renderer.getCamera();
    return {
      select,
      refresh: redraw,
      get clickable() { return clickable; },
      show(node) {
        const at = renderer.getNodeDisplayData(node);
        if (at) camera.animate({ x: at.x, y: at.y, ratio: Math.min(camera.ratio, 0.5) });
      },
      zoomIn: () => camera.animatedZoom(),
      zoomOut: () => camera.animatedUnzoom(),
      whole: () => camera.animatedReset(),
      end() {
        resized.disconnect();
        scheme.removeEventListener("change", recolor);
        renderer.kill();
      },
    };
  }

  // tools are the buttons for those who do not zoom with a wheel or fingers.
  function tools(picture) {
    const button = (textContent, act) => {
      const b = make("button", { type: "button", className: "small", textContent });
      b.addEventListener("click", act);
      return b;
    };
    const row = make("div", { className: "buttons network-tools" },
      button("Zoom in", picture.zoomIn), button("Zoom out", picture.zoomOut), button("Whole network", picture.whole));
    document.getElementById("network-status")?.before(row);
    return row;
  }

  // hint says what can be clicked.
  const hint = (picture) => picture.clickable
    ? "Click a channel to see its ties, or an arrow to read the messages that make it."
    : "Click a channel to see its ties and the messages that make them.";

  function summary(data, graph, picture) {
    const visible = graph.filterEdges((edge, e) => !e.hidden).length;
    const nodes = graph.filterNodes((node, n) => !n.hidden).length;
    const all = count(data.graph.nodes);
    const part = graph.order < data.graph.nodes;
    const sentences = [];
    if (graph.order === 0) sentences.push("There is nothing to draw yet.");
    else if (nodes < graph.order && part) sentences.push(`, of the heaviest ${count(graph.order)} of ${all} channels: the others of these do not fit what is chosen. Lighter channels are not drawn even where they fit; the tables hold all that fit.`);
    else if (nodes < graph.order) sentences.push(`, of ${count(graph.order)} channels: the others do not fit what is chosen.`);
    else if (part) sentences.push(`: the heaviest of ${all} channels. Files and tables hold all of them.`);
    else sentences.push(".");
    if (graph.order > 0) sentences[0] = `${plural(nodes, "channel", "channels")} and ${plural(visible, "tie", "ties")} drawn${sentences[0]}`;
    if (!picture.clickable) sentences.push(`Of more than ${count(arrowEdges)} ties, plain lines are drawn, without arrows; they cannot be clicked. ${hint(picture)}`);
    if (graph.getAttribute("kindless")) sentences.push("No kind of tie is ticked: tick one to see ties.");
    if (graph.getAttribute("undated")) sentences.push("The days of messages could not be read: ties that reach into the chosen days are shown with all of their messages.");
    return sentences.join(" ");
  }

  let current = null; // what is shown: { container, address, stage, abort, picture, row }

  function end() {
    if (!current) return;
    current.abort.abort();
    current.picture?.end();
    current.row?.remove();
    current.stage.remove();
    delete current.container.networkGraph;
    delete current.container.networkSelect;
    delete current.container.networkView;
    current = null;
  }

  // ready hands the view to the filter and the tables (network-filter.js,
  // network-tables.js), with a graph where there is a picture.
  function ready(container, view) {
    container.networkView = view;
    document.dispatchEvent(new CustomEvent("network:ready", { detail: container }));
  }

  // undrawn goes on without a picture: the tables hold the same, and grow.
  function undrawn(shown, load, why) {
    say(`${why} ${elsewhere}`);
    ready(shown.container, { graph: null, load, signal: shown.abort.signal, hint: "Choose a channel in the tables below to see its ties and the messages that make them." });
  }

  async function begin(container) {
    const shown = { container, address: container.dataset.graph, abort: new AbortController(), stage: make("div") };
    const load = async (address) => {
      const answer = await fetch(address, { signal: shown.abort.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return answer.json();
    };
    current = shown;
    Object.assign(shown.stage.style, { position: "absolute", inset: "0" });
    container.append(shown.stage);
    if (!canDraw()) {
      undrawn(shown, load, "This browser cannot draw the network: WebGL is missing or off.");
      return;
    }
    say("Loading the network…");
    try {
      const data = await load(shown.address);
      await libraries(shown.abort.signal);
      if (current !== shown) return;
      ready(container, picture(shown, data, load));
    } catch (error) {
      if (error.name === "AbortError" || current !== shown) return;
      console.error("network:", error);
      undrawn(shown, load, "The network could not be drawn.");
    }
  }

  // picture draws the data and returns the view of it.
  function picture(shown, data, load) {
    const graph = fill(new graphology.MultiDirectedGraph(), data);
    const drawn = draw(graph, shown.container, shown.stage);
    shown.picture = drawn;
    shown.row = tools(drawn);
    shown.container.networkGraph = graph;
    shown.container.networkSelect = drawn.select;
    say(summary(data, graph, drawn));
    let newest = 0;
    return {
      graph,
      load,
      signal: shown.abort.signal,
      select: drawn.select,
      show: drawn.show,
      get data() { return data; },
      get hint() { return hint(drawn); },
      refresh() { drawn.refresh(); say(summary(data, graph, drawn)); },
      async reload() {
        const turn = ++newest;
        const found = await load(shown.address);
        if (turn !== newest) return; // a later one brings more
        data = found;
        fill(graph, data);
        drawn.refresh();
      },
    };
  }

  // libraries waits for sigma and graphology: scripts of a swapped-in fragment
  // load in any order. Load events do not bubble, but they can be captured.
  function libraries(signal) {
    const there = () => window.Sigma && window.graphology;
    return new Promise((resolve, reject) => {
      if (there()) return resolve();
      const done = new AbortController();
      const listen = (name, act) => document.addEventListener(name, act, { capture: true, signal: done.signal });
      listen("load", () => { if (there()) { done.abort(); resolve(); } });
      listen("error", (event) => { if (event.target.localName === "script") { done.abort(); reject(new Error(`${event.target.src} did not load`)); } });
      signal.addEventListener("abort", () => { done.abort(); reject(new DOMException("", "AbortError")); });
    });
  }

  // sync makes what is drawn follow what is in the document.
  function sync() {
    const container = document.getElementById("network");
    const same = current && current.container === container && current.stage.isConnected && current.address === container.dataset.graph;
    if (same) return;
    end();
    if (container?.dataset.graph) begin(container);
  }

  document[running] = sync;
  document.addEventListener("htmx:after:swap", sync);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", sync);
  else sync();
})();
