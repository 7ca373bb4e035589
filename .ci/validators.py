"""Holds reports against validators that others wrote: `validators.py NHILINT TOOLS`.

TOOLS is a folder with what `.ci/run` put there:
  Sarif.Multitool      Microsoft's validator of SARIF, with GitHub's rules
  sarif-schema.json    the schema of SARIF 2.1.0
  junit-10.xsd         the schema of Jenkins' plugin xunit
  rdjson.json          reviewdog's schema (proto/rdf/jsonschema/DiagnosticResult.json)
The reports are those of every repository in testdata/repos, of one whose names and texts try to break a format, and of a
clean one. Each finding of a validator is printed; one ends in exit code 1.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import xmlschema

nhilint, tools = sys.argv[1], pathlib.Path(sys.argv[2])
REPOS = sorted(pathlib.Path("testdata/repos").resolve().iterdir())
# GitLab's parser (app/validators/json_schemas/codeclimate.json of gitlab-org/gitlab) asks for these of each entry; the
# severities, the required place and that fingerprints differ are of its documentation.
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}
HOSTILE = "]]>--><script>&amp;\" | ` [a](b) \u202e ##[error]x ::error::y %0A \u2028 \U0001f511 </failure>"


def hostile(folder):
    """Files, names and values that mean something in some format."""
    name = "odd , : % # & ' [é] 🔑"
    (folder / name).mkdir(parents=True)
    text = json.dumps(HOSTILE)
    pods = []
    for kind in ("Job", "Deployment"):
        pods.append(
            f"apiVersion: {'batch/v1' if kind == 'Job' else 'apps/v1'}\nkind: {kind}\n"
            f"metadata: {{name: {text}, namespace: {text}, annotations: {{{text}: {text}}}}}\n"
            "spec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n"
            f"      serviceAccountName: {text}\n      hostPath: x\n      containers:\n        - name: {text}\n          image: {text}\n"
            f"          env:\n            - {{name: PASSWORD, value: \"hunter2hunter2\"}}\n            - {{name: {text}, valueFrom: {{secretKeyRef: {{name: {text}, key: {text}}}}}}}\n"
        )
    binding = (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {text}}}\n"
        f"subjects: [{{kind: ServiceAccount, name: {text}, namespace: {text}}}]\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n"
    )
    (folder / name / "a,b:% é#.yaml").write_text("---\n".join([*pods, binding]), encoding="utf-8")
    (folder / name / "long.yaml").write_text(pods[0].replace("PASSWORD", "P" * 9000), encoding="utf-8")
    (folder / name / "broken.yaml").write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {text}\n", encoding="utf-8")
    (folder / name / "not-utf8.yaml").write_bytes(b"apiVersion: v1\nkind: Pod\nmetadata: {name: \xff}\n")


def clean(folder):
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n", encoding="utf-8")


def sarif(path, schema):
    log = json.loads(path.read_text(encoding="utf-8"))
    found = [f"schema: {error.json_path}: {error.message[:200]}" for error in schema.iter_errors(log)]
    out = path.with_suffix(".checked")
    subprocess.run(
        [tools / "Sarif.Multitool", "validate", path, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--kind", "Fail",
         "--quiet", "true", "--output", out, "--log", "ForceOverwrite"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )
    if not out.is_file():
        return [*found, "Sarif.Multitool wrote no answer"]
    for result in json.loads(out.read_text(encoding="utf-8-sig"))["runs"][0].get("results", []):
        arguments = result["message"].get("arguments", [])
        found.append(f"{result['ruleId']} {result.get('level', 'warning')}: {' '.join(map(str, arguments))[:300]}")
    return found


class Validators:
    """One function for each format: a file to complaints."""

    def __init__(self):
        def schema(name):
            return json.loads((tools / name).read_text(encoding="utf-8"))

        self.sarif_schema = jsonschema.Draft7Validator(schema("sarif-schema.json"))
        self.json = {"gitlab": jsonschema.Draft202012Validator(GITLAB), "rdjson": jsonschema.Draft4Validator(schema("rdjson.json"))}
        self.xml = xmlschema.XMLSchema(str(tools / "junit-10.xsd"))

    def complaints(self, name, path):
        if name == "sarif":
            return sarif(path, self.sarif_schema)
        if name == "junit":
            return [f"{error.path}: {error.reason}" for error in self.xml.iter_errors(str(path))]
        value = json.loads(path.read_text(encoding="utf-8"))
        found = [f"{error.json_path}: {error.message[:200]}" for error in self.json[name].iter_errors(value)]
        if name == "gitlab" and len({entry.get("fingerprint") for entry in value}) < len(value):
            found.append("two entries have one fingerprint")
        return found

    def see_flaws(self, outputs):
        """A validator that complains about nothing proves nothing: each is given a report with a flaw of its own."""
        flaws = {
            "sarif": [('"level": "error"', '"level": "fatal"'), ('"startLine": ', '"startLine": -')],
            "gitlab": [('"description"', '"text"')],
            "rdjson": [('"severity": "ERROR"', '"severity": "FATAL"')],
            "junit": [("<testcase ", '<testcase file="a.yaml" ')],
        }
        for name, pairs in flaws.items():
            for before, after in pairs:
                text = outputs[name].read_text(encoding="utf-8")
                flawed = outputs[name].with_suffix(".flawed")
                flawed.write_text(text.replace(before, after, 1), encoding="utf-8")
                if before not in text or not self.complaints(name, flawed):
                    sys.exit(f"the validator of {name} does not see `{after}` for `{before}`")


def main():
    validators, bad = Validators(), 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        hostile(scratch / "hostile")
        clean(scratch / "clean")
        for repo in [*REPOS, scratch / "hostile", scratch / "clean"]:
            outputs = {name: scratch / f"{repo.name}.{name}" for name in ("sarif", "gitlab", "junit", "rdjson")}
            report = scratch / f"{repo.name}.json"
            run = subprocess.run(
                [nhilint, "check", ".", "--format", "text", "--quiet", f"--cache-dir={scratch}", f"--output=json={report}",
                 *(f"--output={name}={path}" for name, path in outputs.items())],
                cwd=repo, capture_output=True, text=True, check=False, env={**os.environ, "GITHUB_ACTIONS": "false"},
            )
            if run.returncode != (0 if repo.name == "clean" else 1):
                sys.exit(f"{repo.name}: exit code {run.returncode}\n{run.stderr[-2000:]}")
            found = [f"{name} {text}" for name, path in outputs.items() for text in validators.complaints(name, path)]
            findings = len(json.loads(report.read_text(encoding="utf-8"))["findings"])
            print(f"{repo.name}: {findings} findings; sarif, gitlab, junit, rdjson: {len(found)} complaints")
            for text in found[:20]:
                print(f"  {text}")
            bad += len(found)
            if repo.name == "payments":
                validators.see_flaws(outputs)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
