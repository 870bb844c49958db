"""What a household agrees to, in the words that it is shown.

通信の秘密 (Telecommunications Business Act, article 4) asks for consent that is valid, individual,
specific and clear. So each purpose is agreed to by itself, in plain words, and can be revoked by
itself. A change of the words is a new version; what was agreed to names its version.
"""

from dataclasses import dataclass
from enum import StrEnum

VERSION = "2026-11-27.3"
"""Version of the words below."""


class Purpose(StrEnum):
    """What the household's calls may be looked at for."""

    SCREENING = "screening"
    LOGGING = "logging"
    RECORDING = "recording"
    NOTICES = "notices"


@dataclass(frozen=True, slots=True)
class Words:
    """A title and the text under it."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The whole text in one language."""

    version: str
    title: str
    introduction: str
    purposes: dict[Purpose, Words]
    revoking: str


_JA = ConsentText(
    VERSION,
    "電話の見守りについての同意",
    "だれがいつだれに電話をかけたかは、法律（電気通信事業法 第4条）で守られた「通信の秘密」です。"
    "同意をいただくまで、callguard は電話を調べず、記録もしません。"
    "次のことを、一つずつお選びください。",
    {
        Purpose.SCREENING: Words(
            "かかってきた電話を調べ、あやしい電話を止める",
            "電話が鳴る前に、相手の番号を、警察などの詐欺の番号の一覧、ご家族の登録、"
            "お決めになった設定と照らし合わせます。"
            "結果により、電話をおつなぎしない、相手に注意の案内を流してから鳴らす、"
            "すぐに鳴らす、のいずれかにします。"
            "お話の内容は聞きません。"
            "110・118・119 にかけたあとしばらくは、どの電話もつなぎます。",
        ),
        Purpose.LOGGING: Words(
            "電話の記録を残す",
            "かかってきた日時、相手の番号（非通知の番号は残しません）、止めた・つないだとその理由、"
            "話した長さを記録し、ご家族がご覧になれます。この記録にお話の内容は入りません。"
            "保管は初めは90日で、変えられます。期間が過ぎると消します。いつでも消せます。",
        ),
        Purpose.RECORDING: Words(
            "お話を録音する",
            "設定でお選びになったものだけを録音します。初めはどちらも録音しません。"
            "一つは、注意の案内を流した電話のお話です。録音することは、案内で相手にも必ず伝えます。"
            "もう一つは、おつなぎしなかった相手が残す伝言です。"
            "録音は暗号にして callguard の機器に置き、聞く権利のあるご家族だけが聞けます。"
            "だれが聞いたかは残ります。電話会社の担当者は聞けません。"
            "保管は初めは30日で、変えられます。期間が過ぎると消します。いつでも消せます。"
            "「電話の記録を残す」にも同意いただいているときだけ録音します。",
        ),
        Purpose.NOTICES: Words(
            "ご家族にお知らせを送る",
            "詐欺の番号から電話があったときなどに、登録したご家族のメールや携帯電話に知らせます。"
            "お知らせには、日時、相手の番号、止めた理由が入ることがあります。",
        ),
    },
    "同意は、いつでも、一つずつでも取り消せます。取り消すと、すぐに止まります。"
    "「電話を調べる」を取り消すと、記録とお知らせも止まり、どの電話もそのまま鳴ります。"
    "同意しなくても、電話はこれまでどおりお使いになれます。",
)

_EN = ConsentText(
    VERSION,
    "Agreeing to have your calls watched over",
    "Who called whom, and when, is a secret of communication that the law protects "
    "(Telecommunications Business Act, article 4). Until you agree, callguard looks at no call "
    "and keeps no record. Please choose each of these for itself.",
    {
        Purpose.SCREENING: Words(
            "Look at incoming calls, and stop suspicious ones",
            "Before the telephone rings, the caller's number is compared with the lists of fraud "
            "numbers of the police and others, with your family's lists and with your settings. "
            "Then the call is refused, or the caller hears a warning before it rings, or it rings "
            "at once. "
            "What is said is not listened to. "
            "For a while after you have dialled 110, 118 or 119, every call is put through.",
        ),
        Purpose.LOGGING: Words(
            "Keep a record of calls",
            "When a call came, its number (never one that was withheld), whether it was stopped "
            "and why, and how long the call was; your family can see it. It does not hold what is "
            "said. Records are kept for 90 days unless you choose otherwise, then erased. "
            "You can erase them at any time.",
        ),
        Purpose.RECORDING: Words(
            "Record what is said",
            "Only what you switch on in the settings is recorded; both are off to begin with. One "
            "is what is said in calls whose caller heard the warning, which then says so. The "
            "other is messages that callers leave who were not put through. "
            "Recordings lie encrypted on the machine of callguard, and only family members with "
            "the right to can hear them. Who listened is kept. The telephone company's staff "
            "cannot. Recordings are kept for 30 days unless you choose otherwise, then erased. You "
            "can erase them at any time. Nothing is recorded unless you also agree to records of "
            "calls.",
        ),
        Purpose.NOTICES: Words(
            "Send notices to the family",
            "When a fraud number has called, for example, the family members who signed up are "
            "told by mail or on their telephones. A notice can hold the time, the caller's number "
            "and why the call was stopped.",
        ),
    },
    "You can revoke each consent at any time, and it ends at once. If you revoke the first, "
    "records and notices end too, and every call rings as it comes. "
    "You can use your telephone as before without agreeing.",
)


def consent_text(language: str) -> ConsentText:
    """Return the text in ``ja`` or ``en``."""
    return {"ja": _JA, "en": _EN}[language]
