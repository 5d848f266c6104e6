"""Name what a run must never show."""


class Violation(AssertionError):
    """A promise of the application that a step has broken; kind is one word."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"[{kind}] {detail}")
        self.kind = kind
