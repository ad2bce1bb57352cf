"""Times the Celery peer: jobs from the first `delay` to the last acknowledgement, with the worker running and warm.

usage: celery_rate.py FOLDER_OF_PEERS JOBS; Redis listens on 127.0.0.1:6390. Prints "N jobs/s".
"""
import os
import subprocess
import sys
import time

folder, count = sys.argv[1], int(sys.argv[2])
sys.path.insert(0, folder)
import redis  # noqa: E402
from peer_celery import app, ingest  # noqa: E402

server = redis.Redis(port=6390)


def drain(jobs):
    """Seconds that `jobs` jobs take."""
    begin = time.monotonic()
    for number in range(jobs):
        ingest.delay(f"https://example.org/{number}", "0" * 64)
    while server.llen("celery") or server.hlen("unacked"):
        time.sleep(0.005)
    return time.monotonic() - begin


worker = subprocess.Popen(
    [sys.executable, "-m", "celery", "-A", "peer_celery", "worker", "-c", "2", "-l", "error"],
    cwd="/tmp", env={**os.environ, "PYTHONPATH": folder, "C_FORCE_ROOT": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    until = time.monotonic() + 60
    while not app.control.ping(timeout=0.5):
        if time.monotonic() > until or worker.poll() is not None:
            sys.exit("the Celery worker did not start")
    drain(200)
    print(f"{count / drain(count):.1f} jobs/s")
finally:
    worker.terminate()
    worker.wait(20)
