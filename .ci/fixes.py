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
nhilint, corpus, scratch = map(os.path.abspath, (nhilint, corpus, scratch))
FIVE = ("NHI101", "NHI204", "NHI301", "NHI402", "NHI501")
RANK = {"info": 0, "warning": 1, "error": 2}
cache = f"--cache-dir={scratch}/cache"
fixed, kinds, reasons, refused = (collections.Counter() for _ in range(4))
five = {rule: [0, 0] for rule in FIVE}
wrong = []


def run(folder, *arguments):
    done = subprocess.run([nhilint, *arguments, cache], cwd=folder, capture_output=True, text=True, errors="replace")
    if done.returncode not in (0, 1, 2) or "panicked" in done.stderr:
        sys.exit(f"{folder}: {arguments}: {done.returncode}\n{done.stderr[-2000:]}")
    return done


def findings(folder):
    report = json.loads(run(folder, "check", ".", "--format=json", "--fail-on=never").stdout)
    found = {finding["fingerprint"]: finding for finding in report["findings"]}
    return found, {(error["file"], error["message"]) for error in report["errors"]}


def objects(folder):
    found = collections.defaultdict(list)
    for line in run(folder, "render", ".", "--objects").stdout.splitlines():
        row = json.loads(line)
        for thing in row["objects"]:
            if isinstance(thing, dict) and (thing.get("metadata") or {}):
                name = thing.get("metadata") or {}
                beginning = name.get("generateName")
                called = name.get("name") or (f"{beginning}*" if beginning else "")
                key = tuple(map(str, (row["root"]["path"], thing.get("kind"), called)))
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


def written_for(finding):
    return {edit["file"] for fix in finding["fixes"] for edit in fix["edits"]}


def prove(name):
    folder = f"{scratch}/{name}"
    shutil.copytree(f"{corpus}/{name}", folder, symlinks=True)
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    old_texts, (old, old_errors), old_objects = texts(folder), findings(folder), objects(folder)
    for finding in old.values():
        if finding["severity"] == "error" and finding["rule"] in FIVE:
            five[finding["rule"]][1] += 1
            five[finding["rule"]][0] += any(fix["edits"] for fix in finding["fixes"])
        for fix in finding["fixes"]:
            if fix["refused"]:
                reasons[re.sub(r"`[^`]*`", "`…`", fix["refused"])] += 1
    done = run(folder, "check", ".", "--fix", "--unsafe-fixes", "--format=json")
    told, left = done.stderr, json.loads(done.stdout)["findings"]
    new_texts, (new, new_errors), new_objects = texts(folder), findings(folder), objects(folder)
    wrong.extend(f"{name}: came: {error}" for error in new_errors - old_errors)
    # What the run says is left is what a new run finds.
    if {finding["fingerprint"] for finding in left} != new.keys():
        wrong.append(f"{name}: the report after the fixes is not that of a new run")
    for line in told.splitlines():
        if match := re.match(r".*?:\d+: (NHI\d+) [\w-]+: (not fixed \(.*?\)\. )?(.*)", line):
            if match[2]:
                refused[re.sub(r"`[^`]*`|[A-Z]\w+ [\w/.*-]+,", "…", match[3])] += 1
            else:
                fixed[match[1]] += 1
    changed = {path for path in new_texts if new_texts[path] != old_texts.get(path)}
    kinds.update(kind_of(path, old_texts) for path in changed)
    gone = [old[fingerprint] for fingerprint in old.keys() - new.keys()]
    emptied = {e["file"] for f in gone for fix in f["fixes"] for e in fix["edits"] if not e["text"]}
    wrong.extend(f"{name}: {path} is gone" for path in old_texts.keys() - new_texts.keys() - emptied)
    for fingerprint in new.keys() - old.keys():
        finding = new[fingerprint]
        # A lesser one may come in the place of what was mended in the same file, or by it.
        file = finding["location"]["file"]
        beside = [f for f in gone if file in (f["location"]["file"], *written_for(f))]
        near = [RANK[f["severity"]] for f in beside]
        # What cannot be read or rendered any more is never the price of a fix.
        is_broken = finding["rule"] == "NHI905" and finding["form"] in ("syntax", "unrendered", "duplicate-key")
        is_moved = not is_broken and any((f["rule"], f["form"]) == (finding["rule"], finding["form"]) for f in beside)
        if is_broken or not is_moved and finding["severity"] != "info" and RANK[finding["severity"]] >= max(near, default=0):
            wrong.append(f"{name}: came: {finding['rule']} {finding['location']['file']}: {finding['message']}")
    named = {(c["object"]["kind"], c["object"]["name"]) for f in gone for fix in f["fixes"] for c in fix["changes"]}
    made = {"ServiceAccount", "Role", "RoleBinding"}
    for key in old_objects.keys() | new_objects.keys():
        grew = set(old_objects.get(key, [])) <= set(new_objects.get(key, []))
        is_named = key[1:] in named or (grew and key[1] in made)
        is_deployer = key[1] in ("Application", "ApplicationSet", "Kustomization", "HelmRelease", "Component")
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
shares = ", ".join(f"{rule} {done} of {all}" for rule, (done, all) in five.items())
print(f"errors that have an edit: {shares}")
if wrong or not fixed:
    sys.exit("\n".join(wrong) or "nothing was fixed")
