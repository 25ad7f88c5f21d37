"""A body that calls itself JSON, judged before anything is built from it.

Not JSON at all (syntax, not UTF-8) is ``BadRequest``. JSON that holds what no field of ours can keep
is ``Invalid``, with the field: NaN, Infinity and numbers beyond measure, lone surrogates and NUL, a
key written twice, nesting beyond ``MAX_DEPTH``. FastAPI alone would take the first three in, and
fail later: in the answer's encoding, or in the database.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from app.api.field_errors import MAX_ERRORS, field_name
from app.core.errors import BadRequest, FieldError, Invalid

MAX_DEPTH = 32
MAX_DIGITS = 20
"""More than any 64-bit number has. CPython itself refuses to read more than 4,300."""

UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")

Path = tuple[int | str, ...]


class _RepeatedKey(dict[str, object]):
    """An object in which ``key`` is written twice."""

    key: str


def check_json(body: bytes) -> None:
    """Raise BadRequest or Invalid unless ``body`` is JSON that can be kept."""
    try:
        tree = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_object, parse_int=_whole_number)
    except UnicodeDecodeError as error:
        raise BadRequest("请求内容不是 UTF-8 编码的文字。") from error
    except json.JSONDecodeError as error:
        raise BadRequest(f"请求内容不是正确的 JSON，请看第{error.lineno}行第{error.colno}个字符附近。") from error
    except RecursionError as error:
        raise Invalid(errors=[_too_deep()]) from error
    if errors := list(islice(_flaws(tree), MAX_ERRORS)):
        raise Invalid(errors=errors)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _RepeatedKey(found)
    repeated.key = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return repeated


def _whole_number(digits: str) -> int | float:
    """A number too long to keep counts as infinite, and is refused as such."""
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


def _flaws(tree: object) -> Iterator[FieldError]:
    """Everything in ``tree`` that cannot be kept, wherever it stands; without recursion."""
    todo: list[tuple[Path, dict[str, object] | list[object]]] = [((), {"body": tree})]
    while todo:
        path, node = todo.pop()
        if len(path) > MAX_DEPTH:
            yield _too_deep()
            return
        if isinstance(node, _RepeatedKey):
            yield _flaw((*path, node.key), "repeated_key", "“{}”写了两次，请只留一个。")
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(key, str) and UNKEEPABLE.search(key):
                yield _flaw((*path, key), "bad_text", "“{}”这个名字里有无法保存的字符，请改正。")
            if isinstance(value, dict | list):
                todo.append(((*path, key), value))
            elif isinstance(value, str) and UNKEEPABLE.search(value):
                yield _flaw((*path, key), "bad_text", "“{}”里有无法保存的字符，请删去后重填。")
            elif isinstance(value, float) and not math.isfinite(value):
                yield _flaw((*path, key), "not_finite", "“{}”要填一个平常的数，不能是 NaN、Infinity 或大得离谱的数。")


def _flaw(path: Path, code: str, sentence: str) -> FieldError:
    name = field_name(path)
    return FieldError(name, code, sentence.format(name))


def _too_deep() -> FieldError:
    return FieldError("body", "too_deep", f"内容一层套一层，超过了{MAX_DEPTH}层，请改成平铺的写法。")
