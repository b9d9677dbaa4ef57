"""Asks Prometheus each query of a Grafana dashboard: dashboard_queries.py FILE URL.

Says how many series each has for an answer, and fails if one has none.
"""

import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

# What Grafana puts in place of its variables.
VARIABLES = {"$instance": ".*", "$__range": "1h"}


def queries(board):
    """All queries: of panels, annotations and variables; the latter ask for labels of a metric."""
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for annotation in board["annotations"]["list"]:
        yield "annotation " + annotation["name"], annotation["expr"]
    for variable in board["templating"]["list"]:
        labels = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable.get("definition", ""))
        if labels:
            yield "variable " + variable["name"], "count by ({1}) ({0})".format(*labels.groups())


def answer(url, query):
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    with urllib.request.urlopen(url + "/api/v1/query?" + urllib.parse.urlencode({"query": query})) as reply:
        return json.load(reply)["data"]["result"]


def main():
    with open(sys.argv[1]) as file:
        board = json.load(file)
    failed = 0
    for title, query in queries(board):
        try:
            said = answer(sys.argv[2], query)
            text = f"{len(said)} series, first {said[0]['metric']} {said[0]['value'][1]}" if said else "FAILED: no answer"
        except urllib.error.HTTPError as e:
            text = "FAILED: " + e.read().decode()
        failed += text.startswith("FAILED")
        print(f"{title}: {text}" + (f": {query}" if text.startswith("FAILED") else ""))
    sys.exit(1 if failed else 0)


main()
