"""What the audit's acts and values are called by people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from flask_babel import gettext

from sipas.catalogue.models import CHANNELS
from sipas.core import audit, formats
from sipas.web.kit import comment_words, questionnaire_words, role_names
from sipas.web.kit.access import VISITOR
from sipas.web.kit.language import language, lazy

_NOUNS = {
    "account": lazy("Account"),
    "agency": lazy("Agency"),
    "aggregates": lazy("Aggregates"),
    "alert": lazy("Alert"),
    "answer": lazy("Answer to comments"),
    "audit": lazy("Audit"),
    "dossiers": lazy("Dossier counts"),
    "comment": lazy("Comment"),
    "comments": lazy("Comments"),
    "field": lazy("Service field"),
    "fields": lazy("Service fields"),
    "first-fields": lazy("Fields offered first"),
    "index": lazy("Value of another index"),
    "indices": lazy("Other indices"),
    "letter": lazy("Letter"),
    "paper": lazy("Paper forms"),
    "procedure": lazy("Procedure"),
    "procedures": lazy("Procedures"),
    "questionnaire": lazy("Questionnaire"),
    "ranking": lazy("Ranking"),
    "release": lazy("Publication"),
    "report": lazy("Report"),
    "session": lazy("Sign-in"),
    "set-aside": lazy("Set-aside"),
    "subscription": lazy("Letters wanted"),
    "tallies": lazy("Counts"),
    "token": lazy("Token of the API"),
    "threshold": lazy("Threshold of alerts"),
    "touchpoint": lazy("Survey point"),
    "touchpoints": lazy("Survey points"),
    "unit": lazy("Unit"),
    "units": lazy("Units"),
}

_VERBS = {
    "acknowledged": lazy("looked at"),
    "added": lazy("added"),
    "changed": lazy("changed"),
    "corrected": lazy("corrected"),
    "chosen": lazy("chosen"),
    "discarded": lazy("draft discarded"),
    "drafted": lazy("draft begun"),
    "edited": lazy("draft edited"),
    "erased": lazy("text erased"),
    "exported": lazy("exported"),
    "handled": lazy("handled"),
    "imported": lazy("imported"),
    "invited": lazy("invited"),
    "looked": lazy("looked at beforehand"),
    "left": lazy("left unsent"),
    "merged": lazy("merged"),
    "moved": lazy("moved"),
    "ordered": lazy("ordered"),
    "published": lazy("published"),
    "removed": lazy("removed"),
    "resent": lazy("sent again"),
    "split": lazy("split"),
    "revoked": lazy("revoked"),
    "typed": lazy("typed"),
    "used": lazy("used"),
    "withdrawn": lazy("withdrawn"),
}

_WHOLE = {
    "account.password_reset": lazy("Password chosen through a link"),
    "account.recovery_codes_made": lazy("Recovery codes made"),
    "account.reset_link": lazy("Link to choose a password shown"),
    "account.second_step_removed": lazy("Second step switched off"),
    "account.second_step_reset": lazy("Second step removed (phone lost)"),
    "account.second_step_set": lazy("Second step set up"),
    "session.ended": lazy("Session ended"),
    "session.refused": lazy("Sign-in refused"),
    "session.started": lazy("Signed in"),
    "tallies.mended": lazy("Differences between counts and responses put right"),
}

_VALUES = {
    "act": lazy("which acts"),
    "active": lazy("may sign in"),
    "actor": lazy("whose acts"),
    "alert": lazy("kind of alert"),
    "added": lazy("rows added"),
    "address": lazy("address"),
    "agency": lazy("agency"),
    "answer": lazy("answer"),
    "assignee": lazy("who looks into it"),
    "body": lazy("body"),
    "browser": lazy("browser"),
    "change_rank": lazy("change of rank as printed"),
    "change_value": lazy("change of value as printed"),
    "alerts": lazy("letters of alerts"),
    "by": lazy("how"),
    "changed": lazy("rows changed"),
    "channel": lazy("channel"),
    "closed_on": lazy("closed on"),
    "code": lazy("code"),
    "comparable": lazy("same method as the year before"),
    "day": lazy("day"),
    "done_en": lazy("what was done, in English"),
    "done_vi": lazy("what was done, in Vietnamese"),
    "effective_on": lazy("asked from"),
    "end": lazy("until"),
    "email": lazy("e-mail address"),
    "field": lazy("service field"),
    "expires_on": lazy("last day"),
    "fields": lazy("service fields"),
    "first": lazy("from day"),
    "index_name": lazy("index"),
    "is_vertical": lazy("vertical agency"),
    "label_en": lazy("label in English"),
    "label_vi": lazy("label in Vietnamese"),
    "language": lazy("language"),
    "last": lazy("to day"),
    "level": lazy("level"),
    "lift_reason": lazy("why it was lifted"),
    "lifted_at": lazy("lifted at"),
    "lifted_by": lazy("lifted by"),
    "mf_recovery_codes": lazy("recovery codes"),
    "monthly": lazy("letters of the month"),
    "most_a_day": lazy("most letters a day"),
    "name": lazy("name"),
    "name_en": lazy("name in English"),
    "name_vi": lazy("name in Vietnamese"),
    "note": lazy("note"),
    "official_code": lazy("official code"),
    "opened_on": lazy("opened on"),
    "order": lazy("order of questions"),
    "out_of": lazy("of how many"),
    "parent": lazy("belongs to"),
    "password": lazy("password"),
    "percent": lazy("per cent"),
    "position": lazy("place"),
    "predecessors": lazy("units that ended"),
    "prefix": lazy("beginning"),
    "published_at": lazy("published at"),
    "published_on": lazy("published on"),
    "questionnaire": lazy("questionnaire"),
    "quiet_from": lazy("no letters from"),
    "quiet_until": lazy("no letters until"),
    "rank": lazy("rank"),
    "reason": lazy("reason"),
    "receipt": lazy("receipt"),
    "removed": lazy("rows removed"),
    "responses": lazy("responses"),
    "role": lazy("role"),
    "same": lazy("rows counted before"),
    "scopes": lazy("what it opens"),
    "said_en": lazy("what was said, in English"),
    "said_vi": lazy("what was said, in Vietnamese"),
    "scale": lazy("scale"),
    "sent_at": lazy("sent at"),
    "since": lazy("since"),
    "source": lazy("source"),
    "state": lazy("state"),
    "start": lazy("from"),
    "status": lazy("how sure it is"),
    "subject": lazy("subject"),
    "successors": lazy("successors"),
    "tags": lazy("tags"),
    "tf_primary_method": lazy("kind of second step"),
    "tf_totp_secret": lazy("secret of the second step"),
    "touchpoint": lazy("survey point"),
    "unchanged": lazy("rows unchanged"),
    "unit": lazy("unit"),
    "value": lazy("value"),
    "version": lazy("version"),
    "weekends": lazy("letters at weekends"),
    "weekly": lazy("letters of the week"),
    "why": lazy("why"),
    "words": lazy("words"),
    "year": lazy("year"),
}

_DAYS = {"closed_on", "day", "effective_on", "expires_on", "first", "last", "opened_on", "published_on", "since"}

KINDS_OF_ALERT: Mapping[str, str] = {
    "low": lazy("field below the threshold"),
    "drop": lazy("field below its last quarter"),
    "low-ratings": lazy("low ratings within an hour"),
    "silent": lazy("survey point fallen silent"),
}
"""What each kind of alert is."""

_WORDED: dict[str, Mapping[str, str]] = {
    "alert": KINDS_OF_ALERT,
    "by": {"mail": lazy("letter by mail"), "link": lazy("link handed over")},
    "level": {"province": lazy("province"), "centre": lazy("centre"), "point": lazy("reception point")},
    "state": comment_words.STATES,
    "tf_primary_method": {"authenticator": lazy("authenticator app")},
    "why": {
        "code": lazy("wrong code of the second step"),
        "password": lazy("wrong password"),
        "passwordagain": lazy("wrong password"),
        "recovery": lazy("wrong recovery code"),
        "single sign-on": lazy("single sign-on without an account here"),
    },
}

_ACTORS = {
    audit.INSTALLATION: lazy("the installation"),
    VISITOR: lazy("a visitor"),
    "command line": lazy("command line"),
}


def has_words(act: str) -> bool:
    """Whether an act is known here; a test asks for every act that the program notes."""
    noun, _, verb = act.partition(".")
    return noun in _NOUNS and (act in _WHOLE or verb in _VERBS)


def said(act: str) -> str:
    """An act in words, as its code where nobody gave it words."""
    if act in _WHOLE:
        return str(_WHOLE[act])
    noun, _, verb = act.partition(".")
    return gettext("%(noun)s: %(verb)s", noun=_NOUNS.get(noun, noun), verb=_VERBS.get(verb, verb))


def who(actor: str) -> str:
    """Who acted: an address, or in words what acts where no person does."""
    return str(_ACTORS.get(actor, actor))


def called(value: str) -> str:
    """What a value is called; ids go by the name of what they point to, parts of a question by its code."""
    code, _, part = value.partition(".")
    if questionnaire_words.is_part(part):
        return f"{code} · {questionnaire_words.part(part)}"
    plain = value.removesuffix("_id")
    return str(_VALUES.get(plain, plain))


def is_named(value: str) -> bool:
    """Whether a value is known here; a test asks for all that the program notes."""
    return value.removesuffix("_id") in _VALUES


def worded(name: str, value: str) -> str:
    """A value of that name as people say it: days, roles, channels, kinds of questions; else as it is."""
    code, _, part = name.partition(".")
    if questionnaire_words.is_part(part):
        return questionnaire_words.value(part, value)
    if name == "role" and value in role_names.NAMES:
        return str(role_names.NAMES[value]).partition(":")[0]
    if name == "channel" and value in CHANNELS:
        return formats.channel(value, language())
    if name in _DAYS:
        return _day(value)
    return str(_WORDED.get(code, {}).get(value, value))


def _day(value: str) -> str:
    try:
        return formats.day(date.fromisoformat(value), language())
    except ValueError:
        return value


def by_noun(acts: Iterable[str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Acts sorted into (noun's code, noun, [(act, words)]) for a list to choose from."""
    nouns: dict[str, list[tuple[str, str]]] = {}
    for act in acts:
        nouns.setdefault(act.partition(".")[0], []).append((act, said(act)))
    return [(noun, str(_NOUNS.get(noun, noun)), listed) for noun, listed in nouns.items()]
