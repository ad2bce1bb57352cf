"""Prometheus, asked over its HTTP API."""

import json
import urllib.error
import urllib.parse
import urllib.request

from .judge import Unmeasured


class Prometheus:
    """The one at `address`. A question takes at most `timeout` seconds."""

    def __init__(self, address: str, timeout: float = 10.0) -> None:
        self.address, self.timeout = address.rstrip("/"), timeout

    def ask(self, query: str) -> dict[str, float]:
        """The values of an instant query by the label `le`; see `judge.Source`."""
        body = urllib.parse.urlencode({"query": query, "timeout": f"{self.timeout:g}s"}).encode()
        try:
            with urllib.request.urlopen(f"{self.address}/api/v1/query", body, timeout=self.timeout + 1) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            raise Unmeasured(f"Prometheus answers {error.code}: {_text(error)}") from None
        except (OSError, ValueError) as error:
            raise Unmeasured(f"Prometheus cannot be asked: {error}") from None
        try:
            return {series["metric"].get("le", ""): float(series["value"][1]) for series in answer["data"]["result"]}
        except (KeyError, TypeError, ValueError, IndexError):
            raise Unmeasured(f"Prometheus answers something else than a vector: {str(answer)[:200]}") from None


def _text(error: urllib.error.HTTPError) -> str:
    try:
        return error.read(300).decode(errors="replace")
    except OSError:
        return error.reason
