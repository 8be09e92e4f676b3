"""Examines the reports of `report_paths`: may they be run, and do they have the columns that are needed.

Those with days are run for none, lists for one organisation; BI Publisher changes nothing.
"""

from collections.abc import Iterator

from bot.diagnoses.found import fine, found
from bot.errors import NeedsAdmin, Retryable, StopRun
from bot.ports import Diagnosis
from connectors.oracle.examine import Exam
from connectors.oracle.report_columns import REPORTS
from connectors.oracle.reported import Reported
from connectors.oracle.settings import ReportedTable


def reports(exam: Exam) -> Iterator[Diagnosis]:
    """Run every report for no days and look at its columns."""
    reported = Reported(exam.settings, exam.clock)
    today = exam.clock.today(exam.settings.timezone).isoformat()
    for name, path in exam.settings.report_paths.items():
        try:
            reported.run(name, _asked(exam, name, today))
        except (NeedsAdmin, StopRun) as error:
            yield found("table-unreadable", f"report {path} ({name}): {error}")
        except Retryable as error:
            yield found("out-of-time", f"report {path} ({name}): {error.what}")
        else:
            yield fine(f"report {path} ({name}) runs and has its columns")


def _asked(exam: Exam, name: ReportedTable, today: str) -> dict[str, str]:
    """Parameters for which no row comes, or, of a list without days, those of one organisation."""
    codes = sorted(exam.settings.organizations)
    if not REPORTS[name].day:
        return {"P_ORGANIZATIONS": codes[0]}
    more = {"P_SINCE": today} if name == "open_orders" else {}
    return {"P_FROM": today, "P_TO": today, "P_ORGANIZATIONS": ",".join(codes)} | more
