"""A deployment as operators run one: the embedded stack, a second replica of the api, and nginx with the settings of docs/ingress.md."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# `deploy/test` says where the build is whose tests it runs; PORTOLAN_BINARY is another build's.
BUILD = pathlib.Path(os.environ.get("PORTOLAN_TEST_BUILD", REPOSITORY / ".build/tests"))
BINARY = pathlib.Path(os.environ.get("PORTOLAN_BINARY", BUILD / "debug/portolan"))


def tool_folders() -> list[pathlib.Path]:
    """Where deploy/setup puts what it installs."""
    folders = [os.environ.get("PORTOLAN_TOOLS_DIR"), "/opt/portolan", os.path.expanduser("~/.local/share/portolan")]
    return [pathlib.Path(folder) for folder in folders if folder]


def psql() -> pathlib.Path:
    """The client of the private Postgres."""
    own = os.environ.get("PORTOLAN_POSTGRES_DIR")
    for folder in ([pathlib.Path(own)] if own else []) + tool_folders():
        for found in folder.glob("**/bin/psql"):
            return found
    raise FileNotFoundError("deploy/setup has installed no Postgres")


def eventually(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Waits for an effect in another process."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.005)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A small documentation site on loopback whose pages a test may change."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.edited = time.time()
        handler = functools.partial(_Quiet, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def write(self, path: str, title: str, body: str, links: tuple[str, ...] = ()) -> None:
        page = self.folder / path
        page.parent.mkdir(parents=True, exist_ok=True)
        # Dates over HTTP have seconds: two editions within one would look alike.
        self.edited += 2
        anchors = "".join(f'<a href="{link}">{link}</a> ' for link in links)
        page.write_text(f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{body}</p><p>{anchors}</p></body></html>")
        os.utime(page, (self.edited, self.edited))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        # A page whose name says so takes its time: jobs that are to be stopped must still run then.
        if "slow" in self.path:
            time.sleep(0.5)
        super().do_GET()


@dataclass
class Replica:
    """One process of the api."""

    process: int
    port: int
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def stop(self) -> None:
        if self.child:
            self.child.terminate()
            self.child.wait(60)


@dataclass
class Deployment:
    """What the tests run against."""

    folder: pathlib.Path
    token: str
    first: Replica
    second: Replica
    site: Site
    certificate: pathlib.Path
    environment: dict[str, str]
    ingress: str = ""
    nginx: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    @property
    def database(self) -> str:
        return f"postgresql://portolan@/portolan?host={self.folder}/state/postgres"

    def query(self, statement: str) -> str:
        """Runs one statement beside the service."""
        run = subprocess.run([psql(), "-AtXqc", statement, self.database], check=True, capture_output=True, text=True)
        return run.stdout.strip()

    @contextlib.contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Keeps everybody else from a table: whatever reads it waits in the database."""
        session = subprocess.Popen([psql(), "-AtXq", self.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert session.stdin and session.stdout
        session.stdin.write(f"begin; lock table portolan.{table} in access exclusive mode; select 'locked';\n")
        session.stdin.flush()
        assert session.stdout.readline().strip() == "locked"
        try:
            yield
        finally:
            session.stdin.close()
            session.wait(30)

    def waiting(self) -> int:
        """Statements of the api that wait for a lock."""
        return int(
            self.query(
                "select count(*) from pg_stat_activity where state = 'active' and wait_event_type = 'Lock'"
                " and application_name = 'portolan-api'"
            )
        )

    def run(self, *arguments: str) -> str:
        """Runs the command line against the first replica."""
        own = {"PORTOLAN_URL": f"http://127.0.0.1:{self.first.port}", "PORTOLAN_TOKEN": self.token, "PATH": os.environ["PATH"]}
        run = subprocess.run([BINARY, *arguments], check=False, env=own, capture_output=True, text=True, timeout=180)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def key(self, *scopes: str) -> str:
        """A key with these scopes, which sees the public libraries."""
        flags = [word for scope in scopes for word in ("--scope", scope)]
        run = subprocess.run(
            [BINARY, "keys", "create", "--name", f"agents-{time.monotonic_ns()}", "--role", "READER", *flags, "--json"],
            check=False,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return str(json.loads(run.stdout)["key"])

    def replica(self, **settings: str) -> Replica:
        """Starts one more process of the api."""
        port, admin = free_port(), free_port()
        own = {**self.environment, "PORTOLAN_PORT": str(port), "PORTOLAN_ADMIN_PORT": str(admin), **settings}
        with open(self.folder / f"api-{port}.log", "wb") as log:
            child = subprocess.Popen([BINARY, "api"], env=own, stdout=log, stderr=log)
        replica = Replica(child.pid, port, child)
        eventually(lambda: child.poll() is not None or _ready(admin), "a replica becomes ready")
        assert child.poll() is None, (self.folder / f"api-{port}.log").read_text()
        return replica

    def front(self, *replicas: Replica) -> str:
        """Starts nginx with the settings of docs/ingress.md in front of the replicas, and returns the address of the endpoint."""
        port = free_port()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="nginx-", dir=self.folder))
        settings = documented_settings()
        servers = "\n".join(f"    server 127.0.0.1:{replica.port};" for replica in replicas)
        settings = re.sub(r"(?m)^ +server [a-z0-9.:-]+;\n( +server [a-z0-9.:-]+;\n)*", servers + "\n", settings, count=1)
        for documented, own in [
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            ("/etc/nginx/docs.example.com.pem", str(self.certificate)),
            ("/etc/nginx/docs.example.com.key", str(self.certificate.with_suffix(".key"))),
            ("docs.example.com", "localhost"),
        ]:
            assert documented in settings, f"docs/ingress.md has no {documented}"
            settings = settings.replace(documented, own)
        temporary = "\n".join(f"    {name}_temp_path {folder}/{name};" for name in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        (folder / "nginx.conf").write_text(
            f"pid {folder}/pid;\nerror_log {folder}/error.log;\nworker_processes 1;\nevents {{ worker_connections 4096; }}\n"
            f"http {{\n    access_log {folder}/access.log;\n{temporary}\n{settings}\n}}\n"
        )
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
        self.nginx.append(subprocess.Popen([program, "-c", folder / "nginx.conf", "-e", folder / "error.log", "-g", "daemon off;"]))

        def answers() -> bool:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return True
            return False

        eventually(answers, "nginx answers")
        return f"https://localhost:{port}/mcp"


def documented_settings() -> str:
    """The block of settings in docs/ingress.md."""
    found = re.search(r"```nginx\n(.*?)```", (REPOSITORY / "docs/ingress.md").read_text(), re.DOTALL)
    assert found, "docs/ingress.md has no block of nginx settings"
    return found.group(1)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _api_of(state: pathlib.Path) -> int:
    """The api process of the stack in `state`."""
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError):
            if not entry.name.isdigit():
                continue
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"portolan") and words[1] == b"api" and str(state).encode() in (entry / "environ").read_bytes():
                return int(entry.name)
    raise ProcessLookupError("the stack has no api process")


