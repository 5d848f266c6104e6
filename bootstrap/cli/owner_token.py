"""Sign a token for the owner with the key in the data folder."""

from typing import Any

from adapters.cli.failures import REFUSED, CommandFailed
from bootstrap.settings.sections import Settings


def owner_token(settings: Settings) -> str:
    """Return a fresh token; raises CommandFailed when the folder has no owner or key."""
    token: str = signed(settings).token
    return token


def signed(settings: Settings) -> Any:
    """Return a fresh token with what it says (IssuedToken); raises CommandFailed."""
    from adapters.security.keys import UnusableKey, load_key
    from adapters.system.data_folder import DataFolderCorrupt, read_owner
    from application.identity.issue_owner_token import IssueOwnerToken
    from bootstrap.access_tokens import KEY_FILE, build_tokens
    from bootstrap.system import build_system

    folder = settings.data_dir
    try:
        owner = read_owner(folder)
        if owner is None:
            raise CommandFailed(
                f"the data folder {folder.absolute()} has no owner yet: start a server on it once,"
                " name another with BALLAST_DATA_DIR, or give a token with BALLAST_TOKEN",
                code=REFUSED,
            )
        if settings.token.signing_key is None:
            # Only a server makes a key: one made here would sign tokens that none accepts.
            load_key(folder / KEY_FILE)
        tokens = build_tokens(settings, build_system())
        tokens.start()
    except FileNotFoundError as problem:
        raise CommandFailed(
            f"{folder.absolute() / KEY_FILE} is missing: the server makes it when it starts",
            code=REFUSED,
        ) from problem
    except (UnusableKey, DataFolderCorrupt) as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    except OSError as problem:
        raise CommandFailed(
            f"{problem.filename} cannot be read: {problem.strerror}", code=REFUSED
        ) from problem
    issue = IssueOwnerToken(tokens=tokens)
    return issue(user_id=owner.user_id, tenant_id=owner.tenant_id)
