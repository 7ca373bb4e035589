"""Builds the package of the hook's repository: a wheel of metadata alone, which asks for the wheel of nhilint.

Written out, as a build backend of others would be fetched for every environment: minutes where the network is slow.
https://peps.python.org/pep-0517/ and https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
"""

import base64
import hashlib
import pathlib
import re
import zipfile


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    project = pathlib.Path("pyproject.toml").read_text(encoding="utf-8")
    # No reader of TOML comes with Python before 3.11. The release wrote one key on a line.
    named, version, requires = (
        re.search(rf'^{key} = \[?"(.*?)"\]?$', project, re.M).group(1) for key in ("name", "version", "dependencies")
    )
    name = named.replace("-", "_")
    folder = f"{name}-{version}.dist-info"
    files = {
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {named}\nVersion: {version}\nRequires-Dist: {requires}\n",
        f"{folder}/WHEEL": "Wheel-Version: 1.0\nGenerator: nhilint\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{folder}/RECORD"
    lines = [f"{path},sha256={checksum(text)},{len(text.encode())}\n" for path, text in files.items()]
    files[record] = "".join(lines) + f"{record},,\n"
    wheel = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def checksum(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