def _certificate(folder: pathlib.Path) -> pathlib.Path:
    certificate = folder / "certificate.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            certificate.with_suffix(".key"),
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    return certificate


@contextlib.contextmanager
def deployment() -> Iterator[Deployment]:
    """A running deployment with two versions of a library in it."""
    with tempfile.TemporaryDirectory(prefix="portolan-agents-") as name:
        folder = pathlib.Path(name)
        # Postgres runs as another user.
        folder.chmod(0o755)
        state = folder / "state"
        (folder / "site").mkdir()
        site = Site(folder / "site")
        settings = {"PORTOLAN_RATE_LIMIT": "off", "PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8", "PORTOLAN_CRAWL_MAX_PAGES": "100"}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PORTOLAN_") or key.endswith("_DIR")}
        up = subprocess.run(
            [BINARY, "up", "--detach", "--no-ingest", "--port", "0", "--state", state],
            check=False,
            env={**kept, **settings},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert up.returncode == 0, up.stdout + up.stderr
        built: Deployment | None = None
        try:
            client = dict(line.split("=", 1) for line in (state / "client.env").read_text().splitlines() if "=" in line)
            process = _api_of(state)
            environ = pathlib.Path(f"/proc/{process}/environ").read_bytes().decode().split("\0")
            environment = dict(part.split("=", 1) for part in environ if "=" in part)
            first = Replica(process, int(client["PORTOLAN_URL"].strip("'\"").rsplit(":", 1)[1]))
            built = Deployment(folder, client["PORTOLAN_TOKEN"].strip("'\""), first, first, site, _certificate(folder), environment)
            built.second = built.replica()
            built.ingress = built.front(built.first, built.second)
            fill(built)
            yield built
        finally:
            site.close()
            if built:
                for server in built.nginx:
                    server.send_signal(signal.SIGTERM)
                    server.wait(30)
                if built.second is not built.first:
                    built.second.stop()
            subprocess.run([BINARY, "down", "--state", state], check=False, capture_output=True, timeout=120)


def fill(it: Deployment) -> None:
    """Ingests two versions of the library `gauges`: 1.0 with 40 pages, 2.0 with two."""
    for number in range(40):
        it.site.write(
            f"one/page{number}.html",
            f"Page {number}",
            f"Everything about gauge number {number}, which measures pressure. " * 3,
            tuple(f"page{other}.html" for other in range(1, 40)) if number == 0 else (),
        )
    it.site.write("two/page0.html", "Start of two", "The second edition of gauges measures temperature.", ("page1.html",))
    it.site.write("two/page1.html", "Calibration", "Calibrate a gauge with the command gaugectl calibrate.")
    for folder, version in [("one", "1.0"), ("two", "2.0")]:
        it.run(
            "ingest", "run", f"{it.site.url}/{folder}/page0.html", "--library", "gauges", "--version", version, "--depth", "10", "--wait"
        )
