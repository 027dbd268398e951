"""Runs one command and measures it."""

import ctypes
import os
import resource  # noqa: F401  (os.wait4 would import it later, when its file may be out of reach)
import threading
import time
from dataclasses import dataclass


@dataclass
class Measurement:
    """Seconds; bytes."""

    status: int
    wall: float
    #: User and system time of all descendants.
    cpu: float
    #: Peak resident sizes of the process and of the init of the PID namespace it made, if it did.
    peaks: tuple[int, int] | None = None


def adopt_orphans():
    """Makes this process the parent of what a command leaves running when it ends, as bwrap does."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError("cannot become a subreaper")


def run(command, environment, log=os.devnull, watch_memory=False):
    """Runs `command` in the current directory, without input, its output going to `log`."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    begin = time.perf_counter()
    pid = os.posix_spawn(command[0], command, environment, file_actions=actions)
    watcher = MemoryWatcher(pid) if watch_memory else None
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    return Measurement(
        status=os.waitstatus_to_exitcode(status),
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime + reap(),
        peaks=watcher.peaks() if watcher else None,
    )


def reap():
    """Waits for all orphans, so that none disturbs the next measurement; answers with the time
    that they took."""
    total = 0.0
    while True:
        try:
            _, _, usage = os.wait3(0)
        except ChildProcessError:
            return total
        total += usage.ru_utime + usage.ru_stime


class MemoryWatcher:
    """Looks now and then at the peak sizes of a process and of the init below it.

    The kernel keeps the peaks, so looking seldom loses only what grows in the last moment. Pages
    that the two share are counted twice, so their sum is an upper bound.
    """

    INTERVAL = 0.1

    def __init__(self, pid):
        self.pid = pid
        self.init = None
        self.own_peak = 0
        self.init_peak = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def peaks(self):
        self.ended.set()
        self.thread.join()
        return (self.own_peak, self.init_peak) if self.init else None

    def watch(self):
        while True:
            self.own_peak = max(self.own_peak, peak(self.pid))
            self.init = self.init or find_init(self.pid)
            if self.init:
                self.init_peak = max(self.init_peak, peak(self.init))
            if self.ended.wait(self.INTERVAL):
                return


def find_init(pid):
    """The child of `pid` that is PID 1 of a namespace of its own."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
            children = file.read().split()
    except OSError:
        return None
    for child in children:
        if status_field(child, "NSpid").split()[1:] == ["1"]:
            return child
    return None


def peak(pid):
    """The largest resident size so far, in bytes; 0 when the process has ended."""
    size = status_field(pid, "VmHWM").removesuffix("kB")
    return int(size) * 1024 if size else 0


def status_field(pid, name):
    try:
        # Readable for everyone, whatever the process did to keep others out of its memory.
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return ""
