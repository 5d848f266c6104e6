"""Find a secret wherever it may stand, as it is or in another writing."""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path

# Read whole; what a run writes is smaller.
_FILE_MAX = 512 * 1024 * 1024


def writings(secret: str) -> tuple[bytes, ...]:
    """Return the secret as bytes, in hexadecimal, and in base64 wherever in a text it begins."""
    plain = secret.encode()
    found = [plain, plain.hex().encode(), plain.hex().upper().encode()]
    for offset in range(3):
        # The letters at the ends carry bits of what stands beside it.
        text = base64.b64encode(b"\0" * offset + plain).rstrip(b"=")
        begin = (offset * 8 + 5) // 6
        found.append(text[begin : len(text) - 1])
    return tuple(found)


def hits(places: Mapping[str, bytes], secrets: Iterable[str]) -> list[str]:
    """Name every place where a secret stands; never the secret itself."""
    found = []
    for number, secret in enumerate(secrets):
        forms = writings(secret)
        for name, content in places.items():
            if any(form in content for form in forms):
                at = min(content.find(form) for form in forms if form in content)
                before = content[max(0, at - 80) : at].decode("utf-8", "replace")
                found.append(f"canary {number} stands in {name} behind {before!r}")
    return found


def files_under(folder: Path) -> dict[str, bytes]:
    """Return every file's content by its name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _FILE_MAX
    }
