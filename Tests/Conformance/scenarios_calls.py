"""Tools, resources, prompts and completion, by the official client."""

from __future__ import annotations

import re
from typing import Any

import mcp_types as types
from mcp import Client

import official
from cases import LEGACY, Run, scenario

NAME = re.compile(r"[A-Za-z0-9_./-]{1,64}")


def blocks(result: types.CallToolResult, kind: str) -> list[Any]:
    """The blocks of one kind."""
    return [block for block in result.content if block.type == kind]


@scenario("tools-list")
def tools_list(run: Run) -> None:
    async def body(client: Client) -> None:
        tools = (await client.list_tools()).tools
        complete = [tool for tool in tools if tool.name and tool.description and tool.input_schema.get("type") == "object"]
        run.check("tools-list", tools and len(complete) == len(tools), [tool.name for tool in tools])
        run.check("tools-name-format", all(NAME.fullmatch(tool.name) for tool in tools), [tool.name for tool in tools])

    official.use(run, body)


def call(run: Run, name: str, check_id: str, passes: Any) -> None:
    """Calls a tool without arguments and looks at its result."""

    async def body(client: Client) -> None:
        result = await client.call_tool(name)
        run.check(check_id, passes(result), result.model_dump_json())

    official.use(run, body)


@scenario("tools-call-simple-text")
def simple_text(run: Run) -> None:
    call(run, "test_simple_text", "tools-call-simple-text", lambda result: blocks(result, "text")[0].text and not result.is_error)


@scenario("tools-call-image")
def image(run: Run) -> None:
    call(
        run,
        "test_image_content",
        "tools-call-image",
        lambda result: len(result.content) == 1 and blocks(result, "image")[0].data and result.content[0].mime_type == "image/png",
    )


@scenario("tools-call-audio")
def audio(run: Run) -> None:
    call(
        run,
        "test_audio_content",
        "tools-call-audio",
        lambda result: len(result.content) == 1 and blocks(result, "audio")[0].data and result.content[0].mime_type == "audio/wav",
    )


@scenario("tools-call-embedded-resource")
def embedded_resource(run: Run) -> None:
    def passes(result: types.CallToolResult) -> bool:
        resource = blocks(result, "resource")[0].resource
        return bool(str(resource.uri) == "test://embedded-resource" and resource.mime_type == "text/plain" and resource.text)

    call(run, "test_embedded_resource", "tools-call-embedded-resource", passes)


@scenario("tools-call-mixed-content")
def mixed_content(run: Run) -> None:
    call(
        run,
        "test_multiple_content_types",
        "tools-call-mixed-content",
        lambda result: {"text", "image", "resource"} <= {block.type for block in result.content},
    )


@scenario("tools-call-error")
def error(run: Run) -> None:
    call(run, "test_error_handling", "tools-call-error", lambda result: result.is_error and blocks(result, "text")[0].text)


@scenario("tools-call-with-progress")
def progress(run: Run) -> None:
    seen: list[float] = []

    async def told(progress: float, total: float | None, message: str | None) -> None:
        seen.append(progress)

    async def body(client: Client) -> None:
        await client.call_tool("test_tool_with_progress", progress_callback=told)
        run.check("tools-call-with-progress", len(seen) >= 3 and seen == sorted(seen), seen)

    official.use(run, body)
    tokens = {message["params"]["progressToken"] for _, message in run.seen if message.get("method") == "notifications/progress"}
    run.check("tools-call-with-progress", len(tokens) == 1, tokens)


@scenario("tools-call-with-logging", LEGACY)
def logging(run: Run) -> None:
    lines: list[Any] = []

    async def told(params: types.LoggingMessageNotificationParams) -> None:
        lines.append(params)

    async def body(client: Client) -> None:
        await client.set_logging_level("debug")
        await client.call_tool("test_tool_with_logging")
        run.check("tools-call-with-logging", len(lines) >= 3 and all(line.level == "info" for line in lines), lines)

    official.use(run, body, logging_callback=told)


