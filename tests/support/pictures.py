"""Deployments of any size for diagrams, and the strings of a picture with their positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from hypothesis import strategies as st

from colonnade.diagrams.deployed import INTERNET, Call, Deployed, Listener, Rule, Service, Share, Subnet
from colonnade.diagrams.lettering import text_width

SVG = "{http://www.w3.org/2000/svg}"
_NAMES = st.from_regex("[a-z][a-z0-9-]{0,12}", fullmatch=True) | st.from_regex("[a-z][a-z0-9-]{50,62}", fullmatch=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A string and its rectangle."""

    words: str
    left: float
    right: float
    top: float
    bottom: float

    def touches(self, other: Written) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def texts(picture: str) -> Iterator[Written]:
    """Yield every visible string of an SVG document, with the width in the widest font."""
    heights = {"title": 21, "heading": 14, "name": 14, "code": 13, "small": 12, "detail": 12}
    for element in ElementTree.fromstring(picture).iter(f"{SVG}text"):  # noqa: S314
        kind = element.attrib["class"].split()[0]
        words, x, y = element.text or "", float(element.attrib["x"]), float(element.attrib["y"])
        width = text_width(words, kind)
        left = x - width if element.get("text-anchor") == "end" else x
        yield Written(words=words, left=left, right=left + width, top=y - heights[kind] * 0.8, bottom=y + 3)


@st.composite
def deployments(draw: st.DrawFn) -> Deployed:
    """Draw a deployment: one to ten services with names of any length, rules, calls, and one to four zones."""
    names = draw(st.lists(_NAMES, min_size=1, max_size=10, unique=True))
    services = [_service(name, draw(st.integers(0, 1000)), draw(st.booleans())) for name in names]
    shares = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    rules = [
        Rule(priority=place + 1, conditions=(f"/{name}", f"/{name}/*"), shares=_shares(draw(shares)))
        for place, name in enumerate(names)
    ]
    default = Rule(priority=None, conditions=(), answer=draw(st.text("ab <>&\"'{}", max_size=80)))
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda pair: pair[0] != pair[1])
    calls = draw(st.sets(pairs, max_size=12)) if len(names) > 1 else set()
    zones = draw(st.integers(1, 4))
    return Deployed(
        name=draw(_NAMES),
        environment="prod",
        region="eu-west-1",
        phases={},
        load_balancer=draw(_NAMES)[:32],
        domain_name=draw(st.none() | _NAMES.map(lambda name: f"{name}.example.com")),
        internal=False,
        clients=(INTERNET,),
        open_ports=(80, 443),
        listeners=(Listener(port=443, protocol="HTTPS", rules=(*rules, default)),),
        services=tuple(services),
        calls=tuple(Call(caller=caller, callee=callee) for caller, callee in sorted(calls)),
        vpc_cidr="192.168.100.0/20",
        subnets=tuple(_subnet(zone, public) for public in (True, False) for zone in range(zones)),
        state=(draw(_NAMES), f"prod/{draw(_NAMES)}/terraform.tfstate"),
        added=tuple(f"aws_s3_bucket.{name}" for name in draw(st.lists(_NAMES, max_size=9))),
    )


def _service(name: str, task_count: int, named: bool) -> Service:
    return Service(
        name=name,
        port=65_535,
        task_count=task_count,
        capacity="FARGATE + FARGATE_SPOT",
        architecture="X86_64",
        cpu_units=16_384,
        memory_mib=122_880,
        discovery_name=f"{name}.namespace" if named else None,
    )


def _shares(names: list[str]) -> tuple[Share, ...]:
    return tuple(Share(service=name, percent=round(100 / len(names), 1)) for name in names)


def _subnet(zone: int, public: bool) -> Subnet:
    cidr_block = f"192.168.{100 + zone}.{128 * public}/25"
    return Subnet(zone=f"zone {zone + 1}", cidr_block=cidr_block, public=public, has_nat_gateway=public)
