#!/usr/bin/env python3
"""Where answers go: whole files or none, closed pipes, interruptions, terminals."""
import os
import pty
import signal
import stat
import subprocess
import time
import unittest

from support import COORD, DONE, FAILED, Case, background, coord, environment, ndjson


class Output(Case):
    def setUp(self):
        super().setUp()
        self.log = self.file("cowrie.json", ndjson(background()))

    def test_file_is_what_stdout_would_be(self):
        expected = coord("ingest", self.log).stdout
        self.assertEqual(b"", self.status(DONE, coord("ingest", self.log, "-o", self.path("out"))).stdout)
        with open(self.path("out"), "rb") as f:
            self.assertEqual(expected, f.read())
        self.assertEqual(["cowrie.json", "out"], sorted(os.listdir(self.folder)))

    def test_mode_follows_the_umask(self):
        subprocess.run(["sh", "-c", 'umask 027; exec "$0" ingest "$1" -o "$2"', COORD, self.log, self.path("out")],
                       check=True, env=environment())
        self.assertEqual(0o640, stat.S_IMODE(os.stat(self.path("out")).st_mode))

    def test_a_failed_run_leaves_the_old_file(self):
        old = self.file("out", b"old")
        self.status(FAILED, coord("ingest", self.path("none"), "-o", old))
        with open(old, "rb") as f:
            self.assertEqual(b"old", f.read())

    def test_a_link_stays_a_link(self):
        target = self.file("target", b"old")
        os.symlink(target, self.path("link"))
        self.status(DONE, coord("ingest", self.log, "-o", self.path("link")))
        self.assertTrue(os.path.islink(self.path("link")))
        self.assertGreater(os.path.getsize(target), 1000)

    def test_devices_are_written_in_place(self):
        self.status(DONE, coord("ingest", self.log, "-o", "/dev/null"))
        self.assertEqual(coord("ingest", self.log).stdout, coord("ingest", self.log, "-o", "-").stdout)

    def test_unwritable_places(self):
        for path in (self.path("no/such/folder/out"), self.folder):
            result = self.status(FAILED, coord("ingest", self.log, "-o", path))
            self.assertIn(b"cannot write", result.stderr)

    def test_a_closed_pipe_ends_quietly(self):
        big = self.file("big", ndjson(background(5000)))
        command = f'"{COORD}" ingest "{big}" | head -n 1; exit "${{PIPESTATUS[0]}}"'
        result = subprocess.run(["bash", "-c", command], capture_output=True, env=environment(), check=False)
        self.assertEqual((DONE, b""), (result.returncode, result.stderr))
        self.assertEqual(1, result.stdout.count(b"\n"))

    def test_interruption_leaves_nothing_behind(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        for number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen([COORD, "ingest", fifo, "-o", self.path("out")], stderr=subprocess.PIPE,
                                  env=environment()) as process:
                with open(fifo, "wb") as f:
                    f.write(ndjson(background(3)))
                    f.flush()
                    process.send_signal(number)
                    process.wait(60)
            self.assertEqual(-number, process.returncode)
            self.assertEqual(["cowrie.json", "fifo"], sorted(os.listdir(self.folder)))

    def terminal(self):
        """The two ends of a pseudo-terminal; skips where there are none (a bare chroot)."""
        try:
            return pty.openpty()
        except OSError as error:
            self.skipTest(f"no pseudo-terminal: {error}")

    def on_terminal(self, *args, ends=None, **env):
        """Standard error on a terminal of 60 columns; returns (status, what appeared there)."""
        master, slave = ends or self.terminal()
        with subprocess.Popen([COORD, *args], stdout=subprocess.DEVNULL, stderr=slave,
                              env=environment(TERM="xterm", **env)) as process:
            os.close(slave)
            shown = b""
            while True:
                try:
                    part = os.read(master, 4096)
                except OSError:
                    break
                if not part:
                    break
                shown += part
            process.wait(60)
        os.close(master)
        return process.returncode, shown

    def test_short_work_shows_no_progress(self):
        status, shown = self.on_terminal("ingest", self.log)
        self.assertEqual((DONE, b""), (status, shown))

    def test_long_work_shows_progress_and_wipes_it(self):
        ends = self.terminal()  # before the writer is there: it would wait for a reader forever
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        pid = os.fork()
        if pid == 0:
            with open(fifo, "wb") as f:
                for i in range(30):
                    f.write(ndjson(background(50, seed=i + 1)))
                    f.flush()
                    time.sleep(0.1)
            os._exit(0)
        status, shown = self.on_terminal("ingest", fifo, ends=ends, COLUMNS="60")
        os.waitpid(pid, 0)
        self.assertEqual(DONE, status)
        if b"reading:" not in shown:
            self.skipTest("the reader reports no progress on a pipe")
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown[-80:])
        self.assertTrue(all(len(line) <= 60 + 3 for line in shown.split(b"\r")))


if __name__ == "__main__":
    unittest.main()
