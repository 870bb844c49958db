"""Each question is asked again, with one line, until its answer can be used; in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.first_run.answers import Answers
from callguard.first_run.questions import Questions, Told
from callguard.first_run.words import words

HGW = {
    "line": "0422-99-0000",
    "name": "実家",
    "gateway": "hgw",
    "server": "192.168.1.1",
    "user": "3",
    "secret": "gateway-word",
    "sip_bind": "192.168.1.10:5060",
    "phones": "living kitchen",
}
PROVIDER = HGW | {"gateway": "provider", "server": "sip.example.jp", "user": "05099990000"}
FXO = {name: text for name, text in HGW.items() if name not in {"user", "secret"}} | {
    "gateway": "fxo",
    "server": "192.168.1.30:5062",
}
NGN = FXO | {
    "gateway": "ngn",
    "server": "192.168.2.1",
    "domain": "example.jp",
    "network_bind": "192.168.2.10:5060",
}
MAIL = {
    "mail": "smtp.example.jp:587",
    "mail_from": "home@example.jp",
    "mail_user": "home",
    "mail_secret": "p@ss/word",
}
NONSENSE = [
    (HGW, "line", ""),
    (HGW, "line", "nonsense"),
    (HGW, "line", "110"),
    (HGW, "line", "+1 202-555-0123"),
    (HGW, "name", ""),
    (HGW, "name", "x" * 101),
    (HGW, "name", "\x1b[31m"),
    (HGW, "gateway", ""),
    (HGW, "gateway", "isdn"),
    (HGW, "server", ""),
    (HGW, "server", "my router!"),
    (HGW, "server", "192.168.1.1:99999"),
    (NGN, "domain", ""),
    (NGN, "domain", "not a domain"),
    (HGW, "user", ""),
    (HGW, "user", "a b"),
    (HGW, "secret", "with;comment"),
    (HGW, "secret", "with\ttab"),
    (PROVIDER, "secret", ""),
    (FXO, "sip_bind", "0.0.0.0"),
    (FXO, "sip_bind", "8.8.8.8"),
    (FXO, "sip_bind", "here"),
    (NGN, "network_bind", "192.168.2.10:5070"),
    (FXO, "phones", "LIVING"),
    (FXO, "phones", "trunk"),
    (FXO, "phones", "one one"),
    (FXO, "phones", ", ,"),
    (MAIL, "mail", "http://example.jp"),
    (MAIL, "mail", "smtp.example.jp:0"),
    (MAIL, "mail_from", "nobody"),
    (MAIL, "mail_from", ""),
]


class Somebody:
    """Answers what is asked by name, the *first* time otherwise."""

    def __init__(self, answers: dict[str, str], language: str = "en", **first: str) -> None:
        self._answers = answers
        self._first = first
        self.asked: list[str] = []
        self.heard: list[str] = []
        self.questions = Questions(words(language), self._say, self._say, self.heard.append)

    def _say(self, name: str, default: str = "") -> str:
        self.asked.append(name)
        assert self.asked.count(name) <= 2, f"asked again and again: {self.heard}"
        return self._first.pop(name) if name in self._first else self._answers[name]


def put(somebody: Somebody, answers: dict[str, str]) -> Told:
    if answers is MAIL:
        return somebody.questions.mail(Told(Answers(line="0422-99-0000")))
    return somebody.questions.put(Answers())


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("answers", "name", "text"), NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_told_in_one_line_and_asked_again(
    answers: dict[str, str], name: str, text: str, language: str
) -> None:
    somebody = Somebody(answers, language, **{name: text})
    told = put(somebody, answers)
    assert told == put(Somebody(answers), answers)
    [heard] = somebody.heard
    assert heard.isprintable()
    assert somebody.asked.count(name) == 2
    assert any("ぁ" <= one <= "ん" for one in heard) is (language == "ja")
    assert answers.get("secret", "-") not in heard


@pytest.mark.parametrize(
    "answers", [HGW, PROVIDER, FXO, NGN], ids=["hgw", "provider", "fxo", "ngn"]
)
def test_only_what_the_kind_of_line_needs_is_asked(answers: dict[str, str]) -> None:
    somebody = Somebody(answers)
    told = put(somebody, answers)
    assert sorted(somebody.asked) == sorted(answers)
    assert told.secret == answers.get("secret", "")
    assert told.answers.phones == ("living", "kitchen")
    told.answers.check(told.secret)


def test_what_is_given_is_not_asked_unless_it_cannot_be_used() -> None:
    somebody = Somebody(FXO)
    somebody.questions.put(Answers(line="0422-99-0000", sip_bind="0.0.0.0", phones=("living",)))
    assert somebody.asked == ["name", "gateway", "server", "sip_bind"]
    assert len(somebody.heard) == 1


@pytest.mark.parametrize("word", ["", "later", "Later", "あとで"])
def test_the_mail_server_may_be_told_later(word: str) -> None:
    somebody = Somebody({"mail": word})
    told = somebody.questions.mail(Told(Answers()))
    assert (told.mail_url, told.answers.mail_from) == ("", "")


def test_a_mail_server_becomes_an_address_with_its_password() -> None:
    told = put(Somebody(MAIL), MAIL)
    assert told.mail_url == "smtp://home:p%40ss%2Fword@smtp.example.jp:587"
    assert told.answers.mail_from == "home@example.jp"
    assert "word" not in repr(told.answers)


@given(name=st.sampled_from(sorted(HGW)), text=st.text(max_size=80))
def test_whatever_is_typed_no_question_breaks(name: str, text: str) -> None:
    somebody = Somebody(HGW, "ja", **{name: text})
    put(somebody, HGW)
    assert all(heard.isprintable() for heard in somebody.heard)
