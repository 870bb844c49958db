"""``callguard doctor`` beside a real Asterisk."""

import json

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
        "Asterisk": "good",
        "announcements": "good",
        "clock": "good",
    }


async def test_a_wrong_ami_secret_is_named_with_what_to_do(home: Home) -> None:
    home.environment["CALLGUARD_AMI_SECRET"] = "wrong"
    try:
        await home.command("doctor")
    except HomeError as error:
        assert "AMI" in str(error)
        assert "compare user and secret with manager.conf" in str(error)
    else:
        raise AssertionError("a wrong secret was not noticed")
    finally:
        home.environment["CALLGUARD_AMI_SECRET"] = (home.folder / "ami.secret").read_text()
