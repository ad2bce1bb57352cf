"""Real programs for the live scenarios: the embedded stack, more api processes beside it, nginx that splits requests, Prometheus, a load.

Everything listens on free ports of the loopback and lies below one folder; leaving a context ends what it has started.
"""

import asyncio
import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.request

import exported

PATIENCE = 60
SOCKET = ".s.PGSQL.5432"


def until(what, condition, patience=PATIENCE):
    """Waits for a condition, and tells what did not come."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise SystemExit(f"{what} did not come within {patience} s")


def answers(port, path="/"):
    """The status that a port answers with, or 0."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status
    except OSError:
        return 0


@dataclasses.dataclass
class Process:
    """A role that runs: its public port, its admin port."""

    child: subprocess.Popen
    public: int
    admin: int


class Stack:
    """The embedded stack of a binary, with its own state."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.state = self.folder / "state"
        self.token = "a-token-of-the-live-scenarios"
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("PORTOLAN_")}
        self.environment |= {"PORTOLAN_TOKEN": self.token, "PORTOLAN_RATE_LIMIT": "off", "PORTOLAN_LOG_LEVEL": "warning"}

    def __enter__(self):
        # Its servers run as a user of their own, which must reach the state below the temporary folder.
        self.folder.chmod(0o755)
        self.run("up", "--detach", "--state", str(self.state), "--port", "0", "--no-ingest")
        return self

    def __exit__(self, *_):
        subprocess.run([self.binary, "down", "--state", self.state], env=self.environment, capture_output=True)

    def run(self, *arguments, **variables):
        result = subprocess.run([self.binary, *arguments], env=self.environment | variables, capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"portolan {arguments[0]}: {result.stdout}{result.stderr}")

    def database(self, name="portolan", sockets=None):
        """The address of a database, by the folder of its socket."""
        return f"postgresql://portolan@/{name}?host={sockets or self.state / 'postgres'}"

    def broken_database(self):
        """A database whose schema is that of the release but for a table: what reads it fails, and the process is ready."""
        psql = next(pathlib.Path(exported_tools() / "postgres").glob("*/pginstall18/bin/psql"))
        command = [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command"]
        subprocess.run([*command, "create database broken", self.database()], check=True, capture_output=True)
        self.run("migrate", PORTOLAN_DATABASE_URL=self.database("broken"))
        statement = "alter table portolan.documentation rename to documentation_that_was"
        subprocess.run([*command, statement, self.database("broken")], check=True, capture_output=True)
        return self.database("broken")

    @contextlib.contextmanager
    def api(self, database, **more):
        """An api process on a database, with more variables, once it is ready."""
        variables = {
            "PORTOLAN_DATABASE_URL": database,
            "PORTOLAN_REDIS_URL": f"redis+unix://{self.state / 'redis/redis.sock'}",
            "PORTOLAN_PORT": "0",
            "PORTOLAN_ADMIN_PORT": "0",
            "PORTOLAN_EMBEDDER": "none",
            "PORTOLAN_START_TIMEOUT_SECONDS": "120",
        }
        with (self.folder / "api.log").open("ab") as log:
            child = subprocess.Popen([self.binary, "api"], env=self.environment | variables | more, stdout=log, stderr=log)
        try:
            yield until("an api that is ready", lambda: ready(child))
        finally:
            child.kill()
            child.wait()


def ready(child):
    """The process when it has both ports and is ready; the admin port is the one that knows /readyz."""
    if child.poll() is not None:
        raise SystemExit(f"an api ended with {child.returncode}")
    ports = exported.listening(child.pid)
    admin = [port for port in ports if answers(port, "/readyz") == 200]
    return Process(child, next(port for port in ports if port != admin[0]), admin[0]) if admin and len(ports) == 2 else None


def exported_tools():
    """Where deploy/setup has installed."""
    default = "/opt/portolan" if os.geteuid() == 0 else pathlib.Path.home() / ".local/share/portolan"
    return pathlib.Path(os.environ.get("PORTOLAN_TOOLS_DIR", default))


@contextlib.contextmanager
def slow_database(stack, folder, seconds):
    """A folder with a socket through which every answer of Postgres comes `seconds` late."""
    place = pathlib.Path(folder) / "slow-socket"
    place.mkdir()
    loop = asyncio.new_event_loop()

    async def pump(reader, writer, delay):
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(65536):
                await asyncio.sleep(delay)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def relay(reader, writer):
        behind = await asyncio.open_unix_connection(stack.state / "postgres" / SOCKET)
        await asyncio.gather(pump(reader, behind[1], 0), pump(behind[0], writer, seconds))

    def serve():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(asyncio.start_unix_server(relay, place / SOCKET))
        loop.run_forever()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    until("the slow socket", (place / SOCKET).exists)
    try:
        yield place
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


class Proxy:
    """nginx that splits requests over the tracks by weight, as the route of a cluster says: it follows the changes of one in memory."""

    def __init__(self, program, folder, cluster, port):
        self.program, self.folder, self.cluster, self.port = program, pathlib.Path(folder) / "nginx", cluster, port
        self.folder.mkdir()
        self.backends, self.weights, self.stopped = {}, [100, 0, 0], threading.Event()

    def config(self):
        stable, baseline, canary = self.weights
        ports = {track: process.public for track, process in self.backends.items()}
        shares = [(ports["canary"], canary), (ports["baseline"], baseline), (ports["stable"], stable)]
        known = [(port, share) for port, share in shares if share]
        lines = [f"{share}% 127.0.0.1:{port};" for port, share in known[:-1]] + [f"* 127.0.0.1:{known[-1][0]};"]
        return f"""
worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/error.log; {"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy; fastcgi_temp_path {self.folder}/fastcgi;
  uwsgi_temp_path {self.folder}/uwsgi; scgi_temp_path {self.folder}/scgi;
  split_clients "$request_id" $backend {{ {" ".join(lines)} }}
  server {{
    listen 127.0.0.1:{self.port};
    location / {{ proxy_pass http://$backend; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""

    def apply(self, *more):
        (self.folder / "nginx.conf").write_text(self.config(), encoding="utf-8")
        command = [self.program, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log", *more]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"nginx: {result.stderr}")

    def follow(self):
        seen = 0
        while not self.stopped.wait(0.05):
            if len(self.cluster.weights) > seen:
                seen = len(self.cluster.weights)
                self.weights = list(self.cluster.weights[-1][1][-1].values())
                self.apply("-s", "reload")

    def __enter__(self):
        self.apply()
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()
        subprocess.run([self.program, "-p", self.folder, "-c", self.folder / "nginx.conf", "-s", "stop"], capture_output=True)


class Load:
    """Some two hundred requests a second until the context is left: enough to judge by, and not so many that they make answers late."""

    def __init__(self, port, token, clients=6, pause=0.02):
        self.command = [sys.executable, pathlib.Path(__file__).with_name("live_load.py"), str(port), str(clients), str(pause)]
        self.environment, self.statuses = {**os.environ, "LIVE_TOKEN": token}, {}

    def __enter__(self):
        self.child = subprocess.Popen(self.command, env=self.environment, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.statuses = {int(status): count for status, count in json.loads(self.child.communicate()[0] or "{}").items()}


@contextlib.contextmanager
def program(command, what, probe="/-/ready"):
    """A server that is asked whether it is ready on its first port; gives its address and process."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def address():
        if child.poll() is not None:
            raise SystemExit(f"{what} ended with {child.returncode}")
        return next((f"http://127.0.0.1:{port}" for port in exported.listening(child.pid) if answers(port, probe) == 200), None)

    try:
        yield until(what, address), child
    finally:
        child.terminate()
        child.wait()


def asked(address, query):
    """The first value of an instant query, or None."""
    url = f"{address}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
        result = json.load(reply)["data"]["result"]
    return float(result[0]["value"][1]) if result else None
