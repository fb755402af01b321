"""The ledger in Chromium: a row opens its claim, a claim goes to a file and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from rut_dash.claims.claim_file import load_claims, read_claims
from tests.e2e.conftest import Tab

pytestmark = pytest.mark.browser


def test_filters_and_the_open_claim_are_in_the_link(tab: Tab) -> None:
    tab.open("claims", "claim=A1-1b")
    expect(tab.page.get_by_role("heading", name="Claim A1-1b")).to_be_visible()
    assert "IWM close" in tab.chart()
    tab.page.get_by_role("button", name="not yet known").click()
    tab.wait_until_drawn()
    tab.page.wait_for_url("**/*verdicts=not*")
    assert "claim=A1-1b" in tab.page.url
    tab.page.go_back()
    tab.wait_until_drawn()
    assert "verdicts" not in tab.page.url
    tab.nothing_wrong()


def test_own_claims_are_saved_to_a_file_and_loaded_again(tab: Tab, tmp_path: Path) -> None:
    tab.open("claims")
    tab.page.get_by_text("A claim of your own").click()
    stated = tab.page.get_by_label("Stated", exact=True)
    stated.fill("12.5")
    stated.press("Enter")
    expect(tab.page.get_by_text("which is what 12.5% can stand for")).to_be_visible()
    tab.page.get_by_role("button", name="Add to the ledger").click()
    expect(tab.page.get_by_role("heading", name="Claim own-1")).to_be_visible()
    tab.wait_until_drawn()
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Download 1 claim as TOML").click()
    path = tmp_path / "claims.toml"
    download.value.save_as(path)
    read = read_claims(path.read_text(encoding="utf-8"), path, load_claims())
    assert not read.problems
    assert [claim.stated for claim in read.claims] == [12.5]
    # The ledger above the form follows at once.
    shipped = len(load_claims().claims)
    counts = tab.page.get_by_text(f"{shipped + 1} claims").first
    expect(counts).to_be_visible()
    tab.page.get_by_role("button", name="Remove them").click()
    expect(tab.page.get_by_role("button", name="Remove them")).to_have_count(0)
    expect(tab.page.get_by_text(f"{shipped} claims").first).to_be_visible()
    expect(counts).to_have_count(0)

    tab.page.get_by_test_id("stFileUploader").locator("input").set_input_files(path)
    expect(tab.page.get_by_role("button", name="Download 1 claim as TOML")).to_be_visible()
    expect(counts).to_be_visible()

    bad = tmp_path / "bad.toml"
    bad.write_text(f"{path.read_text(encoding='utf-8')}\n[[claim]]\ntext = 5\n", encoding="utf-8")
    tab.page.get_by_test_id("stFileUploader").locator("input").set_input_files(bad)
    expect(
        tab.page.get_by_text("bad.toml, the second [[claim]]: the text must be one line of text")
    ).to_be_visible()
    expect(tab.page.get_by_role("button", name="Download 1 claim as TOML")).to_be_visible()
    tab.nothing_wrong()
