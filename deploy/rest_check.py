"""Checks a running Portolan against its own description: `rest_check.py URL TOKEN`.

The description must be valid OpenAPI 3.1, and schemathesis, with every check that it has, must find no reply that breaks it, over at
least 50 examples of every operation. Runs on the Python environment of deploy/setup. Changes and deletes what it finds: not for a
deployment that somebody uses.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

from openapi_spec_validator import OpenAPIV31SpecValidator

FOLDER = pathlib.Path(__file__).parent / "rest"


def send(url: str, token: str, body: dict[str, object]) -> None:
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30):
        pass


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--examples", type=int, default=50)
    options, rest = parser.parse_known_args()
    with urllib.request.urlopen(f"{options.url}/openapi.json", timeout=30) as reply:
        description = json.load(reply)
    OpenAPIV31SpecValidator(description).validate()
    operations = sum(len(methods) for methods in description["paths"].values())
    print(f"openapi: valid, {operations} operations", flush=True)
    # Something of each kind to ask for.
    send(f"{options.url}/v1/sources", options.token, {"web_url": "https://docs.invalid/", "library": "checked"})
    environment = {
        **os.environ,
        "PORTOLAN_CHECK_URL": options.url,
        "PORTOLAN_CHECK_TOKEN": options.token,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(FOLDER),
        "PYTHONDONTWRITEBYTECODE": "1",
        "no_proxy": "127.0.0.1,localhost",
    }
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"),
        "--config-file", str(FOLDER / "schemathesis.toml"),
        "run", f"{options.url}/openapi.json",
        "--checks", "all", "--max-examples", str(options.examples), "--workers", "1",
        "--header", f"Authorization: Bearer {options.token}",
        *rest,
    ]  # fmt: skip
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
