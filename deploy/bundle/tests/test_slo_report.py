"""The report on objectives: what it asks for exists, and its verdicts and exit codes are right."""

import contextlib
import http.server
import json
import sys
import threading
import urllib.parse

import pytest

import catalog

sys.path.insert(0, str(catalog.ROOT / "deploy"))

import slo_report  # noqa: E402


@contextlib.contextmanager
def prometheus(answer):
    """A server that answers each query with `answer(query)`: a value, None for no data, or a status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)["query"][0]
            value = answer(query)
            self.send_response(200)
            self.end_headers()
            result = [] if value is None else [{"metric": {}, "value": [0, str(value)]}]
            body = {"status": "error", "error": "busy"} if value == "error" else {"status": "success", "data": {"result": result}}
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def good(query):
    return 0.1 if "quantile" in query or "duration" in query else 0.001 if "drift" in query else 0.9999


def test_every_query_uses_metrics_of_the_catalog():
    samples = catalog.by_sample(catalog.load())
    for objective in slo_report.OBJECTIVES:
        names = {
            word for word in objective.query("1h").replace("{", " ").replace("[", " ").replace("(", " ").split() if "portolan_" in word
        }
        assert names, objective
        assert names <= set(samples), names - set(samples)


def test_all_met(capsys):
    with prometheus(good) as url:
        assert slo_report.main(["--prometheus", url, "--period", "1h", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["objectives"]
    assert {row["verdict"] for row in rows} == {"met"}
    assert len(rows) == len(slo_report.OBJECTIVES)


@pytest.mark.parametrize(
    ("part", "value", "name"),
    [("0.99,", 2.5, "latency, 99th percentile"), ('status="5xx"', 0.99, "availability"), ("drift", 0.006, "drift of the index")],
)
def test_a_missed_one_fails(part, value, name, capsys):
    with prometheus(lambda query: value if part in query else good(query)) as url:
        assert slo_report.main(["--prometheus", url]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.endswith("missed")]
    assert len(lines) == 1
    assert lines[0].startswith(name)


def test_without_data_nothing_is_missed(capsys):
    with prometheus(lambda query: "NaN" if "quantile" in query else None) as url:
        assert slo_report.main(["--prometheus", url]) == 0
    assert capsys.readouterr().out.count("no data") == len(slo_report.OBJECTIVES)


def test_what_cannot_be_asked_is_told():
    with prometheus(lambda _: "error") as url:
        assert slo_report.main(["--prometheus", url]) == 3
    assert slo_report.main(["--prometheus", "http://127.0.0.1:1"]) == 3
    with pytest.raises(SystemExit) as ended:
        slo_report.main(["--prometheus", "http://127.0.0.1:1", "--period", "soon"])
    assert ended.value.code == 2
