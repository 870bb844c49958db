"""``callguard doctor`` beside a real Asterisk."""

import json

import pytest

from callguard.demo.home import Home, HomeError


async def test_a_home_that_is_up_is_good_in_every_part(home: Home) -> None:
    findings = json.loads(await home.command("doctor", "--json"))
    assert {finding["part"]: finding["state"] for finding in findings} == {
        "data": "good",
        "database": "good",
        "police list": "good",
        "feed": "good",
        "FastAGI": "good",
        "AMI": "good",
        "recordings": "good",
        "Asterisk": "good",
        "announcements": "good",
        "clock": "good",
        "mail": "note",  # no mail server is set up here
    }


async def test_a_wrong_ami_secret_is_named_with_what_to_do(home: Home) -> None:
    home.environment["CALLGUARD_AMI_SECRET"] = "wrong"
    try:
        with pytest.raises(HomeError, match="compare user and secret"):
            await home.command("doctor")
    finally:
        home.environment["CALLGUARD_AMI_SECRET"] = (home.folder / "ami.secret").read_text()
