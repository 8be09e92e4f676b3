"""Who may sign in and decide: people with roles and scope, their local accounts, their sessions.

It compares no passwords and makes no tokens; it keeps hashes that the console gives it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.orders.model import Person
from bot.store.db import one_row, reading, writing
from bot.store.schema import PEOPLE, SESSIONS


def _email(email: str) -> str:
    return email.strip().lower()


class SqlPeople:
    """The port `People`, and the changes that `restock user` makes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def find(self, email: str) -> Person | None:
        """Person with this address, whatever its case, active or not."""
        with reading(self._engine) as connection:
            row = one_row(connection, sa.select(PEOPLE).where(PEOPLE.c.email == _email(email)))
        return _person(row) if row else None

    def with_role(self, role: str, location: str | None = None) -> list[Person]:
        """Active people with `role` whose scope covers `location`, sorted by address."""
        return [
            person
            for person in self.all()
            if person.active
            and role in person.roles
            and (location is None or not person.locations or location in person.locations)
        ]

    def all(self) -> list[Person]:
        """Everybody, sorted by address."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(PEOPLE).order_by(PEOPLE.c.email)).mappings().all()
        return [_person(row) for row in rows]

    def put(self, person: Person) -> None:
        """Add a person or change name, roles, scope and activity; the account's secrets stay."""
        values = {
            "name": person.name,
            "roles": json.dumps(sorted(person.roles)),
            "locations": json.dumps(sorted(person.locations)),
            "active": int(person.active),
        }
        email = _email(person.email)
        with writing(self._engine) as connection:
            changed = connection.execute(sa.update(PEOPLE).where(PEOPLE.c.email == email).values(**values))
            if not changed.rowcount:
                connection.execute(sa.insert(PEOPLE).values(email=email, **values))
            if not person.active:
                connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.email == email))


class Accounts:
    """Secrets of local accounts."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def password_hash(self, email: str) -> str | None:
        """Stored password hash; None when there is no such person or no password."""
        return self._secret(email, "password_hash")

    def totp_secret(self, email: str) -> str | None:
        """Base-32 secret of the one-time codes; None when there is none."""
        return self._secret(email, "totp_secret")

    def set(self, email: str, *, password_hash: str, totp_secret: str) -> bool:
        """Replace both secrets and end the person's sessions; False when there is no such person."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.email == _email(email)))
            changed = connection.execute(
                sa.update(PEOPLE)
                .where(PEOPLE.c.email == _email(email))
                .values(password_hash=password_hash, totp_secret=totp_secret, totp_step=0)
            )
        return bool(changed.rowcount)

    def use_totp_step(self, email: str, step: int) -> bool:
        """Spend the one-time code of time step `step`; False when it or a newer one was used before."""
        with writing(self._engine) as connection:
            changed = connection.execute(
                sa.update(PEOPLE)
                .where(PEOPLE.c.email == _email(email), PEOPLE.c.totp_step < step)
                .values(totp_step=step)
            )
        return bool(changed.rowcount)

    def _secret(self, email: str, column: str) -> str | None:
        query = sa.select(PEOPLE.c[column]).where(PEOPLE.c.email == _email(email))
        with reading(self._engine) as connection:
            value: str | None = connection.execute(query).scalar()
        return value or None


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser."""

    token_hash: str
    email: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Sessions:
    """Signed-in browsers, known by the hash of their cookie."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def open(self, token_hash: str, email: str, now: datetime, expires: datetime) -> Session:
        """Begin a session until `expires`."""
        session = Session(token_hash, _email(email), now, now, expires)
        with writing(self._engine) as connection:
            connection.execute(
                sa.insert(SESSIONS).values(
                    token_hash=token_hash, email=session.email, created_at=now, seen_at=now, expires_at=expires
                )
            )
        return session

    def find(self, token_hash: str) -> Session | None:
        """Session of this hash, expired or not: the caller compares `expires_at` with its clock."""
        with reading(self._engine) as connection:
            row = one_row(connection, sa.select(SESSIONS).where(SESSIONS.c.token_hash == token_hash))
        return Session(**row) if row else None

    def touch(self, token_hash: str, now: datetime) -> None:
        """Remember that the session was used at `now`."""
        with writing(self._engine) as connection:
            connection.execute(sa.update(SESSIONS).where(SESSIONS.c.token_hash == token_hash).values(seen_at=now))

    def close(self, token_hash: str) -> None:
        """End one session."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.token_hash == token_hash))

    def close_all(self, email: str) -> int:
        """End every session of a person; returns how many."""
        with writing(self._engine) as connection:
            return connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.email == _email(email))).rowcount

    def sweep(self, now: datetime) -> int:
        """Forget expired sessions; returns how many."""
        with writing(self._engine) as connection:
            return connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.expires_at <= now)).rowcount


def _person(row: Any) -> Person:
    return Person(
        email=row["email"],
        name=row["name"],
        roles=frozenset(json.loads(row["roles"])),
        locations=frozenset(json.loads(row["locations"])),
        active=bool(row["active"]),
    )
