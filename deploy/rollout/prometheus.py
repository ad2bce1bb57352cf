"""Prometheus, asked over its HTTP API."""

import json
import pathlib
import re
import urllib.error
import urllib.parse
import urllib.request

from .judge import Unmeasured


class Prometheus:
    """The one at `address`. A question takes at most `timeout` seconds. `headers` is a file with a `Name: value` a line, such as a token;
    it is read for each question, because tokens are renewed.
    """

    def __init__(self, address: str, headers: pathlib.Path | None = None, timeout: float = 10.0) -> None:
        self.address, self.headers, self.timeout = address.rstrip("/"), headers, timeout

    def ask(self, query: str) -> dict[str, float]:
        """The values of an instant query by the label `le`; see `judge.Source`."""
        body = urllib.parse.urlencode({"query": query, "timeout": f"{self.timeout:g}s"}).encode()
        try:
            request = urllib.request.Request(f"{self.address}/api/v1/query", body, self._fields())
            with urllib.request.urlopen(request, timeout=self.timeout + 1) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            raise Unmeasured(f"Prometheus answers {error.code}: {_text(error)}") from None
        except (OSError, ValueError) as error:
            raise Unmeasured(f"Prometheus cannot be asked: {error}") from None
        try:
            return {series["metric"].get("le", ""): float(series["value"][1]) for series in answer["data"]["result"]}
        except (KeyError, TypeError, ValueError, IndexError):
            raise Unmeasured(f"Prometheus answers something else than a vector: {str(answer)[:200]}") from None

    def _fields(self) -> dict[str, str]:
        """What the file says, without telling any of it when it is wrong."""
        if not self.headers:
            return {}
        fields = {}
        for number, line in enumerate(self.headers.read_text(encoding="utf-8").splitlines(), start=1):
            found = re.fullmatch(r"([A-Za-z0-9-]+):\s*([\x20-\x7e]+?)\s*", line)
            if line.strip() and not found:
                raise Unmeasured(f"line {number} of {self.headers} is no header: it must be Name: value")
            if found:
                fields[found[1]] = found[2]
        return fields


def _text(error: urllib.error.HTTPError) -> str:
    try:
        return error.read(300).decode(errors="replace")
    except OSError:
        return error.reason
