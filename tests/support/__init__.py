"""What several files of end-to-end tests share: the product as its users meet it, and the cloud below it."""

import pytest

# Their assertions explain themselves like those of a test.
pytest.register_assert_rewrite(*(f"tests.support.{name}" for name in ("directory", "function", "operations", "problems")))
