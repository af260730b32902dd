"""pydantic models as import strategies, and what they tell whoever made a file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    Json,
    field_validator,
    model_validator,
)

from cqrs.errors import ConfigurationError, ValidationError
from cqrs.imports.models import ImportedItem, ImportStatus, ProcessingMode
from cqrs.imports.strategies import ImportStrategies, Registration
from tests.unit.importing import TENANT, Imports


class Size(BaseModel):
    width: float
    height: float


class Importable(BaseModel):
    """A model of a row that tells nothing but its fields."""

    def to_item(self) -> ImportedItem:
        return ImportedItem("PRICE", "1", attributes={"fields": self.model_dump(mode="json")})


class Price(BaseModel):
    sku: str
    cents: int = Field(alias="price", ge=0, le=1000)
    valid_from: date
    colour: Literal["red", "green", "blue"] = "red"
    is_sold: bool = False
    weight: Decimal | None = None
    share: float = 1.0
    size: Json[Size] | None = None

    @field_validator("sku")
    @classmethod
    def _is_sold_here(cls, sku: str) -> str:
        if sku.startswith("X"):
            raise ValueError("things with an X are not sold here.")
        if sku.startswith("Y"):
            # An assert statement raises the same, and more text if pytest has rewritten it.
            raise AssertionError("things with a Y are not made")
        return sku

    @model_validator(mode="after")
    def _blue_costs(self) -> Price:
        if self.colour == "blue" and self.cents < 100:
            raise ValueError("a blue one costs 100 at least")
        return self

    def to_item(self) -> ImportedItem:
        return ImportedItem(
            "PRICE",
            self.sku,
            attributes={
                "cents": self.cents,
                "from": self.valid_from.isoformat(),
                "colour": self.colour,
                "sold": self.is_sold,
            },
        )


GOOD = {"sku": "A1", "price": "250", "valid_from": "2024-05-01"}


def registered(model: type) -> Registration:
    strategies = ImportStrategies()
    strategies.register("prices", model)
    return strategies.of("prices")


def refusal(model: type, row: dict[str, str]) -> str:
    with pytest.raises(ValidationError) as refused:
        registered(model).transform(row)
    return str(refused.value)


@pytest.fixture
def imports(settings, clients) -> Imports:
    made = Imports(settings, clients)
    made.application.import_strategy("prices")(Price)
    return made


def import_prices(imports: Imports, content: str) -> Any:
    imports.upload(content)
    key = imports.make(ProcessingMode.DIRECT, target="prices")
    imports.start(key)
    imports.work_off_queue()
    return imports.job(key)


def test_rows_are_read_by_alias_with_types_and_defaults(imports):
    job = import_prices(
        imports,
        "sku,price,valid_from,colour,is_sold\nA1,250,2024-05-01,,yes\nB2,0,2024-02-29,blue,\n",
    )

    assert (job.status, job.counts.succeeded) == (ImportStatus.COMPLETED_WITH_ERRORS, 1)
    item = imports.services.data.get(f"PRICE#{TENANT}", "PRICE#A1")
    assert item.attributes == {"cents": 250, "from": "2024-05-01", "colour": "red", "sold": True}
    (rejected,) = imports.application.imports.rejected_rows(job.key)
    assert (rejected.number, rejected.reason) == (2, "a blue one costs 100 at least.")


def test_a_file_without_a_required_column_is_refused_from_its_header(imports):
    job = import_prices(imports, "sku,cents,colour\nA1,250,red\n")

    assert job.status is ImportStatus.FAILED
    assert "lacks the columns 'price', 'valid_from'; it has 'sku', 'cents', 'colour'" in job.cause


def test_all_that_is_wrong_with_a_row_is_told_in_one_reason(imports):
    job = import_prices(imports, "sku,price,valid_from\nA1,2.5 EUR,May\n")

    (rejected,) = imports.application.imports.rejected_rows(job.key)
    assert rejected.reason == (
        "price is '2.5 EUR'; it must be a whole number. "
        "valid_from is 'May'; it must be a date such as 2024-12-31."
    )


REASONS = {
    "fraction": ({"price": "2.5"}, "price is '2.5'; it must be a whole number."),
    "too little": ({"price": "-1"}, "price is '-1'; it must be greater than or equal to 0."),
    "too much": ({"price": "1001"}, "price is '1001'; it must be less than or equal to 1000."),
    "empty cell": ({"price": ""}, "price is empty or missing."),
    "no such day": (
        {"valid_from": "2023-02-29"},
        "valid_from is '2023-02-29'; it must be a date such as 2024-12-31.",
    ),
    "time of day": (
        {"valid_from": "2023-02-28T10:00:00"},
        "valid_from is '2023-02-28T10:00:00'; it must be a date without a time.",
    ),
    "none of the choices": (
        {"colour": "pink"},
        "colour is 'pink'; it must be 'red', 'green' or 'blue'.",
    ),
    "not a boolean": ({"is_sold": "maybe"}, "is_sold is 'maybe'; it must be true or false."),
    "not a decimal": ({"weight": "1,5"}, "weight is '1,5'; it must be a number."),
    "not a float": ({"share": "1,5"}, "share is '1,5'; it must be a number."),
    "endless": ({"weight": "NaN"}, "weight is 'NaN'; it must be a number."),
    "a validator's error": (
        {"sku": "X1"},
        "sku is 'X1': things with an X are not sold here.",
    ),
    "a validator's assertion": ({"sku": "Y1"}, "sku is 'Y1': things with a Y are not made."),
    "within a cell": (
        {"size": '{"width": "wide", "height": 2}'},
        "size.width is 'wide'; it must be a number.",
    ),
    "missing within a cell": ({"size": '{"width": 1}'}, "size.height is empty or missing."),
    "long cell": (
        {"price": "1" + "x" * 5000},
        f"price is '1{'x' * 39}...'; it must be a whole number.",
    ),
}


@pytest.mark.parametrize(("cells", "reason"), REASONS.values(), ids=REASONS)
def test_a_reason_names_column_and_value(cells, reason):
    assert refusal(Price, {**GOOD, **cells}) == reason


def test_the_row_that_the_reasons_begin_with_is_good():
    assert registered(Price).transform(GOOD).id == "A1"


def test_an_empty_cell_takes_the_default_and_is_no_empty_text():
    class Note(Importable):
        text: str = "none"
        title: str

    item = registered(Note).transform({"text": "", "title": " "})

    assert item.attributes == {"fields": {"text": "none", "title": " "}}
    assert refusal(Note, {"text": "", "title": ""}) == "title is empty or missing."


def test_a_cell_of_several_types_is_told_by_its_column():
    class Stock(Importable):
        number: int | Literal["many"]

    assert refusal(Stock, {"number": "few"}) == (
        "number is 'few'; it must be a whole number. number is 'few'; it must be 'many'."
    )


def test_unknown_columns_are_told_where_a_model_forbids_them():
    class Closed(Importable):
        model_config = ConfigDict(extra="forbid")

        sku: str

    assert refusal(Closed, {"sku": "A1", "prise": "1"}) == "prise is not a column of such a file."


def test_a_validator_may_refuse_as_other_strategies_do():
    class Strict(Importable):
        sku: str

        @field_validator("sku")
        @classmethod
        def _refuse(cls, sku: str) -> str:
            raise ValidationError(f"sku is {sku!r}; nothing is right.")

    assert refusal(Strict, {"sku": "A1"}) == "sku is 'A1'; nothing is right."


def aliased(**config: Any) -> type:
    class Aliased(Importable):
        model_config = ConfigDict(**config)

        plain: str
        alias: str = Field(alias="by alias")
        validation: str = Field(alias="unused", validation_alias="by validation")
        either: str = Field(validation_alias=AliasChoices("one", "other"))
        left_out: str = Field(default="", alias="not required")
        made: list[str] = Field(default_factory=list)

    return Aliased


@pytest.mark.parametrize(
    ("config", "columns"),
    [
        ({}, ("plain", "by alias", "by validation")),
        ({"populate_by_name": True}, ("plain",)),
        ({"validate_by_name": True}, ("plain",)),
        (
            {"validate_by_name": True, "validate_by_alias": False},
            ("plain", "alias", "validation", "either"),
        ),
        ({"alias_generator": str.upper}, ("PLAIN", "by alias", "by validation")),
    ],
)
def test_only_columns_that_nothing_can_stand_for_are_required(config, columns):
    assert registered(aliased(**config)).columns == columns


@pytest.mark.parametrize("name", ["one", "other"])
def test_one_of_several_columns_is_enough(name):
    row = {"plain": "1", "by alias": "2", "by validation": "3", name: "4"}

    fields = registered(aliased()).transform(row).attributes["fields"]

    assert (fields["alias"], fields["validation"], fields["either"]) == ("2", "3", "4")


def test_a_model_that_makes_no_item_is_refused():
    with pytest.raises(ConfigurationError, match=r"Size cannot import .* a method to_item\(self\)"):
        ImportStrategies().register("sizes", Size)
