"""`coord evaluate` on a tiny suite: the gates that every change has to pass, and the promise that threads change nothing.

The gates are far below what docs/evaluation.md reports: they catch a broken engine, not a worse one."""
import json
import os
import subprocess
import tempfile
import unittest

COORD = os.environ["COORD"]
CELLS = "C1:standard,H2b:easy,C3:easy,HN1,HN4,S"


def evaluate(folder, threads, *more):
    run = subprocess.run([COORD, "evaluate", "--suite", "tiny", "--cells", CELLS, "--batches", "3", "--quiet",
                          "--threads", str(threads), "-o", folder, *more], capture_output=True, text=True,
                         check=False)
    with open(os.path.join(folder, "evaluation.json"), "rb") as f:
        return run, f.read()


class Evaluate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            cls.run_one, cls.one = evaluate(one, 1, "--engine-only")
            cls.run_two, cls.two = evaluate(two, 2, "--engine-only")
            cls.files = sorted(os.listdir(one))
        cls.document = json.loads(cls.one)
        cls.figures = cls.document["methods"][0]["figures"]

    def test_it_ends_well(self):
        self.assertEqual(("", 0), (self.run_one.stderr, self.run_one.returncode))
        self.assertIn("The engine, by cell", self.run_one.stdout)
        self.assertLessEqual({"evaluation.json", "evaluation.md", "rows.csv"}, set(self.files))

    def test_threads_change_nothing(self):
        self.assertEqual(self.one, self.two)

    def test_what_is_planted_is_found(self):
        for cell in ("C1:standard", "H2b:easy", "C3:easy"):
            self.assertGreaterEqual(self.figures[cell]["pair_f1"][0], 0.5, cell)

    def test_nothing_is_made_of_nothing(self):
        for cell in ("S", "HN1", "HN4"):
            self.assertEqual(0, self.figures[cell]["false_alarm"][0], cell)

    def test_no_null_rejects_too_often(self):
        for level in self.document["null_p_values"]:
            if level["on"] == "random groups":
                self.assertLessEqual(level["rejected"][0]["low"], 0.05, level)

    def test_a_batch_says_what_it_was_made_from(self):
        batch = self.document["batches"][0]
        self.assertEqual(64, len(batch["input_sha256"]))
        self.assertGreater(batch["seed"], 0)

    def test_a_cell_that_is_none_is_refused(self):
        run = subprocess.run([COORD, "evaluate", "--cells", "X9"], capture_output=True, text=True, check=False)
        self.assertEqual(2, run.returncode)
        self.assertIn("X9", run.stderr)


class NaiveNulls(unittest.TestCase):
    """What the nulls are for: without populations, hours and networks, whoever is compared stands out."""

    def test_their_price_is_shown(self):
        infrastructure = {}
        for more in ((), ("--naive-nulls",)):
            with tempfile.TemporaryDirectory() as folder:
                run, text = evaluate(folder, 2, "--engine-only", "--cells", "S", *more)
            self.assertEqual(("", 0), (run.stderr, run.returncode))
            document = json.loads(text)
            self.assertEqual(bool(more), document.get("naive_nulls", False))
            self.assertEqual(bool(more), "with naive nulls" in run.stdout)
            infrastructure[bool(more)], = (level for level in document["null_p_values"] if
                                           (level["on"], level["channel"]) == ("random groups", "infrastructure"))
        self.assertLessEqual(infrastructure[False]["rejected"][0]["low"], 0.05)
        self.assertGreaterEqual(infrastructure[True]["rejected"][0]["low"], 0.5)


class Train(unittest.TestCase):
    """`coord evaluate train`: a model file that analyses take, the same for any number of threads, and how unseen families fare."""
    CELLS = "C1:easy,C2:easy,H2a:easy,H2b:easy,HN1,HN8,S"

    def test_a_model_comes_out_and_is_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            path = lambda name: os.path.join(folder, name)
            for threads in (1, 2):
                run = subprocess.run([COORD, "evaluate", "train", "-q", "--batches", "1", "--cells", self.CELLS, "--worlds", "19",
                                      "--name", "tiny", "--threads", str(threads), "-o", path(f"{threads}.json"),
                                      "--families", path(f"{threads}.md")], capture_output=True, text=True, check=False)
                self.assertEqual(("", 0), (run.stderr, run.returncode))
            for kind in ("json", "md"):
                with open(path(f"1.{kind}"), "rb") as one, open(path(f"2.{kind}"), "rb") as two:
                    self.assertEqual(one.read(), two.read())
            with open(path("1.md"), encoding="utf-8") as f:
                table = f.read()
            for family in ("C1", "C2", "H2a", "H2b", "HN1"):
                self.assertIn(f"| {family} | ", table)
            self.assertRegex(table, r"Brier 0\.\d+, ECE 0\.\d+")
            subprocess.run([COORD, "generate", "-q", "--seed", "5", "-o", path("g")], check=True)
            run = subprocess.run([COORD, "analyze", "-q", "-f", "json", "--depth", "minimal", "--model", path("1.json"),
                                  path("g/cowrie.json")], capture_output=True, text=True, check=False)
            self.assertEqual(0, run.returncode, run.stderr)
            self.assertTrue(json.loads(run.stdout)["calibrated"])


if __name__ == "__main__":
    unittest.main()
