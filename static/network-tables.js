// Brings along what the server says of the network: the tables, the counts above
// the picture, and the details beside it. They follow the filter and the data as
// the picture does (network-filter.js), and each link in them that would open the
// page anew changes only its own part. Without this file the links lead on.
(() => {
  "use strict";

  const running = Symbol.for("telegramtrac.network-tables");
  if (document[running]) return;
  document[running] = true;

  const byId = (id) => document.getElementById(id);
  const form = () => byId("network-filter");
  const view = () => byId("network")?.networkView;

  // How the tables are sorted and paged: fields of an address, and where the
  // tables keep them.
  const kept = { nodes: "nodes", edges: "edges", nodes_page: "nodesPage", edges_page: "edgesPage" };

  // filter are the form's fields as an address has them: those that narrow.
  // No box ticked is another thing than no kinds named, which means all.
  function filter() {
    const query = new URLSearchParams();
    if (!form()) return query;
    const fields = new FormData(form());
    const boxes = form().querySelectorAll("[name=kinds]").length;
    const kinds = fields.getAll("kinds");
    if (kinds.length < boxes) for (const kind of kinds.length > 0 ? kinds : ["none"]) query.append("kinds", kind);
    for (const [name, value] of fields) {
      if (value && name !== "kinds" && !(name === "color" && value === "community")) query.append(name, value);
    }
    return query;
  }

  // bring reads the tables anew, as the form, the order and the pages say. The
  // newest request wins (hx-sync of the panel), and it knows of all before it.
  function bring() {
    const tables = byId("network-tables");
    if (!tables || !byId("network-panel") || !window.htmx) return;
    const query = filter();
    for (const [field, key] of Object.entries(kept)) {
      if (tables.dataset[key]) query.set(field, tables.dataset[key]);
    }
    const address = `/tabs/network${query.size > 0 ? `?${query}` : ""}`;
    if (location.pathname === "/tabs/network") history.replaceState(history.state, "", address);
    // The header says what is swapped; htmx.ajax itself names its source's target.
    htmx.ajax("GET", address, { source: "#network-panel", target: "#network-tables", swap: "outerHTML", headers: { "HX-Target": "div#network-tables" } });
  }

  // arrange sorts or pages as a link of the tables says.
  function arrange(link) {
    const wanted = new URL(link.href).searchParams;
    for (const [field, key] of Object.entries(kept)) byId("network-tables").dataset[key] = wanted.get(field) ?? "";
    bring();
  }

  // What the details show is kept with them: a channel, or the two of a tie and
  // its kinds where they are not simply the filter's.
  const chosen = () => {
    const { channel, source, target, kinds } = byId("network-details")?.dataset ?? {};
    return { channel, source, target, kinds: kinds ? kinds.split(" ") : [] };
  };

  function address({ channel, source, target, kinds }) {
    const query = filter();
    if (channel) {
      query.set("channel", channel);
      return `/tabs/network?${query}`;
    }
    if (kinds.length > 0) query.delete("kinds");
    for (const kind of kinds) query.append("kinds", kind);
    query.set("source", source);
    query.set("target", target);
    return `/network/ties?${query}`;
  }

  // choose shows a channel or a tie in the details, or, of nothing, what can be
  // clicked.
  function choose(what) {
    const panel = byId("network-details");
    if (!panel) return;
    const { channel = "", source = "", target = "", kinds = [] } = what ?? {};
    Object.assign(panel.dataset, { channel, source, target, kinds: kinds.join(" ") });
    if (channel || source) read("Reading…");
    else idle();
  }

  function idle() {
    const panel = byId("network-details");
    const { channel, source } = chosen();
    if (!panel || channel || source || !view()?.hint) return;
    reading?.abort();
    say(panel, view().hint);
  }

  function say(panel, text) {
    if (panel.childElementCount === 1 && panel.textContent === text) return;
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = text;
    panel.replaceChildren(hint);
  }

  let reading = null;

  // read asks for what is chosen. Where it was asked for anew, with nothing to
  // say meanwhile, only what differs is exchanged: nobody clicked.
  async function read(meanwhile) {
    const panel = byId("network-details");
    reading?.abort();
    const mine = new AbortController();
    reading = mine;
    if (meanwhile) say(panel, meanwhile);
    try {
      const answer = await fetch(address(chosen()), { signal: mine.signal, headers: { Accept: "text/html", "HX-Request": "true", "HX-Target": "aside#network-details" } });
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`);
      const text = await answer.text();
      if (mine.signal.aborted || !panel.isConnected) return;
      await htmx.swap({ target: panel, sourceElement: panel, swap: meanwhile ? "innerHTML" : "innerMorph", text });
    } catch (error) {
      if (error.name === "AbortError" || !panel.isConnected) return;
      console.warn("network:", error);
      if (meanwhile) say(panel, "This could not be read. Choose it again in a moment.");
    }
  }

  document.addEventListener("network:chosen", (event) => choose(event.detail));
  document.addEventListener("network:ready", idle);
  document.addEventListener("network:changed", (event) => {
    const tables = byId("network-tables");
    const { channel, source } = chosen();
    if (event.detail.filter) {
      if (tables) Object.assign(tables.dataset, { nodesPage: "", edgesPage: "" });
      if (source) byId("network-details").dataset.kinds = "";
    }
    bring();
    if (channel || source) read();
    else idle();
  });

  // A channel is shown in the picture, too, when it is drawn there.
  function show(node) {
    const panel = byId("network-details");
    if (view()?.graph?.hasNode(node)) {
      view().select(node);
      view().show(node);
    } else {
      view()?.select?.(null);
      choose({ channel: node });
    }
    panel.scrollIntoView({ block: "nearest" });
    panel.focus({ preventScroll: true });
  }

  function tie(link) {
    const wanted = new URL(link.href).searchParams;
    choose({ source: wanted.get("source"), target: wanted.get("target"), kinds: wanted.getAll("kinds") });
    byId("network-details").focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx || !byId("network-details")) return;
    const act = link.matches("#network-tables a.sort, #network-tables .pager a") ? () => arrange(link)
      : link.matches("a[data-node]") ? () => show(link.dataset.node)
      : link.matches("#network-details a.network-read") ? () => tie(link) : null;
    if (!act) return;
    event.preventDefault();
    act();
  });

  idle();
})();
