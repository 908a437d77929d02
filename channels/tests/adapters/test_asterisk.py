import dataclasses
import datetime as dt
import json

import pytest

from channels.adapters.asterisk import AsteriskAdapter
from channels.adapters.asterisk.ami import Manager
from channels.adapters.base import SendError, Unparseable
from channels.tests.adapters.ami_server import END, RINGING, TALK, AmiServer, dialogue
from channels.tests.adapters.samples import FORM, assert_sound, delivery, form, one_call, recorded
from leads.inquiry import CallUpdate, Ignored

asterisk = AsteriskAdapter()
KEYS = {"time_zone": "Europe/Moscow", "extension_digits": 5}
CALL = "1795167000.7"
START = dt.datetime.fromtimestamp(1795167000, dt.UTC)
RECORD = {
    "accountcode": "", "src": "79161112233", "dst": "74951112233", "dcontext": "from-trunk",
    "clid": '"" <79161112233>', "channel": "PJSIP/megafon-00000030", "dstchannel": "PJSIP/201-00000031",
    "lastapp": "Dial", "lastdata": "PJSIP/201,30", "start": "2026-11-20 12:30:00", "answer": "2026-11-20 12:30:08",
    "end": "2026-11-20 12:31:00", "duration": "60", "billsec": "52", "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION", "uniqueid": CALL, "userfield": "",
}  # fmt: skip


def parse(body, received=START + dt.timedelta(minutes=1), content_type="", **settings):
    items = asterisk.parse(delivery(body, content_type, received_at=received), KEYS | settings)
    assert_sound(items)
    return items


def csv_of(*changes, names=False):
    rows = [RECORD | change for change in changes or ({},)]
    head = ['"' + '","'.join(rows[0]) + '"'] if names else []
    quoted = [",".join('"{}"'.format(v.replace('"', '""')) for v in row.values()) for row in rows]
    return "\n".join([*head, *quoted]) + "\n"


def record(names=False, settings=None, **change):
    (update,) = parse(csv_of(change, names=names), **(settings or {}))
    return update


@pytest.mark.parametrize("path", recorded("telephony-asterisk"))
def test_recorded_words_are_read(path):
    assert_sound(asterisk.parse(delivery(path.read_bytes()), KEYS))


@pytest.mark.parametrize(
    ("parts", "cause", "state", "result", "answered"),
    [
        ((RINGING,), 16, "ringing", "", False),
        ((RINGING, TALK), 16, "answered", "", True),
        ((RINGING, TALK, END), 16, "finished", "answered", True),
        ((RINGING, END), 16, "finished", "missed", False),
        ((RINGING, END), 17, "finished", "busy", False),
        ((RINGING, END), 34, "finished", "failed", False),
    ],
)
def test_events_of_one_call_make_one_call(parts, cause, state, result, answered):
    call = one_call(parse(dialogue(*parts, cause=cause)))
    assert (call.direction, call.phone, call.line) == ("in", "79161112233", "74951112233")
    assert (call.extension, call.state, call.result) == ("201", state, result)
    assert (call.started_at, call.answered_at is not None) == (START, answered)


def test_records_know_better_than_events():
    updates = [*parse(dialogue(RINGING, TALK, END)), record()]
    call = one_call(updates)
    assert (call.started_at, call.result, call.duration_s, call.talk_s) == (START, "answered", 60, 52)
    assert call.answered_at == START + dt.timedelta(seconds=8)
    assert call.ended_at == START + dt.timedelta(seconds=60)


def test_each_event_may_come_alone_and_twice():
    whole = parse(dialogue(RINGING, TALK, END))
    alone = []
    for block in dialogue(RINGING, TALK, END).split("\n\n"):
        alone += asterisk.parse(delivery(block, received_at=START + dt.timedelta(minutes=1)), KEYS)
    calls = [item for item in alone if isinstance(item, CallUpdate)]
    assert calls == whole
    later = parse(dialogue(RINGING, TALK, END), received=START + dt.timedelta(minutes=9))
    assert [update.key for update in later] == [update.key for update in whole]


