"""Examines the reports of `report_paths`: may they be run, and do they have the columns that are needed.

Each is run for no day at all, so that no rows come; BI Publisher changes nothing.
"""

from collections.abc import Iterator

from bot.diagnoses.found import fine, found
from bot.errors import NeedsAdmin, Retryable, StopRun
from bot.ports import Diagnosis
from connectors.oracle.examine import Exam
from connectors.oracle.reported import Reported


def reports(exam: Exam) -> Iterator[Diagnosis]:
    """Run every report for no days and look at its columns."""
    reported = Reported(exam.settings, exam.clock)
    today = exam.clock.today(exam.settings.timezone).isoformat()
    asked = {"P_FROM": today, "P_TO": today, "P_ORGANIZATIONS": ",".join(sorted(exam.settings.organizations))}
    for name, path in exam.settings.report_paths.items():
        more = {"P_SINCE": today} if name == "open_orders" else {}
        try:
            reported.run(name, asked | more)
        except (NeedsAdmin, StopRun) as error:
            yield found("table-unreadable", f"report {path} ({name}): {error}")
        except Retryable as error:
            yield found("out-of-time", f"report {path} ({name}): {error.what}")
        else:
            yield fine(f"report {path} ({name}) runs and has its columns")
