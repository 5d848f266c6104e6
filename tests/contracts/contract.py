"""What the shared suites have in common: who runs one must give what it asks for."""

from typing import Any


class Contract:
    """A suite that every adapter of a port passes; its abstract fixtures are the adapter's part.

    A test class that forgets one of them is refused while it is made: its module cannot be
    collected. An abc.ABC would not do: pytest leaves those out without a word.
    """

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        if cls.__name__.startswith("Test"):
            forgotten = [
                name
                for name in dir(cls)
                if getattr(getattr(cls, name, None), "__isabstractmethod__", False)
            ]
            if forgotten:
                raise TypeError(f"{cls.__name__} gives no {', '.join(forgotten)}")
