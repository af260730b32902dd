"""The rules, and what each asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tooling.prose.passage import Kind, Passage, Sentence, plain

MOST_WORDS = 25

_PLACES = "and|decides?|finds?|from|hold|knows?|known|of|on|or|places?|say|says|see|shows?|tells?"
"""Words before a *where* that asks for a place; before any other one stands a condition."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes
    ----------
    name
        Its name in reports.
    advice
        The better wording.
    finds
        Whether a sentence breaks it.
    kinds
        Of which passages it holds.
    first
        Whether it holds for a passage's first sentence alone.
    """

    name: str
    advice: str
    finds: Callable[[Sentence], bool]
    kinds: frozenset[Kind] = frozenset(Kind)
    first: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence that breaks a rule."""

    passage: Passage
    sentence: Sentence
    rule: Rule


def _pattern(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> Callable[[Sentence], bool]:
    compiled = re.compile(pattern, flags)
    return lambda sentence: compiled.search(plain(sentence.text)) is not None


def _conditional(text: str) -> bool:
    if text.endswith("?"):
        return False
    before = re.findall(r"(\w+|^)\W*\bwhere (?=\w)(?!and\b|to\b)", text, re.IGNORECASE)
    return any(not re.fullmatch(_PLACES, word, re.IGNORECASE) for word in before)


RULES = (
    Rule("long", f"at most {MOST_WORDS} words", lambda sentence: sentence.words > MOST_WORDS),
    Rule(
        "opening",
        "name the actor first, rather than 'whoever' or 'what'",
        _pattern(r"^[\"'(*_]*(?:Whoever|Whatever|What|Whichever)\b(?!.*\?\W*$)", re.NOFLAG),
    ),
    Rule(
        "where",
        "'if' or 'when'",
        lambda sentence: _conditional(plain(sentence.text)),
    ),
    Rule(
        "no",
        "'is not a' or 'is not'",
        _pattern(
            r"(?<!\bthere )\b(?:is|are|was|were|be|been) no\b"
            r"(?! (?:longer|more|less|fewer|later|larger|older)\b)"
        ),
    ),
    Rule("tell-of", "'notify' or 'report'", _pattern(r"\b(?:tell|tells|told|telling) of\b")),
    Rule("once-more", "'again'", _pattern(r"\b(?:once more|anew)\b")),
    Rule(
        "raises",
        "begin with 'If'",
        lambda sentence: not sentence.text.startswith("If "),
        kinds=frozenset({Kind.RAISES}),
        first=True,
    ),
)


def findings(passage: Passage) -> Iterator[Finding]:
    """Sentences of a passage that break a rule, with the rule."""
    for place, sentence in enumerate(passage.sentences()):
        for rule in RULES:
            held = passage.kind in rule.kinds and (place == 0 or not rule.first)
            if held and rule.finds(sentence):
                yield Finding(passage, sentence, rule)
