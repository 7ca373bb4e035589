"""What Kubernetes makes of expressions, against what is recorded of it and what nhilint makes of them.

compare.py ORACLE NHILINT TESTDATA RULES
"""
import json
import os
import re
import subprocess
import sys
import tempfile

oracle, nhilint, testdata, rules = sys.argv[1:]


def ask(questions):
    text = "\n".join(map(json.dumps, questions))
    done = subprocess.run([oracle], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def documents(path):
    """The objects of a text, as nhilint reads them: no YAML library is needed."""
    done = subprocess.run([nhilint, "debug", "yaml", path], capture_output=True, text=True, check=True)
    return [json.loads(line)["json"] for line in done.stdout.splitlines()]


wrong = []
given = json.load(open(f"{testdata}/object.json"))
recorded = [json.loads(line) for line in open(f"{testdata}/kubernetes.jsonl")]
answers = ask([{"expression": one["expression"], "object": given} for one in recorded])
for one, answer in zip(recorded, answers):
    if "error" in answer:
        answer["error"] = answer["error"].split(":")[0]
    if {"expression": one["expression"], **answer} != one:
        wrong.append(f"{one['expression']}: recorded {one}, and now {answer}")
print(f"{len(recorded)} expressions asked again")

exported = compared = 0
for name in sorted(os.listdir(rules)):
    path = f"{rules}/{name}"
    done = subprocess.run([nhilint, "rules", "export", "--format", "vap", path], capture_output=True, text=True)
    if done.returncode:
        print(f"{name}: {done.stderr.splitlines()[0]}")
        continue
    exported += 1
    with tempfile.TemporaryDirectory() as scratch:
        with open(f"{scratch}/policy.yaml", "w") as out:
            out.write(done.stdout)
        policy = documents(f"{scratch}/policy.yaml")[0]
        conditions = [one["expression"] for one in policy["spec"].get("matchConditions", [])]
        [validation] = policy["spec"]["validations"]
        [card] = documents(path)
        for example in card["examples"]:
            for side in ("bad", "good", "silent"):
                texts = example.get(side)
                for text in texts.values() if isinstance(texts, dict) else [texts] if texts else []:
                    plain = re.sub(r"(?m)^\s*#\s*(\^|--).*\n", "", text)
                    with open(f"{scratch}/{side}.yaml", "w") as out:
                        out.write(plain)
                    report = subprocess.run(
                        [nhilint, "check", f"{scratch}/{side}.yaml", "--rules", path, "--select", card["id"], "--format", "json"],
                        capture_output=True, text=True)
                    found = {finding["object"]["name"]: finding["message"] for finding in json.loads(report.stdout)["findings"]}
                    for thing in documents(f"{scratch}/{side}.yaml"):
                        kinds = [kind.split(".")[0] for kind in card["cel"].get("kinds", [])]
                        if kinds and thing["kind"] not in kinds:
                            continue
                        asked = conditions + [validation["expression"]]
                        answers = ask([{"expression": one, "object": thing, "bool": True} for one in asked])
                        if any("error" in answer for answer in answers):
                            wrong.append(f"{name}: {side}: {answers}")
                            continue
                        refused = all(answer["value"] for answer in answers[:-1]) and not answers[-1]["value"]
                        named = thing["metadata"]["name"]
                        if refused != (named in found):
                            wrong.append(f"{name}: {side}: {named}: Kubernetes {answers}, nhilint {found}")
                        says = validation.get("messageExpression")
                        if refused and says:
                            [message] = ask([{"expression": says, "object": thing}])
                            if message.get("value") != found.get(named):
                                wrong.append(f"{name}: {message}, nhilint {found}")
                        compared += 1
print(f"{exported} policies exported, {compared} objects compared")
if wrong or not recorded or not compared:
    sys.exit("\n".join(wrong) or "nothing was compared")
