"""All orders of this process."""

from threading import Lock

from app.orders import Order, UnknownOrder, parse_lines


class OrderBook:
    """Orders by number, in memory: an example has no database. Safe to use from several threads."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._lock = Lock()

    def place(self, items: object) -> dict:
        lines = parse_lines(items)
        with self._lock:
            order = Order(len(self._orders) + 1, lines)
            self._orders[order.number] = order
            return order.as_json()

    def find(self, number: int) -> dict:
        with self._lock:
            return self._find(number).as_json()

    def move(self, number: int, state: str) -> dict:
        with self._lock:
            order = self._find(number)
            order.become(state)
            return order.as_json()

    def _find(self, number: int) -> Order:
        if number not in self._orders:
            raise UnknownOrder(f"there is no order {number}")
        return self._orders[number]
