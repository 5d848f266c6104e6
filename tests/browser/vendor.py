"""Write the console's vendored files from the packages that vendor.toml names.

    python -m tests.browser.vendor [--write]

npm brings the packages as package-lock.json pins them, none of their scripts is run, and esbuild
makes one ES module of each entry. A file whose digest is not the one in vendor.toml is an error;
--write puts the new digest there.
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from tests.browser.node import TOOLS, install, run

VENDOR = TOOLS.parents[1] / "adapters/http/console/vendor"
TOML = VENDOR / "vendor.toml"
LICENCES = VENDOR / "LICENSES.txt"


def declared() -> list[dict[str, Any]]:
    """Return what vendor.toml says of each file."""
    found: list[dict[str, Any]] = tomllib.loads(TOML.read_text())["file"]
    return found


def digest_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def locked() -> dict[str, str]:
    """Return the versions that package-lock.json pins, by package."""
    lock = json.loads((TOOLS / "package-lock.json").read_text())["packages"]
    return {
        where.removeprefix("node_modules/"): said["version"]
        for where, said in lock.items()
        if where.startswith("node_modules/")
    }


def main() -> int:
    """Write every file; return 1 when one is not what vendor.toml says."""
    asked = argparse.ArgumentParser(prog="python -m tests.browser.vendor")
    asked.add_argument("--write", action="store_true", help="put new digests into vendor.toml")
    write = asked.parse_args().write
    install()
    versions = locked()
    wrong = []
    text = TOML.read_text()
    for said in declared():
        for package in said["packages"]:
            name, _, version = package["name"].rpartition("@")
            if versions[name] != version:
                wrong.append(f"{name}: vendor.toml says {version}, the lock {versions[name]}")
        found = _bundled(said)
        if found != said["sha256"]:
            wrong.append(f"{said['name']}: {found}, not {said['sha256'] or 'known'}")
            place = rf'(name = "{re.escape(said["name"])}"\nsha256 = ")[0-9a-f]*'
            text = re.sub(place, rf"\g<1>{found}", text)
    LICENCES.write_text(_licences())
    if write:
        TOML.write_text(text)
        return 0
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)  # noqa: T201 - a command's own output
    return 1 if wrong else 0


def _bundled(said: dict[str, Any]) -> str:
    """Write one file and return its digest."""
    target = VENDOR / said["name"]
    names = ", ".join(f"{one['name']} ({one['licence']})" for one in said["packages"])
    with tempfile.NamedTemporaryFile("w", suffix=target.suffix, dir=TOOLS) as entry:
        entry.write(said["entry"])
        entry.flush()
        code = run(
            "esbuild/bin/esbuild",
            [
                entry.name,
                "--bundle",
                "--minify",
                "--format=esm",
                "--target=es2022",
                "--charset=utf8",
                "--legal-comments=none",
                f"--banner:{target.suffix[1:]}=/*! {names}: see LICENSES.txt */",
                f"--outfile={target}",
                "--log-level=warning",
            ],
        )
    if code:
        raise RuntimeError(f"{said['name']} cannot be made")
    return digest_of(target)


def _licences() -> str:
    """Return the licence of every package, with the notices that they ask for."""
    parts = [_CHARTS]
    for name in sorted({p["name"] for said in declared() for p in said["packages"]}):
        folder = TOOLS / "node_modules" / name.rpartition("@")[0]
        found = folder / "LICENSE"
        # One package says its licence in its description alone: the words of MIT are these.
        text = found.read_text().strip() if found.exists() else _MIT.strip()
        parts.append(f"{name}\n\n{text}\n")
    return "\n----------------------------------------\n\n".join(parts)


_CHARTS = """lightweight-charts, NOTICE

TradingView Lightweight Charts™
Copyright (с) 2023 TradingView, Inc. https://www.tradingview.com/
"""

_MIT = """
The MIT License (MIT)

Copyright (c) TradingView, Inc.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

if __name__ == "__main__":
    raise SystemExit(main())
