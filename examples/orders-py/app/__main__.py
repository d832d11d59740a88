"""python -m app: serves on HOST and PORT until SIGTERM."""

import os
import signal
import threading

from app.server import OrderServer


def main() -> None:
    host, port = os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))
    commit = os.environ.get("COMMIT_SHA") or "unknown"
    with OrderServer(host, port, commit) as server:

        def stop(*_: object) -> None:
            # `shutdown` waits for `serve_forever`, which runs in the thread that was interrupted.
            threading.Thread(target=server.shutdown).start()

        # ECS sends SIGTERM and waits: requests in progress are answered, new ones go elsewhere.
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        print(f"orders {commit} listens on {host}:{server.server_port}", flush=True)
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
