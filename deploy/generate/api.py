#!/usr/bin/env python3
"""Writes docs/api.md from docs/openapi.json: `api.py [OUTPUT]`.

The description itself is written by a test (APIServerTests, `The committed description is that of the code`), so that it is what the
code reads and writes. `deploy/lint` fails when the reference is not current.
"""

import json
import pathlib
import re
import sys
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ["get", "post", "patch", "delete"]


def plain(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if reference := schema.get("$ref"):
        name = reference.split("/")[-1]
        return f"[{name}](#{name.lower()})"
    kinds = schema.get("type", "any")
    kind = next((one for one in kinds if one != "null"), "any") if isinstance(kinds, list) else kinds
    if kind == "array":
        return f"list of {plain(schema['items'])}"
    if kind == "object" and "additionalProperties" in schema:
        return f"map of {plain(schema['additionalProperties'])}" if schema["additionalProperties"] else "object"
    if choices := schema.get("enum"):
        return " or ".join(f"`{choice}`" for choice in choices)
    words = schema.get("format", kind) if kind == "string" else kind
    return words


def bounds(schema: dict[str, Any]) -> str:
    """Limits and default of a schema."""
    found = []
    for low, high, unit in (("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items")):
        if low in schema and high in schema:
            found.append(f"{schema[low]} to {schema[high]}{unit}")
        elif high in schema:
            found.append(f"at most {schema[high]}{unit}")
    if "default" in schema:
        found.append(f"default `{json.dumps(schema['default'])}`")
    return ", ".join(found)


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table(heading: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    return [*lines, *("| " + " | ".join(cell(value) for value in row) + " |" for row in rows), ""]


def operation(path: str, method: str, value: dict[str, Any], description: dict[str, Any]) -> list[str]:
    scopes = [scope for entry in value["security"] for scopes in entry.values() for scope in scopes]
    lines = [f"### {method.upper()} `{path}`", "", f"{value['summary']}. "]
    lines[-1] += f"Scope `{scopes[0]}`." if scopes else "Needs no token."
    lines.append("")
    rows = [
        [
            f"`{parameter['name']}`",
            parameter["in"],
            "yes" if parameter["required"] else "",
            plain(parameter["schema"]),
            bounds(parameter["schema"]),
            parameter["description"],
        ]
        for parameter in value.get("parameters", [])
    ]
    if rows:
        lines += table(["parameter", "in", "required", "type", "bounds", "meaning"], rows)
    if body := value.get("requestBody"):
        lines += [f"Body: {plain(body['content']['application/json']['schema'])}", ""]
    replies = []
    refusals = []
    for status, reply in value["responses"].items():
        if "$ref" in reply:
            refusals.append(f"`{status}`")
            continue
        kinds = [plain(entry["schema"]) if kind == "application/json" else f"`{kind}`" for kind, entry in reply.get("content", {}).items()]
        replies.append(f"`{status}` {reply['description']} {' or '.join(kinds)}".strip())
    lines += [f"Replies: {'; '.join(replies)}. Refusals: {', '.join(refusals)}.", ""]
    return lines


def meanings() -> dict[str, dict[str, str]]:
    """The comments of the wire types, by the names that the description has: type, then member."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted((ROOT / "Sources" / "APIModel").rglob("*.swift")) + sorted((ROOT / "Sources" / "APIServer").rglob("*.swift")):
        open_types: list[tuple[int, str, dict[str, str], dict[str, str]]] = []
        comment: list[str] = []
        for line in file.read_text(encoding="utf-8").splitlines():
            depth = len(line) - len(line.lstrip())
            text = line.strip()
            if text.startswith("///"):
                comment.append(text[3:].strip())
                continue
            if match := re.match(r"(?:package )?(?:struct|enum) (\w+)", text):
                open_types.append((depth, match[1], {}, {}))
            elif open_types and (match := re.match(r"(?:package )?(?:var|let) (\w+):", text)) and depth == open_types[-1][0] + 4:
                open_types[-1][2][match[1]] = " ".join(comment)
            elif open_types and text.startswith("case ") and open_types[-1][1] == "CodingKeys":
                for entry in text[5:].split(","):
                    member, _, wire = entry.partition("=")
                    open_types[-1][3][member.strip()] = wire.strip().strip('"') or member.strip()
            elif open_types and text == "}" and depth == open_types[-1][0]:
                _, name, members, keys = open_types.pop()
                if name == "CodingKeys" and open_types:
                    open_types[-1][3].update(keys)
                else:
                    path = "".join(entry[1] for entry in open_types) + name
                    found[path] = {keys.get(member, member): text for member, text in members.items()}
            comment = []
    return found


def reference(description: dict[str, Any]) -> str:
    comments = meanings()
    lines = [
        "# API reference",
        "",
        "<!-- Written by deploy/generate/api.py from docs/openapi.json, which the code writes. -->",
        "",
        description["info"]["description"],
        "",
        "The same as OpenAPI 3.1 is at `/openapi.json` of every deployment that serves the surface `rest`.",
        "",
        "A read (GET with a scope) has an `ETag` and answers `If-None-Match` with 304. Bodies are JSON; members that are not known are",
        "refused.",
        "What is at `/mcp` describes itself.",
        "",
    ]
    for tag in description["tags"]:
        entries = [
            (path, method, methods[method])
            for path, methods in description["paths"].items()
            for method in METHODS
            if method in methods and tag["name"] in methods[method]["tags"]
        ]
        if entries:
            lines += [f"## {tag['name'].capitalize()}", "", tag["description"], ""]
            for entry in entries:
                lines += operation(*entry, description)
    lines += ["## Refusals", "", "Every refusal is a [Problem](#problem) of the media type `application/problem+json`.", ""]
    responses = description["components"]["responses"]
    lines += table(["name", "meaning"], [[f"`{name}`", value["description"]] for name, value in responses.items()])
    lines += ["## Types", ""]
    for name, schema in description["components"]["schemas"].items():
        lines += [f"### {name}", ""]
        if "enum" in schema:
            lines += [plain(schema), ""]
            continue
        if text := schema.get("description"):
            lines += [text, ""]
        required = schema.get("required", [])
        rows = [
            [
                f"`{member}`",
                "yes" if member in required else "",
                plain(value),
                bounds(value),
                value.get("description") or comments.get(name, {}).get(member, ""),
            ]
            for member, value in schema["properties"].items()
        ]
        has_meaning = any(row[4] for row in rows)
        has_bounds = any(row[3] for row in rows)
        heading = ["member", "always" if "additionalProperties" not in schema else "required", "type", "bounds", "meaning"]
        keep = [0, 1, 2, *([3] if has_bounds else []), *([4] if has_meaning else [])]
        lines += table([heading[index] for index in keep], [[row[index] for index in keep] for row in rows])
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> None:
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "api.md"
    description = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    output.write_text(reference(description), encoding="utf-8")


if __name__ == "__main__":
    main()
