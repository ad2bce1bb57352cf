"""A Kubernetes API in memory, as far as Helm and kubectl use it to install, roll, upgrade, test and remove a release.

`with Server() as server:` serves on a free port of the loopback. Objects are checked against the schemas of Kubernetes when they are
written. `server.cluster.log` holds each call that changed something, `.weights` what the routes were set to one after another, `.faults`
what the next calls are answered with, `.ready_after` how many reads of a Deployment it takes until its pods are ready. A client that is
a service account may do what its Roles say; any other may do everything.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

from kube_cluster import BY_ADDRESS, VERSION, Cluster, Fault, Refused
from kube_objects import KINDS, Json, Kind

__all__ = ["Cluster", "Fault", "Server"]

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
VERB_OF = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
GROUPS = list(dict.fromkeys(kind.group_version for kind in KINDS))


def selector(query: dict[str, str]) -> Callable[[Json], bool]:
    """Whether an object fits the label and field selectors of a query."""
    labels = [
        part.partition("!=" if "!=" in part else "=") for part in query.get("labelSelector", "").replace("==", "=").split(",") if part
    ]
    fields = dict(part.split("=", 1) for part in query.get("fieldSelector", "").split(",") if "=" in part)

    def fits(item: Json) -> bool:
        own = item["metadata"].get("labels", {})
        right = all((own.get(name) == value) != (operator == "!=") if operator else name in own for name, operator, value in labels)
        return right and fields.get("metadata.name", item["metadata"]["name"]) == item["metadata"]["name"]

    return fits


def discovery(path: str) -> Json | None:
    """The answers that describe the API itself, or None."""
    if path == "/version":
        return {"major": "1", "minor": VERSION.split(".")[1], "gitVersion": f"v{VERSION}.0", "platform": "linux/amd64"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        versions = {group.split("/")[0]: {"groupVersion": group, "version": group.split("/")[1]} for group in GROUPS if "/" in group}
        groups = [{"name": name, "versions": [version], "preferredVersion": version} for name, version in versions.items()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if path == "/openapi/v3":
        places = {group: "api/v1" if group == "v1" else f"apis/{group}" for group in GROUPS}
        return {"paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}?hash=1"} for place in places.values()}}
    if found := re.fullmatch(r"/openapi/v3/(?:api/(v1)|apis/(.+))", path):
        return _openapi(found[1] or found[2])
    if found := re.fullmatch(r"/(?:api/(v1)|apis/([^/]+/[^/]+))", path):
        return _resources(found[1] or found[2])
    return None


def _openapi(group: str) -> Json:
    base = "/api/v1" if group == "v1" else f"/apis/{group}"
    paths = {}
    for kind in KINDS:
        if kind.group_version == group:
            owner = {"group": group.split("/")[0] if "/" in group else "", "version": group.split("/")[-1], "kind": kind.kind}
            parameter = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
            operation = {"x-kubernetes-group-version-kind": owner, "parameters": [parameter], "responses": {}}
            paths[f"{base}/{'namespaces/{namespace}/' if kind.namespaced else ''}{kind.plural}/{{name}}"] = {"patch": operation}
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": VERSION}, "paths": paths, "components": {"schemas": {}}}


def _resources(group: str) -> Json:
    found = []
    for kind in KINDS:
        if kind.group_version == group:
            common = {"kind": kind.kind, "namespaced": kind.namespaced, "singularName": kind.kind.lower(), "verbs": VERBS}
            found += [{"name": name, **common} for name in (kind.plural, *(f"{kind.plural}/{part}" for part in kind.subresources))]
    if not found:
        raise Refused(404, "NotFound", f"no group {group}")
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": found}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ADDRESS = re.compile(r"/(?:api/(v1)|apis/([^/]+/[^/]+))(?:/namespaces/([^/]+)(?=/[a-z]))?/([a-z]+)(?:/([^/]+))?(?:/([a-z]+))?")

    server: Server
    as_account = ""

    def log_message(self, *_: Any) -> None:
        """The calls are in the log of the cluster."""

    def answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        # Clients send tokens over TLS only, so here an account is told by how the address begins.
        account = re.match(r"/as/([^/]+/[^/]+)(?=/)", self.path)
        self.as_account = account[1] if account else ""
        address = urllib.parse.urlsplit(self.path[account.end() :] if account else self.path)
        query = dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True))
        try:
            self.server.cluster.fault(self.command)
            self.route(address.path.rstrip("/"), query, yaml.safe_load(body) if body else None)
        except Refused as error:
            status = {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "reason": error.reason,
                "message": str(error),
                "code": error.status,
            }
            self.answer(error.status, status)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def route(self, path: str, query: dict[str, str], body: Any) -> None:
        if path == "/openapi/v2":
            # Older clients check against this one; an empty document lets them leave it to the server.
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if (description := discovery(path)) is not None:
            self.answer(200, description)
            return
        if found := re.fullmatch(r"/api/v1/namespaces/([^/]+)/services/(?:https?:)?([^/:]+)(?::\w+)?/proxy(/.*)?", path):
            self.server.cluster.permit(self.account(), "", "services/proxy", "get", found[1])
            self.answer(*self.server.cluster.answer(found[2], found[3] or "/"))
            return
        found = self.ADDRESS.fullmatch(path)
        kind = BY_ADDRESS.get((found[1] or found[2], found[4])) if found else None
        if not found or not kind:
            raise Refused(404, "NotFound", f"no resource at {path}")
        self.act(kind, found[3], found[5], found[6], query, body)

    def account(self) -> str:
        """The service account that the client is, as namespace/name; nothing for one that may do everything."""
        return self.as_account

    def act(self, kind: Kind, namespace: str | None, name: str | None, part: str | None, query: dict[str, str], body: Any) -> None:
        cluster, dry = self.server.cluster, "dryRun" in query
        watched = query.get("watch") in ("1", "true")
        verb = VERB_OF.get(self.command) or ("get" if name else "watch" if watched else "list")
        group = kind.group_version.split("/")[0] if "/" in kind.group_version else ""
        cluster.permit(self.account(), group, f"{kind.plural}/{part}" if part else kind.plural, verb, namespace)
        cluster.fault(self.command, kind.kind)
        name = name or ""
        if self.command == "GET" and not name:
            if watched:
                self.watch(kind, namespace, query)
                return
            items = cluster.listed(kind, namespace, selector(query))
            self.answer(200, {"kind": f"{kind.kind}List", "apiVersion": kind.group_version, "metadata": self.version(), "items": items})
        elif self.command == "GET":
            self.answer(200, {} if part == "log" else cluster.get(kind, namespace, name))
        elif self.command == "POST":
            self.answer(201, cluster.create(kind, namespace, body, dry))
        elif self.command == "PUT":
            self.answer(200, cluster.replace(kind, namespace, name, body, dry))
        elif self.command == "PATCH":
            self.answer(200, cluster.patch(kind, namespace, name, body, self.headers.get("Content-Type", ""), dry))
        else:
            cluster.delete(kind, namespace, name)
            self.answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def version(self) -> Json:
        return {"resourceVersion": str(self.server.cluster.revision)}

    def watch(self, kind: Kind, namespace: str | None, query: dict[str, str]) -> None:
        """Tells each change of what fits, until the client leaves, its time is over, or the server ends."""
        cluster, fits, since = self.server.cluster, selector(query), int(query.get("resourceVersion") or 0)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with cluster.changed:
            if not since:
                for item in cluster.listed(kind, namespace, fits):
                    self.tell("ADDED", item)
                since = cluster.revision
            if query.get("sendInitialEvents") == "true":
                metadata = {"resourceVersion": str(since), "annotations": {"k8s.io/initial-events-end": "true"}}
                self.tell("BOOKMARK", {"kind": kind.kind, "apiVersion": kind.group_version, "metadata": metadata})
            seen, limit = 0, float(query.get("timeoutSeconds") or 300)
            while not cluster.closed:
                for revision, event, other, item in cluster.history[seen:]:
                    if revision > since and other is kind and namespace in (None, item["metadata"].get("namespace")) and fits(item):
                        self.tell(event, item)
                seen = len(cluster.history)
                if not cluster.changed.wait(limit):
                    break
        self.wfile.write(b"0\r\n\r\n")

    def tell(self, event: str, item: Json) -> None:
        line = json.dumps({"type": event, "object": item}).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.flush()


class Server(ThreadingHTTPServer):
    """The API on a free port of the loopback, with the namespace `demo`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cluster = Cluster(namespaces=("default", "demo"))
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{int(self.server_address[1])}"

    def kubeconfig(self, account: str = "") -> str:
        """What a client needs to find it, as YAML; as a service account, namespace/name, it has only its rights."""
        context = {"name": "fake", "context": {"cluster": "fake", "user": "fake", "namespace": "demo"}}
        cluster = {"name": "fake", "cluster": {"server": f"{self.address}/as/{account}" if account else self.address}}
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "fake", "contexts": [context], "clusters": [cluster]}
        text: str = yaml.safe_dump({**config, "users": [{"name": "fake", "user": {}}]})
        return text

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cluster.close()
        self.shutdown()
        self.server_close()
