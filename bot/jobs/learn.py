"""The learn job: scores, lead times, champions and patterns are learned from the newest extract and what follow-up saw.

What is learned is stored for the next plan and told as what changed; no ERP is asked and nothing is ordered.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from bot.errors import NeedsAdmin, RestockError
from bot.jobs.basis import Basis, basis
from bot.jobs.gate import last_plan
from bot.jobs.learned import Changes, Learned, learn
from bot.jobs.memory import LEARNED, last_learned, remember
from bot.jobs.plan import EXTRACT
from bot.jobs.pull import SNAPSHOT
from bot.policy.bundle import KnownCodes
from bot.policy.parse import parse_policies
from bot.ports import App
from bot.snapshot import views
from bot.snapshot.dataset import Snapshot, reopen


@dataclass(slots=True)
class LearnReport:
    """What learning brought: counts over all systems, one report per system, sentences, what could not be done."""

    as_of: date
    counts: dict[str, int] = field(default_factory=dict)
    systems: dict[str, dict[str, object]] = field(default_factory=dict)
    news: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    interrupted: bool = False

    def tell(self, system: str, changes: Changes) -> None:
        """Count what changed, and keep the sentences."""
        for name, count in changes.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        self.news += [f"{system}: {text}" for text in changes.sentences]

    def as_dict(self) -> dict[str, object]:
        """Render for the run ledger."""
        return {
            "as_of": self.as_of.isoformat(),
            **self.counts,
            LEARNED: self.systems,
            "news": list(self.news),
            "troubles": list(self.troubles),
            "interrupted": self.interrupted,
        }


def learn_job(app: App, business_date: date, should_stop: Callable[[], bool]) -> dict[str, object]:
    """Learn from every system's newest extract; one that cannot be read does not stop the others.

    Safe to kill: until the run's report is written, the earlier learning holds. A second run on the same extract
    stores the same files and tells nothing.
    """
    report = LearnReport(business_date)
    for name in sorted(app.readers):
        if should_stop():
            report.interrupted = True
            break
        app.progress.step(f"{name}: learning")
        try:
            _learn_system(app, name, report)
        except RestockError as error:
            report.troubles.append(f"{name}: {error}")
    return report.as_dict()


def _learn_system(app: App, system: str, report: LearnReport) -> None:
    extract = str(last_plan(app.runs, system).get(EXTRACT, ""))
    if not extract:
        report.news.append(f"{system}: nothing to learn from yet; the next plan stores an extract")
        return
    snapshot = _reopened(app, system, extract)
    base = _basis(app, snapshot)
    app.failpoints.reach("learn.before_store")
    now, changes = learn(base, snapshot.as_of, app.planning.seed, _before(app, system, report))
    meta = {"system": system, "as_of": snapshot.as_of.isoformat(), "snapshot_id": snapshot.snapshot_id}
    stored = app.files.put_frames(LEARNED, now.frames(), meta)
    app.failpoints.reach("learn.stored")
    report.systems[system] = {**meta, "frames": stored, **_sizes(base, now)}
    report.tell(system, changes)


def _reopened(app: App, system: str, extract: str) -> Snapshot:
    """The extract as it was planned on; NeedsAdmin when its files are lost, damaged or another version's."""
    try:
        return reopen(app.files.frames(SNAPSHOT, extract), app.files.meta(SNAPSHOT, extract))
    except (ValueError, KeyError) as error:
        raise NeedsAdmin(
            f"the stored extract cannot be used ({error})",
            f"{system}, snapshot {extract}",
            "none, if the next plan runs: it stores a new extract",
        ) from error


def _basis(app: App, snapshot: Snapshot) -> Basis:
    """What the plan of this extract rests on, with today's policies and promises."""
    policies = parse_policies(app.policies.texts(), KnownCodes(**views.known_codes(snapshot)))
    policies = replace(policies, currency=policies.currency or app.planning.currency)
    return basis(snapshot, policies, remember(app, snapshot.system), app.planning)


def _before(app: App, system: str, report: LearnReport) -> Learned:
    """What was learned before; begun anew, with a trouble in the report, where its files cannot be read."""
    try:
        return Learned.of(last_learned(app.runs, app.files, system))
    except NeedsAdmin as error:
        report.troubles.append(f"{system}: what was learned before is lost, learning began anew: {error}")
        return Learned.of({})


def _sizes(base: Basis, now: Learned) -> dict[str, object]:
    """How much it rests on, for the ledger."""
    return {
        "suppliers": int((base.scores["lines"] > 0).sum()),
        "item_locations": int((base.leads.lines > 0).sum()),
        "champions": int(now.champions["pattern"].nunique()),
    }
