"""Make frozen values cheap to build, where they are built on every order."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeVar

Value = TypeVar("Value")


def quick_to_build(cls: type[Value]) -> type[Value]:
    """Give a frozen, slotted, keyword-only dataclass an __init__ that costs half as much.

    The generated one writes each field through object.__setattr__, because the class
    refuses plain assignment. This one fills the fields while the value still is of a twin
    class with the same slots and no such refusal, and then makes it what it is. What
    callers see is unchanged: signature, defaults, __post_init__, refusal of assignment.
    """
    slots = tuple(field.name for field in fields(cls))  # type: ignore[arg-type]
    twin = type(f"_{cls.__name__}Filling", (), {"__slots__": slots})
    known: dict[str, Any] = {"thaw": object.__setattr__, "twin": twin, "cls": cls}
    parameters: list[str] = []
    fill: list[str] = []
    for field in fields(cls):  # type: ignore[arg-type]
        name = field.name
        if field.default is not MISSING:
            known[f"default_{name}"] = field.default
            parameters.append(f"{name}=default_{name}")
        elif field.default_factory is not MISSING:
            raise TypeError(f"{cls.__name__}.{name}: a default factory is not supported here")
        else:
            parameters.append(name)
        fill.append(f"    self.{name} = {name}")
    body = ["    thaw(self, '__class__', twin)", *fill, "    self.__class__ = cls"]
    if hasattr(cls, "__post_init__"):
        body.append("    self.__post_init__()")
    source = f"def __init__(self, *, {', '.join(parameters)}):\n" + "\n".join(body)
    # The source is made of the class's own field names only, as dataclasses does it.
    exec(source, known)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {
        **{field.name: field.type for field in fields(cls)},  # type: ignore[arg-type]
        "return": None,
    }
    type.__setattr__(cls, "__init__", init)
    return cls
