"""How long it takes until a command that does nothing has run."""

import sys

from figures import Samples, orders, ratios, table, verdict
from processes import run

#: Of bwrap's time.
GOAL = 0.85


def measure(commands, work, rounds):
    variants = {
        "bare": commands.bare(["true"]),
        "bwrap": commands.bwrap(["true"]),
    }
    if commands.executable:
        variants["pkgsandbox"] = commands.pkgsandbox(["true"])
    for name, command in variants.items():
        warm_up(name, command, commands.environment, work / "log")

    samples = {name: Samples() for name in variants}
    for order in orders(list(variants), rounds):
        for name in order:
            measurement = run(variants[name], commands.environment)
            if measurement.status != 0:
                sys.exit(f"start-up: {name} ended with status {measurement.status}")
            samples[name].add(measurement)

    print(f"\nstart-up: `true`, rounds: {rounds}")
    table(samples, "bwrap", 1000, "ms")
    result = {"rounds": rounds, "seconds": {name: own.summary() for name, own in samples.items()}}
    if commands.executable:
        result["ratios"] = ratios(samples["pkgsandbox"], samples["bwrap"])
        result["goal"] = verdict("pkgsandbox / bwrap", result["ratios"]["median"], GOAL)
    return result


def warm_up(name, command, environment, log):
    """Reads everything into the page cache, and shows the message if it cannot run at all."""
    for _ in range(3):
        status = run(command, environment, log=log).status
        if status != 0:
            message = log.read_text(encoding="utf-8", errors="replace")
            sys.exit(f"start-up: {name} ended with status {status}:\n{message}")
