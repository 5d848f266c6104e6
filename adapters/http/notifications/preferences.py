"""Route how people want to be told."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of, one_s_own
from adapters.http.notifications.asking import by_of
from adapters.http.notifications.schemas import (
    PreferenceBody,
    PreferenceList,
    PreferenceView,
    preference_view,
)
from adapters.http.reading import decoder_of
from adapters.http.versions import etag_of, seen_of
from adapters.http.wire import Answer, HttpRequest, PathId, answer, body_of, decode, encode
from application.notifications.keep_preferences import KeepPreferences
from application.shared.change import Once
from domain.identity.access import Permission
from domain.notifications.preference import Preference

PREFERENCE = {
    "type": "risk_breach",
    "channel": "SMS",
    "least_priority": "HIGH",
    "quiet_from": "22:00",
    "quiet_to": "07:00",
    "zone": "Europe/Berlin",
}
_PREFERENCE = decoder_of(PreferenceBody)
_OWN = Permission.NOTIFICATIONS_SELF


def preference_routes(preferences: KeepPreferences) -> list[HTTPRouteHandler]:
    """Return the routes under /preferences."""
    return [*_all(preferences), *_one(preferences)]


def _shown(one: Preference, status: int = 200) -> Answer:
    return answer(preference_view(one), status=status, headers={"ETag": etag_of(one.version)})


def _listed(found: Sequence[Preference]) -> PreferenceList:
    return PreferenceList([preference_view(one) for one in found])


def _all(preferences: KeepPreferences) -> list[HTTPRouteHandler]:
    @get(
        "/preferences",
        **described(
            "List one's preferences; of what is not listed the default holds",
            permission=_OWN,
            answers={200: PreferenceList},
        ),
    )
    async def list_preferences(request: HttpRequest) -> Answer:
        return answer(_listed(await preferences.list(by=by_of(request))))

    @post(
        "/preferences",
        **described(
            "Say how to be told of a type on a channel",
            permission=_OWN,
            body=PreferenceBody,
            answers={201: PreferenceView},
            problems=(409,),
            example=PREFERENCE,
            idempotent=True,
        ),
    )
    async def add_preference(request: HttpRequest) -> Answer:
        body, by = await body_of(request), by_of(request)
        fields = msgspec.structs.asdict(decode(body, decoder=_PREFERENCE))
        assert by.user_id is not None
        made = Preference(
            id=preferences.context.changes.ids.new(),
            tenant_id=by.tenant_id,
            user_id=by.user_id,
            **fields,
        )
        kept: Once[Preference] | None = once_of(
            request,
            body + one_s_own(request),
            render=lambda one: (201, encode(preference_view(one))),
        )
        done = await preferences.add(made, by=by, once=kept)
        return first_or_again(done, lambda one: _shown(one, 201))

    @post(
        "/preferences/set-defaults",
        **described(
            "Replace one's preferences: everything in app, HIGH and URGENT by mail too",
            permission=_OWN,
            answers={200: PreferenceList},
            idempotent=True,
        ),
    )
    async def set_defaults(request: HttpRequest) -> Answer:
        kept: Once[Sequence[Preference]] | None = once_of(
            request, one_s_own(request), render=lambda made: (200, encode(_listed(made)))
        )
        done = await preferences.set_defaults(by=by_of(request), once=kept)
        return first_or_again(done, lambda made: answer(_listed(made)))

    return [list_preferences, add_preference, set_defaults]


def _one(preferences: KeepPreferences) -> list[HTTPRouteHandler]:
    @get(
        "/preferences/{preference_id:uuid}",
        **described(
            "Show a preference; its version is in ETag",
            permission=_OWN,
            answers={200: PreferenceView},
            problems=(404,),
        ),
    )
    async def show_preference(request: HttpRequest, preference_id: PathId) -> Answer:
        return _shown(await preferences.get(preference_id, by=by_of(request)))

    @put(
        "/preferences/{preference_id:uuid}",
        **described(
            "Replace a preference; with If-Match only if it did not change since",
            permission=_OWN,
            body=PreferenceBody,
            answers={200: PreferenceView},
            problems=(404, 409),
            example=PREFERENCE,
            if_match=True,
        ),
    )
    async def change_preference(request: HttpRequest, preference_id: PathId) -> Answer:
        seen = seen_of(request, what="preference")
        fields = msgspec.structs.asdict(decode(await body_of(request), decoder=_PREFERENCE))
        changed = await preferences.change(
            preference_id,
            lambda one: replace(one, version=one.version + 1, **fields),
            by=by_of(request),
            expected=seen,
        )
        return _shown(changed)

    @delete(
        "/preferences/{preference_id:uuid}",
        **described(
            "Delete a preference: the default holds again",
            permission=_OWN,
            answers={204: None},
            problems=(404,),
        ),
    )
    async def remove_preference(request: HttpRequest, preference_id: PathId) -> None:
        await preferences.remove(preference_id, by=by_of(request))

    return [show_preference, change_preference, remove_preference]
