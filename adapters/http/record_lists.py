"""Take records in, and hand them out, as one list that is whole or nothing."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.reading import decoder_of
from adapters.http.records import RecordRoutes, shown_as
from adapters.http.wire import (
    Answer,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    principal_of,
)
from application.shared import whole_lists
from application.shared.change import Once
from application.shared.whole_lists import Imported
from ports.work import Record

R = TypeVar("R", bound=Record)
B = TypeVar("B", bound=msgspec.Struct)


class ImportedView(msgspec.Struct):
    """How many of a list were new, changed, and as they were."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLists(Generic[R, B]):
    """The routes `/import` and `/export` of records that a name of theirs tells apart.

    listed is a struct whose one field, called as the path ends, is a list of what a person
    writes of each; known_by is the field that names a record.
    """

    records: RecordRoutes[R, B]
    listed: type[msgspec.Struct]
    known_by: str

    @property
    def handlers(self) -> list[HTTPRouteHandler]:
        """The routes."""
        return [self._take_in(), self._hand_out()]

    @property
    def _name(self) -> str:
        return msgspec.structs.fields(self.listed)[0].name

    def _take_in(self) -> HTTPRouteHandler:
        records, decoder = self.records, decoder_of(self.listed)

        def view(done: Imported) -> ImportedView:
            return ImportedView(done.added, done.changed, done.unchanged)

        def kept(done: Imported) -> tuple[int, bytes]:
            return 200, encode(view(done))

        @post(
            "/import",
            **described(
                f"Take in a whole list or nothing: a known {self.known_by} is changed, an unknown"
                " one added",
                permission=records.write,
                body=self.listed,
                answers={200: ImportedView},
                problems=(409,),
                example={self._name: [records.example]},
                idempotent=True,
            ),
        )
        async def take_in(request: HttpRequest) -> Answer:
            body, by = await body_of(request), asker_of(request)
            listed: list[B] = getattr(decode(body, decoder=decoder), self._name)
            wanted = whole_lists.made_of_all(
                listed,
                made=lambda said: records.made(said, by),
                name=self._name,
                known_by=self.known_by,
            )
            once: Once[Imported] | None = once_of(request, body, render=kept)
            done = await whole_lists.take_in(
                wanted, keeper=records.keeper, known_by=self.known_by, by=by, once=once
            )
            return first_or_again(done, lambda imported: answer(view(imported)))

        return take_in

    def _hand_out(self) -> HTTPRouteHandler:
        records = self.records

        @get(
            "/export",
            **described(
                f"Hand out all {self._name} as they can be taken in again",
                permission=records.read,
                answers={200: self.listed},
            ),
        )
        async def hand_out(request: HttpRequest) -> Answer:
            keeper = records.keeper
            found = await keeper.list(tenant_id=principal_of(request).tenant_id, limit=keeper.limit)
            all_of_them = [shown_as(records.body, one) for one in found]
            return answer(self.listed(**{self._name: all_of_them}))

        return hand_out
