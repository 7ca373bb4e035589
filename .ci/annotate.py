"""Runs `nhilint annotate` against GitHub's own description of its API, and a fake of GitHub that others wrote.

    annotate.py NHILINT FAKE DESCRIPTION PRISM

Every request is sent to Prism, which holds it against the description and says what is wrong with it. What it answers comes
from a state kept here; reviews are taken or refused by the fake, whose pull request shows lines 10 to 20 of one file.
"""

import http.server, io, json, os, re, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request

nhilint, fake, description, prism = sys.argv[1:]
HEAD, BOT = "0123456789abcdef0123456789abcdef01234567", {"login": "github-actions[bot]"}
FILE = "apps/rb.yaml"

source = open(fake).read()
theirs = {}
exec(compile(source[: source.rindex("http.server.Threading")], fake, "exec"), theirs)

comments, notes, wrong, seen = {}, {}, [], []
port = 0


def hold(method, path, body):
    """What the description says against a request."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body or None, method=method)
    request.add_header("content-type", "application/json")
    request.add_header("accept", "application/vnd.github+json")
    request.add_header("authorization", "Bearer x")
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).read()
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        # Some examples of answers do not fit their own description: that is no matter of the request.
        if error.code in (400, 401, 404, 405, 415, 422) or "VIOLATIONS" in text:
            wrong.append(f"{method} {path}: {error.code} {text[:500]}")


class Front(theirs["H"]):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.split("?")[0]
        seen.append(f"{self.command} {re.sub('[0-9]+$', 'N', path.replace('/repos/o/r', ''))}")
        hold(self.command, self.path, body)
        given = json.loads(body) if body else {}
        store = comments if "/pulls/" in path else notes
        if self.command == "POST" and path.endswith("/reviews"):
            before = len(theirs["COMMENTS"])
            self.rfile = io.BytesIO(body)
            theirs["H"].do_POST(self)
            for comment in theirs["COMMENTS"][before:]:
                comments[comment["id"]] = dict(comment, user=BOT)
        elif self.command == "POST":
            theirs["NEXT"][0] += 1
            if "line" in given and not 10 <= given["line"] <= 20:
                return self.out(422, {"message": "Unprocessable Entity", "errors": ["Line could not be resolved"]})
            store[theirs["NEXT"][0]] = dict(given, id=theirs["NEXT"][0], user=BOT)
            self.out(201, {"id": theirs["NEXT"][0]})
        elif self.command in ("PATCH", "DELETE"):
            known = int(path.rsplit("/", 1)[1])
            if self.command == "DELETE":
                del store[known]
                self.send_response(204)
                self.end_headers()
            else:
                store[known]["body"] = given["body"]
                self.out(200, store[known])
        elif path.endswith("/files"):
            # It says more than the fake takes, as after a push that nobody saw.
            lines = "".join(f"\n+line {number}" for number in range(10, 31))
            self.out(200, [{"filename": FILE, "status": "added", "patch": f"@@ -0,0 +10,21 @@{lines}"}])
        elif path.endswith("/comments"):
            self.out(200, list(store.values()))
        else:
            self.out(200, {"number": 7, "head": {"sha": HEAD}})

    do_GET = do_POST = do_PATCH = do_DELETE = answer


def finding(known_as, line, after=None):
    lines = {"file": FILE, "start": line, "end": line + 1, "before": f"line {line}\nline {line + 1}\n", "after": after}
    fix = {"title": "mend it", "applicability": "safe", "edits": [], "refused": None, "changes": [], "diff": "-a\n+b\n"}
    return {
        "rule": "NHI501", "name": "no-cluster-admin", "form": "cluster", "severity": "error", "message": "holds `*`",
        "help": "name what it needs.", "notes": [], "object": None, "identity": None, "clusters": [],
        "location": {"file": FILE, "line": line, "column": 1, "endLine": line, "endColumn": 4}, "label": "", "path": None,
        "origin": "written", "rendered": None, "related": [], "fixes": [dict(fix, lines=lines)] if after else [],
        "fingerprint": known_as, "suppressed": None,
    }


def run(folder, url, findings):
    summary = dict.fromkeys("error warning info suppressed files skipped documents objects identities milliseconds".split(), 1)
    report = {"version": 1, "tool": {"name": "nhilint", "version": "0", "renderers": []}, "errors": [], "baseline": None,
              "summary": dict(summary, unjudged=[]), "findings": findings}
    for name, data in (("report.json", report), ("event.json", {"pull_request": {"number": 7, "head": {"sha": HEAD}}})):
        with open(os.path.join(folder, name), "w") as file:
            json.dump(data, file)
    variables = dict(os.environ, GITHUB_API_URL=url, GITHUB_REPOSITORY="o/r", GITHUB_TOKEN="ghs_x",
                     GITHUB_EVENT_PATH=os.path.join(folder, "event.json"))
    command = [nhilint, "annotate", "--host", "github", "--report", "report.json"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    print(" ", "; ".join(done.stderr.splitlines()))
    if done.returncode != 0 or done.stdout:
        sys.exit(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
    asked = [request for request in seen if not request.startswith("GET")]
    seen.clear()
    return asked


def main():
    global port
    front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    with http.server.HTTPServer(("127.0.0.1", 0), Front) as free:
        port = free.server_port
    server = subprocess.Popen([prism, "mock", "-h", "127.0.0.1", "-p", str(port), description],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(server)
        with tempfile.TemporaryDirectory() as folder:
            scenes(folder, f"http://127.0.0.1:{front.server_port}")
    finally:
        server.terminate()
        server.wait()
    if wrong:
        sys.exit("requests that GitHub's description refuses:\n" + "\n".join(wrong))


def wait(server):
    for _ in range(300):
        wrong.clear()
        try:
            hold("GET", "/repos/o/r/pulls/7", None)
            break
        except OSError:
            if server.poll() is not None:
                sys.exit("Prism does not start")
            time.sleep(0.2)
    # It must see what is wrong, or it proves nothing.
    wrong.clear()
    hold("POST", "/repos/o/r/pulls/7/reviews", json.dumps({"commit_id": HEAD, "event": "APPLAUD"}).encode())
    if not wrong:
        sys.exit("Prism takes a request that is wrong")
    wrong.clear()


def scenes(folder, url):
    review, single, summary = "POST /pulls/7/reviews", "POST /pulls/7/comments", "POST /issues/7/comments"
    edit, remove, edit_summary = "PATCH /pulls/comments/N", "DELETE /pulls/comments/N", "PATCH /issues/comments/N"
    for what, findings, expected in (
        ("first push", [finding("a", 12, "x\n"), finding("b", 15)], [review, summary]),
        ("the same again", [finding("a", 12, "x\n"), finding("b", 15)], []),
        ("one mended, one with another fix", [finding("a", 12, "y\n")], [edit, remove, edit_summary]),
        ("a line that is refused", [finding("a", 12, "y\n"), finding("c", 14), finding("d", 25)],
         [review, review, single, single, edit_summary]),
        ("all mended", [], [remove, remove, edit_summary]),
    ):
        print(f"{what}:")
        asked = run(folder, url, findings)
        if asked != expected:
            sys.exit(f"{what}: asked {asked}, expected {expected}")


main()