@scenario("tools-call-sampling", LEGACY)
def sampling(run: Run) -> None:
    asked: list[types.CreateMessageRequestParams] = []

    async def answer(context: Any, params: types.CreateMessageRequestParams) -> types.CreateMessageResult:
        asked.append(params)
        content = types.TextContent(type="text", text="This is a test response from the client")
        return types.CreateMessageResult(role="assistant", content=content, model="test-model", stop_reason="endTurn")

    async def body(client: Client) -> None:
        result = await client.call_tool("test_sampling", {"prompt": "Test prompt for sampling"})
        text = blocks(result, "text")[0].text
        run.check("tools-call-sampling", len(asked) == 1 and asked[0].max_tokens == 100 and "test response" in text, text)

    official.use(run, body, sampling_callback=answer)


@scenario("tools-call-elicitation", LEGACY)
def elicitation(run: Run) -> None:
    asked: list[Any] = []

    async def answer(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params)
        return types.ElicitResult(action="accept", content={"username": "testuser", "email": "test@example.com"})

    async def body(client: Client) -> None:
        result = await client.call_tool("test_elicitation", {"message": "Please provide your information"})
        text = blocks(result, "text")[0].text
        fine = len(asked) == 1 and asked[0].message == "Please provide your information" and "testuser" in text
        run.check("tools-call-elicitation", fine, text)

    official.use(run, body, elicitation_callback=answer)


def form(run: Run, tool: str, content: dict[str, Any]) -> dict[str, Any]:
    """The properties that a tool asks for, which is answered with `content`."""
    asked: list[dict[str, Any]] = []

    async def answer(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.model_dump(by_alias=True, exclude_none=True)["requestedSchema"]["properties"])
        return types.ElicitResult(action="accept", content=content)

    async def body(client: Client) -> None:
        result = await client.call_tool(tool)
        run.check(tool.removeprefix("test_").replace("_", "-").rpartition("-")[0] + "-general", not result.is_error and asked, result)

    official.use(run, body, elicitation_callback=answer)
    return asked[0]


@scenario("elicitation-sep1034-defaults", LEGACY)
def defaults(run: Run) -> None:
    content = {"name": "Jane Smith", "age": 25, "score": 88.0, "status": "inactive", "verified": False}
    fields = form(run, "test_elicitation_sep1034_defaults", content)

    def has(check_id: str, name: str, kind: str, default: Any) -> None:
        field = fields.get(name, {})
        run.check(f"elicitation-sep1034-{check_id}-default", field.get("type") == kind and field.get("default") == default, field)

    has("string", "name", "string", "John Doe")
    has("integer", "age", "integer", 30)
    has("number", "score", "number", 95.5)
    has("enum", "status", "string", "active")
    run.check("elicitation-sep1034-enum-default", fields["status"].get("enum") == ["active", "inactive", "pending"], fields["status"])
    has("boolean", "verified", "boolean", True)


@scenario("elicitation-sep1330-enums", LEGACY)
def enums(run: Run) -> None:
    fields = form(
        run,
        "test_elicitation_sep1330_enums",
        {
            "untitledSingle": "option1",
            "titledSingle": "value1",
            "legacyEnum": "opt1",
            "untitledMulti": ["option1", "option2"],
            "titledMulti": ["value1", "value2"],
        },
    )

    def has(check_id: str, name: str, kind: str, there: set[str], absent: set[str], part: str | None = None) -> None:
        field = fields.get(name, {})
        choices = field.get(part, {}) if part else field
        fine = field.get("type") == kind and there <= set(choices) and not absent & set(choices)
        run.check(f"elicitation-sep1330-{check_id}", fine, field)

    has("untitled-single", "untitledSingle", "string", {"enum"}, {"oneOf", "enumNames"})
    has("titled-single", "titledSingle", "string", {"oneOf"}, {"enum"})
    has("legacy-enumnames", "legacyEnum", "string", {"enum", "enumNames"}, set())
    has("untitled-multi", "untitledMulti", "array", {"enum"}, {"anyOf"}, "items")
    has("titled-multi", "titledMulti", "array", {"anyOf"}, {"enum"}, "items")
    legacy = fields["legacyEnum"]
    run.check("elicitation-sep1330-legacy-enumnames", len(legacy["enum"]) == len(legacy["enumNames"]), legacy)


@scenario("resources-list")
def resources_list(run: Run) -> None:
    async def body(client: Client) -> None:
        resources = (await client.list_resources()).resources
        run.check("resources-list", resources and all(item.uri and item.name for item in resources), resources)

    official.use(run, body)


