"""Jobs to test with."""

from datetime import timedelta

from app.core.clock import local
from app.jobs.models import Job, JobState


def make_job(session, *, now, **given):
    """A published job that is open for two months; whatever is given differs."""
    job = Job(**job_fields(now=now, **given))
    session.add(job)
    session.flush()
    return job


def job_fields(*, now, **given):
    today = local(now).date()
    fields = {
        "state": JobState.PUBLISHED,
        "title": "普工",
        "employer": "中山鸿顺电子厂",
        "province": "广东",
        "city": "中山",
        "trade": "普工",
        "salary_min_fen": 450_000,
        "salary_max_fen": 600_000,
        "salary_unit": "月",
        "contact_name": "李姐",
        "contact_phone": "138-0000-1234",
        "posted_at": today,
        "expires_at": today + timedelta(days=60),
        "checked_at": now,
        "published_at": now,
        "created_at": now,
        **given,
    }
    fields.setdefault(
        "fingerprint",
        "|".join(
            str(fields.get(name)) for name in ("employer", "title", "city", "salary_max_fen", "district", "township")
        ),
    )
    return fields
