"""Every route into an ERP; a new one is a far side in a module of its own and one entry here."""

from functools import partial

from tests.contract.far_side import Route
from tests.contract.route_ecc import ecc_far_side
from tests.contract.route_files import files_far_side
from tests.contract.route_fusion import fusion_far_side
from tests.contract.route_import import import_far_side
from tests.contract.route_s4 import s4_far_side
from tests.contract.route_simulated import simulated_far_side

ROUTES = (
    Route("S/4 V4", s4_far_side),
    Route("S/4 V2", partial(s4_far_side, order_service="v2")),
    Route("ECC", ecc_far_side, wire=False),
    Route("Fusion", fusion_far_side, writes=3),
    Route("Fusion req.", partial(fusion_far_side, write_route="requisition"), writes=2),
    Route("Fusion file", import_far_side, wire=False, often=False),
    Route("files", files_far_side, wire=False),
    Route("simulated", simulated_far_side, wire=False),
)
NAMES = tuple(route.name for route in ROUTES)


def route(name: str) -> Route:
    return next(one for one in ROUTES if one.name == name)
