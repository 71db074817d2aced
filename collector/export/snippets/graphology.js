// Run in the folder of the bundle: node snippets/graphology.js. Needs graphology.
const { readFileSync } = require("node:fs");
const { MultiDirectedGraph } = require("graphology");

// graph.json has a node's or tie's attributes beside its id, as networkx and d3
// want them; graphology wants them apart.
const data = JSON.parse(readFileSync("network/graph.json", "utf8"));
const graph = MultiDirectedGraph.from({
  attributes: data.graph,
  nodes: data.nodes.map(({ id, ...attributes }) => ({ key: id, attributes })),
  edges: data.links.map(({ source, target, key, ...attributes }) => ({ source, target, attributes })),
});

console.log(graph.order, "channels,", graph.size, "ties");

const named = graph.mapNodes((key, channel) => ({ channel: channel.label, messages: channel.in_weight, by: channel.in_degree }));
console.table(named.sort((a, b) => b.messages - a.messages).slice(0, 25));

const ties = graph.mapEdges((edge, tie, source, target, from, to) => ({ from: from.label, to: to.label, by: tie.kind, messages: tie.weight, first: tie.first, last: tie.last }));
console.table(ties.sort((a, b) => b.messages - a.messages).slice(0, 25));
