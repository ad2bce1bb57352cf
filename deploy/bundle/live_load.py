"""Asks an api for its documentations from some clients, each one request after another, until SIGTERM; then prints the answers by status.

`live_load.py PORT CLIENTS PAUSE`, with the token in LIVE_TOKEN. A process of its own: what asks must not wait for what the scenario does.
"""

import collections
import contextlib
import http.client
import json
import os
import signal
import sys
import threading

PATIENCE = 60


def client(port, pause, stopped, statuses):
    headers = {"Authorization": f"Bearer {os.environ['LIVE_TOKEN']}"}
    while not stopped.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        # The proxy closes connections when its weights change; that is no answer, and not counted.
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            for _ in range(50):
                connection.request("GET", "/v1/documentation", headers=headers)
                reply = connection.getresponse()
                reply.read()
                statuses[reply.status] += 1
                if stopped.wait(pause):
                    break


def main(port, clients, pause):
    stopped, statuses = threading.Event(), collections.Counter()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    threads = [threading.Thread(target=client, args=(port, pause, stopped, statuses)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    # Not join alone: a signal has to be seen.
    while not stopped.wait(0.2):
        pass
    for thread in threads:
        thread.join()
    print(json.dumps(statuses))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
