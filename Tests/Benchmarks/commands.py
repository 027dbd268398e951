"""The command lines that are measured.

What they have in common comes from the project's own sources, so that the comparison cannot drift
from what pkgsandbox does: the binds and the environment from the default profile, the calls that
strace reports from the table of traced calls.
"""

import os
import re
import shutil
import tomllib


class Commands:
    """Turns a command into the same command in another surrounding: `bwrap(["true"])`."""

    def __init__(self, repository, work, executable):
        self.work = work
        self.executable = executable
        with open(repository / "profiles" / "default.toml", "rb") as file:
            self.profile = tomllib.load(file)
        self.calls = traced_calls(repository / "Sources" / "SandboxModel" / "TracedCall.swift")
        self.environment = self.profile["environment"]["set"] | {
            "HOME": str(work / "home"),
            "TERM": "dumb",
        }

    def bare(self, command):
        return [self.find(command[0])] + command[1:]

    def bwrap(self, command):
        """The same namespaces, read-only binds and temporary directories as pkgsandbox."""
        filesystem = self.profile["filesystem"]
        identity = self.profile["identity"]
        result = [self.find("bwrap")]
        result += [f"--unshare-{kind}" for kind in "user pid ipc uts net cgroup".split()]
        result += ["--uid", str(identity["uid"]), "--gid", str(identity["gid"])]
        result += ["--hostname", identity["hostname"], "--die-with-parent"]
        for path in filesystem["read-only"]:
            if os.path.islink(path):
                result += ["--symlink", os.readlink(path), path]
            elif os.path.exists(path):
                result += ["--ro-bind", path, path]
        result += ["--proc", "/proc", "--dev", "/dev"]
        for temporary in filesystem["temporary"]:
            # Directories that only root may write to are a part of the root directory.
            shared = temporary["mode"] & 0o022
            result += ["--tmpfs" if shared else "--dir", temporary["path"]]
        result += ["--dir", identity["home"]]
        directory = os.getcwd()
        return result + ["--bind", directory, directory, "--chdir", directory, "--"] + command

    def strace(self, command):
        # With "?" strace passes over a call that it or the architecture does not know.
        trace = "trace=" + ",".join("?" + call for call in self.calls)
        return [self.find("strace"), "-f", "--seccomp-bpf", "-e", trace, "-o", "/dev/null"] + command

    def pkgsandbox(self, command, report=None):
        options = ["--report", f"json={report}"] if report else []
        return [str(self.executable), "run", *options, "--", *command]

    def find(self, name):
        path = shutil.which(name, path=self.environment["PATH"])
        if not path:
            raise FileNotFoundError(f"{name} is not here: run Tests/Setup/install benchmark")
        return path


def traced_calls(path):
    """The names in the table of traced calls."""
    names = re.findall(r'\bTracedCall\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    if not {"openat", "mkdir", "unlinkat", "exit_group"} <= set(names):
        raise ValueError(f"the table of traced calls was not found in {path}")
    return names
