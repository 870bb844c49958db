"""The area codes (市外局番) of Japan's geographic 0AB-J numbers.

The national significant number of a geographic number, the nine digits after the trunk 0, is an
area code of one to four digits, a local exchange (市内局番) that fills them up to five digits,
and four digits for the subscriber. No separator shows where the area code ends: 015-41x and
0154-2x are different towns. This module holds the official list and answers two questions: which
area code does a number have, and is the number possible at all.

Sources:

- MIC (総務省), 「市外局番の一覧」, the list of the area codes of the numbering plan
  電気通信番号計画 (令和元年総務省告示第6号). It gives each area code and, as CDE, DE or E, the
  number of digits of its exchanges.
- MIC, 「電気通信番号指定状況」, the state of designation published under 第1第4項 of that plan, one
  row for each block of 0 + area code + exchange; it decides between a shorter and a longer area
  code. Read through public tables derived from it in January 2023, in August 2025 and from the
  page of 2026-09-01, whose sheets are of 2024-09-01 (area codes in 1), 2025-01-01 (2),
  2024-03-01 (3), 2023-07-01 (4 to 8) and 2026-09-01 (9).
- The numbering bands that the public repository tormekig/torme-mysite made from MIC's and NTT's
  lists, and the metadata of phonenumbers 9.0.43.

MIC's documents were read through these derived tables, not in the original. The tables of 2023
and 2026 have the same 387 area codes and agree in every block; the others name no further one.

The exchange begins with 2-9. MIC's 「電話番号に関するQ&A」 (Q1, April 2001) says so: what is
dialled without an area code is a local number if it begins with 2-9 and a service (110, 119,
177 ...) if it begins with 1; 0 is the trunk prefix. No block of the designation tables begins
otherwise, and no exception for a nine-digit number was found: the exchanges beginning with 1 in
NTT's bands (024-177 ...) are services such as the weather forecast, dialled as area code + 1XY,
which call nobody.

Where the sources leave a choice, a number counts as possible, for a number wrongly called
impossible is a telephone that does not ring:

- A block that MIC has not designated yet (018-9xx, 0126-8x, 06-5xxx) is possible; only the area
  code and the first digit of the exchange are judged.
- Blocks such as 025-40x and 042-21x, which a longer area code cannot use because its own exchange
  would begin with 0 or 1, are possible if MIC designated them or phonenumbers accepts them.
- phonenumbers also accepts 094-5xx, 08513 and 08515 to 08519. MIC has neither an area code 094 or
  0945 nor one that begins 0851 except 08512 and 08514, so these are impossible here.

Services in the same digits (0120, 0170, 0570, 0990 ...) are not geographic numbers and must be
recognised before asking here.
"""

from itertools import product

__all__ = ["area_code", "geographic_fault"]

# By prefecture, from north to south, as in MIC's list: without the trunk 0. An area code that
# serves several prefectures stands with the one named first in the comment.
_AREA_CODES = (
    # Hokkaido
    "11 123 124 125 126 1267 133 134 135 136 137 1372 1374 1377 138 139 1392 1397 1398",
    "142 143 144 145 1456 1457 146 1466 15 152 153 154 1547 155 1558 156 1564 157 158 1586 1587",
    "162 163 1632 1634 1635 164 1648 165 1654 1655 1656 1658 166 167",
    "17 172 173 174 175 176 178 179",  # Aomori
    "18 182 183 184 185 186 187",  # Akita
    "19 191 192 193 194 195 197 198",  # Iwate
    "22 220 223 224 225 226 228 229",  # Miyagi
    "23 233 234 235 237 238",  # Yamagata
    "24 240 241 242 243 244 246 247 248",  # Fukushima
    "25 250 254 255 256 257 258 259",  # Niigata
    "26 260 261 263 264 265 266 267 268 269",  # Nagano
    "27 270 274 276 277 278 279",  # Gunma
    "28 282 283 284 285 287 288 289",  # Tochigi
    "280 29 291 293 294 295 296 297 299",  # Ibaraki
    "3 42 422 428 4992 4994 4996 4998",  # Tokyo; 042 also Saitama and Kanagawa
    "4 43 436 438 439 47 470 475 476 478 479",  # Chiba; 04 also Saitama
    "44 45 46 460 463 465 466 467",  # Kanagawa
    "48 480 49 493 494 495",  # Saitama
    "55 551 553 554 555 556",  # Yamanashi; 055 also Shizuoka
    "53 537 538 539 54 544 545 547 548 550 557 558",  # Shizuoka
    "52 531 532 533 536 561 562 563 564 565 566 567 568 569 586 587",  # Aichi
    "572 573 574 575 576 5769 577 578 58 581 584 585",  # Gifu
    "59 594 595 596 597 5979 598 599",  # Mie
    "6 72 721 725",  # Osaka; 06 and 072 also Hyogo
    "73 735 736 737 738 739",  # Wakayama
    "742 743 744 745 746 7468 747",  # Nara
    "740 748 749 77",  # Shiga
    "75 771 772 773 774",  # Kyoto
    "76 761 767 768",  # Ishikawa; 076 also Toyama
    "763 765 766",  # Toyama
    "770 776 778 779",  # Fukui
    "78 79 790 791 794 795 796 797 798 799",  # Hyogo
    "82 823 824 826 829 84 845 846 847 8477 848",  # Hiroshima
    "820 827 83 833 834 835 836 837 838 8387 8388 8396",  # Yamaguchi
    "8512 8514 852 853 854 855 856",  # Shimane
    "857 858 859",  # Tottori
    "86 863 865 866 867 868 869",  # Okayama
    "87 875 877 879",  # Kagawa
    "88 883 884 885",  # Tokushima; 088 also Kochi
    "880 887 889",  # Kochi
    "89 892 893 894 895 896 897 898",  # Ehime
    "92 93 930 940 942 943 944 946 947 948 949",  # Fukuoka
    "952 954 955",  # Saga
    "920 95 950 956 957 959",  # Nagasaki
    "96 964 965 966 967 968 969",  # Kumamoto
    "97 972 973 974 977 978 979",  # Oita
    "982 983 984 985 986 987",  # Miyazaki
    "99 9912 9913 993 994 995 996 9969 997",  # Kagoshima
    "98 980 9802",  # Okinawa
)

