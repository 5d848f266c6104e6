"""Say that there is no such user."""

from uuid import UUID

from domain.shared.refusals import Absent


class UserNotFound(Absent):
    """There is no such user, or they are another tenant's."""

    def __init__(self, user_id: UUID) -> None:
        super().__init__(f"user {user_id} does not exist")
        self.user_id = user_id
