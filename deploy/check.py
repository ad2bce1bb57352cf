"""Checks deploy/compose.yaml and deploy/Dockerfile against what the services promise; called by deploy/check."""

import pathlib
import sys

import yaml

folder = pathlib.Path(__file__).parent
compose = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))
image = (folder / "Dockerfile").read_text(encoding="utf-8")
problems = []


def require(condition, text):
    if not condition:
        problems.append(text)


services = compose.get("services", {})
require(set(services) == {"db", "redis", "migrate", "api", "worker", "scheduler"}, f"services are {sorted(services)}")
gates = {
    "migrate": {"db": "service_healthy"},
    **{
        role: {"db": "service_healthy", "redis": "service_healthy", "migrate": "service_completed_successfully"}
        for role in ("api", "worker", "scheduler")
    },
}
for name, wanted in gates.items():
    found = {key: value.get("condition") for key, value in services.get(name, {}).get("depends_on", {}).items()}
    require(found == wanted, f"{name} waits for {found}, not {wanted}")
    require(services.get(name, {}).get("command") == [name], f"{name} does not run the role of its name")
    require(services.get(name, {}).get("read_only") is True, f"{name} can write to its image")

for name in gates:
    require(services[name].get("env_file") == [{"path": "../.env", "required": False}], f"{name} does not see the settings of .env")
    fixed = {"PORTOLAN_DATABASE_URL", "PORTOLAN_REDIS_URL", "PORTOLAN_BIND", "PORTOLAN_PORT", "PORTOLAN_ADMIN_PORT"}
    require(fixed <= set(services[name]["environment"]), f"{name} leaves to .env what the services depend on")

health = {"db": ("5s", "5s", 20), "redis": ("5s", "3s", 10), "api": ("10s", "3s", 5), "worker": ("10s", "3s", 5), "scheduler": ("10s", "3s", 5)}
for name, (interval, timeout, retries) in health.items():
    check = services.get(name, {}).get("healthcheck", {})
    found = (check.get("interval"), check.get("timeout"), check.get("retries"))
    require(found == (interval, timeout, retries), f"{name} is checked {found}")
    require(check.get("test"), f"{name} has no health command")
for name in ("api", "worker", "scheduler"):
    require("9464/readyz" in str(services[name]["healthcheck"].get("test")), f"{name} is not asked on /readyz of the admin port")
    require(services[name].get("stop_grace_period"), f"{name} has no time to drain")
require(services.get("migrate", {}).get("restart") == "no", "migrate would run again and again")

storage = [services[name].get("volumes") for name in ("worker", "scheduler")]
require(storage[0] and storage[0] == storage[1], f"the scheduler repairs archives that it does not see: {storage}")

declared = set(compose.get("volumes", {}))
used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", []) if isinstance(volume, str)}
require(used <= declared and {"db-data"} <= declared, f"volumes {sorted(used)} are not all declared: {sorted(declared)}")
published = [str(port) for name in services for port in services[name].get("ports", [])]
require(all(port.startswith("127.0.0.1:") or port.startswith("${") for port in published), f"ports open to all: {published}")

for text in ("ARG BUILDER", "ARG BASE", "FROM ${BUILDER}", "FROM ${BASE}", "USER 10001", "ENTRYPOINT", "org.opencontainers.image.version="):
    require(text in image, f"the Dockerfile has no line with {text!r}")

for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
