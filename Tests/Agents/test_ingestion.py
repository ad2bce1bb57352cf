"""Ingestion over the protocol: as a tool, and as a task for clients that take tasks."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from clients import CLIENTS, MODES, READING, call, connected
from deployment import Deployment, eventually
from wire import TASKS, Wire

TAKES_TASKS = {"extensions": {TASKS: {}}}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("mode", MODES)
async def test_a_job_is_started_and_followed(it: Deployment, kind: str, mode: str) -> None:
    library = f"started-{kind}-{mode}"
    it.site.write(f"{library}/page0.html", "Started", "Something to read.")
    async with connected(kind, mode, it.ingress, it.headers, it.trust) as agent:
        job = await call(agent, "ingest_documentation", web_url=f"{it.site.url}/{library}/page0.html", library=library)
        while job["status"] not in ("COMPLETED", "FAILED", "STOPPED"):
            job = await call(agent, "get_ingestion_status", job_id=job["job_id"])
        assert job["status"] == "COMPLETED" and job["progress_percent"] == 100, job
        found = await call(agent, "search_documentation", query="something to read", library=library)
        assert found["results"]


def _start(it: Deployment, wire: Wire, library: str, pages: int = 1, slow: bool = False) -> dict[str, Any]:
    prefix = "slow" if slow else "page"
    for number in range(pages):
        it.site.write(
            f"{library}/{prefix}{number}.html",
            f"Page {number}",
            "Something to read.",
            tuple(f"{prefix}{other}.html" for other in range(1, pages)) if number == 0 else (),
        )
    arguments = {"web_url": f"{it.site.url}/{library}/{prefix}0.html", "library": library, "crawl_depth": 10}
    return wire.call("ingest_documentation", arguments, TAKES_TASKS)


def _follow(wire: Wire, task: str) -> dict[str, Any]:
    state: dict[str, Any] = {}

    def ended() -> bool:
        state.update(wire.result("tasks/get", {"taskId": task}, TAKES_TASKS))
        return state["status"] not in ("working", "input_required")

    eventually(ended, "the task ends")
    return state


def test_a_task_is_there_before_its_name_is_and_ends_with_the_job(it: Deployment) -> None:
    wire = Wire(it, it.ingress)
    task = _start(it, wire, "task-done")
    assert task["resultType"] == "task" and task["status"] == "working" and task["pollIntervalMs"] > 0
    assert it.query(f"select count(*) from portolan.job where id = '{task['taskId']}'") == "1"
    # Either replica knows it.
    for replica in (it.first, it.second):
        assert Wire(it, replica.url).result("tasks/get", {"taskId": task["taskId"]}, TAKES_TASKS)["taskId"] == task["taskId"]
    ended = _follow(wire, task["taskId"])
    assert ended["status"] == "completed" and ended["result"]["structuredContent"]["status"] == "COMPLETED"


def test_a_client_that_takes_no_tasks_gets_the_job(it: Deployment) -> None:
    it.site.write("no-task/page0.html", "No task", "Something to read.")
    result = Wire(it, it.ingress).call("ingest_documentation", {"web_url": f"{it.site.url}/no-task/page0.html", "library": "no-task"})
    assert result["resultType"] == "complete" and result["structuredContent"]["status"] == "PENDING"


def test_cancelling_a_task_stops_the_job(it: Deployment) -> None:
    wire = Wire(it, it.ingress)
    task = _start(it, wire, "task-stopped", pages=60, slow=True)["taskId"]
    eventually(lambda: it.query(f"select status from portolan.job where id = '{task}'") == "CRAWLING", "the job runs")
    assert wire.result("tasks/cancel", {"taskId": task}, TAKES_TASKS)["resultType"] == "complete"
    assert _follow(wire, task)["status"] == "cancelled"
    assert it.query(f"select status from portolan.job where id = '{task}'") == "STOPPED"


def test_a_failed_job_is_a_task_whose_tool_failed(it: Deployment) -> None:
    wire = Wire(it, it.ingress)
    arguments = {"web_url": f"{it.site.url}/nothing/here.html", "library": "task-failed"}
    task = wire.call("ingest_documentation", arguments, TAKES_TASKS)["taskId"]
    ended = _follow(wire, task)
    assert ended["status"] == "completed" and ended["result"]["isError"] is True
    assert ended["result"]["structuredContent"]["status"] == "FAILED"


def test_a_task_survives_the_replica_that_took_it(it: Deployment) -> None:
    replica = it.replica()
    task = _start(it, Wire(it, replica.url), "task-orphan", pages=3)["taskId"]
    os.kill(replica.process, signal.SIGKILL)
    assert _follow(Wire(it, it.second.url), task)["status"] == "completed"
    replica.stop()


def test_tasks_are_for_those_who_may_ingest_and_declare_them(it: Deployment) -> None:
    task = _start(it, Wire(it, it.ingress), "task-private")["taskId"]
    reader = Wire(it, it.ingress, token=it.key("docs:read"))
    assert {tool["name"] for tool in reader.result("tools/list")["tools"]} == READING
    assert reader.send("tasks/get", {"taskId": task}, TAKES_TASKS).json()["error"]["code"] == -32602
    assert reader.send("tools/call", {"name": "ingest_documentation", "arguments": {}}).json()["error"]["code"] == -32602
    undeclared = Wire(it, it.ingress).send("tasks/get", {"taskId": task})
    assert undeclared.status_code == 400 and undeclared.json()["error"]["code"] == -32021
    unknown = Wire(it, it.ingress).send("tasks/get", {"taskId": "0198c0de-0000-7000-8000-000000000000"}, TAKES_TASKS)
    assert unknown.json()["error"]["code"] == -32602
