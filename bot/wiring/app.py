"""Settings become an `App` for jobs and a set of dependencies for the console.

This is the only module that names every adapter; it decides nothing.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from bot.errors import Finding, InputInvalid
from bot.jobs.gate import PolicyGate
from bot.mail import OrderLetters
from bot.ports import App, Clock, ErpReader, ErpWriter, Planning, Progress
from bot.settings import Loaded, line_of, plain_words
from bot.smtp import SmtpMailer, SmtpSettings
from bot.store.db import check, open_engine, upgrade
from bot.store.files import ParquetFiles
from bot.store.orders import SqlOrders
from bot.store.people import Accounts, Sessions, SqlPeople
from bot.store.policy_files import PolicyFolder
from bot.store.runs import SqlRuns
from bot.wiring.apart import Apart
from bot.wiring.merged import MergedReader
from bot.wiring.world import KillingFailpoints, RandomIds, SeededGenerators, SystemClock
from connectors.catalog import connector
from connectors.files import FilesReader
from connectors.signals import SignalSettings, SignalsReader


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that lives in the database, on one engine."""

    engine: sa.Engine
    orders: SqlOrders
    runs: SqlRuns
    people: SqlPeople
    accounts: Accounts
    sessions: Sessions


def open_store(loaded: Loaded, clock: Clock, *, migrate: bool = True) -> Store:
    """Open the database; creates or migrates it when allowed, else checks that it fits this version."""
    settings = loaded.settings
    path = loaded.at(settings.paths.database)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # a folder that is there keeps its rights
    engine = open_engine(f"sqlite:///{path}")
    if migrate:
        upgrade(engine)
    else:
        check(engine)
    return store_on(engine, loaded, clock)


def store_on(engine: sa.Engine, loaded: Loaded, clock: Clock) -> Store:
    """The stores on a database that is open already."""
    settings = loaded.settings
    stop_file = loaded.at(settings.paths.stop_file)
    zone, undo = settings.installation.timezone, settings.orders.undo_minutes
    return Store(
        engine=engine,
        orders=SqlOrders(
            engine,
            clock,
            undo_minutes=undo,
            timezone=zone,
            installation=settings.installation.name,
            stop_file=stop_file,
        ),
        runs=SqlRuns(engine, clock, RandomIds(), stop_file=stop_file),
        people=SqlPeople(engine),
        accounts=Accounts(engine),
        sessions=Sessions(engine),
    )


def build_app(loaded: Loaded, progress: Progress, clock: Clock | None = None) -> App:
    """The real world as an `App`: database, files, ERPs, mail and policies of these settings."""
    clock = clock or SystemClock()
    store = open_store(loaded, clock)
    planning = planning_of(loaded)
    policies = PolicyFolder(loaded.at(loaded.settings.paths.policies))
    return App(
        clock=clock,
        ids=RandomIds(),
        randomness=SeededGenerators(planning.seed),
        failpoints=KillingFailpoints(),
        progress=progress,
        readers={name: reader(loaded, name, clock) for name in loaded.settings.systems},
        writers={name: writer(loaded, name, clock) for name in loaded.settings.systems},
        orders=store.orders,
        runs=store.runs,
        people=store.people,
        files=ParquetFiles(loaded.at(loaded.settings.paths.files)),
        mailer=SmtpMailer(smtp_of(loaded), clock),
        policies=policies,
        planning=planning,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        letters=letters_of(loaded) if "mail" in loaded.settings.model_fields_set else None,  # None: the outbox waits
        gate=PolicyGate(policies, clock, planning.timezone, store.runs),
        broadcast=Apart(loaded.settings.orders.forecaster_seconds, clock),
    )


def planning_of(loaded: Loaded) -> Planning:
    """The settings values that planning and sending need."""
    settings = loaded.settings
    return Planning(
        installation=settings.installation.name,
        timezone=settings.installation.timezone,
        currency=settings.installation.currency,
        review_period_days=settings.orders.review_period_days,
        undo_minutes=settings.orders.undo_minutes,
        lease_seconds=settings.orders.lease_seconds,
        console_url=settings.console.url,
        seed=settings.orders.seed,
        pending_alarm_days=settings.orders.pending_alarm_days,
    )


def letters_of(loaded: Loaded) -> OrderLetters:
    """The wording of mails with the settings' address, sender, zone and templates."""
    settings = loaded.settings
    templates = settings.paths.templates
    return OrderLetters(
        console_url=settings.console.url,
        sender=settings.mail.sender,
        timezone=settings.installation.timezone,
        templates=loaded.at(templates) if templates else None,
    )


def smtp_of(loaded: Loaded) -> SmtpSettings:
    """The mail server of the settings."""
    mail = loaded.settings.mail
    return SmtpSettings(
        host=mail.host,
        port=mail.port,
        sender=mail.sender,
        security=mail.security,
        user=mail.user,
        password=mail.password,
    )


def reader(loaded: Loaded, name: str, clock: Clock) -> ErpReader:
    """The reader of one system, together with its side folder and the signals for it."""
    kind = connector(loaded.settings.systems[name].connector)
    erp = kind.reader(checked(loaded, name, kind.settings), clock)
    folder = loaded.settings.systems[name].side_folder
    sides: list[ErpReader] = [] if folder is None else [FilesReader(loaded.at(folder), name)]
    if loaded.settings.signals:
        sides.append(SignalsReader(signal_sources(loaded), name, clock))
    return MergedReader(erp, *sides) if sides else erp


def signal_sources(loaded: Loaded) -> tuple[SignalSettings, ...]:
    """The checked sources of outside values; InputInvalid names every wrong key."""
    found = []
    for name in loaded.settings.signals:
        values = loaded.of_signal(name)
        if isinstance(values.get("path"), str):
            values["path"] = loaded.at(Path(values["path"]))
        found.append(_validated(loaded, f"signals.{name}", SignalSettings, values))
    return tuple(found)


def writer(loaded: Loaded, name: str, clock: Clock) -> ErpWriter:
    """The writer of one system."""
    kind = connector(loaded.settings.systems[name].connector)
    return kind.writer(checked(loaded, name, kind.settings), clock)


def checked(loaded: Loaded, name: str, model: Any) -> Any:
    """The settings of one system in the form that its connector wants; InputInvalid names every mistake."""
    values: Mapping[str, Any] = loaded.of_system(name)
    resolved = {key: _absolute(loaded, key, value) for key, value in values.items()}
    return _validated(loaded, f"systems.{name}", model, resolved)


def _validated(loaded: Loaded, section: str, model: Any, values: Mapping[str, Any]) -> Any:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputInvalid(
            tuple(_mistake(loaded.path, [*section.split("."), *map(str, problem["loc"])], problem)
                  for problem in error.errors())
        ) from error  # fmt: skip


def _mistake(path: Path, place: list[str], problem: Any) -> Finding:
    words, remedy = f"{'.'.join(place)}: {plain_words(problem)}", "docs/settings.md lists the keys of each connector"
    return Finding(str(path), line_of(path, place), 1, "E110", words, remedy)


def _absolute(loaded: Loaded, key: str, value: Any) -> Any:
    return loaded.at(Path(value)) if key.endswith("folder") and isinstance(value, str) else value
