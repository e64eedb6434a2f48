"""Drives the fake Slack with Slack's own library. Arguments: address of the Web API, token. Prints what came back."""
import json
import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

base, token = sys.argv[1:]
client = WebClient(token=token, base_url=base, retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=1)])


def refused(call, **arguments):
    try:
        call(**arguments)
    except SlackApiError as error:
        return error.response["error"]


posted = client.chat_postMessage(channel="C0OPS", text="hello", blocks=[{"type": "divider"}])
place = {"channel": posted["channel"], "ts": posted["ts"]}
opened = client.views_open(trigger_id="1.2.x", view={"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []})
told = {
    "identity": client.auth_test()["user_id"],
    "members": [member for page in client.conversations_members(channel="C0OPS", limit=2) for member in page["members"]],
    "users": [user["id"] for page in client.users_list(limit=3) for user in page["members"]],
    "group": client.usergroups_users_list(usergroup="S0SRE")["users"],
    "groups": [group["id"] for group in client.usergroups_list()["usergroups"]],
    "email": client.users_info(user="U0ALICE")["user"]["profile"]["email"],
    "channel": client.conversations_info(channel="C0OPS")["channel"]["num_members"],
    "updated": client.chat_update(**place, text="bye")["text"],
    "direct": client.chat_postMessage(channel="U0ALICE", text="to you")["channel"],
    "opened": client.conversations_open(users="U0ALICE")["channel"]["id"],
    "ephemeral": bool(client.chat_postEphemeral(channel="C0OPS", user="U0ALICE", text="psst")["message_ts"]),
    "view": client.views_update(view_id=opened["view"]["id"], view=opened["view"].copy())["view"]["type"],
    "file": client.files_upload_v2(channel="C0OPS", filename="a.csv", title="A", content="a,b")["ok"],
    "deleted": client.chat_delete(**place)["ok"],
    "gone": refused(client.chat_update, **place, text="again"),
    "stranger": refused(client.users_info, user="U0NOBODY"),
    "nowhere": refused(client.chat_postMessage, channel="C0NOWHERE", text="x"),
    "wrong token": refused(WebClient(token="xoxb-wrong", base_url=base).auth_test),
}
print(json.dumps(told))
