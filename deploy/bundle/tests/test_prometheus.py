"""Prometheus as the judge asks it: what it may answer, and what is sent along."""

import http.server
import threading

import pytest

from rollout.judge import Unmeasured
from rollout.prometheus import Prometheus

ONE = b'{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [0, "3"]}]}}'


class Answering(http.server.BaseHTTPRequestHandler):
    """Keeps what was sent, and answers what the test has put there."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(self.headers)
        status, body = self.server.answers
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing to keep."""


@pytest.fixture
def server():
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    found.seen, found.answers = [], (200, ONE)
    threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def asked(server, headers=None):
    return Prometheus(f"http://127.0.0.1:{server.server_address[1]}/", headers).ask("up")


def test_a_token_is_sent_as_the_file_has_it_now(server, tmp_path):
    file = tmp_path / "headers"
    for token in ("first", "second"):
        file.write_text(f"Authorization: Bearer {token}\n\nX-Scope-OrgID: docs\n", encoding="utf-8")
        assert asked(server, file) == {"": 3.0}
    assert [seen["Authorization"] for seen in server.seen] == ["Bearer first", "Bearer second"]
    assert server.seen[0]["X-Scope-OrgID"] == "docs"


def test_a_file_that_is_wrong_is_told_without_what_is_in_it(server, tmp_path):
    file = tmp_path / "headers"
    file.write_text("Bearer s3cr3t\n", encoding="utf-8")
    with pytest.raises(Unmeasured, match="line 1 of .*headers is no header") as error:
        asked(server, file)
    assert "s3cr3t" not in str(error.value) and server.seen == []
    with pytest.raises(Unmeasured, match="cannot be asked"):
        asked(server, tmp_path / "nothing")


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, b"who are you", "Prometheus answers 401: who are you"),
        (503, b"", "Prometheus answers 503"),
        (200, b"<html>", "cannot be asked"),
        (200, b"[]", "something else than a vector"),
        (200, b'{"data": {"resultType": "scalar", "result": [0, "1"]}}', "something else than a vector"),
        (200, b'{"data": {"result": [{"metric": {}, "value": [0, "many"]}]}}', "something else than a vector"),
    ],
)
def test_what_is_no_answer_is_no_measurement(server, status, body, told):
    server.answers = (status, body)
    with pytest.raises(Unmeasured, match=told):
        asked(server)
