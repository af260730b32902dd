"""One name in the forms that the project writes it in: of modules, classes, types and resources."""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass

from cqrs.core.keys import RESERVED_TYPES
from cqrs.errors import ValidationError

LONGEST = 30
"""Characters of a name: what is written has lines of 100, and names of resources get a prefix."""

GIVEN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+)*")
WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")
"""Words of ``HTTPPrices2``: ``HTTP``, ``Prices2``."""

COMMON_WORDS = frozenset({"application", "environment", "models", "item_types", "registry"})
"""Names that mean something else in the files that are written."""


@dataclass(frozen=True, slots=True)
class Name:
    """The words of a name, in lower case."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, given: str) -> Name:
        """Read a name that is written in any style, such as ``PriceList`` or ``price-list``.

        Raises
        ------
        ValidationError
            If it cannot be the name of a module, a class and a resource.
        """
        if not GIVEN.fullmatch(given):
            raise ValidationError(
                f"The name is {given!r:.80}. Give letters from A to Z and digits, beginning with "
                "a letter, and single dashes or underscores between words, as in price-list."
            )
        name = cls(tuple(word.lower() for word in WORD.findall(given)))
        if len(name.module) > LONGEST:
            raise ValidationError(
                f"The name {name.module} has {len(name.module)} characters; give one of at most "
                f"{LONGEST}, as resources are named after it."
            )
        if name.is_pythons or name.module in COMMON_WORDS or name.type.startswith(RESERVED_TYPES):
            owner = "Python" if name.is_pythons else "the project"
            raise ValidationError(
                f"The name {given} is one that {owner} uses itself. Give a longer one, such as "
                f"own-{name.dashed}."
            )
        return name

    @property
    def is_pythons(self) -> bool:
        """Whether Python gives one of its forms a meaning of its own."""
        forms = {self.module, self.class_name}
        return any(keyword.iskeyword(form) or hasattr(builtins, form) for form in forms)

    @property
    def module(self) -> str:
        """Of a module, a function or an attribute: ``price_list``."""
        return "_".join(self.words)

    @property
    def class_name(self) -> str:
        """Of a class: ``PriceList``."""
        return "".join(word.capitalize() for word in self.words)

    @property
    def type(self) -> str:
        """Of items: ``PRICE_LIST``."""
        return self.module.upper()

    @property
    def dashed(self) -> str:
        """Of a resource, a workflow or an environment: ``price-list``."""
        return "-".join(self.words)

    @property
    def text(self) -> str:
        """Within a sentence: ``price list``."""
        return " ".join(self.words)

    @property
    def one(self) -> Name:
        """The same for one of several: ``price`` of ``prices``."""
        *others, last = self.words
        for end, single in (("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("s", "")):
            if last.endswith(end) and len(last) > len(end) + 1:
                return Name((*others, last.removesuffix(end) + single))
        return self

    def split(self, word: str) -> tuple[Name, Name] | None:
        """The names before and behind a word within it; None if there are not two."""
        if word not in self.words:
            return None
        place = self.words.index(word)
        before, behind = self.words[:place], self.words[place + 1 :]
        return (Name(before), Name(behind)) if before and behind else None