# The longest area code wins, except in these exchanges of the shorter one: 015-41x is not 0154.
_EXCHANGES_OF_SHORTER_CODE = {
    "15": "40 41 48 50 51 57",
    "22": "30 31 34-39",
    "25": "40 41 50-56 59 60 61 70 71 75-79 80 81 917 999",
    "26": "40 41 46-49",
    "27": "80 81 88 89",
    "28": "30 31 33 34 90-95",
    "29": "30 31 35-39",
    "4": "20 290 292-296 299 700 701 709 71",
    "42": "20 21 80 81 84-86",
    "47": "50 51 59 90 91 99",
    "53": "90-95 964-973 975 976 978 979 98",
    "59": "80 81 89 90 91 99",
    "597": "90 91 97 98",
    "79": "40-45 49-51 55 56 59-61 66 67",
    "82": "40-43 49 90 91 921-929 941-943 96 99",
    "83": "60 70 71 766-768 77-79 80 81 960 961 963 966",
    "86": "362-365 367-369 50-53 552 553 58-61 691 697 698"
    " 722-724 726 728 737 738 80 81 89-91 94 95 990 991 994-999",
    "99": "331 343 345 347 40 41 47 48",
}

# 042 to 049 are area codes of their own: 04 keeps only the exchanges listed above.
_NOTHING_ELSE = frozenset({"4"})


def _owners() -> dict[str, str]:
    """Map the first 3, 4 or 5 digits of a number to its area code; the longest match decides.

    Shorter area codes are spelled out to 3 digits, so that three look-ups settle any number.
    """
    owners = {}
    codes = {code for line in _AREA_CODES for code in line.split()}
    for code in sorted(codes - _NOTHING_ELSE, key=len):
        for tail in product("0123456789", repeat=max(0, 3 - len(code))):
            owners[code + "".join(tail)] = code
    for code, exchanges in _EXCHANGES_OF_SHORTER_CODE.items():
        for exchange in exchanges.split():
            first, _, last = exchange.partition("-")
            for digits in range(int(first), int(last or first) + 1):
                owners[f"{code}{digits}"] = code
    return owners


_OWNERS = _owners()
# Every beginning of a known number, so that a fault can name the digits that lead nowhere.
_STEMS = frozenset(lead[:length] for lead in _OWNERS for length in range(1, len(lead) + 1))


def area_code(nsn: str) -> str | None:
    """Return the area code of a geographic number, without the trunk 0.

    ``nsn`` is the national significant number: nine ASCII digits, no trunk 0, so "422200000" for
    0422-20-0000, which gives "422". ``None`` means that the plan has no area code there. The
    exchange after the area code is not judged; see ``geographic_fault``.
    """
    owner = _OWNERS.get
    return owner(nsn[:5]) or owner(nsn[:4]) or owner(nsn[:3])


def geographic_fault(nsn: str) -> str | None:
    """Say why no geographic number ``nsn`` can exist; ``None`` if it can.

    ``nsn`` is as in ``area_code``. The reason is a short English phrase for logs and verdicts. It
    contains no digits of the subscriber.
    """
    if len(nsn) != 9 or not (nsn.isascii() and nsn.isdigit()):
        return "a geographic number has nine digits after the trunk 0"
    owner = _OWNERS.get  # as in area_code
    code = owner(nsn[:5]) or owner(nsn[:4]) or owner(nsn[:3])
    if code is None:
        dead_end = next(nsn[:length] for length in range(1, 6) if nsn[:length] not in _STEMS)
        return f"no area code 0{dead_end} in the numbering plan"
    exchange = nsn[len(code)]
    if exchange in "01":
        return f"the local exchange after 0{code} begins with {exchange}; exchanges begin with 2-9"
    return None
