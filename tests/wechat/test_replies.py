"""Replies within WeChat's limits, in which nobody's words turn into markup."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.language.characters import strip_illegal
from app.wechat.messages import Kind, Message
from app.wechat.replies import (
    MAX_TEXT_BYTES,
    Article,
    Image,
    News,
    Text,
    Transfer,
    mini_program_link,
    plain,
    render,
    split_text,
    tap_link,
)

from .wire import in_time, thorough

MESSAGE = Message(Kind.TEXT, "gh_county", "oZhangSan", 1771545600, "1", text="在吗")
CLICK = Message(Kind.EVENT, "gh_county", "oZhangSan", 1771545600, event="click", event_key="JOBS")
ARTICLE = Article("招聘会", "正月初九", "https://a.cn/?a=1&b=2", "https://a.cn/1.png")
LINK = '<a href="https://a.cn/">报名</a>'
HOSTILE = st.lists(
    st.text()
    | st.sampled_from(["]]>", "]]", ">", "<![CDATA[", "</Content>", "&amp;", "&#0;", "\x00", "\x1d", "\r\n", "😀"])
    | st.sampled_from(["\ud800", "\udfff", "\ud83d", "\ufffe", "<a href='x'>", "</a>", "{0}", "{name}", "%s", "\\1"])
).map("".join)


def parse(reply, message=MESSAGE):
    return ElementTree.fromstring(render(reply, message, created=1771545601))


def as_read(text):
    """How XML gives ``text`` back: without what it may not hold, with one kind of line end."""
    return strip_illegal(text).replace("\r\n", "\n").replace("\r", "\n")


class Markup(HTMLParser):
    """The tags, the attributes and the words of a chat message, as a browser sees them."""

    def __init__(self, text):
        super().__init__()
        self.links, self.words, self.tags = [], "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links.append(dict(attrs))

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_data(self, data):
        self.words += data


# --- what is rendered ---


def test_render_swaps_sender_and_receiver():
    root = parse(Text("在的"))

    assert {child.tag: child.text for child in root} == {
        "ToUserName": "oZhangSan",
        "FromUserName": "gh_county",
        "CreateTime": "1771545601",
        "MsgType": "text",
        "Content": "在的",
    }


def test_render_puts_words_into_cdata():
    assert '<Content><![CDATA[<a href="https://a.cn/">报名</a>]]></Content>' in render(Text(LINK), MESSAGE, created=1)


def test_render_writes_an_image():
    root = parse(Image("m]]>1"))

    assert (root.findtext("MsgType"), root.findtext("Image/MediaId")) == ("image", "m]]>1")


def test_render_writes_articles_in_order():
    second = Article("政策]]>", "补助 <b>", "https://a.cn/2")

    root = parse(News((ARTICLE, second)), CLICK)

    assert root.findtext("ArticleCount") == "2"
    assert [[field.text or "" for field in item] for item in root.findall("Articles/item")] == [
        ["招聘会", "正月初九", "https://a.cn/1.png", "https://a.cn/?a=1&b=2"],
        ["政策]]>", "补助 <b>", "", "https://a.cn/2"],
    ]


def test_render_hands_over_to_customer_service():
    assert parse(Transfer()).findtext("MsgType") == "transfer_customer_service"


@pytest.mark.parametrize("created", [0, 1771545601, 2**33])
def test_render_writes_the_time_given(created):
    root = ElementTree.fromstring(render(Text("在的"), MESSAGE, created=created))

    assert root.findtext("CreateTime") == str(created)


# --- limits ---


@pytest.mark.parametrize(
    "content",
    ["a" * 2048, "汉" * 682 + "ab", "😀" * 512, "a" * 2048 + "\x00\ud800\ufffe"],
    ids=["ascii", "chinese", "emoji", "stripped characters are not counted"],
)
def test_render_takes_2048_bytes(content):
    assert parse(Text(content)).findtext("Content") == strip_illegal(content)


@pytest.mark.parametrize("content", ["a" * 2049, "汉" * 683, "😀" * 512 + "a"], ids=["ascii", "chinese", "emoji"])
def test_render_refuses_2049_bytes(content):
    with pytest.raises(ValueError, match="1 to 2048 bytes"):
        render(Text(content), MESSAGE, created=1)


@pytest.mark.parametrize("content", ["", " ", "\n\t\u3000", "\x00", "\x02 \x1d", "\ud800"])
def test_render_refuses_a_text_in_which_nothing_is_left(content):
    with pytest.raises(ValueError, match="1 to 2048 bytes"):
        render(Text(content), MESSAGE, created=1)


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        (Kind.TEXT, 1),
        (Kind.IMAGE, 1),
        (Kind.VOICE, 1),
        (Kind.VIDEO, 1),
        (Kind.SHORT_VIDEO, 1),
        (Kind.LOCATION, 1),
        (Kind.LINK, 1),
        (Kind.EVENT, 8),
    ],
)
def test_render_allows_one_article_or_eight_by_what_was_said(kind, limit):
    message = Message(kind, "gh_county", "oZhangSan", 1771545600)

    most = parse(News((ARTICLE,) * limit), message)

    assert len(most.findall("Articles/item")) == limit
    for wrong in (0, limit + 1):
        with pytest.raises(ValueError, match=f"1 to {limit} articles"):
            render(News((ARTICLE,) * wrong), message, created=1)


# --- hostile words ---


@thorough
@given(HOSTILE)
def test_render_gives_any_text_back_and_adds_no_node(content):
    assume(strip_illegal(content).strip() and len(strip_illegal(content).encode()) <= MAX_TEXT_BYTES)

    root = parse(Text(content))

    assert root.findtext("Content") == as_read(content)
    assert sorted(child.tag for child in root) == ["Content", "CreateTime", "FromUserName", "MsgType", "ToUserName"]
    assert len(root.find("Content")) == 0


@thorough
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_render_gives_any_article_back(title, description, url, picture):
    root = parse(News((Article(title, description, url, picture),)))

    assert [field.text or "" for field in root.find("Articles/item")] == [
        as_read(text) for text in (title, description, picture, url)
    ]
    assert parse(Image(url)).findtext("Image/MediaId") == as_read(url)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("初八去中山", "初八去中山"),
        ('<a href="http://evil.cn">领补贴</a>', '＜a href="http://evil.cn"＞领补贴＜/a＞'),
        ("<A HREF=x>", "＜A HREF=x＞"),
        ("1 < 2 > 1 & 3", "1 ＜ 2 ＞ 1 & 3"),
        ("\x00<\x1d\ud800a", "＜a"),
    ],
)
def test_plain_defuses_links(text, shown):
    assert plain(text) == shown


@thorough
@given(HOSTILE)
def test_plain_leaves_nothing_that_opens_a_tag(text):
    assert Markup(plain(text).replace("&", "")).tags == []
    assert len(plain(text)) == len(strip_illegal(text))


@pytest.mark.parametrize(
    ("label", "menu_id", "link"),
    [
        ("满意", "101", '<a href="weixin://bizmsgmenu?msgmenucontent=满意&msgmenuid=101">满意</a>'),
        ("去 中山", "a&b", '<a href="weixin://bizmsgmenu?msgmenucontent=去中山&msgmenuid=a%26b">去 中山</a>'),
        (
            '"><script>&#',
            '"><',
            '<a href="weixin://bizmsgmenu?msgmenucontent=script&msgmenuid=%22%3E%3C">"＞＜script＞&#</a>',
        ),
        ("岗位\n详情", "7", '<a href="weixin://bizmsgmenu?msgmenucontent=岗位详情&msgmenuid=7">岗位\n详情</a>'),
    ],
)
def test_tap_link_escapes_label_and_id(label, menu_id, link):
    assert tap_link(label, menu_id) == link


@thorough
@given(HOSTILE, st.text())
def test_tap_link_is_one_link_whatever_the_label(label, menu_id):
    link = tap_link(label, menu_id)

    found = re.fullmatch(r'<a href="(weixin://bizmsgmenu\?[^"<>\s]*)">([^<>]*)</a>', link)

    assert found[2] == plain(label)
    assert re.fullmatch(r"weixin://bizmsgmenu\?msgmenucontent=[^&#]*&msgmenuid=[^&#]*", found[1])


def test_mini_program_link_names_app_and_path():
    link = mini_program_link(
        "订座", app_id="wx1", path="pages/trip?id=3&day=初八", fallback_url="https://a.cn/?a=1&b=2"
    )

    assert link == (
        '<a href="https://a.cn/?a=1&b=2" data-miniprogram-appid="wx1"'
        ' data-miniprogram-path="pages/trip?id=3&day=%E5%88%9D%E5%85%AB">订座</a>'
    )


@thorough
@given(HOSTILE, st.text(), st.text(), st.text())
def test_mini_program_link_is_one_link_whatever_its_parts(label, app_id, path, url):
    link = mini_program_link(label, app_id=app_id, path=path, fallback_url=url)

    found = re.fullmatch(
        r'<a href="[^"<>\s]*" data-miniprogram-appid="[^"<>\s]*" data-miniprogram-path="[^"<>\s]*">([^<>]*)</a>', link
    )

    assert found[1] == plain(label)


# --- splitting ---


def parts_of(text, limit):
    """All parts; fails instead of going on for ever."""
    parts, rest = [], text
    while rest or not parts:
        before = len(rest)
        part, rest = split_text(rest, limit=limit)
        parts.append(part)
        assert len(rest) < before or not before
    return parts


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 10, [""]),
        ("short", 10, ["short"]),
        ("0123456789", 10, ["0123456789"]),
        ("01234\n6789", 10, ["01234\n6789"]),
        ("01234\n67890", 10, ["01234", "67890"]),
        ("0123456789\nab", 10, ["0123456789", "ab"]),
        ("01234567890\nab", 10, ["0123456789", "0\nab"]),
        ("ab\ncd\nef", 5, ["ab\ncd", "ef"]),
        ("ab\ncd\nef", 6, ["ab\ncd", "ef"]),
        ("ab\n\ncdefgh", 5, ["ab\n", "cdefg", "h"]),
        ("ab\n\n\ncdefgh", 3, ["ab\n", "\ncd", "efg", "h"]),
        ("\n0123456789", 10, ["\n012345678", "9"]),
        ("\n\n0123456789", 10, ["\n\n01234567", "89"]),
        ("汉字很长", 6, ["汉字", "很长"]),
        ("汉字很长", 8, ["汉字", "很长"]),
        ("😀😀", 7, ["😀", "😀"]),
        (f"请点{LINK}谢谢", 46, [f"请点{LINK}谢谢"]),
        (f"请点{LINK}谢谢", 40, [f"请点{LINK}", "谢谢"]),
        (f"请点{LINK}谢谢", 39, ["请点", f"{LINK}谢", "谢"]),
        (f"一\n{LINK}{LINK}", 60, ["一", LINK, LINK]),
    ],
)
def test_split_text_cuts_at_line_ends_else_between_characters(text, limit, parts):
    assert parts_of(text, limit) == parts


def test_split_text_never_cuts_a_link_at_its_own_line_end():
    link = '<a href="https://a.cn/">第一行\n第二行</a>'

    assert parts_of(f"一二三四五\n{link}", 50) == ["一二三四五", link]
    assert parts_of(f"一二三四五{link}", 50) == ["一二三四五", link]


def test_split_text_takes_lone_surrogates():
    assert parts_of("a\ud800" * 10, 10) == ["a\ud800" * 5, "a\ud800" * 5]


PARTS = (
    st.text("汉字ab 😀é\n", max_size=40)
    | st.sampled_from([LINK, tap_link("满意", "101"), '<a href="x">两\n行</a>', "\n", "\n\n", "<a", "</a>", "<a b>"])
    | st.text(max_size=10)
)


@thorough
@given(st.lists(PARTS, max_size=30).map("".join), st.integers(100, 400))
def test_split_text_loses_nothing_and_keeps_the_limit(text, limit):
    links = [link.span() for link in re.finditer(r"<a\s[^<>]*>(?:(?!<a\s).)*?</a>", text, re.DOTALL)]
    assume(all(len(text[start:end].encode()) <= limit for start, end in links))

    parts = parts_of(text, limit)

    position, cuts = 0, []
    for part in parts:
        position += text[position : position + 1] == "\n" and not text.startswith(part, position)
        if position and not text.startswith(part, position):
            raise AssertionError(f"{part!r} is not at {position}")
        cuts.append(position)
        position += len(part)
    assert max(len(part.encode()) for part in parts) <= limit
    assert [cut for cut in cuts if any(start < cut < end for start, end in links)] == []


@thorough
@given(st.lists(PARTS, max_size=30).map("".join), st.integers(100, 400))
def test_split_text_joins_again_by_a_newline_or_by_nothing(text, limit):
    part, rest = split_text(text, limit=limit)

    assert text in (part + rest, f"{part}\n{rest}")


@thorough
@given(st.text(max_size=2000).map(lambda text: text * 3))
def test_split_text_makes_parts_that_can_be_sent(text):
    text = strip_illegal(text).strip()

    for part in parts_of(text, MAX_TEXT_BYTES):
        assert len(part.encode()) <= MAX_TEXT_BYTES


@pytest.mark.parametrize("filler", ["汉", "\n", " \n", LINK, LINK + "\n", "<a ", "<a >", "</a>", "<"])
def test_split_text_of_64_kb_takes_no_time(filler):
    text = filler * (65_536 // len(filler.encode()))

    with in_time():
        parts = parts_of(text, MAX_TEXT_BYTES)

    assert max(len(part.encode()) for part in parts) <= MAX_TEXT_BYTES
