"""What a release writes: checksums, the Homebrew formula, the manifest for install-action, and the repository of the hook.

    release.py version                    prints the version of Cargo.toml
    release.py checksums DIST             prints `SHA256  NAME` of every file in DIST
    release.py action DIST                prints those lines that .github/action/checksums.txt holds
    release.py formula DIST               prints the Homebrew formula
    release.py install-action DIST        prints the manifest for taiki-e/install-action
    release.py hook FOLDER                writes the repository that pre-commit and prek clone: it pins the wheel

DIST holds the archives `nhilint-vVERSION-TARGET.tar.gz`, one for each target. The version and the address of the
project are those of Cargo.toml.
"""

import hashlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Each target, and what install-action calls it.
TARGETS = {
    "x86_64-unknown-linux-musl": "x86_64_linux_musl",
    "aarch64-unknown-linux-musl": "aarch64_linux_musl",
    "x86_64-apple-darwin": "x86_64_macos",
    "aarch64-apple-darwin": "aarch64_macos",
    "x86_64-pc-windows-msvc": "x86_64_windows",
}


def cargo(key):
    return re.search(rf'^{key} = "(.*)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.M).group(1)


VERSION, ADDRESS = cargo("version"), cargo("repository")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def archive(target, version=VERSION):
    return f"nhilint-v{version}-{target}.tar.gz"


def archives(dist):
    """The checksum of each target's archive; one that is missing ends the release."""
    missing = [archive(target) for target in TARGETS if not (dist / archive(target)).is_file()]
    if missing:
        sys.exit(f"{dist} lacks {', '.join(missing)}")
    return {target: sha256(dist / archive(target)) for target in TARGETS}


def lines(sums):
    return "".join(f"{value}  {name}\n" for name, value in sorted(sums.items()))


def checksums(dist):
    archives(dist)
    return lines({path.name: sha256(path) for path in dist.iterdir() if path.is_file() and path.name != "SHA256SUMS"})


def action(dist):
    return lines({archive(target): value for target, value in archives(dist).items()})


def formula(dist):
    sums = archives(dist)

    def source(target):
        address = f"{ADDRESS}/releases/download/v{VERSION}/{archive(target)}"
        return f'      url "{address}"\n      sha256 "{sums[target]}"\n'

    def system(word, vendor):
        return (
            f"  on_{word} do\n    on_arm do\n{source(f'aarch64-{vendor}')}    end\n"
            f"    on_intel do\n{source(f'x86_64-{vendor}')}    end\n  end\n"
        )

    return (
        f'class Nhilint < Formula\n  desc "{cargo("description").split(":")[0]}"\n  homepage "{ADDRESS}"\n'
        f'  version "{VERSION}"\n  license "{cargo("license")}"\n\n'
        f"{system('macos', 'apple-darwin')}\n{system('linux', 'unknown-linux-musl')}\n"
        '  def install\n    bin.install "nhilint"\n    generate_completions_from_executable(bin/"nhilint", "completions")\n  end\n\n'
        '  test do\n    assert_match version.to_s, shell_output("#{bin}/nhilint --version")\n  end\nend\n'
    )


def install_action(dist):
    sums = archives(dist)
    template = f"{ADDRESS}/releases/download/v${{version}}/"
    major, minor, _ = VERSION.split(".")
    names = ["latest", f"{major}.{minor}"] if major == "0" else ["latest", major, f"{major}.{minor}"]
    manifest = {
        "rust_crate": "nhilint",
        "template": {word: {"url": template + archive(target, "${version}")} for target, word in TARGETS.items()},
        "license_markdown": f"[{cargo('license')}]({ADDRESS}/blob/HEAD/LICENSE)",
        **{name: {"version": VERSION} for name in names},
        VERSION: {word: {"checksum": sums[target]} for target, word in TARGETS.items()},
    }
    return json.dumps(manifest, indent=2) + "\n"


def hook(folder):
    """The hook's manifest beside a package that only asks for the wheel, so that nobody builds Rust to commit."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    # The one that runs the wheel; those that build or take what is installed belong to the source.
    entry = re.search(r"^- id: nhilint\n(?:^ .*\n)*", manifest, re.M).group(0)
    entry = re.sub(r"^  language: .*$", "  language: python", entry, flags=re.M)
    (folder / ".pre-commit-hooks.yaml").write_text(entry, encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        f'# Written by the release of {ADDRESS}.\n[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n\n'
        f'[project]\nname = "nhilint-hook"\nversion = "{VERSION}"\ndependencies = ["nhilint=={VERSION}"]\n',
        encoding="utf-8",
    )
    backend = pathlib.Path(__file__).with_name("backend.py")
    (folder / backend.name).write_text(backend.read_text(encoding="utf-8"), encoding="utf-8")
    return ""


COMMANDS = {
    "checksums": checksums,
    "action": action,
    "formula": formula,
    "install-action": install_action,
    "hook": hook,
}

if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments == ["version"]:
        print(VERSION)
    elif len(arguments) == 2 and arguments[0] in COMMANDS:
        sys.stdout.write(COMMANDS[arguments[0]](pathlib.Path(arguments[1])))
    else:
        sys.exit(__doc__)
