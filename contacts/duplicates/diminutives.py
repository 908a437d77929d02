"""Short and foreign forms of first names, with the full names they stand for."""

from __future__ import annotations

import functools

from contacts.duplicates.sounds import sound

_SHORT_OF = {
    "александр": "саша саня шура алекс алик сашка alex alexander sasha",
    "александра": "саша саня шура алекса alexandra sasha",
    "алексей": "леша лёша алёша алеша лёха alexis alexej",
    "алина": "аля",
    "алла": "аля",
    "анастасия": "настя ася стася настасья",
    "анатолий": "толя толик",
    "андрей": "андрюха andrew andre",
    "анна": "аня анюта нюра ann anne anya",
    "антон": "тоша антоха anthony",
    "антонина": "тоня",
    "аркадий": "аркаша",
    "арсений": "сеня арсен",
    "артем": "тёма тема артемий",
    "борис": "боря",
    "вадим": "вадик",
    "валентин": "валя",
    "валентина": "валя",
    "валерий": "валера",
    "валерия": "лера",
    "варвара": "варя barbara",
    "василий": "вася basil",
    "вера": "верочка",
    "вероника": "ника",
    "виктор": "витя",
    "виктория": "вика вита",
    "виталий": "виталик",
    "владимир": "володя вова вован",
    "владислав": "влад владик слава",
    "всеволод": "сева",
    "вячеслав": "слава славик",
    "галина": "галя",
    "геннадий": "гена",
    "георгий": "гоша жора george",
    "григорий": "гриша gregory",
    "дарья": "даша дарина",
    "денис": "дэн ден",
    "дмитрий": "дима митя димон",
    "евгений": "женя eugene",
    "евгения": "женя",
    "егор": "егорка",
    "екатерина": "катя катерина kate catherine katherine",
    "елена": "лена алёна helen helena",
    "елизавета": "лиза elizabeth",
    "зинаида": "зина",
    "иван": "ваня john ivan",
    "игорь": "гарик",
    "илья": "илюша elias",
    "инна": "инночка",
    "ирина": "ира ириша irene",
    "кирилл": "киря",
    "константин": "костя костик",
    "кристина": "крис",
    "ксения": "ксюша оксана",
    "лариса": "лара",
    "леонид": "лёня леня",
    "лидия": "лида",
    "любовь": "люба",
    "людмила": "люда люся мила",
    "максим": "макс",
    "маргарита": "рита марго margaret",
    "марина": "мариша",
    "мария": "маша маруся марья mary",
    "михаил": "миша michael mike",
    "надежда": "надя",
    "наталья": "наташа ната наталия",
    "никита": "никитос",
    "николай": "коля nicholas nick",
    "нина": "ниночка",
    "олег": "олежка",
    "ольга": "оля",
    "павел": "паша paul",
    "петр": "петя peter",
    "полина": "поля",
    "роман": "рома",
    "руслан": "рус",
    "светлана": "света лана",
    "семен": "сёма сема сеня simon",
    "сергей": "серёжа сережа серж серый serge",
    "софья": "соня софия sophia",
    "станислав": "стас слава",
    "степан": "стёпа степа stephen",
    "тамара": "тома",
    "татьяна": "таня",
    "тимофей": "тима тимоша",
    "федор": "федя theodore",
    "юлия": "юля",
    "юрий": "юра",
    "яков": "яша jacob",
    "ярослав": "ярик слава",
    # English ones
    "william": "will bill billy",
    "robert": "rob bob bobby",
    "richard": "rick dick",
    "thomas": "tom tommy",
    "james": "jim jimmy",
    "joseph": "joe",
    "daniel": "dan danny",
    "matthew": "matt",
    "jennifer": "jen jenny",
    "christopher": "chris",
    "benjamin": "ben",
    "samuel": "sam",
    "edward": "ed eddie",
    "steven": "steve stephen",
}


@functools.cache
def _full_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for full, shorts in _SHORT_OF.items():
        for short in shorts.split():
            found.setdefault(sound(short), set()).add(sound(full))
    return {short: frozenset(names) for short, names in found.items()}


@functools.lru_cache(maxsize=50_000)
def forms(heard: str) -> frozenset[str]:
    """Return the full names a first name may stand for, itself among them; takes and gives sounds."""
    return _full_names().get(heard, frozenset()) | {heard}
