"""No code of ours repeats a write: a lint over every module that can reach an ERP, and proof that it sees."""

import ast
import re
from pathlib import Path

import pytest

from tests.connectors.write_lint import offences

ROOT = Path(__file__).parents[2]
# (module, function) -> why a write may stand there in a loop or an except branch
ALLOWED = {
    ("bot/jobs/lanes.py", "each_table"): "it hands reading over to threads, each lane once",
    ("connectors/sap/odata.py", "_sent"): "a refused token is judged before the change, then it is sent once more",
    ("connectors/sap/repeatability.py", "create"): "an opt-in: the gateway has said that it knows a repeated request",
}  # fmt: skip


def modules() -> list[Path]:
    """Connectors and the jobs that drive them; servers of the sandbox are the other side."""
    found = [*(ROOT / "connectors").rglob("*.py"), *(ROOT / "bot" / "jobs").glob("*.py")]
    return sorted(path for path in found if "sandbox" not in path.parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_no_write_can_leave_twice(path: Path) -> None:
    found = [one for one in offences(path.read_text("utf-8")) if (name_of(path), one.function) not in ALLOWED]
    assert not found, "\n".join(f"{path}:{one.line} {one.function}: {one.call} stands in {one.around}" for one in found)


@pytest.mark.parametrize("place", ALLOWED, ids=str)
def test_every_exception_is_still_needed(place: tuple[str, str]) -> None:
    module, function = place
    assert any(one.function == function for one in offences((ROOT / module).read_text("utf-8")))


BAD = {
    "a loop": "def f(w, d):\n    for _ in range(3):\n        w.create(d)\n",
    "a loop until it works": "def f(s):\n    while True:\n        s.send_once('POST', 'x')\n",
    "an except branch": "def f(w, d):\n    try:\n        w.create(d)\n    except OSError:\n        w.create(d)\n",
    "a decorator": "@tenacity.retry(stop=3)\ndef f(w, d):\n    return w.create(d)\n",
    "a retrying call": "def f(w, d):\n    return Retrying()(w.create, d)\n",
    "through a function": "def g(w, d):\n    w.act(d)\ndef f(w, d):\n    while 1:\n        g(w, d)\n",
    "through a method": "class A:\n def g(self):\n  self.h.delete('x')\n def f(self):\n  [self.g() for _ in 'ab']\n",
    "a commit": "def f(c):\n    for _ in 'ab':\n        c.call('BAPI_TRANSACTION_COMMIT')\n",
    "a module of RFC": "def f(c):\n    try:\n        1\n    except E:\n        c.call('BAPI_PO_CREATE1', X=1)\n",
}


@pytest.mark.parametrize("name", BAD)
def test_the_lint_sees(name: str) -> None:
    assert offences(BAD[name])


def test_the_lint_lets_single_writes_and_repeated_reads_pass() -> None:
    good = (
        "def f(w, d):\n    for n in d:\n        w.status(n)\n"
        "    try:\n        w.create(d)\n    except E:\n        w.find(d)\n"
    )
    assert offences(good) == []


def test_tenacity_stands_in_the_reading_function_only() -> None:
    tree = ast.parse((ROOT / "connectors" / "http.py").read_text("utf-8"))
    uses = {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == "tenacity"
    }
    assert uses == {"_reading", "wait", "stop"}  # wait and stop are parts of it


def test_questions_by_post_are_asked_where_nothing_is_written() -> None:
    """`ask` repeats a POST, so only modules that write nothing may use it."""
    asking = {p for p in (ROOT / "connectors").rglob("*.py") if re.search(r"\.ask\(", p.read_text("utf-8"))}
    assert [path.name for path in asking] == ["reports.py"]


def test_adapters_never_retry_and_calls_never_follow_redirects() -> None:
    tree = ast.parse((ROOT / "connectors" / "http.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    words = {ast.unparse(call.func): {w.arg: ast.unparse(w.value) for w in call.keywords} for call in calls}
    assert words["urllib3.Retry"]["total"] == "0"
    assert words["HTTPAdapter"]["max_retries"].startswith("urllib3.Retry(total=0")
    assert words["self._session.request"]["allow_redirects"] == "False"
