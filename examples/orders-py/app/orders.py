"""What an order is, what it costs, and what may become of it. Money is in whole cents."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

MOST_OF_ONE_ITEM = 1_000

#: From this many pieces of one item on, that item costs this many percent less.
QUANTITY_DISCOUNTS = ((100, 15), (20, 5))

#: What an order in this state may become.
NEXT_STATES = {
    "placed": {"paid", "cancelled"},
    "paid": {"shipped", "cancelled"},
    "shipped": set(),
    "cancelled": set(),
}


class OrderError(Exception):
    """Something that the customer can put right."""


class UnknownOrder(OrderError):
    """There is no such order."""


class StateConflict(OrderError):
    """The order is there, but it is too late for that."""


@dataclass(frozen=True)
class Line:
    """One item of an order."""

    sku: str
    quantity: int
    price_cents: int

    @property
    def cents(self) -> int:
        """What the line costs, half a cent rounded up."""
        gross = self.quantity * self.price_cents
        net = Decimal(gross) * (100 - discount_percent(self.quantity)) / 100
        return int(net.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass
class Order:
    """What a customer ordered, and how far it got."""

    number: int
    lines: list[Line]
    state: str = "placed"
    history: list[str] = field(default_factory=lambda: ["placed"])

    @property
    def total_cents(self) -> int:
        return sum(line.cents for line in self.lines)

    def become(self, state: str) -> None:
        """Moves the order on. Raises `StateConflict` when there is no way from its state to that one."""
        if state not in NEXT_STATES:
            raise OrderError(f"{state} is not a state of an order")
        if state not in NEXT_STATES[self.state]:
            raise StateConflict(f"order {self.number} is {self.state} and cannot become {state}")
        self.state = state
        self.history.append(state)

    def as_json(self) -> dict:
        lines = [{"sku": line.sku, "quantity": line.quantity, "cents": line.cents} for line in self.lines]
        return {
            "number": self.number,
            "state": self.state,
            "history": self.history,
            "lines": lines,
            "totalCents": self.total_cents,
        }


def discount_percent(quantity: int) -> int:
    """The percentage that this many pieces of one item cost less."""
    return next((percent for pieces, percent in QUANTITY_DISCOUNTS if quantity >= pieces), 0)


def parse_lines(items: object) -> list[Line]:
    """The lines of an order as a customer sent them. Raises `OrderError` with what is wrong with the first bad one."""
    if not isinstance(items, list) or not items:
        raise OrderError('"items" must be a list with at least one item')
    return [parse_line(item) for item in items]


def parse_line(item: object) -> Line:
    if not isinstance(item, dict) or not isinstance(item.get("sku"), str) or not item["sku"]:
        raise OrderError("an item needs a sku")
    sku = item["sku"]
    quantity = whole_number(item.get("quantity"), f"{sku}: quantity")
    if quantity > MOST_OF_ONE_ITEM:
        raise OrderError(f"{sku}: at most {MOST_OF_ONE_ITEM} in one order")
    return Line(sku, quantity, whole_number(item.get("priceCents"), f"{sku}: priceCents"))


def whole_number(value: object, name: str) -> int:
    # In Python True is a 1 as well.
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise OrderError(f"{name} is a whole number from 1")
    return value
