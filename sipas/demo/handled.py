"""What the demo's centre did about comments: some looked into, some done, two answered in public."""

from __future__ import annotations

from datetime import date, timedelta

from sipas.catalogue.models import Unit
from sipas.comments import cases, listing, replies
from sipas.comments.cases import LOOKING, NO_ACTION, Act
from sipas.comments.listing import CommentSearch
from sipas.core import audit
from sipas.responses.models import Comment
from sipas.staff import accounts
from sipas.staff.accounts import User

WAITING = ("cho lau qua", "mot can bo tiep nhan", "gan trua")
SEATS = ("ghe it", "bo tri them ghe", "hang ghe")
PRAISE = ("cam on", "nhiet tinh")
"""Words of comments on the same matter; each finds some."""

OF_EACH = 3

ANSWERS = (
    (
        WAITING,
        40,
        {
            "said_vi": "Chờ lâu vào sáng thứ hai, chỉ có một cán bộ tiếp nhận.",
            "done_vi": "Sáng thứ hai và thứ ba nay có thêm một quầy tiếp nhận; hồ sơ chứng thực có số thứ tự riêng.",
            "said_en": "Long waits on Monday mornings, with one member of staff at the counter.",
            "done_en": "On Monday and Tuesday mornings one more counter is open; certification has a queue of its own.",
        },
    ),
    (
        SEATS,
        12,
        {
            "said_vi": "Ít ghế ngồi chờ, người già phải đứng.",
            "done_vi": "Đã kê thêm 16 ghế và một bàn viết; hai hàng đầu dành cho người cao tuổi.",
            "said_en": "Too few seats: elderly people had to stand.",
            "done_en": "16 more seats and a writing desk were put up; the first two rows are for the elderly.",
        },
    ),
)
"""The words of the comments, how many days ago the answer was published, and its texts."""


def handle(unit: Unit, email: str, today: date) -> None:
    """Let an account of a unit do something about comments that were written until a day."""
    person = accounts.with_email(email)
    if person is None:
        return
    with audit.acting(email):
        for words, days, texts in ANSWERS:
            found = _about(unit, words, today)
            _tag(found, "chờ đợi" if words == WAITING else "ghế ngồi", person)
            kept = replies.draft(unit, {**texts, "field_id": None}, found)
            replies.publish(kept, today - timedelta(days), closing=True)
        thanks = _about(unit, PRAISE, today)
        cases.edit_all(thanks, Act("state", NO_ACTION))
        cases.edit_all(thanks, Act("tag", "lời khen"))
        signs = _about(unit, ("bien chi",), today)
        _tag(signs, "chỉ dẫn", person)
        cases.edit_all(signs, Act("state", LOOKING))


def _about(unit: Unit, words: tuple[str, ...], today: date) -> list[Comment]:
    """A few of the newest comments with some words."""
    found = [one for each in words for one in listing.found(unit, CommentSearch(words=each), today)[:OF_EACH]]
    return listing.comments(unit, [one.code for one in found], today)


def _tag(found: list[Comment], tag: str, person: User) -> None:
    cases.edit_all(found, Act("tag", tag))
    cases.edit_all(found, Act("assignee_id", person.id))
