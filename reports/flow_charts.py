"""A picture of the ways between stages: one column for each open stage, the ends in the last."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from deals.models import Stage
from reports.queries.flows import Flow

WIDTH = 1000  # of a drawing that is stretched to the page
NODE = 10  # how wide a stage is drawn
TALLEST, TOP, GAP = 160, 6, 14
UNDER = 60  # for the ways back
LEAST = 1.0
ON = "var(--ch-2)"
FILLS = {"won": "var(--ch-1)", "lost": "var(--ch-3)", "archived": "var(--ch-4)", "back": "var(--ch-3)"}


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    stage: Stage
    x: float
    y: float
    height: float
    fill: str

    @property
    def place(self) -> dict[str, str]:
        """With a dot, whatever the language."""
        return {"x": f"{self.x:.1f}", "y": f"{self.y:.1f}", "height": f"{self.height:.1f}"}


@dataclasses.dataclass(frozen=True, slots=True)
class Band:
    path: str
    width: str
    fill: str
    is_back: bool


@dataclasses.dataclass(frozen=True, slots=True)
class FlowChart:
    columns: Sequence[str]  # what stands under each column
    nodes: Sequence[Node]
    bands: Sequence[Band]
    height: int
    width: int = WIDTH
    node_width: int = NODE


def draw(stages: Iterable[Stage], flows: Sequence[Flow], ends: str) -> FlowChart | None:
    """Draw the ways; None where there is none. `ends` names the last column."""
    opened = [stage for stage in stages if stage.kind == Stage.Kind.OPEN]
    passed = _passed(flows)
    closed = [stage for stage in stages if stage.kind != Stage.Kind.OPEN and passed.get(stage.pk)]
    if not passed:
        return None
    scale = TALLEST / max(passed.values())
    nodes = _nodes(opened, closed, passed, scale)
    columns = [stage.name for stage in opened] + ([ends] if closed else [])
    bands = _bands(nodes, flows, scale)
    lowest = max(node.y + node.height for node in nodes.values())
    height = round(lowest) + (UNDER if any(band.is_back for band in bands) else TOP)
    return FlowChart(columns, list(nodes.values()), bands, height)


def _passed(flows: Sequence[Flow]) -> dict[Any, int]:
    """How many deals came to each stage or left it, whichever is more: so thick it is drawn."""
    came: dict[Any, int] = {}
    left: dict[Any, int] = {}
    for flow in flows:
        came[flow.to_stage] = came.get(flow.to_stage, 0) + flow.deals
        if flow.from_stage is not None:
            left[flow.from_stage] = left.get(flow.from_stage, 0) + flow.deals
    return {stage: max(came.get(stage, 0), left.get(stage, 0)) for stage in {*came, *left}}


def _nodes(
    opened: Sequence[Stage], closed: Sequence[Stage], passed: Mapping[Any, int], scale: float
) -> dict[Any, Node]:
    step = WIDTH / (len(opened) + bool(closed))
    nodes = {
        stage.pk: Node(
            stage, step * (index + 0.5) - NODE / 2, TOP, _thick(passed.get(stage.pk, 0), scale), ON
        )
        for index, stage in enumerate(opened)
    }
    y = float(TOP)
    for stage in sorted(closed, key=lambda one: one.kind != Stage.Kind.WON):
        height = _thick(passed[stage.pk], scale)
        nodes[stage.pk] = Node(stage, step * (len(opened) + 0.5) - NODE / 2, y, height, FILLS[stage.kind])
        y += height + GAP
    return nodes


def _thick(count: int, scale: float) -> float:
    return max(count * scale, LEAST) if count else 0.0


def _bands(nodes: Mapping[Any, Node], flows: Sequence[Flow], scale: float) -> list[Band]:
    """Lay the bands edge to edge, so that they cross as little as may be: what leads farther lies lower."""
    ways = [flow for flow in flows if flow.from_stage in nodes and flow.to_stage in nodes]
    ways.sort(key=lambda flow: (nodes[flow.to_stage].x, nodes[flow.to_stage].y, -nodes[flow.from_stage].x))
    left = dict.fromkeys(nodes, 0.0)
    came = dict.fromkeys(nodes, 0.0)
    bands = []
    for flow in ways:
        origin, target, thick = nodes[flow.from_stage], nodes[flow.to_stage], _thick(flow.deals, scale)
        if origin.x >= target.x:
            bands.append(_back(origin, target, thick))
            continue
        start, end = origin.y + left[flow.from_stage], target.y + came[flow.to_stage]
        left[flow.from_stage] += thick
        came[flow.to_stage] += thick
        bands.append(
            _forth(origin, target, start + thick / 2, end + thick / 2, thick, FILLS.get(flow.way, ON))
        )
    return bands


def _forth(origin: Node, target: Node, start: float, end: float, thick: float, fill: str) -> Band:
    x1, x2 = origin.x + NODE, target.x
    middle = (x1 + x2) / 2
    path = f"M{x1:.1f},{start:.1f}C{middle:.1f},{start:.1f} {middle:.1f},{end:.1f} {x2:.1f},{end:.1f}"
    return Band(path, f"{thick:.1f}", fill, is_back=False)


def _back(origin: Node, target: Node, thick: float) -> Band:
    """A step back runs under the stages."""
    x1, x2 = origin.x + NODE / 2, target.x + NODE / 2
    low = min(
        max(origin.y + origin.height, target.y + target.height) + 24 + (x1 - x2) / 30, TOP + TALLEST + UNDER
    )
    path = (
        f"M{x1:.1f},{origin.y + origin.height:.1f}C{x1:.1f},{low:.1f} {x2:.1f},{low:.1f} "
        f"{x2:.1f},{target.y + target.height:.1f}"
    )
    return Band(path, f"{min(max(thick, 1.5), 6):.1f}", FILLS["back"], is_back=True)
