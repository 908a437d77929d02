"""What the demo companies' sites say, and what is said in their chats."""

from __future__ import annotations

import dataclasses

from channels.sites.definition import Consent, FormDefinition, Look, Question
from demo.stories import EN, RU


@dataclasses.dataclass(frozen=True, slots=True)
class SiteWords:
    """The texts of one company's site and dialogs."""

    site: str
    channels: dict[str, str]  # names by adapter kind
    form: FormDefinition
    pages: tuple[tuple[str, str], ...]  # path and title
    campaigns: tuple[str, ...]
    referrers: tuple[str, ...]
    greeting: str
    scenario: str
    topics: tuple[str, ...]  # the scenario's first question offers these
    consent: str
    signature: str  # of the mailbox
    own_signature: str  # of one manager
    more: tuple[str, ...]  # a client goes on
    answers: tuple[str, ...]  # and is answered
    later: tuple[str, ...]  # a client of a deal writes again
    comments: tuple[str, ...]  # colleagues among themselves
    ratings: tuple[tuple[int, str], ...]
    meeting: tuple[str, str, str]  # of an invitation: title, place, words


RU_WORDS = SiteWords(
    site="romashka.example",
    channels={
        "form": "Форма «Расчёт аренды»",
        "vk": "Сообщество ВКонтакте",
        "avito": "Авито: кофемашины",
        "chat": "Чат на сайте",
        "callback": "Обратный звонок",
        "numbers": "Номера на сайте",
    },
    form=FormDefinition(
        title="Расчёт аренды",
        intro="Ответьте на пять вопросов, и мы пришлём расчёт в течение часа.",
        button="Получить расчёт",
        thanks="Спасибо! Менеджер свяжется с вами в ближайшее время.",
        language="ru",
        fields=(
            Question("name", "name", "Как к вам обращаться", is_required=True, width="half", meaning="name"),
            Question(
                "phone", "phone", "Телефон", placeholder="+7", is_required=True, width="half", meaning="phone"
            ),
            Question("company", "company", "Компания", width="half", meaning="company"),
            Question("city", "line", "Город", width="half"),
            Question(
                "product",
                "choice",
                "Что вас интересует",
                meaning="product",
                options=tuple(one.name for one in (*RU.products, *RU.service)),
            ),
            Question("message", "text", "Комментарий", meaning="message"),
        ),
        consent=Consent(
            text="Согласен на обработку персональных данных,",
            link_text="политика конфиденциальности",
            link_url="https://romashka.example/privacy",
        ),
        look=Look(accent="#b4532a", corners="round"),
    ),
    pages=(
        ("/", "Ромашка: кофемашины для бизнеса"),
        ("/rent", "Аренда кофемашин"),
        ("/avrora-2", "Кофемашина «Аврора 2»"),
        ("/service", "Ремонт и обслуживание"),
        ("/beans", "Зерно оптом"),
    ),
    referrers=("https://yandex.ru/", "https://www.google.com/", ""),
    campaigns=("brand", "rent-msk", "retarget", "autumn", "service"),
    greeting="Здравствуйте! Подберём кофемашину и посчитаем аренду. О чём ваш вопрос?",
    scenario=(
        "choice: О чём ваш вопрос? = Покупка | Аренда | Сервис\n"
        "name: Как к вам обращаться?\n"
        "phone: Оставьте телефон: если разговор прервётся, мы перезвоним"
    ),
    topics=("Покупка", "Аренда", "Сервис"),
    consent="Согласен на обработку персональных данных",
    signature="С уважением,\n{name}\n{company}, {address}",
    own_signature="Мария Белова\n«Ромашка», кофемашины для бизнеса\nдоб. {extension}",
    more=(
        "А доставка входит в стоимость?",
        "Можно договор на юрлицо?",
        "Какие сроки, если оплатим на этой неделе?",
        "А тестовая неделя есть?",
        "Скиньте, пожалуйста, фото в чёрном цвете.",
        "Сколько стоит обслуживание в год?",
        "Хорошо, посоветуюсь с партнёром и вернусь.",
    ),
    answers=(
        "Да, доставка по городу бесплатная, в область посчитаю отдельно.",
        "Конечно, работаем по договору с НДС. Пришлите, пожалуйста, реквизиты.",
        "При оплате до пятницы привезём во вторник.",
        "Есть: привезём машину на семь дней, расходники за наш счёт.",
        "Отправил на почту фото и спецификацию.",
        "Обслуживание входит в аренду, при покупке от 7 500 ₽ за выезд.",
    ),
    later=(
        "Добрый день! Подскажите, машина уже отгружена?",
        "Можно перенести доставку на четверг?",
        "Бухгалтерия просит счёт с другой датой, поможете?",
        "Всё приехало, спасибо! Когда обучение бариста?",
        "Добавьте, пожалуйста, в заказ ещё две пачки таблеток для чистки.",
        "Машина показывает ошибку E04, что делать?",
    ),
    comments=(
        "Решает директор, но платит управляющая компания: счёт на неё.",
        "Просили не звонить до 12, ночная смена.",
        "Был у конкурентов, не понравился сервис. Упирать на выезд за 4 часа.",
        "Скидку 5 % согласовал, больше не давать.",
        "Диана, если снова позвонят, переключи сразу на меня.",
    ),
    ratings=(
        (5, "Быстро и по делу!"),
        (5, ""),
        (4, "Помогли, но пришлось подождать"),
        (5, "Спасибо Марии"),
        (3, ""),
    ),
    meeting=(
        "Показ кофемашин в шоуруме",
        "Москва, Лесная 5, 2 этаж",
        "Добрый день!\n\nПриедем втроём посмотреть «Аврору» и «Лиру». Приглашение на встречу во вложении, "
        "подтвердите, пожалуйста.\n\nАнна Мельникова\nСеть «Тёплый хлеб»",
    ),
)
EN_WORDS = SiteWords(
    site="acme.example",
    channels={
        "form": "Form “Quote”",
        "chat": "Website chat",
        "callback": "Callback button",
        "numbers": "Numbers on the site",
    },
    form=FormDefinition(
        title="Get a quote",
        intro="Five questions, and you have our quote within the hour.",
        button="Send",
        thanks="Thank you! We will be in touch shortly.",
        language="en",
        fields=(
            Question("name", "name", "Your name", is_required=True, width="half", meaning="name"),
            Question(
                "phone", "phone", "Phone", placeholder="+44", is_required=True, width="half", meaning="phone"
            ),
            Question("company", "company", "Company", width="half", meaning="company"),
            Question("city", "line", "City", width="half"),
            Question(
                "product",
                "choice",
                "What are you interested in?",
                meaning="product",
                options=tuple(one.name for one in (*EN.products, *EN.service)),
            ),
            Question("message", "text", "Message", meaning="message"),
        ),
        consent=Consent(
            text="I agree to the processing of my data,",
            link_text="privacy policy",
            link_url="https://acme.example/privacy",
        ),
        look=Look(accent="#2a6f6b", corners="round"),
    ),
    pages=(
        ("/", "Acme Coffee: machines for business"),
        ("/rent", "Rent a coffee machine"),
        ("/aurora-2", "Aurora 2 espresso machine"),
        ("/service", "Repair and service"),
        ("/beans", "Wholesale beans"),
    ),
    referrers=("https://www.bing.com/", "https://www.google.com/", ""),
    campaigns=("brand", "rent-london", "retarget", "autumn", "service"),
    greeting="Hello! We find the right machine and work out the rent. What is it about?",
    scenario=(
        "choice: What is it about? = Buying | Renting | Service\n"
        "name: What is your name?\n"
        "phone: May we have your phone? If we lose you here, we call back"
    ),
    topics=("Buying", "Renting", "Service"),
    consent="I agree to the processing of my data",
    signature="Kind regards,\n{name}\n{company}, {address}",
    own_signature="Mary Baker\nAcme Coffee, machines for business\next. {extension}",
    more=(
        "Is delivery included?",
        "Can you invoice our company?",
        "How soon, if we pay this week?",
        "Is there a trial week?",
        "Could you send a photo in black?",
        "How much is the service a year?",
        "Fine, I will talk to my partner and come back to you.",
    ),
    answers=(
        "Yes, within the city it is free; I will work out the rest for you.",
        "Of course, with VAT. Could you send us your company details?",
        "If you pay by Friday we deliver on Tuesday.",
        "There is: seven days, with beans on us.",
        "I have sent photos and the data sheet to your mailbox.",
        "Service is part of the rent; otherwise from £190 a visit.",
    ),
    later=(
        "Hello! Has our machine been shipped?",
        "Could we move the delivery to Thursday?",
        "Our accountants need another date on the invoice, can you help?",
        "Everything has arrived, thank you! When is the barista training?",
        "Please add two packs of cleaning tablets to the order.",
        "The machine shows error E04, what shall we do?",
    ),
    comments=(
        "The director decides, the landlord pays: the invoice goes there.",
        "Asked not to be called before noon, they work nights.",
        "Was with a competitor and disliked the service. Stress the four-hour visit.",
        "5% agreed, no more than that.",
        "Diana, if they call again put them straight through to me.",
    ),
    ratings=(
        (5, "Quick and to the point!"),
        (5, ""),
        (4, "Helpful, but I had to wait"),
        (5, "Thanks, Mary"),
        (3, ""),
    ),
    meeting=(
        "Machines in your showroom",
        "London, 5 Forest Road, 2nd floor",
        "Hello,\n\nthree of us would like to see the Aurora and the Lyra. The invitation is attached, please confirm."
        "\n\nAnna Miller\nStreet Coffee Ltd",
    ),
)
SITE_WORDS = {"ru": RU_WORDS, "en": EN_WORDS}
