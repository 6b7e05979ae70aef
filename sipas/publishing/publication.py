"""Publication: what the province lets everybody see, once, and what it corrects later.

A release is made in two steps, so that citizens' answers never wait for the counting: its responses are claimed,
then what they add up to is stored with them. A claim of which nothing came is let go by the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.db import db, snapshot, writing
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.numbers.publishable_blocks import Published, corrected, of_unit, taken_out
from sipas.numbers.small_groups import MIXED
from sipas.publishing import claims, release_documents, release_frames, releases
from sipas.publishing.claims import Counted
from sipas.publishing.release_documents import Correction, Frame
from sipas.publishing.releases import Document, PublishedPlace, Release


class NotPublishable(Exception):
    """A period cannot be published."""


class NotFinished(NotPublishable):
    """It has days that have not closed; the argument is the period."""


class NotWholeMonths(NotPublishable):
    """It does not begin and end with a month; the argument is the period."""


class PublishedBefore(NotPublishable):
    """All of it was published; the argument is the release."""


class CutsRelease(NotPublishable):
    """It holds a part of a release, which could then be told apart from the rest; the argument is the release."""


class NothingToPublish(NotPublishable):
    """No unit has enough responses in it; the argument is the period."""


class NothingToCorrect(Exception):
    """An edition would say what the last one says; the argument is how many doubtful responses are held back."""


class Interrupted(Exception):
    """Somebody else published meanwhile; nothing was kept."""


def check(period: Period, last_day: date) -> None:
    """Raise NotPublishable's kinds where a period cannot be published; `last_day` is the last closed one."""
    if not period.is_whole_months:
        raise NotWholeMonths(period)
    if period.last_day > last_day:
        raise NotFinished(period)
    newest = [shelf.newest for shelf in releases.shelves()]
    for release in newest:
        if release.start <= period.start and period.end <= release.end:
            raise PublishedBefore(release)
    for release in releases.cut(period, newest):
        raise CutsRelease(release)


def preview(period: Period, last_day: date, today: date) -> Document:
    """What would be published of a period now; nothing is stored. Raises NotPublishable's kinds."""
    check(period, last_day)
    return _first(releases.next_number(), period, today, claims.waiting(period, _released()))[0]


def publish(period: Period, last_day: date, today: date) -> Release:
    """Publish a period: from now on its figures stay as they are. Raises NotPublishable's kinds, Interrupted."""
    with writing():
        claims.alone()
        check(period, last_day)
        claims.let_go_of_unfinished()
        number = releases.next_number()
        claims.claim(number, period, _released())
        claimed = claims.fingerprint(number)
    with snapshot():
        _check_undisturbed(claimed, claims.fingerprint(number))
        counted = claims.counted(number)
    document, told_under = _first(number, period, today, counted)
    with writing() as session:
        claims.alone()
        _check_undisturbed((number, claimed), (releases.next_number(), claims.fingerprint(number)))
        claims.let_go(number, {unit_id for unit_id, _, _ in counted.cells} - set(told_under))
        session.add_all(PublishedPlace(number=number, unit_id=one, place_id=of) for one, of in told_under.items())
        return _store(document, period)


def correct(number: int, note: str, today: date, note_en: str = "") -> Release:
    """Publish a new edition without the responses set aside since, as far as ten or more go out of a part.

    Raises NothingToCorrect where nothing would change, Interrupted, places.NotFound.
    """
    note, in_english = note.strip(), note_en.strip() or None
    with writing():
        claims.alone()
        claims.let_go_of_unfinished()
        before = releases.one(number)
        edition, period, last = before.edition + 1, before.period, releases.document(before)
        withdrawn = _withdraw(number, edition)
        removed = claims.fingerprint(number, edition)
    with snapshot():
        _check_undisturbed(removed, claims.fingerprint(number, edition))
        held_back = sum(claims.doubtful(number).values())
        frame = release_frames.of_document(last)
        frame = replace(
            frame,
            edition=edition,
            published_on=today,
            held_back=held_back,
            corrections=(*frame.corrections, Correction(edition, today, note, in_english, withdrawn)),
            includes=release_frames.included(period, besides=number),
        )
        document = _edition(frame, number, edition)
    with writing():
        claims.alone()
        now = releases.one(number).edition + 1
        _check_undisturbed((edition, removed), (now, claims.fingerprint(number, edition)))
        if _figures(document) != _figures(last):
            return _store(document, period, note, in_english)
        claims.let_go_of_unfinished()
    raise NothingToCorrect(held_back)


