"""Writes a route map with Python's own protobuf, compiled from the `.proto` files.

    python route_map.py PROTO_FOLDER SCRATCH_FOLDER > map.binpb

It says what `tonight.yaml` says, in an order and with positions of its own.
"""

import sys

from grpc_tools import protoc

protos, scratch = sys.argv[1:]
source = "routewright/v1/route_map.proto"
if protoc.main(["protoc", f"-I{protos}", f"--python_out={scratch}", source]) != 0:
    sys.exit("protoc does not compile it")
sys.path.insert(0, scratch)
from routewright.v1 import route_map_pb2 as pb  # noqa: E402

MS = 1_000_000
SECOND = 1_000 * MS

shadow, loot, audit = 0, 1, 2
route_map = pb.RouteMap(
    mode=pb.MODE_COMPLETE,
    version=1,
    consumers=["shadow", "loot", "audit"],
    fallback=pb.ResolvedRoute(to=[shadow]),
)


def route(name, **more):
    route_map.routes.append(pb.ResolvedRoute(name=name, **more))


def delivered(name, **more):
    """A route with the defaults of the definition, unless it says otherwise."""
    route(name, **{"timeout_ns": 250 * MS, "retries": 2, **more})


def arm(to, weight):
    return pb.ResolvedArm(to=to, weight=weight)


delivered("chat.**", to=[shadow], rank=-3)
delivered("map.**", to=[audit], retry_delay_ns=20 * MS)
route("player.*", drop="quiet night")
delivered(
    "treasure.item.sold",
    split=[arm(audit, 40), arm(loot, 60)],
    mirror=[pb.ResolvedMirror(to=shadow, share_ppm=500_000)],
)
delivered(
    "treasure.item.found",
    to=[audit, loot],
    timeout_ns=50 * MS,
    retries=5,
    priority=pb.PRIORITY_LOW,
)
for letter in "fedcba":
    delivered(f"treasure.{letter}", to=[loot])


def scalar(**kind):
    return pb.Scalar(**kind)


def setting(name, **value):
    route_map.settings.append(pb.SettingValue(name=name, **value))


setting("spawn_rate", scalar=scalar(float_value=0.4))
setting("decay", scalar=scalar(duration_ns=6 * SECOND))
setting("log_level", scalar=scalar(enum_value="debug"))
setting("season", scalar=scalar(timestamp=pb.Instant(seconds=-1, nanos=500 * MS)))
setting("share", scalar=scalar(percent_value=0.25))
setting("chunk", scalar=scalar(size_bytes=128 * 1024))
setting("motto", scalar=scalar(string_value="grüße, tief"))
setting(
    "delays",
    list=pb.ScalarList(elements=[scalar(duration_ns=n * SECOND) for n in (1, 3)]),
)
setting(
    "loot_table",
    table=pb.ScalarTable(
        rows=[
            pb.ScalarRow(cells=[scalar(string_value=item), scalar(int_value=weight)])
            for item, weight in (("gem", -7), ("dust", 90), ("map", 3))
        ]
    ),
)
setting("circuit_breaker.enabled", scalar=scalar(bool_value=False))
setting("circuit_breaker.open_after", scalar=scalar(int_value=7))

sys.stdout.buffer.write(route_map.SerializeToString())
