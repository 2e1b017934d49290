"""Names and addresses that people are shown deceive nobody, and no path is ever made of them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.evidence.names import LONGEST_ADDRESS, LONGEST_NAME, clean_address, clean_name, shown
from reports.evidence.refusals import NotAccepted


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("第一季 報告.pdf", "第一季 報告.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\王\\桌面\\報告.pdf", "報告.pdf"),
        ("/報告.pdf", "報告.pdf"),
        ("..", "_"),
        ("", "_"),
        ("   ", "_"),
        ("報告.pdf\x00.exe", "報告.pdf.exe"),
        ("報告\u202efdp.exe", "報告fdp.exe"),
        ("a\u200bb\u2066c.pdf", "abc.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ('a"b<c>:d|e?f*g.pdf', "a_b_c__d_e_f_g.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("lpt1.csv", "_lpt1.csv"),
        (".htaccess", "htaccess"),
        ("a.pdf.", "a.pdf"),
        ("a .pdf ", "a.pdf"),
        ("cafe\u0301.txt", "café.txt"),
        ("ａ．ｐｄｆ", "ａ．ｐｄｆ"),
    ],
)
def test_a_name_is_cleaned_for_people_and_systems(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


def test_a_long_name_keeps_its_ending() -> None:
    kept = clean_name("長" * 500 + ".pdf")
    assert len(kept) == LONGEST_NAME and kept.endswith("長.pdf")


@given(st.text(max_size=400))
def test_whatever_was_sent_a_cleaned_name_is_safe_and_stays_as_it_is(sent: str) -> None:
    kept = clean_name(sent)
    assert 0 < len(kept) <= LONGEST_NAME
    assert not set(kept) & set('/\\<>:"|?*')
    assert not {unicodedata.category(each) for each in kept} & {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
    assert kept.strip() == kept and kept not in (".", "..")
    assert clean_name(kept) == kept


@given(st.text(max_size=200))
def test_what_is_shown_is_one_line_and_stays_as_it_is(typed: str) -> None:
    text = shown(typed)
    assert "\n" not in text and shown(text) == text


@pytest.mark.parametrize(
    "address",
    [
        "https://www.ey.gov.tw/Page/448DE008087A1971/報告",
        "http://intranet.moe.gov.tw:8080/a?b=c&d=%20#e",
        "https://教育部.tw/",
        "https://192.0.2.1/a",
        " https://www.gov.tw/ ",
    ],
)
def test_an_address_of_the_web_is_kept_as_it_was_typed(address: str) -> None:
    assert clean_address(address) == address.strip()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "完整網址"),
        ("www.gov.tw", "完整網址"),
        ("javascript:alert(1)", "完整網址"),
        ("data:text/html,<script>", "完整網址"),
        ("ftp://www.gov.tw/a", "完整網址"),
        ("file:///etc/passwd", "完整網址"),
        ("https://", "完整網址"),
        ("https:///a", "完整網址"),
        ("https://[::1", "完整網址"),
        ("https://a.tw:99999999/", "完整網址"),
        ("//www.gov.tw/", "完整網址"),
        ("https://user:secret@www.gov.tw/", "帳號或密碼"),
        ("https://user@www.gov.tw/", "帳號或密碼"),
        ("https://@www.gov.tw/", "帳號或密碼|完整網址"),
        ("https://www.gov.tw/a b", "看不見的字元"),
        ("https://www.gov.tw/\u202egpj.exe", "看不見的字元"),
        ("https://www.gov.tw\\@evil.example/", "看不見的字元"),
        ("java\nscript:alert(1)", "看不見的字元"),
        ("https://www.gov.tw/" + "a" * LONGEST_ADDRESS, "網址過長"),
    ],
)
def test_any_other_address_is_refused_in_words(address: str, words: str) -> None:
    with pytest.raises(NotAccepted, match=words):
        clean_address(address)


@given(st.text(max_size=100))
def test_nothing_but_the_web_is_ever_linked_to(typed: str) -> None:
    try:
        address = clean_address(typed)
    except NotAccepted:
        return
    assert address.lower().startswith(("http://", "https://"))
