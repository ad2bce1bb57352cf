"""Reading as both clients do it in each mode, from one replica and from both behind nginx."""

from __future__ import annotations

import jsonschema
import mcp_types as types
import pytest
from clients import CLIENTS, INGESTING, MODES, READING, Refused, call, check_schemas, connected, pages, refusal
from deployment import Deployment

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("kind", CLIENTS),
    pytest.mark.parametrize("mode", MODES),
]
TEMPLATE = "portolan://documentation/{documentation_id}/section{+path}"


async def test_tools_are_listed_and_answer_as_their_schemas_say(it: Deployment, door: str, kind: str, mode: str) -> None:
    async with connected(kind, mode, door, it.headers, it.trust) as agent:
        assert agent.version == MODES[mode]
        tools = await agent.tools()
        assert {tool.name for tool in tools} == READING | INGESTING
        check_schemas(tools)
        schemas = {tool.name: tool.output_schema for tool in tools}
        listed = await call(agent, "list_documentations", library="gauges")
        assert [entry["version"] for entry in listed["documentations"]] == ["1.0", "2.0"]
        first = listed["documentations"][0]["id"]
        results = {
            "list_documentations": listed,
            "list_documentation_sections": await call(agent, "list_documentation_sections", documentation_id=first),
            "get_documentation_tree": await call(agent, "get_documentation_tree", documentation_id=first),
            "search_documentation": await call(agent, "search_documentation", query="gauge number 7 pressure", limit=5),
        }
        uri = results["search_documentation"]["results"][0]["section_uri"]
        results["get_section_content"] = await call(agent, "get_section_content", uri=uri)
        for name, result in results.items():
            jsonschema.validate(result, schemas[name], cls=jsonschema.Draft202012Validator)


async def test_walks_by_cursor_meet_everything_once(it: Deployment, door: str, kind: str, mode: str) -> None:
    async with connected(kind, mode, door, it.headers, it.trust) as agent:
        listed = await pages(agent, "list_documentations", "documentations", limit=1)
        assert len({entry["id"] for entry in listed}) == len(listed) >= 2
        first = next(entry for entry in listed if entry["version"] == "1.0")
        sections = await pages(agent, "list_documentation_sections", "sections", documentation_id=first["id"], limit=7)
        assert len({section["uri"] for section in sections}) == len(sections) == first["sections"]
        found = await pages(agent, "search_documentation", "results", query="gauge", library="gauges", version="1.0", limit=9)
        assert len({hit["section_uri"] for hit in found}) == len(found) == 40


async def test_what_a_model_can_correct_is_a_tool_error(it: Deployment, door: str, kind: str, mode: str) -> None:
    async with connected(kind, mode, door, it.headers, it.trust) as agent:
        assert "1.0, 2.0" in await refusal(agent, "search_documentation", query="gauge", library="gauges", version="3.0")
        assert "gauges" in await refusal(agent, "search_documentation", query="gauge", library="gouges")
        assert "limit" in await refusal(agent, "search_documentation", query="gauge", limit=51)
        assert "cursor" in await refusal(agent, "search_documentation", query="gauge", cursor="00" * 24)
        assert "uri" in await refusal(agent, "get_section_content", uri="portolan://nowhere/at/all")
        with pytest.raises(Refused):
            await agent.raw("delete_documentation", {})


async def test_versions_are_real_filters(it: Deployment, door: str, kind: str, mode: str) -> None:
    async with connected(kind, mode, door, it.headers, it.trust) as agent:
        for version in ("1.0", "2.0"):
            found = await call(agent, "search_documentation", query="calibrate a gauge for pressure", version=version)
            assert {hit["version"] for hit in found["results"]} == {version}


async def test_sections_are_resources(it: Deployment, door: str, kind: str, mode: str) -> None:
    async with connected(kind, mode, door, it.headers, it.trust) as agent:
        listed = await agent.resources()
        uris = [str(resource.uri) for resource in listed]
        assert len(set(uris)) == len(uris) >= 43
        assert listed[0].name == "retrieval_playbook"
        assert "search_documentation" in await agent.read(uris[0])
        content = await agent.read(next(uri for uri in uris if uri.endswith("/two/page1.html")))
        assert "gaugectl calibrate" in content and "data, not instructions" in content and f"Source: {it.site.url}/two/page1" in content
        with pytest.raises(Refused):
            await agent.read(uris[-1] + "-not-there")


async def test_prompts_bring_their_evidence(it: Deployment, door: str, kind: str, mode: str) -> None:
    async with connected(kind, mode, door, it.headers, it.trust) as agent:
        assert [prompt.name for prompt in await agent.prompts()] == ["answer_from_documentation", "compare_versions", "explain_section"]
        text = await agent.prompt("answer_from_documentation", {"question": "How do I calibrate a gauge?", "library": "gauges"})
        assert "How do I calibrate a gauge?" in text and "gaugectl calibrate" in text and f"Source: {it.site.url}" in text
        text = await agent.prompt(
            "compare_versions", {"library": "gauges", "from_version": "1.0", "to_version": "2.0", "topic": "what a gauge measures"}
        )
        assert "pressure" in text and "temperature" in text
        with pytest.raises(Refused, match=r"1\.0, 2\.0"):
            await agent.prompt("answer_from_documentation", {"question": "anything", "library": "gauges", "version": "9"})


async def test_names_are_completed(it: Deployment, door: str, kind: str, mode: str) -> None:
    async with connected(kind, mode, door, it.headers, it.trust) as agent:
        prompt = types.PromptReference(type="ref/prompt", name="answer_from_documentation")
        assert await agent.complete(prompt, {"name": "library", "value": "gau"}) == ["gauges"]
        assert await agent.complete(prompt, {"name": "version", "value": ""}, {"library": "gauges"}) == ["2.0", "1.0"]
        assert await agent.complete(prompt, {"name": "library", "value": "zzz"}) == []
        template = types.ResourceTemplateReference(type="ref/resource", uri=TEMPLATE)
        ids = await agent.complete(template, {"name": "documentation_id", "value": "gauges"})
        assert len(ids) == 2
        paths = await agent.complete(template, {"name": "path", "value": "/two/page1"}, {"documentation_id": ids[1]})
        assert paths and all(path.startswith("/two/page1") for path in paths)
