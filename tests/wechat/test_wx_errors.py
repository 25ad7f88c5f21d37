"""Every code of the reference, and the class it ends in."""

from datetime import datetime

import pytest

from app.core.clock import SHANGHAI
from app.core.errors import Unavailable
from app.wechat.features import Feature, limits_of, require, why_not
from app.wechat.wx_codes import MEANINGS, Reason
from app.wechat.wx_errors import (
    AlreadyDone,
    CodeRefused,
    NeedsOperator,
    NotForThisAccount,
    PayloadRefused,
    QuotaSpent,
    RecipientGone,
    Refusal,
    TokenRefused,
    TryAgain,
)

from .fake import OPENID, RID

MIDNIGHT = datetime(2027, 2, 7, tzinfo=SHANGHAI)
CLASSES = {
    TryAgain: [-1, 45011, 45066],
    TokenRefused: [40001, 40014, 42001, 41001],
    QuotaSpent: [45009, 45028, 48006],
    NeedsOperator: [
        *(40013, 40125, 40164, 40165, 61004, 48001, 50001, 48003, 48004, 40200, 48008, 45064, 89503, 89506, 89507),
        *(40243, 41002, 41004, 85079),
    ],
    RecipientGone: [
        *(40003, 43004, 50005, 46004, 43019, 43101, 45015, 45047, 48002, 49003, 50002, 43117, 61010, 45080),
    ],
    PayloadRefused: [
        *(40007, 40008, 40037, 40066, 40097, 40129, 41030, 44002, 44003, 44004, 45001, 45002, 45003, 45008),
        *(47001, 47003, 9001001, 87014, 87009, 45067, 40033, 45010, 46003, 45056, 45057, 45058, 45059, 45157, 45158),
        *(45159, 40032, 43001, 43002, 43104, 45063, 44990, 53503, 53504, 53505, 45072, 65301, 65303, 65304),
        *range(40015, 40028),
    ],
    CodeRefused: [40029, 40163, 40226, 41008],
    AlreadyDone: [45065, 43116, 45081],
}
REASONS = {
    43004: Reason.UNFOLLOWED,
    50005: Reason.UNFOLLOWED,
    43019: Reason.REFUSED,
    43101: Reason.REFUSED,
    48002: Reason.REFUSED,
    45015: Reason.WINDOW_CLOSED,
    45047: Reason.WINDOW_SPENT,
    40003: Reason.INVALID,
    50002: Reason.LIMITED,
}


def error_of(errcode, errmsg="no", **more):
    return Refusal("cgi-bin/some/api", errcode, f"{errmsg} rid: {RID}", **more).as_error(until=MIDNIGHT)


@pytest.mark.parametrize(
    ("errcode", "kind"), [pytest.param(code, kind, id=str(code)) for kind, codes in CLASSES.items() for code in codes]
)
def test_every_code_of_the_reference_ends_in_its_class(errcode, kind):
    error = error_of(errcode)

    assert type(error) is kind
    assert (error.api, error.errcode, error.rid) == ("cgi-bin/some/api", errcode, RID)
    assert (error.status, error.code, isinstance(error, Unavailable)) == (503, "wechat_unavailable", True)
    assert f"微信错误码 {errcode}，rid {RID}" in error.detail


def test_every_code_we_know_has_a_sentence_in_chinese():
    assert [code for code, meaning in MEANINGS.items() if not meaning.sentence.endswith("。")] == []
    assert set(MEANINGS) >= {code for codes in CLASSES.values() for code in codes}


@pytest.mark.parametrize(("errcode", "reason"), REASONS.items())
def test_recipient_gone_says_why(errcode, reason):
    assert error_of(errcode).reason == reason


def test_only_a_mass_send_repeated_too_soon_may_have_been_sent():
    assert [code for code in MEANINGS if error_of(code).maybe_sent] == [45066]
    assert error_of(45066).retry_after == error_of(45011).retry_after == 60


def test_quota_spent_says_until_when():
    error = error_of(45009)

    assert error.until == MIDNIGHT
    assert "02月07日00:00以后" in error.detail


@pytest.mark.parametrize(
    "said", ["invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist", "invalid ip ::ffff:203.0.113.9"]
)
def test_an_address_that_is_not_in_the_whitelist_is_named(said):
    error = error_of(40164, said)

    assert error.ip == "203.0.113.9"
    assert "203.0.113.9" in error.detail
    assert "IP白名单" in error.detail


def test_payload_refused_names_the_field():
    error = error_of(47003, "argument invalid! data.thing1.value invalid")

    assert error.field == "thing1"
    assert "thing1" in error.detail


def test_already_done_knows_the_first_ones_id():
    assert error_of(45065, msg_id="201").msg_id == "201"


def test_a_code_nobody_has_heard_of_is_refused_for_good():
    assert type(error_of(12345678)) is PayloadRefused


def test_wechats_own_words_are_not_passed_on():
    error = error_of(40003, f"invalid openid {OPENID} of 13812345678 token=abcdefgh")

    assert [word for word in (OPENID, "13812345678", "abcdefgh") if word in str(error) + repr(vars(error))] == []


def test_twin_is_the_same_error_of_another_caller():
    error = error_of(45009)

    twin = error.twin()
    twin.maybe_sent = True

    assert (type(twin), twin.until, twin.detail, str(twin)) == (QuotaSpent, MIDNIGHT, error.detail, str(error))
    assert not error.maybe_sent


def test_a_subscription_account_is_told_what_it_cannot_do():
    missing = [feature for feature in Feature if why_not("subscription", feature)]

    assert missing == [
        Feature.MASS_SEND_TO_PEOPLE,
        Feature.TEMPLATE_MESSAGE,
        Feature.SUBSCRIBE_NOTICE,
        Feature.SCENE_CODE,
        Feature.WEB_LOGIN,
    ]
    assert limits_of("service") == []
    assert len(limits_of("subscription")) == len(missing)
    with pytest.raises(NotForThisAccount, match="订阅号不能发模板消息"):
        require("subscription", Feature.TEMPLATE_MESSAGE)
