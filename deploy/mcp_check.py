"""Checks a running Portolan with the official MCP client, in every mode that the client has.

    mcp_check.py URL TOKEN [--tools 5|7]

Runs on the Python environment that deploy/setup makes. URL is the endpoint, such as http://127.0.0.1:8080/mcp. Lists the tools, calls each one that reads, follows a result from search to
content, and validates structured results against the output schemas of the tools. Something must be ingested already. Prints one line for
each check and exits with 1 on the first mismatch.
"""
import argparse
import asyncio
import sys

import jsonschema
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

READING = {
    "search_documentation", "list_documentations", "list_documentation_sections", "get_documentation_tree", "get_section_content",
}
INGESTING = {"ingest_documentation", "get_ingestion_status"}
MODES = {"legacy": "2025-11-25", "auto": "2026-07-28", "2026-07-28": "2026-07-28"}


class Mismatch(Exception):
    """The server does not do what it promises."""


def expect(condition, text):
    if not condition:
        raise Mismatch(text)


class Session:
    """One connection, and what its tools promise."""

    def __init__(self, client, tools):
        self.client = client
        self.schemas = {tool.name: tool.output_schema for tool in tools}

    async def call(self, name, **arguments):
        """Calls a tool and returns its structured result, checked against its schema."""
        result = await self.client.call_tool(name, arguments)
        text = " ".join(block.text for block in result.content if block.type == "text")
        expect(not result.is_error, f"{name}: {text}")
        expect(text, f"{name}: no text beside the structured result")
        jsonschema.validate(result.structured_content, self.schemas[name], cls=jsonschema.Draft202012Validator)
        return result.structured_content

    async def refused(self, name, **arguments):
        """Calls a tool that must answer with a tool error, and returns its text."""
        result = await self.client.call_tool(name, arguments)
        expect(result.is_error, f"{name} with {arguments}: no tool error")
        return " ".join(block.text for block in result.content if block.type == "text")


async def check_reading(session):
    """Walks from the list of documentations over its sections and tree to a content, and searches."""
    listed = await session.call("list_documentations", limit=50)
    filled = [entry for entry in listed["documentations"] if entry["sections"] > 0]
    expect(filled, "list_documentations: nothing is ingested")
    documentation = max(filled, key=lambda entry: entry["sections"])["id"]

    seen, cursor = [], None
    while True:
        arguments = {"documentation_id": documentation, "limit": 100} | ({"cursor": cursor} if cursor else {})
        page = await session.call("list_documentation_sections", **arguments)
        seen += [section["uri"] for section in page["sections"]]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    expect(len(seen) == len(set(seen)), "list_documentation_sections: a section came twice")
    expected = next(entry["sections"] for entry in filled if entry["id"] == documentation)
    expect(len(seen) == expected, f"list_documentation_sections: {len(seen)} sections of {expected}")

    tree = await session.call("get_documentation_tree", documentation_id=documentation, depth=3)
    expect(tree["nodes"], "get_documentation_tree: empty")

    content = await session.call("get_section_content", uri=seen[len(seen) // 2], max_tokens=2000)
    expect(content["content"].strip(), "get_section_content: empty")

    words = [word for word in content["title"].replace("`", " ").split() if len(word) > 2][:5]
    query = " ".join(words) or "installation"
    found = await session.call("search_documentation", query=query, limit=5, max_tokens=1000)
    expect(found["search_mode"] in ("hybrid", "keyword_fallback"), f"search_mode: {found['search_mode']}")
    expect(found["results"], f"search_documentation: nothing for {query}")
    hit = await session.call("get_section_content", uri=found["results"][0]["section_uri"], max_tokens=500)
    expect(hit["url"], "get_section_content: no address")
    return len(seen), found["search_mode"]


async def check_refusals(session, library):
    """What does not exist or is out of range is a tool error that says so; an unknown tool is an error of the protocol."""
    text = await session.refused("search_documentation", query="anything", library=library, version="no-such-version")
    expect("version" in text.lower(), f"an unknown version is answered with: {text}")
    text = await session.refused("search_documentation", query="anything", limit=51)
    expect("limit" in text and "50" in text, f"a limit out of range is answered with: {text}")
    await session.refused("get_section_content", uri="portolan://nowhere/latest/nothing")
    try:
        await session.client.call_tool("delete_documentation", {})
    except MCPError:
        return
    raise Mismatch("an unknown tool is no protocol error")


async def check(url, token, mode, count):
    headers = {"Authorization": f"Bearer {token}"}
    async with create_mcp_http_client(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            expect(client.protocol_version == MODES[mode], f"{mode}: speaks {client.protocol_version}")
            tools = (await client.list_tools()).tools
            names = {tool.name for tool in tools}
            wanted = READING | (INGESTING if count == 7 else set())
            expect(names == wanted, f"tools: {sorted(names)}")
            for tool in tools:
                expect(tool.output_schema, f"{tool.name}: no output schema")
                jsonschema.Draft202012Validator.check_schema(tool.input_schema)
                jsonschema.Draft202012Validator.check_schema(tool.output_schema)
                if tool.name in READING:
                    expect(tool.annotations and tool.annotations.read_only_hint, f"{tool.name}: not marked as reading only")
            session = Session(client, tools)
            sections, search_mode = await check_reading(session)
            library = (await session.call("list_documentations", limit=1))["documentations"][0]["library"]
            await check_refusals(session, library)
            print(f"{mode}: {len(tools)} tools, {sections} sections listed, search is {search_mode}")


async def check_strangers(url):
    """Without the token nothing is answered."""
    async with create_mcp_http_client(headers={"Authorization": "Bearer not-the-token-at-all"}) as http:
        reply = await http.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
                                headers={"Accept": "application/json, text/event-stream"})
        expect(reply.status_code == 401, f"a wrong token is answered with {reply.status_code}")
        expect("www-authenticate" in reply.headers, "a 401 without WWW-Authenticate")
    print("a wrong token is refused")


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--tools", type=int, choices=(5, 7), default=7, help="7 with the scope ingest, 5 without")
    options = parser.parse_args()
    for mode in MODES:
        await check(options.url, options.token, mode, options.tools)
    await check_strangers(options.url)


def reasons(error):
    """The errors inside of groups, flat."""
    if isinstance(error, BaseExceptionGroup):
        return [reason for inner in error.exceptions for reason in reasons(inner)]
    return [error]


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Exception as error:
        for reason in reasons(error):
            print(f"mcp_check: {type(reason).__name__}: {reason}", file=sys.stderr)
        sys.exit(1)
