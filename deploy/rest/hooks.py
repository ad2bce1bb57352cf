"""What schemathesis has to know beyond the description of the API: where meanings are narrower than forms, and what there is to ask for."""

import json
import os
import re
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
CURSOR = "0" * 48

# Hosts below .invalid resolve nowhere: jobs that are made here fail at once and bother nobody.
schemathesis.openapi.format("uri", st.tuples(WORD, WORD).map(lambda parts: f"https://{parts[0]}.invalid/{parts[1]}/"))
schemathesis.openapi.format("source-kind", st.just("website"))
schemathesis.openapi.format("glob", st.tuples(st.sampled_from(["/", "**/", "*."]), WORD).map("".join))
schemathesis.openapi.format("cron", st.tuples(NUMBER, st.integers(0, 23)).map(lambda time: f"{time[0]} {time[1]} * * *"))
schemathesis.openapi.format("uuid", st.one_of(st.sampled_from(KNOWN), st.uuids().map(str)))
schemathesis.openapi.format("cursor", st.just(CURSOR))


def is_made_up(parameters: Any) -> bool:
    """Whether there is a cursor of the right form: only an earlier page gives one, and one that was made up is refused."""
    cursor = parameters.get("cursor") if isinstance(parameters, dict) else None
    return isinstance(cursor, str) and re.fullmatch("[0-9a-f]{48}", cursor) is not None


@schemathesis.hook
def before_call(context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Leaves out cursors that were made up, and empties options, whose names belong to a kind: a website has none."""
    if is_made_up(case.query):
        del case.query["cursor"]
    if not isinstance(case.body, dict):
        return
    if is_made_up(case.body):
        del case.body["cursor"]
    options = case.body.get("options")
    if isinstance(options, dict) and all(isinstance(value, str) for value in options.values()):
        case.body["options"] = {}
