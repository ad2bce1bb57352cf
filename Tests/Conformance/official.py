"""The official client, with a copy of every byte that the server sends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import mcp_types as types
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from cases import LEGACY, Run
from wire import events

Use = Callable[[Client], Awaitable[None]]


class Copying(httpx2.AsyncBaseTransport):
    """Sends requests, and keeps what comes back with the method that was asked for."""

    def __init__(self) -> None:
        self.inner = httpx2.AsyncHTTPTransport()
        self.copies: list[tuple[str | None, httpx2.Headers, bytearray]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content) if request.method == "POST" and request.content else {}
        response = await self.inner.handle_async_request(request)
        copy = bytearray()
        self.copies.append((body.get("method"), response.headers, copy))
        response.stream = _Tee(response.stream, copy)
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()

    def messages(self) -> list[tuple[str | None, dict[str, Any]]]:
        """Every whole message that came."""
        found: list[tuple[str | None, dict[str, Any]]] = []
        for method, headers, copy in self.copies:
            if headers.get("content-type", "").startswith("text/event-stream"):
                found += [(method, event.message) for event in events(iter(copy.decode().split("\n"))) if event.message]
            elif copy:
                found.append((method, json.loads(bytes(copy))))
        return found


class _Tee(httpx2.AsyncByteStream):
    def __init__(self, inner: Any, copy: bytearray) -> None:
        self.inner, self.copy = inner, copy

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self.inner:
            self.copy += part
            yield part

    async def aclose(self) -> None:
        await self.inner.aclose()


def use(run: Run, body: Use, **options: Any) -> None:
    """Connects the official client on the wire of the run, lets `body` use it, and hands over what was seen."""

    async def main() -> None:
        transport = Copying()
        async with (
            httpx2.AsyncClient(transport=transport, timeout=60) as http,
            Client(
                streamable_http_client(run.url, http_client=http),
                mode="legacy" if run.wire == LEGACY else run.wire,
                client_info=types.Implementation(name="conformance-test-client", version="1.0.0"),
                cache=None,
                **options,
            ) as client,
        ):
            assert client.protocol_version == run.wire
            await body(client)
        for method, message in transport.messages():
            run.saw(method, message)

    asyncio.run(main())
