"""Versions of a procedure on its page: one that is not there is not found."""
# ruff: noqa: F811  (a fixture of another module)

import pytest

from tests.web.conftest import Client
from tests.web.drawings import drawing
from tests.web.test_procedures import admin, publish, upload  # noqa: F401  (a fixture)


@pytest.mark.parametrize("number", ["99", "0", "x", "-1", "9" * 30])
def test_version_that_is_not_there_is_not_found(admin: Client, number: str) -> None:
    upload(admin, drawing())
    publish(admin)

    answer = admin.get(f"/procedures/small_review?version={number}")

    assert answer.status_code == 404
    assert f"không có phiên bản {number[:20]}." in answer.text
    assert admin.get("/procedures/small_review?version=").status_code == 200
    assert "không có phiên bản 9." in admin.get("/procedures/small_review/versions/9/migrate").text
