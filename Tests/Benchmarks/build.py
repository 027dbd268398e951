"""How long configure and make of GNU hello take, and what memory pkgsandbox needs for it."""

import json
import os
import shutil
import sys

from figures import Samples, orders, ratios, table, verdict
from processes import run

#: Of the time that the build takes bare.
SPEED_GOAL = 1.02
#: MB (millions of bytes) of supervisor and init together.
MEMORY_GOAL = 30

# The compiler's temporary files go to the same disk everywhere: the sandboxes' /tmp is memory,
# which would flatter them.
SCRIPT = 'mkdir .tmp && export TMPDIR="$PWD/.tmp" && ./configure --prefix=/usr && make'


def measure(commands, work, rounds):
    """The results of `hello` and `memory`."""
    names = ["bare", "bwrap", "strace"] + (["pkgsandbox"] if commands.executable else [])
    samples = {name: Samples() for name in names}
    peaks = []
    reports = []
    print(f"\nhello: configure and make, rounds: {rounds}", flush=True)
    # Once for the page cache: the first compilation of all is slower than the others.
    build("bare", commands, work)
    for order in orders(names, rounds):
        for name in order:
            measurement, report = build(name, commands, work)
            samples[name].add(measurement)
            if name == "pkgsandbox":
                peaks.append(measurement.peaks)
                reports.append(report)

    table(samples, "bare", 1, "s")
    hello = {
        "rounds": rounds,
        "seconds": {name: own.summary() for name, own in samples.items()},
        "ratios": {name: ratios(own, samples["bare"]) for name, own in samples.items()},
    }
    result = {"hello": hello}
    if commands.executable:
        failures = len(reports[-1]["writeFailures"])
        hello["write_failures"] = failures
        print(f"  failed writes in the report: {failures}")
        ratio = hello["ratios"]["pkgsandbox"]["median"]
        hello["goal"] = verdict("pkgsandbox / bare", ratio, SPEED_GOAL)
        result["memory"] = memory(peaks)
    return result


def measure_memory(commands, work, rounds):
    """The result of `memory` alone."""
    return memory([build("pkgsandbox", commands, work)[0].peaks for _ in range(rounds)])


def memory(peaks):
    if None in peaks:
        sys.exit("memory: the sandbox's init was not found below the supervisor")
    megabytes = [(own / 1e6, init / 1e6) for own, init in peaks]
    own, init = max(megabytes, key=sum)
    print("\nmemory: peak resident size while hello is built")
    print(f"  supervisor {own:.1f} MB, init {init:.1f} MB")
    result = {"rounds": [{"supervisor": own, "init": init} for own, init in megabytes]}
    result["goal"] = verdict("sum", own + init, MEMORY_GOAL, " MB")
    return result


def build(name, commands, work):
    """Builds hello once, in a fresh copy of its source; answers with what was measured and, for
    pkgsandbox, with its report."""
    directory = work / "hello"
    report = work / "report.json"
    log = work / "log"
    shutil.rmtree(directory, ignore_errors=True)
    report.unlink(missing_ok=True)
    shutil.copytree(work / "source", directory, symlinks=True)
    # What the copy left to be written is not to be written while the build is measured.
    os.sync()
    os.chdir(directory)
    script = ["sh", "-c", SCRIPT]
    if name == "pkgsandbox":
        command = commands.pkgsandbox(script, report)
    else:
        command = getattr(commands, name)(script)
    measurement = run(command, commands.environment, log=log, watch_memory=True)
    os.chdir(work)

    if measurement.status != 0 or not os.access(directory / "hello", os.X_OK):
        end = log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
        sys.exit("\n".join([f"hello: {name} ended with status {measurement.status}:"] + end))
    if name != "pkgsandbox":
        return measurement, None
    return measurement, json.loads(report.read_text(encoding="utf-8"))
