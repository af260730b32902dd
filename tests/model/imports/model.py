"""The model of CSV imports, as the long run takes it."""

from __future__ import annotations

from tests.model.imports.exploration import Randomised, explore
from tests.model.imports.hunting import find
from tests.model.imports.mutations import MUTATIONS
from tests.model.imports.scenarios import exhaustive
from tests.model.model import Model

IMPORTS = Model(
    name="imports",
    scenarios=exhaustive(),
    explore=explore,
    mutations=MUTATIONS,
    find=find,
    randomised=Randomised,
    runs=50_000,
)