def read(run: Run, uri: str, check_id: str, passes: Any) -> None:
    """Reads a resource and looks at its contents."""

    async def body(client: Client) -> None:
        contents = (await client.read_resource(uri)).contents
        fine = len(contents) == 1 and str(contents[0].uri) == uri and passes(contents[0])
        run.check(check_id, fine, [item.model_dump_json() for item in contents])

    official.use(run, body)


@scenario("resources-read-text")
def read_text(run: Run) -> None:
    read(run, "test://static-text", "resources-read-text", lambda item: item.mime_type == "text/plain" and item.text)


@scenario("resources-read-binary")
def read_binary(run: Run) -> None:
    read(run, "test://static-binary", "resources-read-binary", lambda item: item.mime_type == "image/png" and item.blob)


@scenario("resources-templates-read")
def read_template(run: Run) -> None:
    read(run, "test://template/123/data", "resources-templates-read", lambda item: "123" in item.text)


@scenario("resources-subscribe", LEGACY)
def subscribe(run: Run) -> None:
    async def body(client: Client) -> None:
        result = await client.subscribe_resource("test://watched-resource")
        run.check("resources-subscribe", result is not None)

    official.use(run, body)


@scenario("resources-unsubscribe", LEGACY)
def unsubscribe(run: Run) -> None:
    async def body(client: Client) -> None:
        await client.subscribe_resource("test://watched-resource")
        result = await client.unsubscribe_resource("test://watched-resource")
        run.check("resources-unsubscribe", result is not None)

    official.use(run, body)


@scenario("prompts-list")
def prompts_list(run: Run) -> None:
    async def body(client: Client) -> None:
        prompts = (await client.list_prompts()).prompts
        run.check("prompts-list", prompts and all(prompt.name and prompt.description for prompt in prompts), prompts)

    official.use(run, body)


def get(run: Run, name: str, arguments: dict[str, str] | None, check_id: str, passes: Any) -> None:
    """Gets a prompt and looks at its messages."""

    async def body(client: Client) -> None:
        messages = (await client.get_prompt(name, arguments)).messages
        fine = messages and all(message.role and message.content for message in messages) and passes(messages)
        run.check(check_id, fine, messages)

    official.use(run, body)


@scenario("prompts-get-simple")
def prompt_simple(run: Run) -> None:
    get(run, "test_simple_prompt", None, "prompts-get-simple", lambda messages: messages[0].content.text)


@scenario("prompts-get-with-args")
def prompt_with_arguments(run: Run) -> None:
    get(
        run,
        "test_prompt_with_arguments",
        {"arg1": "testValue1", "arg2": "testValue2"},
        "prompts-get-with-args",
        lambda messages: all(value in messages[0].content.text for value in ("testValue1", "testValue2")),
    )


@scenario("prompts-get-embedded-resource")
def prompt_with_resource(run: Run) -> None:
    def passes(messages: list[types.PromptMessage]) -> bool:
        found = [message.content for message in messages if message.content.type == "resource"]
        return len(found) == 1 and str(found[0].resource.uri) == "test://example-resource"

    arguments = {"resourceUri": "test://example-resource"}
    get(run, "test_prompt_with_embedded_resource", arguments, "prompts-get-embedded-resource", passes)


@scenario("prompts-get-with-image")
def prompt_with_image(run: Run) -> None:
    def passes(messages: list[types.PromptMessage]) -> bool:
        found = [message.content for message in messages if message.content.type == "image"]
        return len(found) == 1 and bool(found[0].data and found[0].mime_type)

    get(run, "test_prompt_with_image", None, "prompts-get-with-image", passes)


@scenario("completion-complete")
def completion(run: Run) -> None:
    async def body(client: Client) -> None:
        reference = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
        result = await client.complete(reference, {"name": "arg1", "value": "test"})
        values = result.completion.values
        run.check("completion-complete", isinstance(values, list) and len(values) <= 100, result)

    official.use(run, body)


@scenario("ping", LEGACY)
def ping(run: Run) -> None:
    async def body(client: Client) -> None:
        run.check("ping", await client.send_ping() is not None)

    official.use(run, body)


@scenario("logging-set-level", LEGACY)
def set_level(run: Run) -> None:
    async def body(client: Client) -> None:
        run.check("logging-set-level", await client.set_logging_level("info") is not None)

    official.use(run, body)
