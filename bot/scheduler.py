"""The alarm clock: rings the jobs of `runner.JOBS` at their times, one after the other.

It remembers nothing: what ran on which business date stands in our ledger, and what was missed is computed from it.
"""

import signal
import threading
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from bot.jobs import runner
from bot.ports import App

TERMINATED = 143
GRACE_SECONDS = 50.0  # of the 60 that a terminated process may take
CATCH_UP = timedelta(days=1)
_LOOK_BACK = timedelta(days=8)


def serve(
    app: App,
    stop: threading.Event,
    *,
    crons: Mapping[str, str] | None = None,
    tell: Callable[[runner.Outcome], None] = lambda _outcome: None,
) -> int:
    """Ring jobs until `stop` is set, then let the current call end; returns 143 (terminated, safe to start again).

    `crons` overrides the table's times by job name; `tell` hears every outcome. Jobs run one at a time, so that
    one lease serves them all. First of all come the daily jobs that were missed, then `submit`, which is recovery.
    """
    times = {name: job.cron for name, job in runner.JOBS.items()} | dict(crons or {})
    zone = ZoneInfo(app.planning.timezone)
    for text in night_warnings(times, zone):
        warnings.warn(text, stacklevel=2)

    tries: dict[str, int] = {}

    def ring(name: str) -> None:
        if stop.is_set():
            return
        outcome = runner.run(name, app, should_stop=stop.is_set, wait=True)
        tell(outcome)
        job = runner.JOBS[name]
        tries[name] = tries.get(name, 0) + 1 if outcome.retryable else 0
        if job.retry_minutes is not None and 0 < tries[name] <= job.retries:
            again = app.clock.now() + timedelta(minutes=job.retry_minutes)
            clock.add_job(ring, DateTrigger(again), args=[name], id=f"{name} again", replace_existing=True)

    clock = _clock(times, zone, ring)
    clock.start()
    for name in [*_missed(app, times, zone), "submit"]:
        clock.add_job(ring, args=[name], id=f"{name} at start")
    stop.wait()
    _shut_down(clock)
    return TERMINATED


def _clock(times: Mapping[str, str], zone: ZoneInfo, ring: Callable[[str], None]) -> BackgroundScheduler:
    """One thread, memory only; late is better than never, and many late rings are one."""
    clock = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=zone,
    )
    for name, cron in times.items():
        clock.add_job(ring, CronTrigger.from_crontab(_named_weekdays(cron), timezone=zone), args=[name], id=name)
    return clock


def _shut_down(clock: BackgroundScheduler) -> None:
    """Wait for the running job, but not longer than a terminated process may take."""
    waiter = threading.Thread(target=clock.shutdown, kwargs={"wait": True}, daemon=True)
    waiter.start()
    waiter.join(GRACE_SECONDS)


def _missed(app: App, times: Mapping[str, str], zone: ZoneInfo) -> list[str]:
    """Daily jobs whose last due time passed without success."""
    now = app.clock.now().astimezone(zone)
    found = []
    for name, job in runner.JOBS.items():
        due = last_due(times[name], zone, now) if job.daily else None
        if due is not None and runner.missed(app, name, due.date(), CATCH_UP):
            found.append(name)
    return found


def last_due(cron: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Newest time at or before `now` that the cron line names, within eight days; None when there is none."""
    trigger = CronTrigger.from_crontab(_named_weekdays(cron), timezone=zone)
    newest, at = None, trigger.get_next_fire_time(None, now - _LOOK_BACK)
    while at is not None and at <= now:
        newest, at = at, trigger.get_next_fire_time(at, at + timedelta(seconds=1))
    return newest


def night_warnings(times: Mapping[str, str], zone: ZoneInfo) -> list[str]:
    """Warn of daily times between 01:00 and 03:59, which a change of the clocks skips or repeats."""
    texts = []
    for name, cron in times.items():
        hours = cron.split()[1]
        if runner.JOBS[name].daily and any(_names_hour(hours, hour) for hour in (1, 2, 3)):
            texts.append(
                f"job {name}: cron {cron!r} rings between 01:00 and 03:59 {zone.key}, where a change of the clocks "
                "skips or repeats an hour; choose another hour"
            )
    return texts


def _names_hour(hours: str, hour: int) -> bool:
    if hours == "*":
        return True
    trigger = CronTrigger.from_crontab(f"0 {hours} * * *", timezone=ZoneInfo("UTC"))
    start = datetime(2026, 1, 1, hour, tzinfo=ZoneInfo("UTC"))
    found = trigger.get_next_fire_time(None, start)
    return found is not None and found == start


def _named_weekdays(cron: str) -> str:
    """Cron counts weekdays from Sunday = 0; the library counts from Monday = 0, so they are written as names."""
    *rest, weekday = cron.split()
    names = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
    named = "".join(names[int(letter)] if letter.isdigit() else letter for letter in weekday)
    return " ".join([*rest, weekday if "/" in weekday else named])


def stop_on_signals(stop: threading.Event) -> None:
    """Let SIGTERM and SIGINT set `stop`; call it from the main thread."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
