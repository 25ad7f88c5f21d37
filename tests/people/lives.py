"""People to test with: in the chat, in the mini-program, with a row in every table there is."""

from datetime import datetime

from app.core.clock import SHANGHAI
from app.jobs import events
from app.jobs.models import JobApplication, JobPreference, JobPush, JobReport, SavedJob
from app.messaging import deliveries, inbox
from app.messaging.delivery_models import Purpose, SubscribeCredit
from app.messaging.delivery_rules import Message
from app.messaging.models import Dialogue, InboundMessage, LateAnswer
from app.people import consents, idempotency, linking, sessions
from app.people.idempotency import Kept
from app.people.models import Channel, Identity, Person
from tests.jobs.events_made import make_event
from tests.jobs.factories import make_job

NOW = datetime(2027, 2, 8, 10, 0, tzinfo=SHANGHAI)


def chatter(session, openid="o1", *, unionid=None):
    """Somebody of the chat, in the middle of a conversation."""
    person = Person(created_at=NOW)
    session.add(person)
    session.flush()
    session.add(Identity(person_id=person.id, channel=Channel.OFFICIAL_ACCOUNT, openid=openid, unionid=unionid))
    session.add(Dialogue(person_id=person.id, version=3, state={"about": "x"}, updated_at=NOW))
    session.flush()
    return person.id


def sign_in(session, openid="m1", unionid=None, link=None, *, now=NOW):
    """(token, person)."""
    token, _ = sessions.sign_in(session, openid, unionid, link, now=now, machine_now=now)
    session.flush()
    return token, sessions.find_person(session, token, machine_now=now)


def fill(session, person, *, name, openid):
    """A row of this person in every table that can have one."""
    row = session.get(Person, person)
    row.township = "岩脚"
    session.add(row)
    if session.get(Dialogue, person) is None:
        session.add(Dialogue(person_id=person, version=1, state={"about": "y"}, updated_at=NOW))
    linking.hand_out_link(session, person, machine_now=NOW)
    consents.set_consent(session, person, "job_push", granted=True, channel=Channel.MINI_PROGRAM, now=NOW)
    idempotency.take_key(session, person, f"key-{name}", "d", machine_now=NOW)
    idempotency.keep_answer(session, person, f"key-{name}", Kept(201, "{}"))
    inbox.call_human(session, person, "补贴没到", now=NOW)
    deliveries.push(session, person, Message("您好"), Purpose.ANSWER, now=NOW)
    said = {"digest": "", "received_at": NOW, "intent": "x", "reply": "<xml/>", "opens": "message"}
    session.add(InboundMessage(dedup_key=f"1.{openid}", openid=openid, **said))
    session.add(LateAnswer(dedup_key=f"2.{openid}", openid=openid, message="", answer="答案", begun_at=0))
    session.add(SubscribeCredit(openid=openid, template_id="T", credits=1, updated_at=NOW))
    job = make_job(session, title=f"普工{name}", now=NOW)
    session.add(JobPreference(person_id=person, want={"trades": ["普工"]}, pushes="daily", updated_at=NOW))
    for kind in (SavedJob, JobApplication, JobReport):
        session.add(kind(person_id=person, job_id=job.id, at=NOW))
    session.add(JobPush(person_id=person, job_id=job.id, reasons=["离家近"], delivery_id=1, at=NOW))
    events.register(session, person, make_event(session, now=NOW).id, now=NOW)
    session.flush()


def whole_life(session, openid="o1", mini="m1"):
    """Somebody in both apps with a row in every table that has rows about people: (person, token)."""
    person = chatter(session, openid)
    link = linking.hand_out_link(session, person, machine_now=NOW)
    token, joined = sign_in(session, mini, None, link)
    assert joined == person
    fill(session, person, name=openid, openid=openid)
    return person, token