def test_cdr_event_is_a_record():
    names = {"src": "Source", "dst": "Destination", "dcontext": "DestinationContext", "clid": "CallerID",
             "dstchannel": "DestinationChannel", "lastapp": "LastApplication", "start": "StartTime",
             "answer": "AnswerTime", "end": "EndTime", "billsec": "BillableSeconds", "uniqueid": "UniqueID"}  # fmt: skip
    lines = "".join(f"{names.get(name, name.title())}: {value}\r\n" for name, value in RECORD.items())
    (told,) = parse(f"Event: Cdr\r\nPrivilege: cdr,all\r\n{lines}\r\n")
    assert told == record()


def test_call_out_begins_with_an_employee():
    text = dialogue(RINGING, TALK, END, phone="201").replace("PJSIP/megafon-00000030", "PJSIP/201-00000030")
    text = text.replace("74951112233", "89161112233").replace("PJSIP/201-00000031", "PJSIP/megafon-00000031")
    call = one_call(parse(text))
    assert (call.direction, call.phone, call.extension, call.result) == (
        "out",
        "89161112233",
        "201",
        "answered",
    )
    told = record(src="201", dst="89161112233", channel="PJSIP/201-1a2b", dstchannel="PJSIP/megafon-1a2c")
    assert (told.direction, told.phone, told.extension) == ("out", "89161112233", "201")


@pytest.mark.parametrize(
    ("src", "dst", "channel", "direction"),
    [
        ("201", "202", "PJSIP/201-0000002c", "internal"),
        ("201", "*97", "PJSIP/201-0000002c", "internal"),
        ("201", "vm202", "SIP/201-0000002c", "internal"),
        ("201", "89161112233", "SIP/201-0000002c", "out"),
        (
            "74951112233",
            "89161112233",
            "SIP/201-0000002c",
            "out",
        ),  # shown to the client instead of the extension
        ("79161112233", "201", "PJSIP/megafon-0000002c", "in"),
        ("", "s", "DAHDI/i1/79161112233-1a", "in"),
        ("anonymous", "74951112233", "PJSIP/megafon-0000002c", "in"),
        ("900", "74951112233", "PJSIP/megafon-0000002c", "in"),  # a bank's short number, in from the trunk
    ],
)
def test_direction_is_told_by_numbers_and_devices(src, dst, channel, direction):
    assert record(src=src, dst=dst, channel=channel, clid="").direction == direction


def test_withheld_numbers_are_empty():
    call = one_call(parse(dialogue(RINGING, END, phone="<unknown>")))
    assert (call.direction, call.phone, call.result) == ("in", "", "missed")
    assert record(src="", clid='"Anna" <79160000000>').phone == "79160000000"


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"disposition": "NO ANSWER", "billsec": "0", "answer": ""}, "missed"),
        ({"disposition": "BUSY", "billsec": "0", "answer": ""}, "busy"),
        ({"disposition": "FAILED", "billsec": "0", "answer": ""}, "failed"),
        ({"dstchannel": "", "lastapp": "BackGround"}, "missed"),  # only a menu picked up
        ({"lastapp": "VoiceMail"}, "missed"),
        ({}, "answered"),
    ],
)
def test_a_machine_that_picks_up_answers_nobody(change, result):
    told = record(**change)
    assert (told.result, told.talk_s) == (result, 52 if result == "answered" else 0)
    assert (told.answered_at is not None) == (result == "answered")


def test_phones_of_a_group_are_one_call():
    tried = {"disposition": "NO ANSWER", "billsec": "0", "answer": "", "dstchannel": "PJSIP/202-00000032"}
    (first, second) = parse(csv_of(tried, {}))
    call = one_call([first, second])
    assert (call.result, call.extension, call.talk_s) == ("answered", "201", 52)
    call = one_call(parse(csv_of(tried, tried | {"dstchannel": "PJSIP/203-00000033"})))
    assert call.result == "missed"


def test_inner_channels_are_no_calls():
    local = dialogue(RINGING, END).replace("PJSIP/megafon-00000030", "Local/201@queue-0000001a;1")
    assert [item for item in parse(local) if not isinstance(item, Ignored) and item.direction] == []
    assert isinstance(parse(csv_of({"channel": "Local/201@queue-0000001a;2"}))[0], Ignored)


