"""Tags that an environment gives its resources."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated

from pydantic import AfterValidator

from stacks.tags import APPLICATION_TAG, CLONE_TAG, ENVIRONMENT_TAG, NO_DATA, VERSION_TAG

TAG_TEXT = re.compile(r"[\w\s+=.:/@-]*")
TAG_KEY_LENGTH, TAG_VALUE_LENGTH, MAX_TAGS = 128, 256, 50
"""The limits of tags in all services (Tagging guide, "Tag naming limits and requirements")."""


def _usable_tags(tags: dict[str, str]) -> dict[str, str]:
    own = {ENVIRONMENT_TAG, APPLICATION_TAG, CLONE_TAG, VERSION_TAG, *NO_DATA}
    # IAM takes keys that differ in upper and lower case alone for one.
    lower = Counter(key.lower() for key in tags)
    if twice := [key for key, times in lower.items() if times > 1]:
        raise ValueError(f"has {twice[0]} twice, in upper and lower case, which AWS refuses")
    if taken := own & lower.keys():
        raise ValueError(
            f"must leave {', '.join(sorted(taken))} to the project, which sets it itself"
        )
    for key, value in tags.items():
        fits = 0 < len(key) <= TAG_KEY_LENGTH and len(value) <= TAG_VALUE_LENGTH
        is_text = TAG_TEXT.fullmatch(key) and TAG_TEXT.fullmatch(value)
        if not fits or not is_text or key.lower().startswith("aws:"):
            raise ValueError(
                f"has a tag that AWS refuses, {key[:TAG_KEY_LENGTH]!r}. A key has 1 to "
                f"{TAG_KEY_LENGTH} characters and does not begin with aws:, a value has at most "
                f"{TAG_VALUE_LENGTH}. Both consist of letters, digits, spaces and + - = . _ : / @"
            )
    # The function has all of them but the tag of what holds no data, which is on a key.
    room = MAX_TAGS - len(own - NO_DATA.keys())
    if len(tags) > room:
        raise ValueError(f"has {len(tags)} tags; a resource takes {room} beside its own")
    return tags


Tags = Annotated[dict[str, str], AfterValidator(_usable_tags)]
