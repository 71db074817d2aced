"""Reads graph.json and graph.gexf as a researcher does, with networkx, and
compares nodes, edges, weights, dates and titles with what the program meant:

    check_networkx.py graph.json graph.gexf expected.json

expected.json holds {"nodes": [{id, label, title, x, y}, ...], "edges":
[{source, target, kind, weight, first, last}, ...]}. It ends with an error and
a sentence for each difference.
"""
import inspect
import json
import sys

import networkx
from networkx.readwrite.json_graph import node_link_graph


def legal(text):
    """The text as XML can hold it."""
    ok = lambda c: c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    return None if text is None else "".join(c if ok(c) else "\ufffd" for c in text)


def edges_of(graph, date):
    found = {}
    for source, target, data in graph.edges(data=True):
        found[source, target, data["kind"]] = (float(data["weight"]), data["first"], data["last"], date(data))
    return found


def compare(name, graph, expected, text, start, date):
    problems = []
    if not graph.is_directed():
        problems.append(f"{name}: the graph is not directed")
    nodes = {n["id"]: n for n in expected["nodes"]}
    if set(graph.nodes) != set(nodes):
        problems.append(f"{name}: nodes differ: {set(graph.nodes) ^ set(nodes)}")
    for key, want in nodes.items():
        got = graph.nodes[key]
        for field in ("label", "title"):
            if got.get(field) != text(want[field]):
                problems.append(f"{name}: {field} of {key} is {got.get(field)!r}, not {text(want[field])!r}")
        x, y = (got["viz"]["position"][a] for a in "xy") if "viz" in got else (got["x"], got["y"])
        if (x, y) != (want["x"], want["y"]):
            problems.append(f"{name}: {key} lies at {x}, {y}, not at {want['x']}, {want['y']}")
    edges = {(e["source"], e["target"], e["kind"]): (float(e["weight"]), e["first"], e["last"], start(e)) for e in expected["edges"]}
    got = edges_of(graph, date)
    if graph.number_of_edges() != len(edges):
        problems.append(f"{name}: {graph.number_of_edges()} edges, not {len(edges)}")
    for key in edges.keys() | got.keys():
        if edges.get(key) != got.get(key):
            problems.append(f"{name}: edge {key} is {got.get(key)}, not {edges.get(key)}")
    return problems


def main(json_file, gexf_file, expected_file):
    with open(expected_file, encoding="utf-8") as f:
        expected = json.load(f)
    with open(json_file, encoding="utf-8") as f:
        data = json.load(f)
    links = {"edges": "links"} if "edges" in inspect.signature(node_link_graph).parameters else {}
    none = lambda _: None
    problems = compare("graph.json", node_link_graph(data, **links), expected, lambda text: text, none, none)
    days = lambda e: (e["first"][:10], e["last"][:10])
    problems += compare("graph.gexf", networkx.read_gexf(gexf_file), expected, legal, days, lambda d: (d["start"], d["end"]))
    print(f"networkx {networkx.__version__} read {len(expected['nodes'])} nodes and {len(expected['edges'])} edges from both files")
    if problems:
        sys.exit("\n".join(problems))


main(*sys.argv[1:])
