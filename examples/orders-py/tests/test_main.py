import os
import re
import signal
import subprocess
import sys


def test_it_serves_until_it_is_told_to_stop():
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": "0", "COMMIT_SHA": "c0ffee"}
    command = [sys.executable, "-m", "app"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert re.fullmatch(r"orders c0ffee listens on 127\.0\.0\.1:\d+\n", service.stdout.readline())
            service.send_signal(signal.SIGTERM)
            assert service.wait(timeout=10) == 0
        finally:
            service.kill()
