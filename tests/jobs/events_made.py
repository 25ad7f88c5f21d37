"""Job fairs, classes and workshops to test with."""

from datetime import timedelta

from app.jobs.event_models import Event, EventKind
from app.jobs.workshop_models import Workshop


def make_event(session, *, now, **given):
    """A job fair on the day after tomorrow, free, for as many as come; whatever is given differs."""
    event = Event(**event_fields(now=now, **given), created_at=now)
    session.add(event)
    session.flush()
    return event


def event_fields(*, now, **given):
    return {
        "kind": EventKind.JOB_FAIR,
        "title": "春风行动招聘会",
        "starts_at": now + timedelta(days=2),
        "place": "街心花园广场",
        "province": "贵州",
        "city": "六盘水",
        "district": "六枝",
        "what_to_bring": "身份证、简历",
        "fee": "免费",
        "phone": "0858-0000001",
        **given,
    }


def make_workshop(session, *, now, **given):
    fields = {
        "name": "岩脚手套车间",
        "township": "岩脚",
        "address": "岩脚镇安置点3栋",
        "latitude": 26.34,
        "longitude": 105.37,
        "trades": "手套、缝纫",
        "phone": "0858-0000009",
        **given,
    }
    fields.setdefault("external_id", fields["township"] + fields["name"])
    workshop = Workshop(**fields, created_at=now)
    session.add(workshop)
    session.flush()
    return workshop
