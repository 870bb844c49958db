"""Country calling codes that ITU-T has assigned (E.164, annex to the Operational Bulletin).

An own table, because it is asked for every overseas call and phonenumbers takes 45 ms to import,
as long as all the rest of the fallback script. A test keeps it equal to phonenumbers' list.
"""

_ASSIGNED = """
1 7
20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238
239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264
265 266 267 268 269 27 290 291 297 298 299
30 31 32 33 34 350 351 352 353 354 355 356 357 358 359 36 370 371 372 373 374 375 376 377 378 380
381 382 383 385 386 387 389 39
40 41 420 421 423 43 44 45 46 47 48 49
500 501 502 503 504 505 506 507 508 509 51 52 53 54 55 56 57 58 590 591 592 593 594 595 596 597 598
599
60 61 62 63 64 65 66 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691
692
800 808 81 82 84 850 852 853 855 856 86 870 878 880 881 882 883 886 888
90 91 92 93 94 95 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 98 992 993
994 995 996 998
"""

ASSIGNED: frozenset[str] = frozenset(_ASSIGNED.split())

SHARED: frozenset[int] = frozenset({1, 7, 39, 44, 47, 61, 212, 262, 290, 358, 590, 599})
"""Codes that serve several countries: which one, only the following digits tell."""


def calling_code(digits: str) -> int | None:
    """Return the assigned calling code that *digits* (E.164 without ``+``) begin with, or None.

    No code is the beginning of another (E.164 section 6.2.1), so at most one matches.
    """
    for length in (2, 3, 1):
        if digits[:length] in ASSIGNED:
            return int(digits[:length])
    return None


def region(number: int, code: int) -> str | None:
    """Return the ISO 3166 code of the country that overseas *number* belongs to, or None.

    ``number`` is in E.164 digits and begins with ``code``. Global services such as +800 belong to
    no country. Costs up to 50 µs (phonenumbers), so ask only where a country decides something.
    """
    from phonenumbers import (
        NumberParseException,
        is_possible_number,
        parse,
        region_code_for_country_code,
        region_code_for_number,
    )

    found: str | None = region_code_for_country_code(code)
    if code in SHARED:
        try:
            parsed = parse(f"+{number}")
        except NumberParseException:
            return None
        # A number that may be too new for phonenumbers counts as the code's main country's.
        main = found if is_possible_number(parsed) else None
        found = region_code_for_number(parsed) or main
    return found if found and found.isalpha() and found != "ZZ" else None
