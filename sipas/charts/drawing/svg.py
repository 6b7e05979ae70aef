"""Clean SVG files: titled, described, half as long as matplotlib writes them, and without styles."""

from __future__ import annotations

import re
from typing import cast
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_ALONG = re.compile(r"translate\(([\d.]+) 0\)")


def cleaned(svg: bytes, title: str, description: str) -> bytes:
    """The file with its title and description, half as long, and without styles.

    Style attributes become plain ones, because a strict policy of a page switches styles off.
    """
    for prefix, name in (("", "2000/svg"), ("xlink", "1999/xlink")):
        ElementTree.register_namespace(prefix, f"http://www.w3.org/{name}")
    root = ElementTree.fromstring(svg)  # noqa: S314 - we wrote it just now
    short: dict[str, str] = {}
    for element in list(root.iter()):
        _without_metadata(element)
        _without_styles(element)
        _shorten(element, short)
    for place, (tag, words) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{_SVG}{tag}", {"id": tag})
        element.text = words
        root.insert(place, element)
    root.attrib.update({"role": "img", "aria-labelledby": "title desc", "stroke-linejoin": "round"})
    return cast(bytes, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _without_metadata(element: ElementTree.Element) -> None:
    element.text = element.tail = None
    for child in list(element):
        if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
            element.remove(child)


def _without_styles(element: ElementTree.Element) -> None:
    for rule in filter(None, element.attrib.pop("style", "").split(";")):
        name, _, value = rule.partition(":")
        element.set(name.strip(), value.strip())


def _shorten(element: ElementTree.Element, short: dict[str, str]) -> None:
    """Shorten the ids that are linked to, drop the others, and write places of letters short."""
    if element.tag in (f"{_SVG}g", f"{_SVG}svg"):
        element.attrib.pop("id", None)
    elif "id" in element.attrib:
        element.set("id", short.setdefault(element.attrib["id"], f"_{len(short)}"))
    if (link := element.get(_LINK)) is not None:
        element.set(_LINK, "#" + short.setdefault(link.removeprefix("#"), f"_{len(short)}"))
    if place := _ALONG.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
        element.set("x", str(round(float(place[1]))))
