"""A run report as the main job would fill it; shared by the tests of report and console."""

import json

from tests.bot.web.console import chart_figures


def sample() -> dict[str, object]:
    chart = json.loads(chart_figures())
    parts = ("ordered", "moved", "waiting", "held", "refused", "not_needed", "not_plannable")
    return {
        "run_id": "run-20261123-1",
        "as_of": "2026-11-23",
        "systems": [
            {
                "system": "s4",
                "planned": 431,
                "quarantined_rows": 4,
                "health": "OK",
                "balance": dict(zip(parts, (38, 0, 12, 3, 0, 371, 7), strict=True)),
            },
            {
                "system": "fusion",
                "planned": 270,
                "quarantined_rows": 9,
                "health": "DEGRADED",
                "findings": ["3 rows of receipts lie in the future"],
                "balance": dict(zip(parts, (21, 2, 6, 0, 1, 236, 4), strict=True)),
            },
        ],
        "orders": [
            {
                "erp_number": f"45000{n:05d}",
                "system": "s4" if n % 2 else "fusion",
                "supplier": f"Supplier {n} GmbH",
                "location": "1010",
                "value": f"{n * 137}.50",
                "currency": "EUR" if n % 3 else "USD",
                "lines": n,
                "state": "released",
                "alone": n < 6,
                "supplier_name": "",
                "read_back": "open",
            }
            for n in range(1, 9)
        ],
        "waiting": [
            {
                "order_key": f"7K2QABCDEF0{n}",
                "supplier": "ACME Fasteners GmbH",
                "location": "Hamburg",
                "value": "3750.00",
                "currency": "EUR",
                "reasons": ["auto_order_value_max", "new_supplier", "new_supplier"],
                "link": f"http://127.0.0.1:8484/a/7K2QABCDEF0{n}",
                "chart": chart,
                "unit": "PC",
            }
            for n in range(1, 4)
        ],
        "held": [
            {
                "order_key": "9XYZABCDEF01",
                "supplier": "Bolt & Sons",
                "location": "1010",
                "value": "99.00",
                "currency": "EUR",
                "reasons": ["unit_slip"],
            }
        ],
        "not_ordered": [
            {
                "reason": "covered",
                "meaning": "stock and open orders cover the interval at the target service",
                "count": 590,
                "examples": ["10000001@1010", "10000002@1010", "10000003@2020"],
            },
            {
                "reason": "no_history",
                "meaning": "nothing is known about its demand",
                "count": 17,
                "examples": ["10000099@3030"],
            },
        ],
        "quarantine": [
            {"table": "stock", "reason": "negative_quantity", "count": 4, "example": "10000044@1010: on_hand -5"},
            {"table": "demand", "reason": "unreadable_date", "count": 11, "example": "row 1204: date 2025-13-40"},
        ],
        "timings": {"pull": 4.21, "forecast": 11.9, "orders": 0.82, "send": 6.03},
    }
