"""What a message must look like: the official JSON schemas, and the validators of mcp-types beside them."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import jsonschema
from mcp_types import methods

ROOT = pathlib.Path(__file__).resolve().parents[2]

RESULTS = {
    "initialize": "InitializeResult",
    "server/discover": "DiscoverResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
    "resources/list": "ListResourcesResult",
    "resources/templates/list": "ListResourceTemplatesResult",
    "resources/read": "ReadResourceResult",
    "prompts/list": "ListPromptsResult",
    "prompts/get": "GetPromptResult",
    "completion/complete": "CompleteResult",
    "subscriptions/listen": "SubscriptionsListenResult",
    "ping": "EmptyResult",
    "logging/setLevel": "EmptyResult",
    "resources/subscribe": "EmptyResult",
    "resources/unsubscribe": "EmptyResult",
}
REQUESTS = {"sampling/createMessage": "CreateMessageRequest", "elicitation/create": "ElicitRequest", "roots/list": "ListRootsRequest"}
NOTIFICATIONS = {
    "notifications/progress": "ProgressNotification",
    "notifications/message": "LoggingMessageNotification",
    "notifications/tools/list_changed": "ToolListChangedNotification",
    "notifications/prompts/list_changed": "PromptListChangedNotification",
    "notifications/resources/list_changed": "ResourceListChangedNotification",
    "notifications/resources/updated": "ResourceUpdatedNotification",
    "notifications/subscriptions/acknowledged": "SubscriptionsAcknowledgedNotification",
}
# Of the extension for tasks there is no schema: its scenarios look at each member themselves.
EXTENSION = {"tasks/get", "tasks/update", "tasks/cancel"}


class SchemasMissing(Exception):
    """The official schemas are not where they should be."""


class Schemas:
    """The schemas of both revisions."""

    def __init__(self) -> None:
        folder = pathlib.Path(os.environ.get("PORTOLAN_TEST_DATA", ROOT.parent / "shared" / "data")) / "mcp"
        self.documents: dict[str, dict[str, Any]] = {}
        for revision in ("2025-11-25", "2026-07-28"):
            path = folder / revision / "schema.json"
            if path.is_file():
                self.documents[revision] = json.loads(path.read_text(encoding="utf-8"))

    @property
    def has_documents(self) -> bool:
        """Whether the official schemas are there; without them, only mcp-types validates."""
        return len(self.documents) == 2

    def problems(self, revision: str, method: str | None, message: dict[str, Any]) -> list[str]:
        """What is wrong with a message that the server sent, in answer to `method` or by itself."""
        if message.get("jsonrpc") != "2.0":
            return [f"jsonrpc is {message.get('jsonrpc')!r}"]
        if "method" in message:
            return self._sent(revision, message)
        if "error" in message:
            return self._fits(revision, "JSONRPCErrorResponse", message)
        if method in EXTENSION or message.get("result", {}).get("resultType") == "task":
            return self._fits(revision, "JSONRPCResultResponse", message)
        return self._result(revision, method, message)

    def _sent(self, revision: str, message: dict[str, Any]) -> list[str]:
        name = message["method"]
        definition = REQUESTS.get(name) if "id" in message else NOTIFICATIONS.get(name)
        if definition is None:
            return [f"the server may not send {name}"]
        problems = self._fits(revision, "JSONRPCRequest" if "id" in message else "JSONRPCNotification", message)
        problems += self._fits(revision, definition, message)
        parse = methods.parse_server_request if "id" in message else methods.parse_server_notification
        return problems + _refusals(lambda: parse(name, revision, message.get("params")))

    def _result(self, revision: str, method: str | None, message: dict[str, Any]) -> list[str]:
        result = message.get("result")
        if not isinstance(result, dict) or method is None:
            return [f"an answer to {method} without a result: {message}"]
        needs_input = revision == "2026-07-28" and result.get("resultType") == "input_required"
        definition = "InputRequiredResult" if needs_input else RESULTS.get(method)
        problems = self._fits(revision, "JSONRPCResultResponse", message)
        if definition is not None:
            problems += self._fits(revision, definition, result)
        return problems + _refusals(lambda: methods.validate_server_result(method, revision, result))

    def _fits(self, revision: str, definition: str, value: Any) -> list[str]:
        document = self.documents.get(revision)
        if document is None:
            return []
        if definition not in document["$defs"]:
            return [f"the schema has no {definition}"]
        validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": document["$defs"]})
        return [f"{definition}{error.json_path[1:]}: {error.message[:300]}" for error in validator.iter_errors(value)]


def _refusals(validate: Any) -> list[str]:
    """What mcp-types has against a message."""
    try:
        validate()
    except KeyError as error:
        return [f"mcp-types: not in this revision: {error}"]
    except ValueError as error:
        return [f"mcp-types: {str(error)[:500]}"]
    return []
