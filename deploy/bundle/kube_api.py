"""A Kubernetes API in memory, as far as Helm and kubectl use it to install, upgrade, test and remove a release.

`with Server() as server:` serves on a free port of the loopback. Objects are checked against the schemas of Kubernetes when they are
written. `server.cluster.log` holds each call that changed something, `server.cluster.faults` what the next calls are answered with.
"""

import contextlib
import copy
import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonpatch
import kubernetes_validate
import yaml

from kube_objects import KINDS, NOW, merged, settled

VERSION = "1.37"
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
BY_ADDRESS = {(kind.group_version, kind.plural): kind for kind in KINDS}
GROUPS = list(dict.fromkeys(kind.group_version for kind in KINDS))


class Refused(Exception):
    """An answer that is an error, with the status and the reason of Kubernetes."""

    def __init__(self, status, reason, message):
        super().__init__(message)
        self.status, self.reason = status, reason


class Cluster:
    """The objects, under one lock; `changed` is told of each change."""

    def __init__(self, namespaces=("default",)):
        self.changed = threading.Condition(threading.RLock())
        self.objects, self.history, self.log, self.faults = {}, [], [], []
        self.revision = 1
        self.closed = False
        for name in namespaces:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "status": {"phase": "Active"}}
            self._store(BY_ADDRESS["v1", "namespaces"], None, namespace, "ADDED")

    def fault(self, method):
        """The fault that waits for this method, which is used up by it."""
        with self.changed:
            for number, (wanted, status, reason) in enumerate(self.faults):
                if wanted == method:
                    del self.faults[number]
                    raise Refused(status, reason, f"injected: {reason}")

    def exists(self, namespace):
        plurals = {kind.kind: (kind.group_version, kind.plural) for kind in KINDS}
        return lambda kind, name: (*plurals[kind], namespace, name) in self.objects

    def get(self, kind, namespace, name):
        with self.changed:
            item = self.objects.get((kind.group_version, kind.plural, namespace, name))
            if item is None:
                raise Refused(404, "NotFound", f'{kind.plural} "{name}" not found')
            return copy.deepcopy(item)

    def listed(self, kind, namespace, selects):
        with self.changed:
            found = [item for key, item in self.objects.items() if key[:2] == (kind.group_version, kind.plural)]
            return copy.deepcopy([item for item in found if namespace in (None, item["metadata"].get("namespace")) and selects(item)])

    def create(self, kind, namespace, item, dry=False):
        with self.changed:
            name = item["metadata"].setdefault("name", item["metadata"].get("generateName", "") + str(self.revision))
            if (kind.group_version, kind.plural, namespace, name) in self.objects:
                raise Refused(409, "AlreadyExists", f'{kind.plural} "{name}" already exists')
            return self._write(kind, namespace, item, None, dry)

    def replace(self, kind, namespace, name, item, dry=False):
        with self.changed:
            old = self.get(kind, namespace, name)
            if item["metadata"].get("resourceVersion", old["metadata"]["resourceVersion"]) != old["metadata"]["resourceVersion"]:
                raise Refused(
                    409, "Conflict", "the object has been modified; please apply your changes to the latest version and try again"
                )
            return self._write(kind, namespace, item, old, dry)

    def patch(self, kind, namespace, name, body, content_type, dry=False):
        """A JSON, merge, strategic or server-side apply patch; the last one makes the object when it is not there."""
        with self.changed:
            apply = "apply-patch" in content_type
            if apply and (kind.group_version, kind.plural, namespace, name) not in self.objects:
                return self._write(kind, namespace, body, None, dry)
            old = self.get(kind, namespace, name)
            new = (
                jsonpatch.apply_patch(old, body)
                if "json-patch" in content_type
                else merged(old, body, apply or "strategic" in content_type)
            )
            return self._write(kind, namespace, new, old, dry)

    def delete(self, kind, namespace, name):
        with self.changed:
            item = self.get(kind, namespace, name)
            del self.objects[kind.group_version, kind.plural, namespace, name]
            self._record("delete", "DELETED", kind, item)
            return item

    def _write(self, kind, namespace, item, old, dry):
        item = {"apiVersion": kind.group_version, "kind": kind.kind, **copy.deepcopy(item)}
        item.get("metadata", {}).pop("managedFields", None)
        with contextlib.suppress(kubernetes_validate.SchemaNotFoundError):
            try:
                kubernetes_validate.validate({key: value for key, value in item.items() if key != "status"}, VERSION, strict=True)
            except kubernetes_validate.ValidationError as error:
                place = ".".join(map(str, error.path))
                raise Refused(422, "Invalid", f"{kind.kind} is invalid: {place}: {error.message}") from None
        metadata = item["metadata"]
        if kind.namespaced:
            metadata["namespace"] = namespace
        if old:
            changed = old.get("spec") != item.get("spec")
            metadata |= {key: old["metadata"][key] for key in ("uid", "creationTimestamp")}
            metadata["generation"] = old["metadata"]["generation"] + int(changed)
        else:
            metadata |= {"uid": f"uid-{self.revision}", "creationTimestamp": NOW, "generation": 1}
        if not dry:
            self._store(kind, namespace, item, "MODIFIED" if old else "ADDED")
            status = settled(item, self.exists(namespace))
            if status is not None:
                self._store(kind, namespace, {**item, "status": status}, "MODIFIED", "settle")
        return copy.deepcopy(self.objects.get((kind.group_version, kind.plural, namespace, metadata["name"]), item))

    def _store(self, kind, namespace, item, event, verb="write"):
        item = copy.deepcopy(item)
        item["metadata"].setdefault("uid", item["metadata"]["name"])
        self.objects[kind.group_version, kind.plural, namespace, item["metadata"]["name"]] = item
        self._record(verb, event, kind, item)

    def _record(self, verb, event, kind, item):
        with self.changed:
            self.revision += 1
            item["metadata"]["resourceVersion"] = str(self.revision)
            self.history.append((self.revision, event, kind, copy.deepcopy(item)))
            if verb != "settle":
                self.log.append((verb, kind.kind, item["metadata"]["name"]))
            self.changed.notify_all()

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()


