"""The record of a rollout: one JSON object a line."""

import json
from typing import Any, TextIO

from .clock import Clock, stamp


class Journal:
    """Writes what happens, with the time and what the lines have in common."""

    def __init__(self, out: TextIO, clock: Clock, **common: Any) -> None:
        self.out, self.clock, self.common = out, clock, common

    def tell(self, event: str, **fields: Any) -> None:
        """One line. Fields that are None are left out."""
        known = {key: value for key, value in fields.items() if value is not None}
        line = {"time": stamp(self.clock.now()), "event": event, **self.common, **known}
        print(json.dumps(line, ensure_ascii=False), file=self.out, flush=True)
