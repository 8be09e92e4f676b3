"""Metric names are contracts; secrets and control characters never reach a log."""

import io
import json
from pathlib import Path

import pytest

from bot.telemetry import METRICS, Metrics, configure_logs, logger


def test_metrics_file_holds_every_set_gauge(tmp_path: Path) -> None:
    metrics = Metrics("1.2.3")
    metrics.set("restock_run_exit_code", 3, job="plan")
    metrics.write(tmp_path / "deep" / "restock.prom")
    text = (tmp_path / "deep" / "restock.prom").read_text("utf-8")
    assert 'restock_build_info{version="1.2.3"} 1.0' in text
    assert 'restock_run_exit_code{job="plan"} 3.0' in text


def test_unlisted_metric_is_refused() -> None:
    with pytest.raises(KeyError):
        Metrics("1").set("restock_surprise", 1.0)


def test_names_are_the_documented_contract() -> None:
    documented = Path(__file__).parents[2].joinpath("docs", "operating.md").read_text("utf-8")
    missing = [name for name in METRICS if f"`{name}`" not in documented]
    assert not missing


def test_secrets_and_control_characters_stay_out_of_logs() -> None:
    stream = io.StringIO()
    configure_logs(stream)
    logger().info("call made", password="hunter2", header={"Authorization": "Basic xyz"}, name="evil\nline\u202e")
    line = json.loads(stream.getvalue())
    assert "hunter2" not in stream.getvalue()
    assert "xyz" not in stream.getvalue()
    assert line["name"] == "evil�line�"
    assert line["event"] == "call made"
