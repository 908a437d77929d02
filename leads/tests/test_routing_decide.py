"""The decision itself: conditions, targets, who is passed over. Plain values, no database."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import Any

import pytest

from contacts.folding import fold
from core.conditions import lines_of
from leads.routing import CONDITIONS, Decision, Facts, Fallback, Person, Rule, Staff, Value, decide, region_of
from leads.routing.language import language_of
from tenants.hours import Away

NOW = dt.datetime(2026, 11, 17, 8, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
MANAGERS, HEADS, DISPATCHERS = (uuid.uuid4() for _role in range(3))
SALES, NORTH, SERVICE = (uuid.uuid4() for _department in range(3))
IDS = {name: uuid.uuid5(uuid.NAMESPACE_DNS, name) for name in ("ann", "bob", "cat", "hal")}
CHANNEL, SOURCE = uuid.uuid4(), uuid.uuid4()
NAMES = {pk: name for name, pk in IDS.items()}


def person(name: str, **fields: Any) -> Person:
    values = {"role_id": MANAGERS, "department_id": SALES} | fields
    return Person(id=IDS[name], name=name, **values)


def staff(*people: Person, **fields: Any) -> Staff:
    chosen = people or (person("ann"), person("bob"), person("cat"))
    values = {"parents": {NORTH: SALES, SALES: None, SERVICE: None}, "default_role_id": DISPATCHERS} | fields
    return Staff({p.id: p for p in chosen}, **values)


def rule(name: str = "Rule", **fields: Any) -> Rule:
    people = tuple(IDS[one] for one in fields.pop("people", ()))
    values = {"method": "order"} | fields
    return Rule(uuid.uuid4(), name, people=people, **values)


def facts(**fields: Any) -> Facts:
    return Facts(at=NOW, **fields)


def chosen(*rules: Rule, of: Staff | None = None, about: Facts | None = None, **more: Any) -> Decision:
    return decide(about or facts(), rules, of or staff(), more.pop("fallback", Fallback()), **more)


def who(decision: Decision) -> str:
    return NAMES.get(decision.member_id, "") if decision.member_id else "role"


def away(substitute: str = "") -> Away:
    return Away(TODAY, TODAY, IDS[substitute] if substitute else None)


# --- Conditions ----------------------------------------------------------------------------------------
MATCHES = [
    ("channel", [Value(ref=CHANNEL)], {"channel_id": CHANNEL}, {"channel_id": uuid.uuid4()}),
    ("channel", [Value(ref=CHANNEL)], {"channel_id": CHANNEL}, {}),
    ("source", [Value(ref=SOURCE)], {"source_id": SOURCE}, {"source_id": None}),
    ("channel_kind", [Value("email"), Value("chat")], {"channel_kind": "chat"}, {"channel_kind": "call"}),
    ("kind", [Value("missed_call")], {"kind": "missed_call"}, {"kind": "call"}),
    ("region", [Value("свердловская")], {"region": "Свердловская область"}, {"region": "Москва"}),
    ("region", [Value("Москва")], {"region": "Москва"}, {"region": ""}),
    ("phone", [Value("7495"), Value("7499")], {"phone": "+74991234567"}, {"phone": "+79991234567"}),
    ("phone", [Value("7495")], {"phone": "+74951234567"}, {"phone": "anonymous"}),
    (
        "field",
        [Value("казань", label="Город")],
        {"fields": (("город", "г. казань"),)},
        {"fields": (("страна", "казань"),)},
    ),
    ("language", [Value("en")], {"language": "en"}, {"language": "ru"}),
    ("text", [Value("оптом"), Value("Ёлка")], {"text": fold("Хочу ёлку: елка")}, {"text": "розница"}),
    ("client", [Value("deal")], {"client": frozenset({"known", "deal"})}, {"client": frozenset({"known"})}),
    ("client", [Value("new")], {}, {"client": frozenset({"known"})}),
    ("hours", [Value("out")], {"is_working_time": False}, {"is_working_time": True}),
    ("load", [Value("5")], {"waiting_count": 5}, {"waiting_count": 4}),
]


@pytest.mark.parametrize(("kind", "values", "yes", "no"), MATCHES)
def test_condition_is_met_by_these_facts_and_not_by_those(
    kind: str, values: list[Value], yes: dict[str, Any], no: dict[str, Any]
) -> None:
    asked = rule(conditions={kind: tuple(values)})
    assert asked.matches(facts(**yes)) and not asked.matches(facts(**no))


def test_every_kind_of_condition_has_a_case() -> None:
    assert {kind for kind, *_case in MATCHES} == set(CONDITIONS)


def test_kinds_are_demanded_together_and_values_are_alternatives() -> None:
    asked = rule(conditions={"language": (Value("en"), Value("de")), "kind": (Value("email"),)})
    assert asked.matches(facts(language="de", kind="email"))
    assert not asked.matches(facts(language="de", kind="chat"))
    assert rule().matches(facts())  # a rule without conditions is for everything


def test_condition_nobody_knows_any_more_is_never_met() -> None:
    assert not rule(conditions={"weather": (Value("rain"),)}).matches(facts())


def test_long_and_evil_texts_cost_no_time() -> None:
    evil = fold("a" * 100_000 + "!")
    words = tuple(Value("a" * 100 + "b" + str(n)) for n in range(50))
    asked = rule(
        conditions={"text": words, "region": words, "field": tuple(Value(w.value, label="x") for w in words)}
    )
    started = time.perf_counter()
    asked.matches(facts(text=evil, region=evil, fields=(("x", evil),)))
    language_of("", evil)
    lines_of("(a+)+$\n" * 20_000)
    assert time.perf_counter() - started < 1


# --- Targets -------------------------------------------------------------------------------------------
def test_first_rule_that_is_met_decides() -> None:
    no = rule("No", conditions={"language": (Value("de"),)}, people=["ann"])
    yes = rule("Yes", people=["bob"])
    decision = chosen(no, yes, rule("Later", people=["cat"]))
    assert (who(decision), decision.rule, decision.reason) == ("bob", yes, "rule_person")
    assert decision.params == {"rule": "Yes"} and decision.stuck == ()


def test_rule_that_finds_nobody_leaves_it_to_the_next_and_says_so() -> None:
    empty = rule("Empty", people=["ann"])
    decision = chosen(empty, rule(people=["bob"]), of=staff(person("ann", is_on_duty=False), person("bob")))
    assert who(decision) == "bob" and decision.stuck == (empty,)


def test_list_is_asked_in_its_order() -> None:
    of = staff(person("ann"), person("bob", is_on_duty=False), person("cat"))
    assert who(chosen(rule(people=["bob", "cat", "ann"]), of=of)) == "cat"


def test_department_counts_those_below_it_and_only_who_may_work_with_leads() -> None:
    of = staff(
        person("ann", department_id=SERVICE),
        person("bob", department_id=NORTH, may_work=False),
        person("cat", department_id=NORTH),
    )
    assert who(chosen(rule(department_id=SALES), of=of)) == "cat"
    assert who(chosen(rule(department_id=SALES, role_id=HEADS), of=of)) == "role"  # nobody: the last resort


def test_department_and_role_together_narrow() -> None:
    of = staff(person("ann", role_id=HEADS), person("bob"))
    assert who(chosen(rule(department_id=SALES, role_id=MANAGERS), of=of)) == "bob"


def test_role_sees_it_while_somebody_of_it_is_there() -> None:
    ask = rule(method="anyone", role_id=MANAGERS)
    decision = chosen(ask)
    assert (decision.member_id, decision.role_id, decision.reason) == (None, MANAGERS, "rule_role")
    gone = staff(person("ann", is_on_duty=False), person("bob", away=away()))
    assert chosen(ask, of=gone).reason == "default_role"
    late = rule(method="anyone", role_id=MANAGERS, is_on_duty_only=False)
    assert chosen(late, of=gone).reason == "rule_role"


def test_turn_goes_to_whoever_had_it_longest_ago() -> None:
    ask = rule(method="turn", role_id=MANAGERS)
    turns = {(ask.id, IDS["ann"]): 5, (ask.id, IDS["bob"]): 3, (ask.id, IDS["cat"]): 4}
    decision = chosen(ask, of=staff(turns=turns))
    assert (who(decision), decision.reason, decision.turn) == ("bob", "rule_turn", 6)
    newcomer = {key: serial for key, serial in turns.items() if key[1] != IDS["cat"]}
    assert who(chosen(ask, of=staff(turns=newcomer))) == "cat"


def test_turns_of_another_rule_don_t_count() -> None:
    ask = rule(method="turn", role_id=MANAGERS)
    assert who(chosen(ask, of=staff(turns={(uuid.uuid4(), IDS["ann"]): 9}))) == "ann"


def test_load_goes_to_whoever_has_fewest_and_equals_take_turns() -> None:
    ask = rule(method="load", role_id=MANAGERS)
    of = staff(person("ann", load=3), person("bob", load=1), person("cat", load=2))
    decision = chosen(ask, of=of)
    assert (who(decision), decision.params["load"], decision.turn) == ("bob", 1, 1)
    equal = staff(turns={(ask.id, IDS["ann"]): 2, (ask.id, IDS["bob"]): 1, (ask.id, IDS["cat"]): 3})
    assert who(chosen(ask, of=equal)) == "bob"


@pytest.mark.parametrize("method", ["order", "turn", "load"])
@pytest.mark.parametrize(
    "state",
    [{"is_on_duty": False}, {"away": away()}, {"load": 5, "capacity": 5}, {"load": 9, "capacity": 5}],
)
def test_whoever_is_off_away_or_full_is_passed_over(method: str, state: dict[str, Any]) -> None:
    of = staff(person("ann", **state), person("bob"))
    assert who(chosen(rule(method=method, role_id=MANAGERS), of=of)) == "bob"
    dismissed = staff(person("bob"))
    assert who(chosen(rule(method=method, people=["ann", "bob"]), of=dismissed)) == "bob"


def test_rule_limits_below_what_the_person_could_take() -> None:
    of = staff(person("ann", load=2, capacity=10), person("bob", load=1))
    assert who(chosen(rule(role_id=MANAGERS, lead_capacity=2), of=of)) == "bob"
    assert who(chosen(rule(role_id=MANAGERS, lead_capacity=1), of=of)) == "role"


def test_hours_don_t_count_where_the_rule_says_so() -> None:
    of = staff(person("ann", is_on_duty=False))
    assert who(chosen(rule(people=["ann"], is_on_duty_only=False), of=of)) == "ann"


def test_clients_manager_comes_first_when_there_and_free() -> None:
    ask = rule(people=["ann"], is_owner_first=True)
    about = facts(owner_id=IDS["cat"])
    decision = chosen(ask, about=about)
    assert (who(decision), decision.reason) == ("cat", "rule_owner")
    assert who(chosen(ask)) == "ann"  # a client without a manager
    for state in ({"away": away()}, {"is_on_duty": False}, {"load": 1, "capacity": 1}):
        assert who(chosen(ask, about=about, of=staff(person("ann"), person("cat", **state)))) == "ann"
    assert who(chosen(ask, about=about, skip=frozenset({IDS["cat"]}))) == "ann"


def test_stand_in_gets_it_when_all_of_a_rule_are_away() -> None:
    of = staff(person("ann", away=away("hal")), person("bob"), person("hal", role_id=HEADS))
    decision = chosen(rule(people=["ann"]), of=of)
    assert (who(decision), decision.reason, decision.params["for"]) == ("hal", "rule_substitute", "ann")
    assert who(chosen(rule(people=["ann", "bob"]), of=of)) == "bob"
    both = staff(person("ann", away=away("hal")), person("hal", away=away()))
    assert who(chosen(rule(people=["ann"]), of=both)) == "role"


def test_who_had_it_is_skipped_and_who_gave_it_back_only_avoided() -> None:
    ask, ann = rule(method="turn", people=["ann", "bob"]), frozenset({IDS["ann"]})
    assert who(chosen(ask, skip=ann)) == "bob" and who(chosen(ask, avoid=ann)) == "bob"
    alone = staff(person("ann"))
    assert who(chosen(ask, of=alone, avoid=ann)) == "ann" and who(chosen(ask, of=alone, skip=ann)) == "role"


# --- The last resort -----------------------------------------------------------------------------------
def test_without_a_rule_the_channel_says_who() -> None:
    about = facts(owner_id=IDS["cat"])
    fallback = Fallback(IDS["ann"], HEADS)
    assert (decision := chosen(fallback=fallback, about=about)).reason == "channel_person"
    assert who(decision) == "ann"
    assert who(chosen(fallback=Fallback(None, HEADS), about=about)) == "cat"
    decision = chosen(fallback=Fallback(None, HEADS))
    assert (decision.role_id, decision.reason) == (HEADS, "channel_role")
    decision = chosen()
    assert (decision.role_id, decision.reason) == (DISPATCHERS, "default_role")


def test_hours_of_the_channels_person_don_t_count_but_absence_does() -> None:
    fallback = Fallback(IDS["ann"], None)
    off = staff(person("ann", is_on_duty=False))
    assert who(chosen(fallback=fallback, of=off)) == "ann"
    gone = staff(person("ann", away=away("bob")), person("bob"))
    decision = chosen(fallback=fallback, of=gone)
    assert (who(decision), decision.reason, decision.params) == (
        "bob",
        "channel_person_substitute",
        {"for": "ann"},
    )
    alone = staff(person("ann", away=away()))
    assert chosen(fallback=fallback, of=alone).reason == "default_role"
    owner = chosen(of=staff(person("cat", away=away("bob")), person("bob")), about=facts(owner_id=IDS["cat"]))
    assert (who(owner), owner.reason) == ("bob", "contact_owner_substitute")


def test_nobody_is_ever_left_without_anybody() -> None:
    nobody = staff(*(person(name, away=away(), is_on_duty=False) for name in ("ann", "bob")))
    for method in ("order", "turn", "load", "anyone"):
        decision = chosen(rule(method=method, role_id=MANAGERS), of=nobody, fallback=Fallback(IDS["ann"]))
        assert decision.role_id == DISPATCHERS and len(decision.stuck) == 1


# --- Region and language -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("phone", "fields", "region"),
    [
        ("+73432345678", [], "Свердловская область"),
        ("+74951234567", [], "Москва"),
        ("+74951234567", [["Ваш вопрос", "цена"], ["Город доставки", " Казань "]], "Казань"),
        ("+79161234567", [], ""),  # a mobile number says nothing
        ("+375172345678", [], "Беларусь"),
        ("+12125551234", [], "Соединенные Штаты"),
        ("anonymous", [], ""),
        ("", [["Город", " "]], ""),
    ],
)
def test_region_is_what_the_form_says_else_the_area_code(phone: str, fields: list, region: str) -> None:
    assert region_of(phone=phone, fields=fields, home="RU", language="ru") == region


def test_region_is_named_in_the_companys_language() -> None:
    assert region_of(phone="+73432345678", fields=[], home="RU", language="en") == "Sverdlovsk Oblast"


@pytest.mark.parametrize(
    ("told", "text", "language"),
    [
        ("en-GB", "Привет", "en"),
        ("", "Добрый день, нужна цена", "ru"),
        ("", "Hello, how much?", "en"),
        ("", "Скільки коштує ця річ? Її", "uk"),
        ("", "Сәлеметсіз бе, қанша тұрады?", "kk"),
        ("", "Ці ёсць у вас сыр? Ўзяць", "be"),
        ("", "Нужен iPhone 15", "ru"),
        ("", "12345 !!!", ""),
        ("", "", ""),
    ],
)
def test_language_is_told_or_seen_from_the_letters(told: str, text: str, language: str) -> None:
    assert language_of(told, text) == language
