"""What schemathesis has to know beyond the description of the API: where meanings are narrower than forms, and what there is to ask for."""

import json
import os
import urllib.request
from typing import Any

import schemathesis
from hypothesis import strategies as st

URL = os.environ["PORTOLAN_CHECK_URL"]
TOKEN = os.environ["PORTOLAN_CHECK_TOKEN"]


def listed(path: str) -> list[str]:
    """The identifiers of a list."""
    request = urllib.request.Request(URL + path, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return [item["id"] for item in json.load(reply)["items"]]


WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
NUMBER = st.integers(0, 59)
KNOWN = listed("/v1/documentation") + listed("/v1/jobs") + listed("/v1/sources")

# Hosts below .invalid resolve nowhere: jobs that are made here fail at once and bother nobody.
schemathesis.openapi.format("uri", st.tuples(WORD, WORD).map(lambda parts: f"https://{parts[0]}.invalid/{parts[1]}/"))
schemathesis.openapi.format("source-kind", st.just("website"))
schemathesis.openapi.format("glob", st.tuples(st.sampled_from(["/", "**/", "*."]), WORD).map("".join))
schemathesis.openapi.format("cron", st.tuples(NUMBER, st.integers(0, 23)).map(lambda time: f"{time[0]} {time[1]} * * *"))
schemathesis.openapi.format("uuid", st.one_of(st.sampled_from(KNOWN), st.uuids().map(str)))
schemathesis.openapi.format("cursor", st.just(""))

# A cursor is what an earlier page gave; made up, it is refused.
FOREIGN = ("cursor",)


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """Leaves out what only an earlier reply can give."""
    return {name: value for name, value in query.items() if name not in FOREIGN} if query else query


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Leaves out options, whose names belong to a kind, cursors, and the second of two ways to say when to look."""
    if not isinstance(body, dict):
        return body
    body = {name: value for name, value in body.items() if name not in ("options", *FOREIGN)}
    if body.get("poll_interval_seconds") is not None and isinstance(body.get("schedule"), str):
        del body["schedule"]
    return body
