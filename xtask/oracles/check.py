"""Holds messages and modals against slack_sdk's models and PyPI's blockkit.

Argument: a file of JSON lines, each {"surface": "message" | "view", "body": ...}. What each library makes of a block must
be that very block again: what it drops or changes it does not know. Ends with 1 and a list when something does not fit.
"""
import json
import logging
import sys

import blockkit.core as kit
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

# Where a library is known to be wrong, and why it is not believed there: (library, what it says, reason).
ACCEPTED = []


class Complaints(logging.Handler):
    """slack_sdk only logs what it does not know."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.told = []

    def emit(self, record):
        self.told.append(record.getMessage()[:300])


def differences(sent, made, path=""):
    """Where two trees differ. An absent member and an empty list are the same."""
    if isinstance(sent, dict) and isinstance(made, dict):
        for name in sorted(sent.keys() | made.keys()):
            one, other = sent.get(name), made.get(name)
            if (one or None) != (other or None):
                yield from differences(one, other, f"{path}.{name}")
    elif isinstance(sent, list) and isinstance(made, list) and len(sent) == len(made):
        for index, (one, other) in enumerate(zip(sent, made)):
            yield from differences(one, other, f"{path}[{index}]")
    elif sent != made:
        yield f"{path}: sent {json.dumps(sent)[:200]}, understood {json.dumps(made)[:200]}"


def official(surface, body, complaints):
    if surface == "view":
        made = View(**body).to_dict()
        sent = body
    else:
        sent = {"blocks": body.get("blocks", [])}
        made = {"blocks": [block.to_dict() for block in Block.parse_all(sent["blocks"])]}
    told, complaints.told = complaints.told, []
    yield from told
    yield from differences(sent, made)


KINDS = {
    "header": kit.Header, "section": kit.Section, "context": kit.Context, "divider": kit.Divider, "actions": kit.Actions,
    "rich_text": kit.RichText, "rich_text_section": kit.RichTextSection, "rich_text_preformatted": kit.RichTextPreformatted,
    "table": kit.Table, "raw_text": kit.RawText, "input": kit.Input, "button": kit.Button, "text": kit.RichTextEl,
    "link": kit.RichLinkEl, "user": kit.RichUserEl, "channel": kit.RichChannelEl, "usergroup": kit.RichUserGroupEl, "plain_text_input": kit.PlainTextInput, "static_select": kit.StaticSelect,
    "multi_static_select": kit.MultiStaticSelect, "multi_external_select": kit.MultiExternalSelect, "users_select": kit.UsersSelect,
    "multi_users_select": kit.MultiUsersSelect, "channels_select": kit.ChannelsSelect,
    "multi_channels_select": kit.MultiChannelsSelect, "conversations_select": kit.ConversationsSelect,
    "multi_conversations_select": kit.MultiConversationsSelect, "checkboxes": kit.Checkboxes,
    "radio_buttons": kit.RadioButtons, "modal": kit.Modal,
}
TEXTS = {"plain_text", "mrkdwn"}
# What has no `type` is told by the member that it stands in.
UNTYPED = {"confirm": kit.Confirm, "options": kit.Option, "initial_options": kit.Option, "initial_option": kit.Option,
           "style": kit.RichStyle}


def build(value, member=""):
    if isinstance(value, list):
        return [build(item, member) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    parts = {name: build(part, name) for name, part in value.items()}
    if kind in TEXTS:
        return kit.Text(**parts)
    parts.pop("type", None)
    return (KINDS[kind] if kind else UNTYPED[member])(**parts)


def other(surface, body):
    if surface == "view":
        made = build(body)
        sent = body
    else:
        sent = {name: body[name] for name in ("text", "blocks") if body.get(name)}
        made = kit.Message(text=sent.get("text"), blocks=build(sent.get("blocks", [])))
    yield from differences(sent, made.build())


def faults(surface, body, complaints):
    for library, check in (("slack_sdk", lambda: official(surface, body, complaints)), ("blockkit", lambda: other(surface, body))):
        try:
            for said in check():
                if not any(library == who and what in said for who, what, _ in ACCEPTED):
                    yield f"{library}: {said}"
        except Exception as error:  # whatever a library throws at a block is its refusal
            yield f"{library}: {type(error).__name__}: {str(error)[:500]}"


def main(path):
    complaints = Complaints()
    logging.getLogger("slack_sdk").addHandler(complaints)
    with open(path) as lines:
        sent = [json.loads(line) for line in lines if line.strip()]
    bad = 0
    for number, one in enumerate(sent, 1):
        for fault in faults(one["surface"], one["body"], complaints):
            bad += 1
            print(f"{number}: {fault}\n    {json.dumps(one['body'])[:1500]}", file=sys.stderr)
    print(f"{len(sent)} fit slack_sdk and blockkit" if not bad else f"{bad} faults")
    return 1 if bad else 0


sys.exit(main(sys.argv[1]))
