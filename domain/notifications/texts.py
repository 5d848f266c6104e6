"""Write values so that they stay values: one line, and nothing that steers what shows it."""

import unicodedata

SUBJECT_CHARS_MAX = 150
VALUE_CHARS_MAX = 500


def one_line(value: str, *, chars_max: int = VALUE_CHARS_MAX) -> str:
    """Return a value as one line of bounded length, without what steers a terminal or a header.

    Control characters and those that turn the direction of writing become blanks.
    """
    # Cut before it is looked at: a value may be megabytes long.
    plain = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char
        for char in value[: chars_max * 4]
    )
    said = " ".join(plain.split())
    return said if len(said) <= chars_max else f"{said[: chars_max - 1]}…"


def plain_lines(text: str, *, chars_max: int) -> str:
    """Return a text line by line as one_line has each; what is left out shows as an ellipsis."""
    # Cut before it is looked at, as there.
    looked_at = text[: chars_max * 4]
    lines = (one_line(line, chars_max=chars_max) for line in looked_at.splitlines())
    said = "\n".join(lines)
    is_whole = len(said) <= chars_max and len(text) == len(looked_at)
    return said if is_whole else f"{said[: chars_max - 1]}…"
