"""The record of a rollout: one JSON object a line."""

import contextlib
import json
import os
from typing import Any, TextIO

from .clock import Clock, stamp


class JournalLost(Exception):
    """Nobody reads the record any more, or it cannot be written."""


class Journal:
    """Writes what happens, with the time and what the lines have in common."""

    def __init__(self, out: TextIO, clock: Clock, **common: Any) -> None:
        self.out, self.clock, self.common = out, clock, common
        self.lost = False

    def tell(self, event: str, **fields: Any) -> None:
        """One line. Fields that are None are left out. Raises `JournalLost` once, and says nothing more afterwards."""
        known = {key: value for key, value in fields.items() if value is not None}
        line = {"time": stamp(self.clock.now()), "event": event, **self.common, **known}
        if self.lost:
            return
        try:
            print(json.dumps(line, ensure_ascii=False), file=self.out, flush=True)
        except (OSError, UnicodeError) as error:
            self.lost = True
            self._silence()
            raise JournalLost(f"the record cannot be written: {error}") from None

    def _silence(self) -> None:
        """What is left in the buffer is written at the end of the process, and would fail again."""
        with contextlib.suppress(OSError, ValueError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self.out.fileno())
            os.close(nothing)
