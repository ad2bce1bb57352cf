#!/usr/bin/env python3
"""Reports on the objectives of the service from a Prometheus: what was aimed at, what was reached, over which time.

`slo_report.py --prometheus URL [--period 30d] [--json]`. Exits with 0 when every objective that there are data for is met, 1 when one is
missed, 2 for wrong arguments, 3 when Prometheus cannot be asked. An objective without data is told as such and misses nothing.
"""

import argparse
import dataclasses
import json
import math
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

_SECONDS = "portolan_http_request_duration_seconds_bucket"
_REQUESTS = "portolan_http_requests_total"
_BLOCKS = "portolan_postgres_server_blocks_total"
_PAGES = "portolan_job_page_duration_seconds_bucket"


@dataclasses.dataclass(frozen=True)
class Objective:
    """One objective: its expression with the period, and what its value must not go beyond."""

    name: str
    expression: str
    limit: float
    unit: str
    # Whether the value must be at most the limit, or at least.
    is_ceiling: bool = True

    def query(self, period: str) -> str:
        return self.expression % {"period": period}

    def is_met(self, value: float) -> bool:
        return value <= self.limit if self.is_ceiling else value >= self.limit


def _quantile(share: float, buckets: str = _SECONDS) -> str:
    return f"histogram_quantile({share}, sum by (le) (increase({buckets}[%(period)s])))"


OBJECTIVES = [
    Objective("latency, median", _quantile(0.5), 0.2, "s"),
    Objective("latency, 95th percentile", _quantile(0.95), 0.5, "s"),
    Objective("latency, 99th percentile", _quantile(0.99), 2.0, "s"),
    Objective(
        "availability",
        f'1 - (sum(increase({_REQUESTS}{{status="5xx"}}[%(period)s])) or vector(0)) / sum(increase({_REQUESTS}[%(period)s]))',
        0.999,
        "share",
        is_ceiling=False,
    ),
    Objective(
        "jobs that succeed",
        'sum(increase(portolan_jobs_finished_total{status="completed"}[%(period)s]))'
        ' / sum(increase(portolan_jobs_finished_total{status=~"completed|failed"}[%(period)s]))',
        0.99,
        "share",
        is_ceiling=False,
    ),
    Objective("ingestion of a page, 95th p.", _quantile(0.95, _PAGES), 10.0, "s"),
    Objective(
        "cache of Postgres",
        f'max(increase({_BLOCKS}{{origin="cache"}}[%(period)s]))'
        f' / (max(increase({_BLOCKS}{{origin="cache"}}[%(period)s])) + max(increase({_BLOCKS}{{origin="disk"}}[%(period)s])))',
        0.8,
        "share",
        is_ceiling=False,
    ),
    Objective("drift of the index", "max(max_over_time(portolan_reconciliation_drift_ratio[%(period)s]))", 0.005, "share"),
]


class Unreachable(Exception):
    """Prometheus gave no answer that can be used."""


def ask(url: str, query: str, timeout: float = 30) -> float | None:
    """The one value of an instant query; None when there is none, or it is no number."""
    address = url.rstrip("/") + "/api/v1/query?" + urllib.parse.urlencode({"query": query})
    try:
        with urllib.request.urlopen(address, timeout=timeout) as reply:
            answer = json.load(reply)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Unreachable(f"{url} cannot be asked: {error}") from error
    if answer.get("status") != "success":
        raise Unreachable(f"{url} refuses a query: {answer.get('error', 'no reason given')}")
    result = answer["data"]["result"]
    if not result:
        return None
    value = float(result[0]["value"][1])
    return None if math.isnan(value) or math.isinf(value) else value


def report(url: str, period: str) -> list[dict]:
    """A row for each objective."""
    rows = []
    for objective in OBJECTIVES:
        value = ask(url, objective.query(period))
        verdict = "no data" if value is None else "met" if objective.is_met(value) else "missed"
        rows.append({"objective": objective.name, "limit": objective.limit, "unit": objective.unit, "value": value, "verdict": verdict})
    return rows


def shown(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value * 100:.3f} %" if unit == "share" else f"{value:.3f} s"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Reports on the objectives of the service from a Prometheus.")
    parser.add_argument("--prometheus", required=True, metavar="URL", help="address of Prometheus")
    parser.add_argument("--period", default="30d", help="how far to look back, such as 1h or 30d (default 30d)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"[1-9][0-9]*[smhdwy]", options.period):
        parser.error(f"--period is {options.period}; it must be a number with s, m, h, d, w or y")
    try:
        rows = report(options.prometheus, options.period)
    except Unreachable as error:
        print(f"slo_report: {error}", file=sys.stderr)
        return 3
    if options.json:
        print(json.dumps({"period": options.period, "objectives": rows}, indent=2))
    else:
        for row in rows:
            print(
                f"{row['objective']:28} {shown(row['value'], row['unit']):>12}  of {shown(row['limit'], row['unit']):>10}  {row['verdict']}"
            )
    return 1 if any(row["verdict"] == "missed" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
