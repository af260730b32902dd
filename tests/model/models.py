"""All models: a new one is a line here."""

from __future__ import annotations

from typing import Any

from tests.model.approvals.model import APPROVALS
from tests.model.imports.model import IMPORTS
from tests.model.model import Model
from tests.model.ordering import ORDERING
from tests.model.tasks.model import TASKS

MODELS: tuple[Model[Any, Any], ...] = (ORDERING, TASKS, APPROVALS, IMPORTS)
