"""Asking pods through a Service: over the network, or from anywhere through the proxy of the Kubernetes API."""

import contextlib
import urllib.error
import urllib.request
from typing import Protocol

from .kubectl import API, CallFailed


class Caller(Protocol):
    """Asks a path of a Service; gives the status, 0 when there was no answer, and the body or what went wrong."""

    def call(self, service: str, port: int, path: str) -> tuple[int, str]: ...


class DirectCaller:
    """By the address that `address` makes of a service and a port, such as http://{service}.docs:{port}."""

    def __init__(self, address: str, timeout: float = 10.0) -> None:
        self.address, self.timeout = address, timeout

    def call(self, service: str, port: int, path: str) -> tuple[int, str]:
        url = self.address.format(service=service, port=port).rstrip("/") + path
        try:
            with urllib.request.urlopen(url, timeout=self.timeout) as reply:
                return reply.status, reply.read(65536).decode(errors="replace")
        except urllib.error.HTTPError as error:
            with contextlib.closing(error):
                return error.code, ""
        except (OSError, ValueError) as error:
            return 0, str(error)


class ProxyCaller:
    """Through the API server, for which the account needs `get` on `services/proxy`. The status of a refusal is in the words of kubectl."""

    def __init__(self, api: API, namespace: str) -> None:
        self.api, self.namespace = api, namespace

    def call(self, service: str, port: int, path: str) -> tuple[int, str]:
        try:
            return 200, self.api.raw(f"/api/v1/namespaces/{self.namespace}/services/http:{service}:{port}/proxy{path}")
        except CallFailed as error:
            return 0, str(error)
