"""What the figures were measured on."""

import os
import platform
import subprocess
from datetime import datetime, timezone


def facts(repository, executable, directory):
    result = {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": commit(repository),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME"),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "processor": field("/proc/cpuinfo", "model name"),
        "virtual": " hypervisor " in f" {field('/proc/cpuinfo', 'flags')} ",
        "cores": len(os.sched_getaffinity(0)),
        "memory": field("/proc/meminfo", "MemTotal"),
        "directory": str(directory),
        "filesystem": filesystem(directory),
        "load_before": os.getloadavg(),
        "versions": {
            tool: first_line([tool, "--version"]) for tool in ("bwrap", "strace", "gcc", "make")
        },
    }
    if executable:
        result["executable_bytes"] = executable.stat().st_size
        result["versions"]["pkgsandbox"] = first_line([str(executable), "--version"])
    print(f"{result['processor']}, {result['cores']} cores, {result['system']}")
    print(f"Linux {result['kernel']}, {result['filesystem']} in {directory}", end="")
    print(f", load {result['load_before'][0]:.1f}, commit {result['commit']}", flush=True)
    if result["load_before"][0] > 0.5:
        print("warning: the machine is busy with something else", flush=True)
    if result["filesystem"] == "tmpfs":
        print(f"warning: {directory} is memory, not a disk; see --directory", flush=True)
    return result


def commit(repository):
    revision = first_line(["git", "-C", str(repository), "rev-parse", "--short", "HEAD"])
    changed = first_line(["git", "-C", str(repository), "status", "--porcelain", "-uno"])
    return f"{revision}, changed" if revision and changed else revision


def field(path, name):
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return None


def filesystem(directory):
    """The type of the file system that holds `directory`."""
    return first_line(["stat", "-f", "-c", "%T", str(directory)])


def first_line(command):
    """The first line that a command prints; None where there is no such command."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
    except OSError:
        return None
    return next(iter(done.stdout.splitlines()), None) if done.returncode == 0 else None
