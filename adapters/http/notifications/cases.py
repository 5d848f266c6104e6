"""Say of each route of notifications how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases
from adapters.http.notifications.channels import CHANNEL
from adapters.http.notifications.preferences import PREFERENCE
from adapters.http.notifications.routes import PATH

_ONE = {"notification_id": "notification"}
_WISH = {"preference_id": "preference"}
_EMAIL = {"channel": "EMAIL"}
_LEFT = {**PREFERENCE, "type": "margin"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        f"GET {PATH}": Case(),
        f"GET {PATH}/stats": Case(),
        f"PUT {PATH}/mark-all-read": Case(action="notification.read_all"),
        f"DELETE {PATH}/clear-all": Case(action="notification.cleared"),
        f"GET {PATH}/{{notification_id}}": Case(ids=_ONE),
        f"PUT {PATH}/{{notification_id}}/read": Case(ids=_ONE, action="notification.read"),
        f"DELETE {PATH}/{{notification_id}}": Case(
            ids=_ONE, consumes=True, action="notification.deleted"
        ),
        f"POST {PATH}/{{notification_id}}/acknowledge": Case(
            ids=_ONE, action="notification.acknowledged"
        ),
        f"GET {PATH}/preferences": Case(),
        f"POST {PATH}/preferences": Case(body=_LEFT, action="notification_preference.created"),
        f"POST {PATH}/preferences/set-defaults": Case(
            action="notification_preference.defaults_set"
        ),
        f"GET {PATH}/preferences/{{preference_id}}": Case(ids=_WISH),
        f"PUT {PATH}/preferences/{{preference_id}}": Case(
            # Made anew for each: the defaults replace whatever is there.
            ids=_WISH,
            body=PREFERENCE,
            consumes=True,
            action="notification_preference.updated",
        ),
        f"DELETE {PATH}/preferences/{{preference_id}}": Case(
            ids=_WISH, consumes=True, action="notification_preference.deleted"
        ),
        f"GET {PATH}/channels": Case(),
        f"PUT {PATH}/channels": Case(body=CHANNEL, action="notification_channel.asked"),
        f"DELETE {PATH}/channels": Case(
            query=_EMAIL, may_lack=True, action="notification_channel.removed"
        ),
        f"POST {PATH}/channels/{{channel_id}}/test": Case(
            ids={"channel_id": "notification_channel"}, action="notification_channel.tested"
        ),
    }
)
