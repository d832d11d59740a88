import json
import threading
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from app.healthcheck import is_healthy
from app.server import MOST_BODY_BYTES, OrderServer

TEA = {"sku": "tea", "quantity": 2, "priceCents": 450}


@pytest.fixture
def server():
    with OrderServer("127.0.0.1", 0, "c0ffee") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def call(server):
    """Asks the service: status and body of the answer."""
    opener = build_opener(ProxyHandler({}))

    def ask(path, body=None, headers={}):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{server.server_port}{path}", data, headers)
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    return ask


def test_it_says_which_commit_it_is(call):
    assert call("/version") == (200, {"commit": "c0ffee"})


def test_it_is_healthy_while_it_serves(server, call):
    assert call("/healthz") == (200, {"status": "ok"})
    assert is_healthy(server.server_port)


def test_a_port_where_nobody_serves_is_not_healthy():
    assert not is_healthy(1)


def test_an_order_is_placed_and_found(call):
    status, order = call("/orders", {"items": [TEA]})
    assert (status, order["number"], order["state"], order["totalCents"]) == (201, 1, "placed", 900)
    assert call("/orders/1") == (200, order)
    assert call("/orders", {"items": [TEA]})[1]["number"] == 2


def test_an_order_moves_on(call):
    call("/orders", {"items": [TEA]})
    assert call("/orders/1/state", {"state": "paid"})[1]["state"] == "paid"
    assert call("/orders/1/state", {"state": "placed"})[0] == 409


@pytest.mark.parametrize("path", ["/orders/1", "/orders", "/orders/x", "/admin"])
def test_what_is_not_there_is_not_found(call, path):
    assert call(path)[0] == 404


def test_nothing_else_can_be_asked_for(call):
    assert call("/admin", {})[0] == 404
    assert call("/orders/1/state", {"state": "paid"})[0] == 404


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b"\xff"])
def test_a_body_that_is_no_order_is_refused(call, body):
    assert call("/orders", body)[0] == 422


@pytest.mark.parametrize("length", ["-1", "many", str(MOST_BODY_BYTES + 1)])
def test_a_body_without_a_sensible_length_is_refused(call, length):
    assert call("/orders", b"", {"content-length": length})[0] == 422


def test_a_bug_is_an_answer_too(server, call):
    server.book = None
    assert call("/orders/1") == (500, {"error": "something went wrong"})