def test_table_with_names_tells_line_and_recording():
    row = RECORD | {"calldate": RECORD["start"], "did": "74950000001", "dst": "s", "linkedid": CALL}
    row |= {"uniqueid": "1795167000.9", "recordingfile": "in-201-79161112233-20261120.wav"}
    pattern = "https://pbx.example/monitor/{year}/{month}/{day}/{file}"
    for name in ("start", "answer", "end"):
        del row[name]
    values = ['"{}"'.format(value.replace('"', "")) for value in row.values()]
    (told,) = parse(",".join(row) + "\n" + ",".join(values), recordings=pattern)
    assert (told.call_id, told.line) == (CALL, "74950000001")
    assert told.recording_url == "https://pbx.example/monitor/2026/11/20/in-201-79161112233-20261120.wav"
    assert told.answered_at == START + dt.timedelta(seconds=8)


def test_recording_must_be_a_file_of_the_exchange():
    settings = {"recordings": "https://pbx.example/{file}"}
    assert record(settings=settings, userfield="a.wav").recording_url == "https://pbx.example/a.wav"
    for userfield in ("../../etc/passwd.wav", "https://evil.example/a.wav", "a b.wav", "note"):
        assert record(settings=settings, userfield=userfield).recording_url == ""
    assert record(userfield="a.wav").recording_url == ""


def test_record_may_be_posted_as_a_form_or_json():
    told = record()
    (posted,) = asterisk.parse(form(RECORD, received_at=START), KEYS)
    assert posted == told
    assert parse(RECORD)[0] == told
    assert parse([RECORD, RECORD | {"uniqueid": "1795167000.8"}])[1].call_id == "1795167000.8"


def test_local_time_is_the_channels():
    told = record(settings={"time_zone": "Asia/Yekaterinburg"})
    assert told.started_at == START - dt.timedelta(hours=2)


def test_clock_that_is_off_is_not_believed():
    call = one_call(parse(dialogue(RINGING), received=START + dt.timedelta(days=3)))
    assert call.started_at == START + dt.timedelta(days=3)


def test_version_11_tells_the_rest_by_records():
    old = f"""\
Event: Newchannel
Channel: SIP/201-0000001c
CallerIDNum: 201
Exten: 89161112233
Context: from-internal
Uniqueid: {CALL}

Event: Dial
SubEvent: Begin
Channel: SIP/201-0000001c
Destination: SIP/megafon-0000001d
CallerIDNum: 201
ConnectedLineNum: <unknown>
UniqueID: {CALL}
DestUniqueID: 1795167001.8
Dialstring: megafon/89161112233

Event: Dial
SubEvent: End
Channel: SIP/201-0000001c
UniqueID: {CALL}
DialStatus: ANSWER

Event: Hangup
Channel: SIP/megafon-0000001d
Uniqueid: 1795167001.8
Cause: 16
"""
    updates = parse(old)
    assert [update.state for update in updates] == ["ringing", "ringing", "answered"]
    call = one_call(
        [*updates, record(src="201", dst="89161112233", channel="SIP/201-0000001c", dstchannel="SIP/m")]
    )
    assert (call.direction, call.phone, call.extension, call.result) == (
        "out",
        "89161112233",
        "201",
        "answered",
    )


def ari(kind, channel=None, **more):
    plan = {"context": "from-trunk", "exten": "74951112233"}
    told = {"id": CALL, "name": "PJSIP/megafon-1", "caller": {"number": "79161112233"}, "dialplan": plan}
    event = {"type": kind, "timestamp": "2026-11-20T09:30:00.000+0000", "channel": told | (channel or {})}
    return event | more


def test_rest_interface_tells_the_same():
    peer = {"id": "1795167001.8", "name": "PJSIP/201-00000031", "dialplan": {"exten": ""}}
    caller = ari("")["channel"]
    events = [
        ari("StasisStart", args=[]),
        ari("Dial", dialstatus="", caller=caller, peer=peer),
        ari("Dial", dialstatus="ANSWER", caller=caller, peer=peer),
        ari("ChannelEnteredBridge", bridge={"bridge_type": "mixing", "channels": [CALL, "1795167001.8"]}),
        ari("ChannelDestroyed", cause=16),
    ]
    updates = [parse(event)[0] for event in events]
    call = one_call(updates)
    assert (call.direction, call.phone, call.extension, call.result) == (
        "in",
        "79161112233",
        "201",
        "answered",
    )
    for other in (
        ari("StasisStart", args=["dialed"]),
        ari("ChannelDestroyed", channel=peer, cause=16),
        ari("ChannelVarset"),
        ari("ChannelEnteredBridge", bridge={"bridge_type": "holding", "channels": [CALL, "1"]}),
    ):
        assert isinstance(parse(other)[0], Ignored)


