"""What several files of end-to-end tests share: the product as its users meet it, and the cloud below it."""

import pytest

# Their assertions explain themselves like those of a test.
pytest.register_assert_rewrite(
    "tests.support.directory",
    "tests.support.function",
    "tests.support.operations",
    "tests.support.problems",
    "tests.support.recipes",
    "tests.support.relaunching",
)
