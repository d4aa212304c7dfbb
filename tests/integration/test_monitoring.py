#!/usr/bin/env python3
"""deploy/prometheus and deploy/grafana: every metric and label value that a rule or a panel names is one that the program exposes, every expression is
one that Prometheus reads, and every alarm rings when it should."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.environ["COORD_SOURCE"]
DUMP = os.environ["METRICS_DUMP"]
DEPLOY = os.path.join(SOURCE, "deploy")
PROMTOOL = shutil.which("promtool")
# of Prometheus itself
ITS_OWN = {"up", "ALERTS"}
WORDS = {"sum", "max", "min", "rate", "increase", "by", "on", "and", "or", "unless", "histogram_quantile", "count", "round",
         "ignoring", "without", "le", "label_values"}


def read(*path):
    with open(os.path.join(DEPLOY, *path), encoding="utf-8") as f:
        return f.read()


def exposed():
    """Sample names, and for each name and label the values."""
    names, values = set(), {}
    text = subprocess.run([DUMP, "text"], capture_output=True, check=True).stdout.decode()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name = re.match(r"\w+", line).group()
        names.add(name)
        for label, value in re.findall(r'(\w+)="([^"]*)"', line):
            values.setdefault((name, label), set()).add(value)
    return names, values


def dashboard():
    return json.loads(read("grafana", "dashboards", "coordination.json"))


def rule_expressions():
    import yaml
    groups = yaml.safe_load(read("prometheus", "rules.yml"))["groups"]
    return [(r.get("record") or r["alert"], r["expr"]) for g in groups for r in g["rules"]]


def panel_expressions():
    return [(p["title"], t["expr"]) for p in dashboard()["panels"] for t in p.get("targets", [])]


def metric_names(expression):
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|on|ignoring|without)\s*\([^)]*\)|\"[^\"]*\"", " ", expression)
    return {w for w in re.findall(r"[a-zA-Z_:][\w:]*", bare) if w not in WORDS}


def matchers(expression):
    """(metric, label, values) of closed matchers."""
    for metric, inside in re.findall(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}", expression):
        for label, operator, value in re.findall(r'(\w+)\s*(=~|!=|=)\s*"([^"]*)"', inside):
            if label not in ("instance", "job", "alertstate"):
                yield metric, label, value.split("|") if operator == "=~" else [value]


class Names(unittest.TestCase):
    def setUp(self):
        try:
            self.rules = rule_expressions()
        except ImportError:
            self.skipTest("PyYAML is not installed (package python3-yaml)")
        self.all = self.rules + panel_expressions()
        self.names, self.values = exposed()

    def test_there_is_something_to_check(self):
        self.assertGreater(len(self.rules), 12)
        self.assertGreater(len(panel_expressions()), 30)

    def test_every_metric_is_exposed(self):
        recorded = {name for name, _ in self.rules if ":" in name}
        unknown = {(where, n) for where, e in self.all for n in metric_names(e) - self.names - recorded - ITS_OWN}
        self.assertEqual(set(), unknown)

    def test_an_unknown_metric_is_seen(self):
        self.assertEqual({"coordination_jobs"}, metric_names('sum by (outcome) (rate(coordination_jobs{a="b"}[5m])) > 0.1') - self.names)

    def test_every_label_value_is_exposed(self):
        unknown = set()
        for where, expression in self.all:
            for metric, label, wanted in matchers(expression):
                if ":" in metric:  # recorded from this one
                    metric = metric.split(":")[0] + "_" + metric.split(":")[1] + "_bucket"
                unknown |= {(where, metric, label, v) for v in set(wanted) - self.values.get((metric, label), set())}
        self.assertEqual(set(), unknown)

    def test_every_family_is_watched(self):
        """A metric that no panel shows and no alarm looks at is one that nobody needed."""
        used = set().union(*(metric_names(e) for _, e in self.all))
        families = {re.sub(r"_(bucket|sum|count)$", "", n) for n in self.names if n.startswith("coordination_")}
        self.assertEqual(set(), families - {re.sub(r"_(bucket|sum|count)$", "", n) for n in used})


class Fed(unittest.TestCase):
    def test_every_family_is_counted_somewhere(self):
        """A metric that stays at zero whatever happens is worse than none: its alarm never rings."""
        with open(os.path.join(SOURCE, "src/metrics/families.def"), encoding="utf-8") as f:
            families = set(re.findall(r"^FAMILY\((\w+),", f.read(), flags=re.M))
        used = {"BUILD"}  # set when the block is made
        for folder, _, names in os.walk(os.path.join(SOURCE, "src")):
            for name in names:
                if name.endswith(".c") and not folder.endswith("/metrics"):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        used |= set(re.findall(r"\bMETRIC_(\w+)", f.read()))
        self.assertEqual(set(), families - used)


class Prometheus(unittest.TestCase):
    def setUp(self):
        if PROMTOOL is None:
            self.skipTest("promtool is not installed (package prometheus)")

    def promtool(self, *args):
        ran = subprocess.run([PROMTOOL, *args], capture_output=True, check=False)
        self.assertEqual(0, ran.returncode, ran.stdout.decode() + ran.stderr.decode())

    def test_configuration(self):
        self.promtool("check", "config", os.path.join(DEPLOY, "prometheus", "prometheus.yml"))

    def test_rules(self):
        self.promtool("check", "rules", os.path.join(DEPLOY, "prometheus", "rules.yml"))

    def test_alarms_ring(self):
        self.promtool("test", "rules", os.path.join(DEPLOY, "prometheus", "rules_test.yml"))

    def test_expressions_of_panels(self):
        """As rules of a file of their own, with Grafana's variables filled in."""
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
            rules = [{"record": f"panel:{i}", "expr": e.replace("$__rate_interval", "1m").replace("$instance", ".*")}
                     for i, (_, e) in enumerate(panel_expressions())]
            json.dump({"groups": [{"name": "panels", "rules": rules}]}, f)
            f.flush()
            self.promtool("check", "rules", f.name)


class Grafana(unittest.TestCase):
    def test_can_be_provisioned(self):
        board = dashboard()
        self.assertEqual("coordination", board["uid"])
        self.assertFalse({"id", "__inputs", "__requires"} & set(board))
        ids = [p["id"] for p in board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    def test_datasources_are_the_provisioned_one(self):
        text = read("grafana", "provisioning", "datasources", "prometheus.yaml")
        self.assertRegex(text, r"(?m)^ +uid: prom$")
        uids = re.findall(r'"datasource": \{\s*"type": "prometheus",\s*"uid": "(\w+)"', read("grafana", "dashboards", "coordination.json"))
        self.assertEqual({"prom"}, set(uids))

    def test_panels_lie_side_by_side(self):
        cells = set()
        for p in dashboard()["panels"]:
            g = p["gridPos"]
            self.assertLessEqual(g["x"] + g["w"], 24)
            mine = {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
            self.assertEqual(set(), cells & mine, p["title"])
            cells |= mine


if __name__ == "__main__":
    unittest.main()
