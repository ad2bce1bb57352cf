"""The schemas of Kubernetes, read once: the library reads a megabyte for each object that it is asked about."""

from __future__ import annotations

import functools
import re
from typing import Any

import jsonschema
import kubernetes_validate
import referencing
from kubernetes_validate import utils


@functools.cache
def _contents(name: str, version: str) -> Any:
    return utils.schema_contents(f"kubernetes-json-schema/{name}", version)


@functools.cache
def _registry(folder: str, version: str) -> Any:
    return referencing.Resource.from_contents(_contents(f"{folder}/_definitions.json", version)) @ referencing.Registry()


@functools.cache
def _validator(kind: str, api_version: str, version: str) -> Any:
    """The strict validator of a kind, or None when this version of Kubernetes does not know it."""
    chosen = next(found for found in reversed(kubernetes_validate.utils.all_versions()) if utils.major_minor(found) == version)
    folder = f"v{chosen}-local-strict"
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    try:
        schema = _contents(f"{folder}/{kind.lower()}-{group}.json", version)
    except FileNotFoundError:
        return None
    registry = referencing.Resource.from_contents(schema) @ _registry(folder, version)
    return jsonschema.Draft202012Validator(schema, registry=registry)


def known(item: dict[str, Any], version: str) -> bool:
    """Whether a version of Kubernetes, such as 1.37, has the kind of an object in its API version."""
    return _validator(item["kind"], item["apiVersion"], version) is not None


def problems(item: dict[str, Any], version: str) -> list[str]:
    """What Kubernetes of a version would not take, each with its path; nothing for a kind that it does not know."""
    validator = _validator(item["kind"], item["apiVersion"], version)
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(item)] if validator else []