@pytest.mark.parametrize(
    "body", ["hello", "a,b,c", '{"broken', '{"some": "thing"}', "[1]", b"\xff\xfe\x00", "name=Anna"]
)
def test_what_is_no_word_of_asterisk_is_refused(body):
    with pytest.raises(Unparseable):
        parse(body, content_type=FORM)


def test_other_words_are_put_aside():
    (item,) = parse("Event: PeerStatus\r\nPeer: SIP/201\r\nPeerStatus: Registered\r\n\r\n")
    assert isinstance(item, Ignored)
    assert asterisk.parse(delivery(b" "), KEYS) == []


# --- The manager interface ---------------------------------------------------------------------------
@pytest.fixture
def server():
    with AmiServer() as server:
        yield server


def test_check_logs_in(server):
    is_fine, posts = asterisk.check(KEYS | server.settings, "https://crm/hook")
    assert is_fine.is_ok and "20.5.2" in str(is_fine.text) and "https://crm/hook" in str(posts.text)
    refused = asterisk.check(KEYS | server.settings | {"password": "no"}, "https://crm/hook")[0]
    assert not refused.is_ok and "Authentication failed" in str(refused.text)
    nobody = asterisk.check(KEYS | server.settings | {"port": 1}, "https://crm/hook")[0]
    assert not nobody.is_ok
    (only,) = asterisk.check(KEYS, "https://crm/hook")
    assert only.is_ok


def test_manager_gives_messages_as_they_came(server):
    text = dialogue(RINGING)
    with Manager(server.settings, classes="call,cdr,agent") as manager:
        assert b"FullyBooted" in (manager.hear(5) or b"")
        assert manager.hear(0.05) is None
        server.tell(text)
        told = [manager.hear(5) for _turn in range(3)]
        assert [message.decode().splitlines()[0] for message in told] == [
            "Event: Newchannel", "Event: Newchannel", "Event: DialBegin"
        ]  # fmt: skip
        server.hang_up()
        with pytest.raises(SendError):
            manager.hear(5)


def test_call_is_started_from_the_employees_device(server):
    settings = KEYS | server.settings | {"channel_template": "SIP/{extension}", "context": "sales"}
    told = {"extension": "201", "phone": "+7 916 111-22-33", "line": "", "command_id": "c-1"}
    asterisk.start_call(**told, settings=settings)
    order = server.orders[-1]
    assert (order["channel"], order["exten"], order["context"]) == ("SIP/201", "79161112233", "sales")
    assert (order["actionid"], order["async"]) == ("c-1", "true")
    server.answers["originate"] = "Response: Error\nMessage: Extension does not exist."
    with pytest.raises(SendError, match="Extension does not exist") as refused:
        asterisk.start_call(**told, settings=settings)
    assert refused.value.is_permanent


def test_order_cannot_be_widened_by_a_line_break(server):
    settings = KEYS | server.settings
    evil = "201\r\nAction: Command\r\nCommand: core stop now"
    asterisk.start_call(extension=evil, phone="79161112233", line="", command_id="c-2", settings=settings)
    assert {order["action"] for order in server.orders} == {"Login", "Originate"}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("channel_template", "SIP/{extension}", "SIP/201"),
        ("recordings", "https://pbx.example/{file}", "http://pbx.example/{file}"),
    ],
)
def test_settings_are_checked(name, good, bad):
    (field,) = [field for field in asterisk.fields if field.name == name]
    field.validate(good)
    with pytest.raises(ValueError, match="."):
        field.validate(bad)


def test_items_hold_nothing_of_the_delivery():
    assert all(dataclasses.is_dataclass(item) for item in parse(dialogue(RINGING)))
    assert json.dumps([item.key for item in parse(dialogue(RINGING))])