def _check_undisturbed(mine: object, now: object) -> None:
    """Raise Interrupted where what this one claimed is no longer what it was: somebody else let it go meanwhile."""
    if mine != now:
        raise Interrupted


def made_again(release: Release) -> bytes:
    """The document of an edition, made anew from the responses behind it and what was fixed when it was published."""
    frame = release_frames.of_document(releases.document(release))
    return release_documents.to_bytes(_edition(frame, release.number, release.edition))


def _figures(document: Document) -> Document:
    """What a document says but for when it was published, and in which words it is corrected."""
    beside = ("edition", "published_on", "corrections", "held_back")
    return {name: value for name, value in document.items() if name not in beside}


def _released() -> list[Period]:
    return [shelf.newest.period for shelf in releases.shelves()]


def _store(document: Document, period: Period, note: str = "", note_en: str | None = None) -> Release:
    content = release_documents.to_bytes(document)
    release = Release(
        number=document["number"],
        edition=document["edition"],
        start=period.start,
        end=period.end,
        published_at=periods.now(),
        published_on=date.fromisoformat(document["published_on"]),
        published_by=audit.actor(),
        note=note,
        note_en=note_en,
        responses=document["total"]["responses"],
        sha256=sha256(content).hexdigest(),
        content=content,
    )
    db.session.add(release)
    act = "release.published" if release.edition == 1 else "release.corrected"
    after = {"responses": release.responses, "sha256": release.sha256, "note": note or None}
    audit.note(act, release.name, lookups.province().id, after={key: value for key, value in after.items() if value})
    return release


def _first(number: int, period: Period, today: date, counted: Counted) -> tuple[Document, dict[int, int]]:
    """The first edition of what was counted, and under which unit it tells what was given in each."""
    tree = release_frames.direct(lookups.province())
    own = {place: found for place, pool in release_frames.pools(counted, tree).items() if (found := of_unit(pool))}
    frame = release_frames.frame(number, period, today, set(own))
    document = release_frames.document(frame, own, release_frames.since(counted, tree, period))
    if not document["total"]["responses"]:
        raise NothingToPublish(period)
    return document, {unit_id: tree[unit_id] for unit_id, _, _ in counted.cells if tree[unit_id] in own}


def _edition(frame: Frame, number: int, edition: int) -> Document:
    """An edition of what was published of a release's own responses, unit by unit."""
    tree, counted = claims.places_of(number), _counted(number, edition)
    return release_frames.document(frame, _own(tree, counted), release_frames.since(counted[0], tree, frame.period))


def _counted(number: int, edition: int) -> list[Counted]:
    """What the responses behind each edition add up to, from the first to this one."""
    return [claims.counted(number, one) for one in range(1, edition + 1)]


def _own(tree: Mapping[int, int], editions: Iterable[Counted]) -> dict[int, Published]:
    """What the last of a release's editions tells of each unit: each follows from the one before."""
    first, *later = (release_frames.pools(counted, tree) for counted in editions)
    told = {place: found for place, pool in first.items() if (found := of_unit(pool))}
    for pools in later:
        told = {place: corrected(one, pools.get(place, {})) for place, one in told.items()}
    return told


def _withdraw(number: int, edition: int) -> int:
    """Let an edition count no longer what was set aside, as far as that is ten or more of a part; says how many."""
    tree = claims.places_of(number)
    editions, doubtful = _counted(number, edition - 1), claims.doubtful(number)
    counted = editions[-1]
    codes = {field.id: field.code for field in lookups.fields()}
    withdrawn = 0
    for place, one in _own(tree, editions).items():
        for block in one.blocks:
            cells = [cell for cell in counted.cells if tree[cell[0]] == place and codes[cell[1]] in block.fields]
            by_channel: Counter[str] = Counter()
            for cell in cells:
                by_channel[cell[2]] += doubtful.get(cell, 0)
            for part, with_the_rest in taken_out(block, by_channel).items():
                of_part = [cell for cell in cells if part in (cell[2], MIXED)]
                withdrawn += claims.remove(number, edition, of_part, with_the_rest)
    return withdrawn
