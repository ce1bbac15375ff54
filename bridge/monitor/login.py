"""Who may enter, and do what: passwords by Argon2, a lock after a few wrong ones, sessions that end."""

import asyncio
import secrets
import time
from collections.abc import Callable, MutableMapping
from typing import Any, Final, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bridge.settings import Monitor, User

RANKS: Final = {"viewer": 0, "operator": 1, "admin": 2}
TRIES, LOCKED = 5, 60.0
"""Wrong passwords until nobody may try for this user from there, and for how many seconds."""
LASTS = 12 * 3600
"""Seconds until a session ends."""
REMEMBERED = 10_000
"""Places that have tried and are remembered."""
HASHER = PasswordHasher()
NOBODY = HASHER.hash(secrets.token_hex())
"""What is compared for a name that there is not: a wrong name takes as long as a wrong password."""
Session = MutableMapping[str, Any]


class Who(NamedTuple):
    """A viewer."""

    name: str
    role: str

    def may(self, role: str) -> bool:
        """Whether he may do what asks for a role."""
        return RANKS[self.role] >= RANKS[role]


class Locked(Exception):
    """Too many wrong passwords; ``seconds`` until the next try."""

    def __init__(self, seconds: float) -> None:
        """From now on."""
        super().__init__(seconds)
        self.seconds = round(seconds) or 1


class Users:
    """Those of the settings."""

    def __init__(self, settings: Monitor, clock: Callable[[], float] = time.time) -> None:
        """``clock`` in seconds since 1970."""
        self.login, self.clock = settings.login, clock
        self.users = {user.name: user for user in settings.user}
        self.wrong: dict[tuple[str, str], tuple[int, float]] = {}
        """By place and name: wrong passwords, and when the last one came."""
        self.left: dict[str, float] = {}
        """When a user last said that all his sessions end."""
        self.busy = asyncio.Semaphore(1)

    def of(self, session: Session) -> Who | None:
        """Whose a session is; nobody's if it has ended."""
        if not self.login:
            return Who("", "viewer")
        user, at = self.users.get(session.get("user", "")), session.get("at", 0.0)
        if user is None or self.clock() - at > LASTS or at <= self.left.get(user.name, 0.0):
            return None
        return Who(user.name, user.role)

    async def enter(self, name: str, password: str, place: str, session: Session) -> bool:
        """Opens a session if the password is right; ``Locked`` if too many were not."""
        key, now = (place, name[:64]), self.clock()
        tries, last = self.wrong.get(key, (0, 0.0))
        if tries >= TRIES and now - last < LOCKED:
            raise Locked(LOCKED - (now - last))
        tries = tries if tries < TRIES and now - last < LOCKED else 0
        self.wrong.pop(key, None)
        while len(self.wrong) >= REMEMBERED:
            del self.wrong[next(iter(self.wrong))]
        self.wrong[key] = (tries + 1, now)  # before the comparison: many at once count, too
        user = self.users.get(name)
        async with self.busy:
            right = await asyncio.to_thread(matches, user, password)
        if user is None or not right:
            return False
        del self.wrong[key]
        session.clear()
        session.update(user=user.name, at=self.clock(), csrf=secrets.token_urlsafe())
        return True

    def leave(self, session: Session) -> None:
        """Ends all sessions of this user."""
        if name := session.get("user"):
            self.left[name] = self.clock()
        session.clear()


def matches(user: User | None, password: str) -> bool:
    """Whether it is the user's password; takes its time."""
    try:
        return HASHER.verify(user.password if user else NOBODY, password) and user is not None
    except (VerificationError, InvalidHashError):
        return False


def hashed(password: str) -> str:
    """What the settings keep of a password."""
    return HASHER.hash(password)