def selector(query):
    """Whether an object fits the label and field selectors of a query."""
    labels = [
        part.partition("!=" if "!=" in part else "=") for part in query.get("labelSelector", "").replace("==", "=").split(",") if part
    ]
    fields = dict(part.split("=", 1) for part in query.get("fieldSelector", "").split(",") if "=" in part)

    def fits(item):
        own = item["metadata"].get("labels", {})
        right = all((own.get(name) == value) != (operator == "!=") if operator else name in own for name, operator, value in labels)
        return right and fields.get("metadata.name", item["metadata"]["name"]) == item["metadata"]["name"]

    return fits


def discovery(path):
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


def _openapi(group):
    base = "/api/v1" if group == "v1" else f"/apis/{group}"
    paths = {}
    for kind in KINDS:
        if kind.group_version == group:
            owner = {"group": group.split("/")[0] if "/" in group else "", "version": group.split("/")[-1], "kind": kind.kind}
            parameter = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
            operation = {"x-kubernetes-group-version-kind": owner, "parameters": [parameter], "responses": {}}
            paths[f"{base}/{'namespaces/{namespace}/' if kind.namespaced else ''}{kind.plural}/{{name}}"] = {"patch": operation}
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": VERSION}, "paths": paths, "components": {"schemas": {}}}


def _resources(group):
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

    def log_message(self, *_):
        """The calls are in the log of the cluster."""

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urllib.parse.urlsplit(self.path)
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
        except BrokenPipeError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def route(self, path, query, body):
        if path == "/openapi/v2":
            # Older clients check against this one; an empty document lets them leave it to the server.
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if (description := discovery(path)) is not None:
            self.answer(200, description)
            return
        found = self.ADDRESS.fullmatch(path)
        kind = found and BY_ADDRESS.get((found[1] or found[2], found[4]))
        if not kind:
            raise Refused(404, "NotFound", f"no resource at {path}")
        self.act(kind, found[3], found[5], found[6], query, body)

    def act(self, kind, namespace, name, part, query, body):
        cluster, dry = self.server.cluster, "dryRun" in query
        if self.command == "GET" and not name:
            if query.get("watch") in ("1", "true"):
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

    def version(self):
        return {"resourceVersion": str(self.server.cluster.revision)}

    def watch(self, kind, namespace, query):
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

    def tell(self, event, item):
        line = json.dumps({"type": event, "object": item}).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.flush()


class Server(ThreadingHTTPServer):
    """The API on a free port of the loopback, with the namespace `demo`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.cluster = Cluster(namespaces=("default", "demo"))
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def kubeconfig(self):
        """What a client needs to find it, as YAML."""
        context = {"name": "fake", "context": {"cluster": "fake", "user": "fake", "namespace": "demo"}}
        cluster = {"name": "fake", "cluster": {"server": self.address}}
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "fake", "contexts": [context], "clusters": [cluster]}
        return yaml.safe_dump({**config, "users": [{"name": "fake", "user": {}}]})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.cluster.close()
        self.shutdown()
        self.server_close()
