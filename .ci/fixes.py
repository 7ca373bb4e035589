"""Fixes copies of real repositories and proves what is left: fixes.py NHILINT FOLDER SCRATCH [REPOSITORY ...]

Of each repository: what was fixed is gone, nothing as bad came, objects that no finding named are as before, comments
stay, and a second run changes nothing. Prints what was fixed by rule and kind of file, and why the rest was not.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys

nhilint, corpus, scratch, *wanted = sys.argv[1:]
FIVE = ("NHI101", "NHI204", "NHI301", "NHI402", "NHI501")
RANK = {"info": 0, "warning": 1, "error": 2}
cache = f"--cache-dir={scratch}/cache"
fixed, kinds, reasons, refused = (collections.Counter() for _ in range(4))
five = [0, 0]
wrong = []


def run(folder, *arguments):
    done = subprocess.run([nhilint, *arguments, cache], cwd=folder, capture_output=True, text=True, errors="replace")
    if done.returncode not in (0, 1, 2) or "panicked" in done.stderr:
        sys.exit(f"{folder}: {arguments}: {done.returncode}\n{done.stderr[-2000:]}")
    return done


def findings(folder):
    report = json.loads(run(folder, "check", ".", "--format=json", "--fail-on=never").stdout)
    return {finding["fingerprint"]: finding for finding in report["findings"]}


def objects(folder):
    found = collections.defaultdict(list)
    for line in run(folder, "render", ".", "--objects").stdout.splitlines():
        row = json.loads(line)
        for thing in row["objects"]:
            if isinstance(thing, dict):
                name = thing.get("metadata") or {}
                key = tuple(map(str, (row["root"]["path"], thing.get("kind"), name.get("name") or name.get("generateName"))))
                found[key].append(json.dumps(thing, sort_keys=True))
    return {key: sorted(texts) for key, texts in found.items()}


def texts(folder):
    found = {}
    for above, folders, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = file.read()
    return found


def kind_of(path, before):
    if path not in before:
        return "new file"
    if "/templates/" in f"/{path}":
        return "template"
    name = os.path.basename(path)
    if name.startswith("kustomization."):
        return "kustomization"
    return "values" if "values" in name else "manifest"


def comments(text):
    lines = text.decode(errors="replace").splitlines()
    return collections.Counter(line.strip() for line in lines if line.lstrip().startswith("#"))


def prove(name):
    folder = f"{scratch}/{name}"
    shutil.copytree(f"{corpus}/{name}", folder, symlinks=True)
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    old_texts, old, old_objects = texts(folder), findings(folder), objects(folder)
    for finding in old.values():
        if finding["severity"] == "error" and finding["rule"] in FIVE:
            five[1] += 1
            five[0] += any(fix["edits"] for fix in finding["fixes"])
        for fix in finding["fixes"]:
            if fix["refused"]:
                reasons[re.sub(r"`[^`]*`", "`…`", fix["refused"])] += 1
    told = run(folder, "check", ".", "--fix", "--unsafe-fixes", "--format=json").stderr
    new_texts, new, new_objects = texts(folder), findings(folder), objects(folder)
    for line in told.splitlines():
        if match := re.match(r".*?:\d+: (NHI\d+) [\w-]+: (not fixed \(.*?\)\. )?(.*)", line):
            if match[2]:
                refused[re.sub(r"`[^`]*`|[A-Z]\w+ [\w/.*-]+,", "…", match[3])] += 1
            else:
                fixed[match[1]] += 1
    changed = {path for path in new_texts if new_texts[path] != old_texts.get(path)}
    kinds.update(kind_of(path, old_texts) for path in changed)
    wrong.extend(f"{name}: {path} is gone" for path in old_texts.keys() - new_texts.keys())
    worst = max((RANK[f["severity"]] for f in old.values()), default=0)
    for fingerprint in new.keys() - old.keys():
        finding = new[fingerprint]
        if finding["severity"] != "info" and RANK[finding["severity"]] <= worst:
            wrong.append(f"{name}: came: {finding['rule']} {finding['location']['file']}: {finding['message']}")
    gone = [old[fingerprint] for fingerprint in old.keys() - new.keys()]
    named = {(c["object"]["kind"], c["object"]["name"]) for f in gone for fix in f["fixes"] for c in fix["changes"]}
    made = {"ServiceAccount"}
    for key in old_objects.keys() | new_objects.keys():
        grew = set(old_objects.get(key, [])) <= set(new_objects.get(key, []))
        is_named = key[1:] in named or (grew and key[1] in made)
        is_deployer = key[1] in ("Application", "ApplicationSet", "Kustomization", "HelmRelease")
        if old_objects.get(key) != new_objects.get(key) and not is_named and not is_deployer:
            wrong.append(f"{name}: changed and not named: {key}")
    for path in changed & old_texts.keys():
        lost = comments(old_texts[path]) - comments(new_texts[path])
        if lost and len(new_texts[path]) > len(old_texts[path]) // 2:
            wrong.append(f"{name}: {path} lost comments: {list(lost)[:3]}")
    run(folder, "check", ".", "--fix", "--unsafe-fixes", "--format=json")
    again = texts(folder)
    wrong.extend(f"{name}: a second run changes {path}" for path in again if again[path] != new_texts.get(path))
    leftovers = [path for path in again if "nhilint." in os.path.basename(path) and path not in old_texts]
    wrong.extend(f"{name}: left behind: {path}" for path in leftovers)
    shutil.rmtree(folder)
    print(f"{name}: {len(changed)} files changed, {len(old)} findings before, {len(new)} after", flush=True)


for name in wanted or sorted(name for name in os.listdir(corpus) if not name.startswith(("_", "."))):
    if os.path.isdir(f"{corpus}/{name}"):
        prove(name)
for title, counts in (("fixed", fixed), ("kinds of files", kinds), ("taken back", refused), ("no edit", reasons)):
    print(f"{title}: " + ", ".join(f"{what} {count}" for what, count in counts.most_common(20)))
share = 100 * five[0] / max(five[1], 1)
print(f"errors of {', '.join(FIVE)}: {five[0]} of {five[1]} have an edit ({share:.0f} %)")
if wrong or not fixed:
    sys.exit("\n".join(wrong) or "nothing was fixed")
