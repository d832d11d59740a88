import pytest

from app.orders import Line, Order, OrderError, StateConflict, discount_percent, parse_lines


def test_an_order_costs_what_its_lines_cost():
    order = Order(1, [Line("tea", 3, 450), Line("pot", 1, 2_900)])
    assert order.total_cents == 4_250


@pytest.mark.parametrize(("quantity", "percent"), [(1, 0), (19, 0), (20, 5), (99, 5), (100, 15), (1_000, 15)])
def test_many_pieces_of_one_item_cost_less(quantity, percent):
    assert discount_percent(quantity) == percent


@pytest.mark.parametrize(
    ("line", "cents"),
    [
        (Line("tea", 20, 99), 1_881),
        (Line("tea", 21, 33), 658),  # 658.35
        (Line("tea", 30, 33), 941),  # 940.5: half a cent goes to the shop
    ],
)
def test_a_discounted_line_is_rounded_to_whole_cents(line, cents):
    assert line.cents == cents


def test_an_order_is_placed_then_paid_then_shipped():
    order = Order(1, [Line("tea", 1, 450)])
    order.become("paid")
    order.become("shipped")
    assert order.as_json()["history"] == ["placed", "paid", "shipped"]


@pytest.mark.parametrize("way", [["shipped"], ["paid", "shipped", "cancelled"], ["cancelled", "paid"]])
def test_there_is_no_way_around_that(way):
    order = Order(7, [Line("tea", 1, 450)])
    for state in way[:-1]:
        order.become(state)
    with pytest.raises(StateConflict, match=f"cannot become {way[-1]}"):
        order.become(way[-1])


def test_a_state_must_be_one():
    with pytest.raises(OrderError, match="lost is not a state"):
        Order(1, []).become("lost")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (None, "at least one item"),
        ([], "at least one item"),
        (["tea"], "needs a sku"),
        ([{"sku": ""}], "needs a sku"),
        ([{"sku": "tea", "quantity": 0, "priceCents": 1}], "tea: quantity is a whole number"),
        ([{"sku": "tea", "quantity": True, "priceCents": 1}], "tea: quantity is a whole number"),
        ([{"sku": "tea", "quantity": 1_001, "priceCents": 1}], "at most 1000"),
        ([{"sku": "tea", "quantity": 1, "priceCents": 4.5}], "tea: priceCents is a whole number"),
    ],
)
def test_what_is_wrong_with_an_order_is_said(items, message):
    with pytest.raises(OrderError, match=message):
        parse_lines(items)
