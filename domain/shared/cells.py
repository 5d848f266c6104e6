"""Write text into cells that no spreadsheet takes for a formula."""

# A cell that begins so is a formula, or a call of another program, to some spreadsheet; the
# wide forms are to those that read them as the others.
_FORMULAS = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def guarded(value: object) -> str:
    """Return a cell that begins with an apostrophe where it would be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
