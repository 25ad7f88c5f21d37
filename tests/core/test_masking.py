"""People's numbers and our secrets, hidden in any company."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.masking import mask_all, mask_people, names_a_secret

around = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=20)
phones = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
id_numbers = st.from_regex(r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-2][0-9][0-9]{3}[0-9Xx]", fullmatch=True)
secrets = st.from_regex(r"[A-Za-z0-9_-]{6,40}", fullmatch=True)
names = st.sampled_from(
    ["secret", "access_token", "token", "appsecret", "session_key", "client_secret", "wechat_token"]
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("520203199001011234", "520203••••••••1234"),
        ("身份证52020319900101123X，谢谢", "身份证520203••••••••123X，谢谢"),
        ("520203 19900101 123x", "520203••••••••123x"),
        ("13812345678", "138••••5678"),
        ("打138 1234 5678找我", "打138••••5678找我"),
        ("138-1234-5678", "138••••5678"),
        ("+8613812345678", "+86138••••5678"),
        ("+86 138 1234 5678", "+86 138••••5678"),
        ("0858-5312333", "0858-5312333"),
        ("24001234567890123", "24001234567890123"),
        ("补500元，12333", "补500元，12333"),
    ],
)
def test_mask_people_shortens_numbers_of_people_only(text, masked):
    assert mask_people(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "https://api.weixin.qq.com/cgi-bin/message?access_token=HIDDEN-VALUE&x=1",
        "secret=HIDDEN-VALUE",
        "client_secret=HIDDEN-VALUE",
        '{"access_token": "HIDDEN-VALUE", "expires_in": 7200}',
        '{"access_token":"HIDDEN-VALUE"}',
        "{'session_key': 'HIDDEN-VALUE'}",
        '"{\\"access_token\\": \\"HIDDEN-VALUE\\"}"',
        "Settings(wechat_token='HIDDEN-VALUE', secret_key='HIDDEN-VALUE')",
        "aes_key_previous='HIDDEN-VALUE'",
        "Authorization: Bearer HIDDEN-VALUE",
        "postgresql+psycopg://yanlu:HIDDEN-VALUE@db:5432/yanlu",
        "password = HIDDEN-VALUE",
        'password="HIDDEN with blanks HIDDEN-VALUE"',
    ],
)
def test_mask_all_hides_a_secret_however_it_is_written(text):
    assert "HIDDEN-VALUE" not in mask_all(text)


@pytest.mark.parametrize("text", ["expires_in=7200", "token 过期了", "http://h:80/a?b=c@d", "三个tokens: 12", "问：答"])
def test_mask_all_leaves_other_text_alone(text):
    assert mask_all(text) in (text, text.replace("12", "••••"))


def test_mask_all_shortens_openids():
    assert mask_all("o6_bmjrPTlm6_2sgVt7hMZOPfL2M asks") == "o6_bmj••••fL2M asks"


@given(around, phones, around)
def test_no_phone_comes_through(before, phone, after):
    assert phone not in mask_all(f"{before}{phone}{after}")


@given(around, id_numbers, around)
def test_no_id_number_comes_through(before, number, after):
    before, after = before.rstrip("xX"), after.lstrip("xX")

    assert number not in mask_all(f"{before}{number}{after}")


@given(names, secrets, st.sampled_from(["{n}={v}", '"{n}": "{v}"', "'{n}': '{v}'", "{n}: {v}", '{{"{n}":"{v}"}}']))
def test_no_secret_comes_through(name, secret, form):
    masked = mask_all(form.format(n=name, v=secret))

    assert secret not in masked.replace(name, "")


@given(st.text())
def test_mask_all_never_fails_and_changes_nothing_the_second_time(text):
    assert mask_all(mask_all(text)) == mask_all(text)


def test_names_a_secret_knows_our_settings_and_wechats_fields():
    named = "wechat_token wechat_app_secret appsecret secret_key staff_secret wechat_aes_key aes_key_previous "
    named += "access_token session_key password id_number Authorization"

    assert [name for name in named.split() if not names_a_secret(name)] == []
    assert [name for name in ("intent", "outcome", "ms", "tokens", "token_count", "key") if names_a_secret(name)] == []
