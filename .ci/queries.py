"""The queries of docs/queries over inventories of many repositories: over two of our own the rows are known, over real
ones each row is what the records say when they are read one by one.

queries.py NHILINT SCRATCH [CORPUS REPOSITORY…]; DuckDB is installed where it runs.
"""
import datetime, glob, json, os, shutil, subprocess, sys
import duckdb

nhilint, scratch, *rest = sys.argv[1:]
corpus, names = (rest[0], rest[1:]) if rest else (None, [])
queries = os.path.abspath("docs/queries")
TODAY = datetime.date(2026, 11, 30)


def inventory(folder, name, to):
    command = [nhilint, "inventory", ".", "--repository", name, "--now", str(TODAY), "--format", "jsonl", "--cache-dir", f"{scratch}/cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 2) or "panicked" in done.stderr:
        sys.exit(f"{name}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    with open(os.path.join(to, f"{name}.jsonl"), "w") as out:
        out.write(done.stdout)


def answers(folder):
    """What each query answers over the inventories of a folder."""
    os.chdir(folder)
    base = duckdb.connect()
    base.execute(f"SET VARIABLE today = DATE '{TODAY}'")
    base.execute(open(f"{queries}/identities.sql").read())
    found = {}
    for path in sorted(glob.glob(f"{queries}/*.sql")):
        name = os.path.basename(path)[:-4]
        if name != "identities":
            result = base.execute(open(path).read())
            columns = [column[0] for column in result.description]
            found[name] = [dict(zip(columns, row)) for row in result.fetchall()]
    return found


def expected(records):
    """The same in Python, as sets of what tells rows apart."""
    one = {name: set() for name in ("strongest-without-owner", "endless-credentials", "oldest-reviews", "exceptions-that-end")}
    owners, held = {}, {}
    for record in records:
        who, repository = record["id"], record["repository"]
        owner = record["owner"]["value"] if record["owner"] else "nobody"
        owners[owner] = owners.get(owner, 0) + 1
        if record["tier"]["reachable"] == "T0" and not record["owner"]:
            one["strongest-without-owner"].add((repository, who))
        if record["tier"]["reachable"] in ("T0", "T1", "T2"):
            one["oldest-reviews"].add((repository, who))
        for credential in record["credentials"]:
            if credential["effectiveSeconds"] is None:
                one["endless-credentials"].add((repository, who, credential["type"], credential["what"]))
        for exception in record["exceptions"]:
            if exception["until"] and datetime.date.fromisoformat(exception["until"]) <= TODAY + datetime.timedelta(30):
                one["exceptions-that-end"].add((repository, exception["id"]))
        things = [("cloud identity", f"{cloud['provider']} {cloud['identity']}") for cloud in record["cloud"]]
        cluster, namespace = record["cluster"] or "?", record["namespace"]
        things += [("secret", f"{cluster}/{s['namespace']}/{s['name']}") for s in record["secrets"] if s["namespace"]]
        if namespace and record["origin"] == "declared":
            things.append(("account", f"{cluster}/{namespace}/{record['name']}"))
        for thing in things:
            held.setdefault(thing, set()).add(repository)
    one["by-owner"] = set(owners.items())
    one["shared"] = {(what, name, len(where)) for (what, name), where in held.items() if len(where) > 1}
    return one


KEYS = {
    "strongest-without-owner": ("repository", "id"), "oldest-reviews": ("repository", "id"),
    "endless-credentials": ("repository", "id", "type", "what"), "exceptions-that-end": ("repository", "exception"),
    "by-owner": ("owner", "identities"), "shared": ("what", "name", "repositories"),
}


def compare(folder):
    records = [json.loads(line) for path in sorted(glob.glob(f"{folder}/inventories/*.jsonl")) for line in open(path)]
    found, wanted = answers(folder), expected(records)
    if set(found) != set(KEYS):
        sys.exit(f"queries without a test, or tests without a query: {set(found) ^ set(KEYS)}")
    for name, rows in found.items():
        seen = {tuple(row[key] for key in KEYS[name]) for row in rows}
        if seen != wanted[name]:
            sys.exit(f"{name}: only in the answer {sorted(seen - wanted[name], key=str)[:5]}, missing {sorted(wanted[name] - seen, key=str)[:5]}")
    counts = ", ".join(f"{name} {len(rows)}" for name, rows in found.items())
    print(f"{os.path.basename(folder)}: {len(records)} identities; {counts}")
    return found


home = os.getcwd()
ours = os.path.join(scratch, "ours")
os.makedirs(f"{ours}/inventories")
for name in ("payments", "shop"):
    # Exceptions stand at the top of a repository.
    copy = os.path.join(scratch, name)
    shutil.copytree(f"testdata/organisation/{name}", copy)
    subprocess.run(["git", "init", "--quiet", copy], check=True)
    inventory(copy, name, f"{ours}/inventories")
found = compare(ours)
[admin] = found["strongest-without-owner"]
assert (admin["repository"], admin["id"], admin["by_itself"]) == ("shop", "sa:~/ci/deployer", "T0"), admin
shared = {(row["what"], row["name"], row["certain"], tuple(row["where"])) for row in found["shared"]}
both = ("payments", "shop")
assert shared == {
    ("cloud identity", "AWS arn:aws:iam::111122223333:role/export", True, both),
    ("secret", "?/shop-prod/db", False, both), ("account", "?/shop-prod/export", False, both),
}, shared
[exception] = found["exceptions-that-end"]
assert (exception["exception"], exception["days_left"], exception["owner"]) == ("EX-2026-001", 15, "team-shop"), exception
assert [row["id"] for row in found["endless-credentials"]] == ["sa:~/ci/deployer"], found["endless-credentials"]
assert found["oldest-reviews"][0]["reviewed"] is None, "who was never looked at stands first"
assert {"nobody", "team-payments", "team-shop"} == {row["owner"] for row in found["by-owner"]}

if corpus:
    os.chdir(home)
    theirs = os.path.join(scratch, "theirs")
    os.makedirs(f"{theirs}/inventories")
    for name in names:
        inventory(os.path.join(corpus, name), name, f"{theirs}/inventories")
    found = compare(theirs)
    for name in ("strongest-without-owner", "oldest-reviews", "by-owner"):
        assert found[name], f"{name} finds nothing in {names}"
