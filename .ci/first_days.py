#!/usr/bin/env python3
"""The first days with a gate in a real repository: `first_days.py NHILINT REPOSITORY SCRATCH`.

Settings that fit are written and all that is there is accepted: the run is clean. A seeded flaw is then the only finding,
a moved file brings none, and a mended finding takes one line out of the accepted ones.
"""

import json
import pathlib
import shutil
import subprocess
import sys

nhilint, repository, scratch = sys.argv[1:]
tree = pathlib.Path(scratch) / "first-days"
BASELINE = ".nhi/baseline.yaml"
SEEDED = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: seeded}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: console-plugin-nvidia-gpu, namespace: nvidia-gpu-operator}]
"""


def run(*command):
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


def git(*arguments):
    done = run("git", "-c", "user.name=gate", "-c", "user.email=gate@example.com", *arguments)
    done.check_returncode()
    return done.stdout


def keep(words):
    git("add", "-A")
    git("commit", "-qm", words)


def judge(*arguments):
    return run(nhilint, "check", ".", "--cache-dir", f"{scratch}/cache", *arguments)


def new():
    """The findings that the baseline does not accept, and the exit code."""
    done = judge("--baseline", BASELINE, "--format", "json")
    findings = json.loads(done.stdout)["findings"]
    return [finding for finding in findings if not finding["suppressed"]], done.returncode


def demand(what, holds, shown=""):
    print(f"{'ok' if holds else 'FAILED'}: {what}")
    if not holds:
        sys.exit(str(shown))


shutil.copytree(repository, tree)
git("init", "-q")
keep("as it is")
done = run(nhilint, "init", "--cache-dir", f"{scratch}/cache")
demand("settings that fit are written", (tree / ".nhilint.yaml").is_file(), done.stderr)
done = judge("--write-baseline", BASELINE)
accepted = [json.loads(line[2:]) for line in (tree / BASELINE).read_text().splitlines() if line.startswith("- ")]
demand(f"all that is there is accepted: {len(accepted)} findings", done.returncode == 0 and accepted, done.stderr)
keep("the gate")
found, code = new()
demand("the run is clean", not found and code == 0, found)

(tree / "seeded.yaml").write_text(SEEDED)
found, code = new()
demand("a seeded flaw is the only finding", [one["location"]["file"] for one in found] == ["seeded.yaml"] and code == 1, found)
(tree / "seeded.yaml").unlink()

job = next(one for one in accepted if one["rule"] == "NHI403" and one["form"] == "no-deadline")
old = tree / job["file"]
moved = old.with_name("moved-" + old.name)
old.rename(moved)
lists = old.parent / "kustomization.yaml"
lists.write_text(lists.read_text().replace(old.name, moved.name))
found, code = new()
demand(f"a moved file brings none: {job['file']}", not found and code == 0, found)

git("checkout", "-q", ".")
git("clean", "-qfd")

old.write_text(old.read_text().replace("\nspec:\n", "\nspec:\n  activeDeadlineSeconds: 900\n  ttlSecondsAfterFinished: 600\n", 1))
judge("--write-baseline", BASELINE)
diff = git("diff", "-U0", "--", BASELINE).splitlines()
lines = [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")]
gone = [json.loads(line[3:])["fingerprint"] for line in lines if line.startswith("-- {")]
demand("what is mended takes one line out of what is accepted", gone == [job["fingerprint"]] and len(lines) == 1, lines)
