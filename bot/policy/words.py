"""The closed lists of words that policies use.

It says what each word stands for and nothing about who may use it where.
"""

from enum import IntEnum, StrEnum


class Mode(StrEnum):
    """How much the bot may do alone, from least to most."""

    OBSERVE = "observe"
    SHADOW = "shadow"
    SUGGEST = "suggest"
    ASSIST = "assist"
    AUTONOMOUS = "autonomous"


class Objective(StrEnum):
    """What the order-up-to level is chosen by."""

    COST = "cost"
    FILL_RATE = "fill_rate"
    CYCLE_SERVICE = "cycle_service"


class UnmetDemand(StrEnum):
    """What happens to demand that finds no stock."""

    LOST = "lost"
    BACKORDER = "backorder"


class ShortagePer(StrEnum):
    """What `shortage_cost` is paid for: a unit once, or a unit for every week it is short."""

    UNIT = "unit"
    UNIT_WEEK = "unit_week"


class FreezeAction(StrEnum):
    """What a freeze does to orders of its rows."""

    HOLD = "hold"
    APPROVE_ALL = "approve_all"


class BreakerAction(StrEnum):
    """What an open breaker does to all orders of the run."""

    HOLD_ALL = "hold_all"
    APPROVE_ALL = "approve_all"


class Watch(StrEnum):
    """Figures of a run that a breaker can watch."""

    STOCK_ROWS_DROP_PCT = "stock_rows_drop_pct"
    FORECAST_TOTAL_CHANGE_PCT = "forecast_total_change_pct"
    REJECTED_SHARE_LAST_50_PCT = "rejected_share_last_50_pct"
    ERP_ERRORS_IN_A_ROW = "erp_errors_in_a_row"


class OnTimeout(StrEnum):
    """What happens to a draft that nobody decided; approving is not among it."""

    HOLD = "hold"
    CANCEL = "cancel"
    ESCALATE = "escalate"


class AlwaysFor(StrEnum):
    """Circumstances in which a person approves whatever the limits say."""

    NEW_SUPPLIER = "new_supplier"
    NEW_ITEM = "new_item"
    PRICE_ABOVE_LIMIT = "price_above_limit"
    SUPPLIER_ADDRESS_CHANGED = "supplier_address_changed"


ALWAYS_FOR = (AlwaysFor.NEW_SUPPLIER, AlwaysFor.NEW_ITEM, AlwaysFor.PRICE_ABOVE_LIMIT)  # what a guard looks at


class Layer(IntEnum):
    """Where a rule stands; a higher layer overrides the settings of a lower one."""

    DEFAULTS = 0
    CATEGORY = 1
    SUPPLIER = 2
    LOCATION = 3
    ITEM = 4


class Merge(StrEnum):
    """How the values that several layers give to one key become one."""

    REPLACE = "replace"
    MAX = "max"
    MIN = "min"
    SUM = "sum"
