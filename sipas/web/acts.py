"""What the audit's acts and values are called by people."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from sipas.web.language import lazy

_NOUNS = {
    "account": lazy("Account"),
    "agency": lazy("Agency"),
    "audit": lazy("Audit"),
    "field": lazy("Service field"),
    "first-field": lazy("First fields"),
    "invitation": lazy("Invitation"),
    "paper": lazy("Paper forms"),
    "poster": lazy("Posters"),
    "procedure": lazy("Procedure"),
    "questionnaire": lazy("Questionnaire"),
    "report": lazy("Report"),
    "second-step": lazy("Second step"),
    "session": lazy("Sign-in"),
    "touchpoint": lazy("Survey point"),
    "unit": lazy("Unit"),
}

_VERBS = {
    "added": lazy("added"),
    "changed": lazy("changed"),
    "removed": lazy("removed"),
    "exported": lazy("exported"),
    "imported": lazy("imported"),
}

_WHOLE = {
    "session.started": lazy("Signed in"),
    "session.refused": lazy("Sign-in refused"),
    "session.ended": lazy("Session ended"),
    "tallies.mended": lazy("Differences between counts and responses put right"),
}

_VALUES = {
    "active": lazy("may sign in"),
    "agency": lazy("agency"),
    "channel": lazy("channel"),
    "closed_on": lazy("closed on"),
    "code": lazy("code"),
    "effective_on": lazy("asked from"),
    "email": lazy("e-mail address"),
    "field": lazy("service field"),
    "is_vertical": lazy("vertical agency"),
    "label_en": lazy("label in English"),
    "label_vi": lazy("label in Vietnamese"),
    "level": lazy("level"),
    "name": lazy("name"),
    "name_en": lazy("name in English"),
    "name_vi": lazy("name in Vietnamese"),
    "official_code": lazy("official code"),
    "opened_on": lazy("opened on"),
    "parent": lazy("belongs to"),
    "password": lazy("password"),
    "position": lazy("place"),
    "published_at": lazy("published at"),
    "questionnaire": lazy("questionnaire"),
    "role": lazy("role"),
    "tf_totp_secret": lazy("secret of the second step"),
    "mf_recovery_codes": lazy("recovery codes"),
    "unit": lazy("unit"),
    "version": lazy("version"),
}


def said(act: str) -> str:
    """An act in words, as its code where nobody gave it words."""
    if act in _WHOLE:
        return str(_WHOLE[act])
    noun, _, verb = act.partition(".")
    return gettext("%(noun)s: %(verb)s", noun=_NOUNS.get(noun, noun), verb=_VERBS.get(verb, verb))


def called(value: str) -> str:
    """What a value is called; ids go by the name of what they point to."""
    plain = value.removesuffix("_id")
    return str(_VALUES.get(plain, plain))


def by_noun(acts: Iterable[str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Acts sorted into (noun's code, noun, [(act, words)]) for a list to choose from."""
    nouns: dict[str, list[tuple[str, str]]] = {}
    for act in acts:
        nouns.setdefault(act.partition(".")[0], []).append((act, said(act)))
    return [(noun, str(_NOUNS.get(noun, noun)), listed) for noun, listed in nouns.items()]
