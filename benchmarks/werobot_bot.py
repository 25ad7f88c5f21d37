"""The peer: WeRoBot in plain mode, no session, no de-dup, the same short words to everybody."""

from werobot import WeRoBot

from app.core.config import DEMO

robot = WeRoBot(token=DEMO["wechat_token"])
robot.config["SESSION_STORAGE"] = False


@robot.text  # type: ignore[untyped-decorator]
def answer(message: object) -> str:
    return "您好，您的话收到了。"


application = robot.wsgi
