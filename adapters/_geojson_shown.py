"""What map programs show of a record."""

from typing import Any

from adapters._geojson_read import Tree

HUES = {"Red": "#d7191c", "Orange": "#fd8d3c", "Yellow": "#f5d000", "Blue": "#2b83ba", "Green": "#1a9641", "White": "#ffffff", "Black": "#000000"}
HUES |= {"Extreme": HUES["Red"], "Severe": HUES["Orange"], "Moderate": HUES["Yellow"], "Minor": HUES["Blue"]}
HUES |= {"1": HUES["Red"], "2": HUES["Orange"], "3": HUES["Yellow"], "4": HUES["Blue"]}
PAINT = ("color", "marker-color", "stroke", "fill")
SHOWN = {"title", "description", "severity", "updated", "radius_km", *PAINT}


def shown(cls: type[Any], tree: Tree) -> Tree:
    """What a map likes to show."""
    info = next(iter(tree.get("infos", ())), tree)

    def first(names: str) -> Any:
        return next((value for name in names.split() for each in (info, tree) if (value := each.get(name)) not in (None, "", "Unknown")), None)

    look = {
        "title": first("name headline event resource_id incident_id identifier"),
        "description": first("description"),
        "severity": first("severity"),
        "updated": first("updated_at at sent"),
        **dict.fromkeys(PAINT, HUES.get(str(first("color level severity")))),
    }
    return {name: value for name, value in look.items() if name not in cls.model_fields}
