"""How much longer `check --diff --unsafe-fixes` takes than `check`: fix_time.py NHILINT FOLDER CACHE [WANTED [ACCEPTED]]

Both run over the folder in turn, with a cache that is warm. The cheapest run of each counts, in CPU time, user and system:
what else runs on the machine only adds to it. Fails where the ratio is more than what is accepted.
"""

import os
import resource
import subprocess
import sys

PAIRS = 21
nhilint, folder, cache = map(os.path.abspath, sys.argv[1:4])
wanted = float(sys.argv[4]) if len(sys.argv) > 4 else 1.5
accepted = float(sys.argv[5]) if len(sys.argv) > 5 else wanted


def cost(*arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [nhilint, "check", ".", f"--cache-dir={cache}", *arguments]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{folder}: {arguments}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def pair():
    plain = cost("--fail-on=never")
    fixes = cost("--fail-on=never", "--diff", "--unsafe-fixes")
    return plain, fixes


# Warms the cache.
pair()
pairs = [pair() for _ in range(PAIRS)]
plain, fixes = (min(costs) * 1000 for costs in zip(*pairs))
ratio = fixes / plain
print(
    f"{os.path.basename(folder)}: check {plain:.0f} ms, with its fixes as a diff {fixes:.0f} ms of CPU: {ratio:.2f} times, "
    f"{wanted} wanted and at most {accepted} accepted"
)
sys.exit(ratio > accepted)
