"""Questionnaires are drafted, published and from then on frozen; everybody finishes the form that was opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from sipas.catalogue import questionnaire_diff, questionnaires
from sipas.catalogue.questionnaires import (
    Choice,
    Item,
    Option,
    OptionWording,
    Question,
    Questionnaire,
    Version,
    Wording,
)
from sipas.core import audit, edit_conflicts
from sipas.core.db import db, writing
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.core.errors import NotFound
from sipas.core.languages import LANGUAGES
from sipas.responses import recording
from sipas.setup import questionnaire_drafts
from sipas.setup.questionnaire_drafts import DraftExists, Faulty, Frozen, QuestionExists, TooEarly, VersionInForce
from sipas.survey import surveys
from tests.conftest import EXIT_OF_PROVINCE, draft

TODAY = date(2026, 11, 21)
TOMORROW = TODAY + timedelta(days=1)


def newest(code: str = "short") -> Version:
    return questionnaires.sheet(questionnaires.versions(code)[0].id)


def begun(code: str = "short") -> Version:
    """A draft of what is asked now."""
    row = questionnaire_drafts.begin([newest(code)])[0]
    return questionnaires.sheet(row.id)


def item_of(sheet: Version, code: str) -> Item:
    found = sheet.item(code)
    assert found
    return found


def reworded(sheet: Version, code: str = "access", text: str = "Nơi ngồi chờ") -> Item:
    item = item_of(sheet, code)
    return replace(item, texts=MappingProxyType({**item.texts, "vi": text}))


def seen(item: Item) -> str:
    return edit_conflicts.fingerprint(questionnaire_drafts.form_values(item, LANGUAGES))


def published(sheet: Version, first_day: date = TODAY) -> Questionnaire:
    return questionnaire_drafts.publish(
        sheet.id, first_day, TODAY, edit_conflicts.fingerprint(questionnaire_diff.whole(sheet)), LANGUAGES
    )


def acts() -> list[str]:
    return list(db.session.scalars(select(audit.AuditEntry.act).order_by(audit.AuditEntry.id)))


def test_a_draft_asks_what_it_was_made_from_and_is_asked_of_nobody(inside: Flask) -> None:
    sheet = begun()
    assert sheet == questionnaires.sheet(questionnaires.current("short", TODAY))
    assert (sheet.version, questionnaires.current("short", TODAY)) != (1, sheet.id)
    assert questionnaires.published("short", 2, TODAY) is None
    assert surveys.survey(EXIT_OF_PROVINCE, TODAY, 2).sheet.version == 1


def test_there_is_one_draft_of_a_questionnaire(inside: Flask) -> None:
    begun()
    with pytest.raises(DraftExists):
        questionnaire_drafts.begin([newest()])
    with pytest.raises(questionnaire_drafts.QuestionnaireExists):
        questionnaire_drafts.begin([newest()], is_new=True)
    other = replace(newest(), code="evening")
    assert questionnaire_drafts.begin([other], is_new=True)[0].version == 1
    assert questionnaires.codes() == {"short", "long"}


def test_several_drafts_begin_together_or_none_does(inside: Flask) -> None:
    begun()
    with pytest.raises(DraftExists):
        questionnaire_drafts.begin([replace(newest(), code="first-of-two"), newest()])
    assert questionnaires.versions("first-of-two") == []


def test_a_change_is_kept_and_noted_with_what_stood_there_before(inside: Flask) -> None:
    sheet = begun()
    before = item_of(sheet, "access")
    questionnaire_drafts.put(sheet.id, reworded(sheet), seen(before), LANGUAGES)
    assert item_of(newest(), "access").text("vi") == "Nơi ngồi chờ"
    entry = db.session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id.desc())).first()
    assert entry
    assert entry.act == "questionnaire.edited"
    assert entry.subject == "short 2"
    assert entry.changes == [("access.text.vi", before.text("vi"), "Nơi ngồi chờ")]


def test_a_save_that_changes_nothing_is_not_noted(inside: Flask) -> None:
    sheet = begun()
    before = acts()
    questionnaire_drafts.put(sheet.id, item_of(sheet, "access"), "anything", LANGUAGES)
    assert acts() == before


def test_the_second_editor_of_a_question_is_told_and_of_another_question_is_not(inside: Flask) -> None:
    sheet = begun()
    first, second = reworded(sheet, text="Một"), reworded(sheet, text="Hai")
    opened = seen(item_of(sheet, "access"))
    questionnaire_drafts.put(sheet.id, first, opened, LANGUAGES)
    with pytest.raises(ChangedMeanwhile) as told:
        questionnaire_drafts.put(sheet.id, second, opened, LANGUAGES)
    assert told.value.now["text_vi"] == "Một"
    questionnaire_drafts.put(sheet.id, reworded(sheet, "staff", "Ba"), seen(item_of(sheet, "staff")), LANGUAGES)
    questionnaire_drafts.put(sheet.id, second, edit_conflicts.fingerprint(told.value.now), LANGUAGES)
    assert [item_of(newest(), code).text("vi") for code in ("access", "staff")] == ["Hai", "Ba"]


def test_what_another_removed_meanwhile_is_put_back_by_who_insists(inside: Flask) -> None:
    sheet = begun()
    opened = seen(item_of(sheet, "access"))
    questionnaire_drafts.remove(sheet.id, "access")
    with pytest.raises(ChangedMeanwhile) as told:
        questionnaire_drafts.put(sheet.id, reworded(sheet), opened, LANGUAGES)
    assert told.value.now == {}
    questionnaire_drafts.put(sheet.id, reworded(sheet), edit_conflicts.fingerprint(told.value.now), LANGUAGES)
    assert newest().items[-1].code == "access"


def test_questions_are_added_moved_and_removed(inside: Flask) -> None:
    sheet = begun()
    questionnaire_drafts.add(sheet.id, Item("parking", "rating", "access", False, {}, {}))
    assert [item.code for item in newest().items][-2:] == ["parking", "comment"]
    questionnaire_drafts.move(sheet.id, "parking", -1)
    assert [item.code for item in newest().items][-3:] == ["parking", "filled-by", "comment"]
    questionnaire_drafts.move(sheet.id, "overall", -1)
    assert newest().items[0].code == "overall"
    with pytest.raises(QuestionExists):
        questionnaire_drafts.add(sheet.id, Item("parking", "comment", None, False, {}, {}))
    questionnaire_drafts.remove(sheet.id, "parking")
    questionnaire_drafts.remove(sheet.id, "parking")
    assert newest() == questionnaires.sheet(questionnaires.current("short", TODAY))


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (Item("key", "rating", None, False, {}, {}), "reserved"),
        (Item("validate", "choice", None, False, {}, {}), "reserved"),
        (Item("words", "comment", None, False, {}, {}), "code-of-kind"),
        (Item("parking", "choice", "access", False, {}, {}), "factor-unrated"),
        (Item("Parking", "rating", None, False, {}, {}), "no-code"),
        (Item("parking", "rating", None, False, {"vi": "x" * 301}, {}), "too-long"),
        (Item("parking", "rating", None, False, {}, {}, (Choice("a", {}),)), "choices-unasked"),
        (Item("parking", "choice", None, False, {}, {}, (Choice("a", {}), Choice("a", {}))), "choice-twice"),
    ],
)
def test_a_draft_takes_no_question_that_no_questionnaire_could_ask(inside: Flask, item: Item, why: str) -> None:
    sheet = begun()
    with pytest.raises(Faulty) as refused:
        questionnaire_drafts.add(sheet.id, item)
    assert [fault.why for fault in refused.value.faults] == [why]
    assert newest() == sheet


def test_overall_stays_and_stays_a_rating(inside: Flask) -> None:
    sheet = begun()
    with pytest.raises(Faulty):
        questionnaire_drafts.remove(sheet.id, "overall")
    overall = item_of(sheet, "overall")
    for other in (replace(overall, kind="rating_na"), replace(overall, factor="staff")):
        with pytest.raises(Faulty):
            questionnaire_drafts.put(sheet.id, other, seen(overall), LANGUAGES)


def test_a_code_that_was_published_keeps_its_kind_and_factor_even_after_it_was_removed(inside: Flask) -> None:
    sheet = begun()
    access = item_of(sheet, "access")
    for other, why in (
        (replace(access, factor="staff"), "factor-changed"),
        (replace(access, kind="rating_na"), "kind-changed"),
    ):
        with pytest.raises(Faulty) as refused:
            questionnaire_drafts.put(sheet.id, other, seen(access), LANGUAGES)
        assert [fault.why for fault in refused.value.faults] == [why]
    questionnaire_drafts.remove(sheet.id, "access")
    published(newest())
    later = questionnaire_drafts.begin([newest()])[0]
    with pytest.raises(Faulty):
        questionnaire_drafts.add(later.id, replace(access, factor="result"))
    questionnaire_drafts.add(later.id, access)


def test_what_is_missing_keeps_a_draft_from_being_published_and_all_of_it_is_named(inside: Flask) -> None:
    sheet = begun()
    questionnaire_drafts.add(sheet.id, Item("parking", "rating_na", "access", False, {"vi": "Chỗ gửi xe"}, {}))
    questionnaire_drafts.add(
        sheet.id,
        Item("hours", "choice", None, False, {"vi": "Giờ?", "en": "Hours?"}, {}, (Choice("am", {"vi": "Sáng"}),)),
    )
    questionnaire_drafts.add(sheet.id, Item("days", "choices", None, False, {"vi": "Ngày?", "en": "Days?"}, {}))
    with pytest.raises(Faulty) as refused:
        published(newest())
    assert {(one.why, one.question, one.language, one.choice) for one in refused.value.faults} == {
        ("no-text", "parking", "en", ""),
        ("no-not-applicable", "parking", "vi", ""),
        ("no-not-applicable", "parking", "en", ""),
        ("no-choice-text", "hours", "en", "am"),
        ("no-choices", "days", "", ""),
    }
    assert newest().version == 2
    assert questionnaires.versions("short")[0].published_at is None


def test_a_version_is_asked_from_its_day_on_and_open_forms_finish_under_theirs(inside: Flask) -> None:
    sheet = begun()
    questionnaire_drafts.put(sheet.id, reworded(sheet), seen(item_of(sheet, "access")), LANGUAGES)
    published(newest(), TOMORROW)
    assert surveys.survey(EXIT_OF_PROVINCE, TODAY).sheet.version == 1
    assert surveys.survey(EXIT_OF_PROVINCE, TODAY, 2).sheet.version == 1
    assert surveys.survey(EXIT_OF_PROVINCE, TOMORROW).sheet.version == 2
    assert surveys.survey(EXIT_OF_PROVINCE, TOMORROW, 1).sheet.version == 1
    assert "questionnaire.published" in acts()


def test_no_version_begins_in_the_past_or_before_an_earlier_one(inside: Flask) -> None:
    with pytest.raises(TooEarly) as refused:
        published(begun(), TODAY - timedelta(days=1))
    assert refused.value.first == TODAY
    published(newest(), TOMORROW)
    later = questionnaires.sheet(questionnaire_drafts.begin([newest()])[0].id)
    with pytest.raises(TooEarly) as refused:
        published(later, TODAY)
    assert refused.value.first == TOMORROW


def test_who_publishes_what_another_changed_meanwhile_is_told(inside: Flask) -> None:
    sheet = begun()
    questionnaire_drafts.move(sheet.id, "comment", -1)
    with pytest.raises(ChangedMeanwhile):
        published(sheet)
    assert questionnaires.versions("short")[0].published_at is None


def test_every_verb_refuses_a_published_version(inside: Flask) -> None:
    sheet = begun()
    published(sheet)
    access = item_of(sheet, "access")
    for act in (
        lambda: questionnaire_drafts.put(sheet.id, reworded(sheet), seen(access), LANGUAGES),
        lambda: questionnaire_drafts.add(sheet.id, Item("parking", "rating", None, False, {}, {})),
        lambda: questionnaire_drafts.remove(sheet.id, "access"),
        lambda: questionnaire_drafts.move(sheet.id, "access", 1),
        lambda: questionnaire_drafts.discard(sheet.id),
        lambda: published(sheet),
    ):
        with pytest.raises(Frozen):
            act()
    assert questionnaires.sheet(sheet.id) == sheet


def test_the_database_itself_refuses_to_change_what_is_published(inside: Flask) -> None:
    sheet = newest()
    question = db.session.scalars(select(Question).where(Question.questionnaire_id == sheet.id)).all()[-2]
    option = question.options[0]
    later = {"questionnaire_id": sheet.id, "code": "later", "position": 99, "kind": "rating", "when_low": False}
    for statement in (
        update(Question).where(Question.id == question.id).values(position=98),
        update(Wording).where(Wording.question_id == question.id).values(text="Khác"),
        update(Option).where(Option.id == option.id).values(code="khac"),
        update(OptionWording).where(OptionWording.option_id == option.id).values(text="Khác"),
        delete(Wording).where(Wording.question_id == question.id),
        delete(OptionWording).where(OptionWording.option_id == option.id),
        insert(Question).values(later),
        insert(Option).values(question_id=question.id, code="later", position=99),
    ):
        with pytest.raises(DBAPIError, match="is kept as it is"), writing() as session:
            session.execute(statement)
    assert newest() == sheet


def test_a_version_that_is_not_asked_yet_is_withdrawn_and_is_a_draft_again(inside: Flask) -> None:
    published(begun(), TOMORROW)
    row = questionnaires.versions("short")[0]
    questionnaire_drafts.withdraw(row.id, TODAY)
    questionnaire_drafts.withdraw(row.id, TODAY)
    assert questionnaires.version("short", 2).published_at is None
    assert acts()[-1] == "questionnaire.withdrawn"
    questionnaire_drafts.move(row.id, "access", 1)
    gone = row.id
    questionnaire_drafts.discard(gone)
    with pytest.raises(NotFound):
        questionnaires.version("short", 2)
    with pytest.raises(NotFound):
        questionnaire_drafts.move(gone, "access", 1)
    with pytest.raises(NotFound):
        questionnaire_drafts.discard(gone)
    with pytest.raises(NotFound):
        questionnaire_drafts.withdraw(gone, TODAY)


def test_a_version_that_is_asked_or_answered_is_not_withdrawn(inside: Flask) -> None:
    published(begun(), TODAY)
    with pytest.raises(VersionInForce):
        questionnaire_drafts.withdraw(questionnaires.version("short", 2).id, TODAY)
    published(questionnaires.sheet(questionnaire_drafts.begin([newest()])[0].id), TOMORROW)
    row = questionnaires.version("short", 3)
    answer = replace(draft(at=datetime(2026, 11, 21, tzinfo=UTC)), sheet=questionnaires.sheet(row.id))
    recording.record(answer, inside.config["SIPAS"].zone)
    with pytest.raises(VersionInForce):
        questionnaire_drafts.withdraw(row.id, TODAY)


def test_a_version_is_not_withdrawn_beside_another_draft(inside: Flask) -> None:
    published(begun(), TOMORROW)
    questionnaire_drafts.begin([newest()])
    with pytest.raises(DraftExists):
        questionnaire_drafts.withdraw(questionnaires.version("short", 2).id, TODAY)


def test_a_draft_that_was_overtaken_is_published_as_the_newest(inside: Flask) -> None:
    sheet = begun()
    overtaking = replace(newest(), items=(*newest().items[:-2], newest().items[-1]))
    questionnaire_drafts.publish_at_once(overtaking)
    row = published(questionnaires.sheet(sheet.id))
    assert row.version == 4
    assert questionnaires.current("short", TODAY) == row.id


def test_what_was_published_under_older_rules_is_mended_in_a_draft(inside: Flask) -> None:
    choices = (Choice("Có", {"vi": "Có", "en": "Yes"}), Choice("no", {"vi": "Không", "en": "No"}))
    item = Item("paid", "choice", None, False, {"vi": "Đã trả?", "en": "Paid?"}, {}, choices)
    questionnaire_drafts.publish_at_once(replace(newest(), items=(*newest().items, item)))
    sheet = begun()
    questionnaire_drafts.move(sheet.id, "paid", -1)
    with pytest.raises(Faulty) as refused:
        published(newest())
    assert [fault.why for fault in refused.value.faults] == ["no-choice-code"]
    mended = replace(item, choices=(replace(choices[0], code="yes"), choices[1]))
    questionnaire_drafts.put(sheet.id, mended, seen(item), LANGUAGES)
    published(newest())
