"""The two clients from PyPI behind one face: the official SDK and FastMCP, each in every mode that it has."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any, Protocol

import fastmcp
import httpx2
import jsonschema
import mcp_types as types
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

MODES = {"legacy": "2025-11-25", "auto": "2026-07-28", "2026-07-28": "2026-07-28"}
CLIENTS = ("mcp", "fastmcp")

READING = {
    "search_documentation",
    "list_documentations",
    "list_documentation_sections",
    "get_documentation_tree",
    "get_section_content",
}
INGESTING = {"ingest_documentation", "get_ingestion_status"}


class Refused(Exception):
    """An error of the protocol."""


class Agent(Protocol):
    """What the tests ask of a client."""

    version: str

    async def tools(self) -> list[types.Tool]: ...

    async def raw(self, name: str, arguments: dict[str, Any]) -> tuple[Any, str, bool]:
        """Structured result, text, and whether the tool failed."""
        ...

    async def resources(self) -> list[types.Resource]:
        """All pages."""
        ...

    async def read(self, uri: str) -> str: ...

    async def prompts(self) -> list[types.Prompt]: ...

    async def prompt(self, name: str, arguments: dict[str, str]) -> str:
        """The texts of its messages, those of embedded resources among them."""
        ...

    async def complete(
        self,
        reference: types.PromptReference | types.ResourceTemplateReference,
        argument: dict[str, str],
        others: dict[str, str] | None = None,
    ) -> list[str]: ...


async def call(agent: Agent, name: str, **arguments: Any) -> Any:
    """The structured result of a call that succeeds."""
    structured, text, failed = await agent.raw(name, arguments)
    assert not failed, f"{name}: {text}"
    assert text, f"{name}: no text beside the structured result"
    return structured


async def refusal(agent: Agent, name: str, **arguments: Any) -> str:
    """The text of a call that fails as a tool error."""
    _, text, failed = await agent.raw(name, arguments)
    assert failed, f"{name} with {arguments}: {text}"
    return text


async def pages(agent: Agent, name: str, items: str, **arguments: Any) -> list[Any]:
    """All items of a tool that answers in pages."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await call(agent, name, **arguments, **cursor)
        found += page[items]
        if not page.get("next_cursor"):
            return found
        cursor = {"cursor": page["next_cursor"]}


def _text(blocks: list[Any]) -> str:
    return "\n".join(block.text for block in blocks if block.type == "text")


def _messages(messages: list[Any]) -> str:
    return "\n".join(message.content.resource.text if message.content.type == "resource" else message.content.text for message in messages)


class Official:
    """The client of the SDK."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.version = client.protocol_version

    async def tools(self) -> list[types.Tool]:
        return (await self.client.list_tools()).tools

    async def raw(self, name: str, arguments: dict[str, Any]) -> tuple[Any, str, bool]:
        try:
            result = await self.client.call_tool(name, arguments)
        except MCPError as error:
            raise Refused(str(error)) from error
        return result.structured_content, _text(result.content), bool(result.is_error)

    async def resources(self) -> list[types.Resource]:
        page = await self.client.list_resources()
        found = list(page.resources)
        while page.next_cursor:
            page = await self.client.list_resources(cursor=page.next_cursor)
            found += page.resources
        return found

    async def read(self, uri: str) -> str:
        try:
            return "".join(part.text for part in (await self.client.read_resource(uri)).contents)
        except MCPError as error:
            raise Refused(str(error)) from error

    async def prompts(self) -> list[types.Prompt]:
        return (await self.client.list_prompts()).prompts

    async def prompt(self, name: str, arguments: dict[str, str]) -> str:
        try:
            return _messages((await self.client.get_prompt(name, arguments)).messages)
        except MCPError as error:
            raise Refused(str(error)) from error

    async def complete(
        self,
        reference: types.PromptReference | types.ResourceTemplateReference,
        argument: dict[str, str],
        others: dict[str, str] | None = None,
    ) -> list[str]:
        return (await self.client.complete(reference, argument, others)).completion.values


class High:
    """The client of FastMCP."""

    def __init__(self, client: fastmcp.Client[Any]) -> None:
        self.client = client
        self.version = str(client.protocol_version)

    async def tools(self) -> list[types.Tool]:
        return await self.client.list_tools()

    async def raw(self, name: str, arguments: dict[str, Any]) -> tuple[Any, str, bool]:
        try:
            result = await self.client.call_tool(name, arguments, raise_on_error=False)
        except MCPError as error:
            raise Refused(str(error)) from error
        return result.structured_content, _text(result.content), result.is_error

    async def resources(self) -> list[types.Resource]:
        return await self.client.list_resources()

    async def read(self, uri: str) -> str:
        try:
            return "".join(part.text for part in await self.client.read_resource(uri))
        except MCPError as error:
            raise Refused(str(error)) from error

    async def prompts(self) -> list[types.Prompt]:
        return await self.client.list_prompts()

    async def prompt(self, name: str, arguments: dict[str, str]) -> str:
        try:
            return _messages((await self.client.get_prompt(name, arguments)).messages)
        except MCPError as error:
            raise Refused(str(error)) from error

    async def complete(
        self,
        reference: types.PromptReference | types.ResourceTemplateReference,
        argument: dict[str, str],
        others: dict[str, str] | None = None,
    ) -> list[str]:
        return (await self.client.complete(reference, argument, others)).values


@contextlib.asynccontextmanager
async def connected(kind: str, mode: str, url: str, headers: dict[str, str], trust: ssl.SSLContext) -> AsyncIterator[Agent]:
    """A connected client."""
    if kind == "mcp":
        timeout = httpx2.Timeout(30, read=300)
        async with (
            httpx2.AsyncClient(headers=headers, verify=trust, timeout=timeout) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            yield Official(client)
    else:
        token = headers["Authorization"].removeprefix("Bearer ")
        async with fastmcp.Client(url, auth=token, verify=trust, mode=mode) as client:
            yield High(client)


def check_schemas(tools: list[types.Tool]) -> None:
    """Every schema is one, and the tools that only read say so."""
    for tool in tools:
        assert tool.output_schema, f"{tool.name}: no output schema"
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        if tool.name in READING:
            assert tool.annotations and tool.annotations.read_only_hint, f"{tool.name}: not marked as reading only"
