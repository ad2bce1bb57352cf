"""What is measured of web pods and of workers, by the metrics of the product."""

from .judge import TRACK, Kind, Measure, Source, Unmeasured

WEB, WORKERS = 'job=~"portolan-(api|mcp)"', 'job="portolan-worker"'


def missing(source: Source, track: str, jobs: str, matchers: str = "") -> str:
    """Why pods of a track cannot be told from what Prometheus has, in one sentence; empty when they can."""
    narrow = f'{matchers}track="{track}",{jobs}'
    try:
        known = source.ask(f"count(portolan_build_info{{{narrow}}})").get("", 0)
        spaces = source.ask(f"count(count by (namespace) (portolan_build_info{{{narrow}}}))").get("", 0) if known else 0
    except Unmeasured as error:
        return str(error)
    if not known:
        return f"Prometheus has no series of this product with {narrow}"
    if spaces > 1:
        return f"Prometheus has this product in {spaces:g} namespaces: narrow the series, such as --matchers='namespace=\"docs\"'"
    return ""


def web(minimum: int, errors: float, p99: float, degraded: float, matchers: str = "") -> list[Measure]:
    """Errors, latency and degraded answers of api and mcp. `matchers` narrow the series, such as `namespace="docs",`."""
    own = f"{matchers}{TRACK},{WEB}"
    requests = f"portolan_http_requests_total{{{own}}}"
    failures = f'portolan_http_requests_total{{{own},status="5xx"}}'
    searches = f"portolan_searches_total{{{own}}}"
    fallbacks = f'portolan_searches_total{{{own},mode="keyword_fallback"}}'
    return [
        Measure("errors", Kind.SHARE, requests, failures, errors, minimum, tolerance=0.002),
        Measure("p99", Kind.LATENCY, f"portolan_http_request_duration_seconds_bucket{{{own}}}", "", p99, minimum, tolerance=0.25),
        Measure("degraded", Kind.SHARE, searches, fallbacks, degraded, minimum, required=False, tolerance=0.02),
    ]


def worker(minimum: int, failures: float, matchers: str = "") -> list[Measure]:
    """Jobs that fail, and messages that one of the two versions cannot read: those are buried, whoever wrote them."""
    own = f"{matchers}{TRACK},{WORKERS}"
    finished = f'portolan_jobs_finished_total{{{own},status=~"completed|failed"}}'
    failed = f'portolan_jobs_finished_total{{{own},status="failed"}}'
    # Each process counts what it buries. Jobs that were given up are dead letters too, but among those that failed already.
    buried = f'portolan_queue_dead_letters_total{{{own},kind="unknown"}}'
    return [
        Measure("failed jobs", Kind.SHARE, finished, failed, failures, minimum, tolerance=0.05),
        Measure("unread messages", Kind.EVENTS, buried),
    ]
