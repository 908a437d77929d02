"""What the demo's clients say: phrases with slots, so that a year of inquiries doesn't repeat itself."""

from __future__ import annotations

import dataclasses
import random


@dataclasses.dataclass(frozen=True, slots=True)
class Product:
    """Something the company sells."""

    name: str
    price: int  # in the tenant's currency
    need: str  # how a client asks for it


@dataclasses.dataclass(frozen=True, slots=True)
class Story:
    """The texts of one tenant's world."""

    products: tuple[Product, ...]
    service: tuple[Product, ...]
    greetings: tuple[str, ...]
    details: tuple[str, ...]
    closings: tuple[str, ...]
    troubles: tuple[str, ...]
    spam: tuple[str, ...]
    subjects: tuple[str, ...]
    answers: tuple[str, ...]
    notes: tuple[str, ...]
    tasks: tuple[tuple[str, str], ...]  # (kind, subject)
    cities: tuple[str, ...]
    companies: tuple[str, ...]
    legal_forms: tuple[str, ...]
    male: tuple[str, ...]
    female: tuple[str, ...]
    last_male: tuple[str, ...]
    last_female: tuple[str, ...]

    def person(self, rng: random.Random) -> str:
        if rng.random() < 0.5:
            return f"{rng.choice(self.male)} {rng.choice(self.last_male)}"
        return f"{rng.choice(self.female)} {rng.choice(self.last_female)}"

    def company(self, rng: random.Random) -> str:
        return rng.choice(self.legal_forms).format(rng.choice(self.companies))

    def inquiry(self, rng: random.Random, product: Product) -> str:
        """What a client writes about a product."""
        city, count = rng.choice(self.cities), rng.choice((1, 1, 2, 3, 4, 6))
        detail = rng.choice(self.details).format(city=city, count=count, month=rng.choice((3, 6, 12, 24)))
        parts = [rng.choice(self.greetings), f"{product.need}.", detail, rng.choice(self.closings)]
        return " ".join(part for part in parts if part)


RU = Story(
    products=(
        Product("Кофемашина «Аврора 2», две группы", 289_000, "Интересует «Аврора» на две группы"),
        Product("Суперавтомат «Лира»", 274_000, "Нужен суперавтомат в офис на сорок человек"),
        Product("Кофемолка «Гранит»", 64_000, "Подбираем кофемолку под эспрессо"),
        Product("Аренда кофемашины", 18_000, "Хотим взять кофемашину в аренду"),
        Product("Зерно «Утро», 20 кг", 31_000, "Нужны цены на зерно от двадцати килограммов в месяц"),
        Product("Барная группа под ключ", 452_000, "Открываем кофейню, нужен бар под ключ"),
        Product("Вендинговый автомат «Холл»", 312_000, "Рассматриваем кофейный автомат в холл бизнес-центра"),
        Product("Капсулы, опт", 68_000, "Интересуют капсулы оптом"),
        Product("Обучение бариста", 24_000, "Хотим обучить двух бариста"),
    ),
    service=(
        Product("Ремонт кофемашины", 12_000, "Кофемашина перестала держать давление"),
        Product("Сервисный договор", 84_000, "Нужен сервисный договор на три машины"),
        Product("Чистка и декальцинация", 7_500, "Пора делать декальцинацию, машина просит"),
    ),
    greetings=("Добрый день!", "Здравствуйте!", "Здравствуйте.", "Добрый вечер.", "Привет!", ""),
    details=(
        "Сколько будет стоить с доставкой в город {city}?",
        "Нужно {count} шт., {city}.",
        "Есть ли рассрочка на {month} месяцев?",
        "Что есть в наличии и какие сроки?",
        "Работаете ли по безналу с НДС?",
        "Можно ли посмотреть вживую в городе {city}?",
        "Пришлите, пожалуйста, КП на {count} шт.",
        "Какая гарантия и кто ставит?",
        "Бюджет ограничен, нужен вариант подешевле.",
        "Запуск планируем через {month} недель.",
    ),
    closings=(
        "Жду ответа.",
        "Перезвоните после обеда.",
        "Лучше писать сюда.",
        "Спасибо!",
        "Нужно решить на этой неделе.",
        "Заранее спасибо.",
        "",
    ),
    troubles=(
        "Сломалась группа, когда сможете приехать?",
        "Машина течёт снизу, стоим без кофе.",
        "После вашего ремонта снова ошибка E07.",
        "Нужны прокладки и сетка на «Аврору», есть на складе?",
    ),
    spam=(
        "Предлагаем продвижение сайта в топ-10 за месяц. Первая неделя бесплатно!",
        "Ищу работу менеджером, готов выслать резюме.",
        "Продаём базы клиентов по вашему городу.",
        "Приглашаем на вебинар по тендерам.",
    ),
    subjects=(
        "Запрос КП",
        "Вопрос по аренде",
        "Поставка зерна",
        "Кофемашины для офиса",
        "Сервис",
        "Тендер на оборудование",
    ),
    answers=(
        "Добрый день! Спасибо за обращение. Подготовлю предложение сегодня до 18:00.",
        "Здравствуйте! В наличии есть, доставим за два дня. Удобно созвониться в 15:00?",
        "Добрый день! Отправил КП на почту, посмотрите, пожалуйста.",
        "Здравствуйте! По рассрочке: 12 месяцев без переплаты, нужен договор. Пришлите реквизиты?",
    ),
    notes=(
        "Платят вовремя, договор согласуют две недели.",
        "Решает директор, звонить утром.",
        "Сравнивают с конкурентом, важна скорость сервиса.",
        "Просили скидку 5 % на две машины.",
        "Нужен замер: узкий проход, дверь 70 см.",
    ),
    tasks=(
        ("call", "Позвонить по КП"),
        ("call", "Уточнить сроки запуска"),
        ("meeting", "Встреча в шоуруме"),
        ("meeting", "Замер помещения"),
        ("task", "Отправить КП"),
        ("task", "Согласовать договор"),
        ("task", "Проверить оплату"),
    ),
    cities=(
        "Москва",
        "Химки",
        "Санкт-Петербург",
        "Казань",
        "Тверь",
        "Самара",
        "Екатеринбург",
        "Нижний Новгород",
        "Краснодар",
    ),
    companies=(
        "Северный ветер",
        "Белая ворона",
        "Меридиан",
        "Техноград",
        "Вкусная точка",
        "Панорама",
        "Исток",
        "Лесная",
        "Громкий бар",
        "Точка сборки",
        "Астра",
        "Пульс",
        "Линия света",
        "Кофе на районе",
        "Мотор-Сити",
        "Полдень",
        "Небо Фуд",
        "Вереск",
        "Тёплый хлеб",
        "Сцена",
    ),
    legal_forms=("ООО «{}»", "АО «{}»", "ООО «{}»", "ГК «{}»", "Сеть «{}»"),
    male=(
        "Игорь",
        "Дмитрий",
        "Сергей",
        "Павел",
        "Роман",
        "Глеб",
        "Алексей",
        "Кирилл",
        "Артём",
        "Николай",
        "Михаил",
    ),
    female=("Елена", "Анна", "Ольга", "Наталья", "Дарья", "Ксения", "Юлия", "Татьяна", "Вера", "Алина"),
    last_male=(
        "Лебедев",
        "Соколов",
        "Волков",
        "Орлов",
        "Ершов",
        "Дроздов",
        "Самойлов",
        "Ганиев",
        "Фёдоров",
        "Никитин",
        "Кравцов",
    ),
    last_female=(
        "Маркова",
        "Кузьмина",
        "Белоусова",
        "Воронина",
        "Гордеева",
        "Тихонова",
        "Ларина",
        "Смирнова",
        "Ефимова",
        "Крылова",
    ),
)

EN = Story(
    products=(
        Product("Aurora 2 espresso machine", 7_900, "We are looking at the two-group Aurora"),
        Product("Lyra super-automatic", 6_400, "We need a super-automatic for an office of forty"),
        Product("Granite grinder", 1_450, "Looking for an espresso grinder"),
        Product("Machine rental", 420, "We would like to rent a coffee machine"),
        Product("Morning beans, 20 kg", 560, "Please quote beans, twenty kilos a month"),
        Product("Turnkey bar", 11_800, "We are opening a cafe and need a bar, turnkey"),
        Product("Lobby vending machine", 8_300, "We consider a vending machine for our lobby"),
        Product("Wholesale capsules", 1_900, "Interested in wholesale capsules"),
    ),
    service=(
        Product("Machine repair", 320, "Our machine does not hold pressure any more"),
        Product("Service contract", 2_300, "We need a service contract for three machines"),
        Product("Descaling", 190, "The machine asks for descaling"),
    ),
    greetings=("Hello,", "Hi,", "Good afternoon,", "Hi there,", ""),
    details=(
        "How much is it with delivery to {city}?",
        "{count} pcs, {city}.",
        "Do you offer {month} months of instalments?",
        "What is in stock and how soon can you deliver?",
        "Can you invoice with VAT?",
        "Could we see it in {city}?",
        "Please send a quote for {count}.",
        "What is the warranty, and who installs it?",
        "Our budget is tight, a cheaper option would do.",
        "We open in {month} weeks.",
    ),
    closings=(
        "Looking forward to your reply.",
        "Please call after lunch.",
        "Writing here is best.",
        "Thanks!",
        "We decide this week.",
        "",
    ),
    troubles=(
        "The group head broke, when can you come?",
        "It leaks from below and we have no coffee.",
        "Error E07 is back after the repair.",
        "Do you have gaskets for the Aurora in stock?",
    ),
    spam=(
        "We will bring your site to the top in a month. First week free!",
        "I am looking for a sales job, may I send my CV?",
        "Buy client lists for your city.",
        "Join our free webinar on tenders.",
    ),
    subjects=(
        "Request for a quote",
        "Rental question",
        "Beans supply",
        "Machines for our office",
        "Service",
        "Tender",
    ),
    answers=(
        "Hello! Thank you for writing. You will have the offer today by 6 pm.",
        "Hi! It is in stock, we deliver in two days. Shall we talk at 3 pm?",
        "Hello! The quote is in your inbox, please have a look.",
    ),
    notes=(
        "They pay on time, contracts take two weeks.",
        "The director decides; call in the morning.",
        "Comparing with a competitor, service speed matters.",
        "Asked for 5% off two machines.",
    ),
    tasks=(
        ("call", "Call about the quote"),
        ("call", "Check the opening date"),
        ("meeting", "Showroom visit"),
        ("meeting", "Site survey"),
        ("task", "Send the quote"),
        ("task", "Agree on the contract"),
        ("task", "Check the payment"),
    ),
    cities=("London", "Leeds", "Bristol", "York", "Glasgow", "Cardiff", "Bath", "Derby"),
    companies=(
        "North Wind",
        "White Crow",
        "Meridian",
        "Tasty Point",
        "Panorama",
        "Forest Cafe",
        "Loud Bar",
        "Assembly Point",
        "Astra Hotel",
        "Pulse Gym",
        "Light Line",
        "Street Coffee",
        "Motor City",
        "Noon Gallery",
        "Sky Food",
        "Heather",
    ),
    legal_forms=("{} Ltd", "{} LLC", "{} Group", "{}"),
    male=("John", "David", "Simon", "Alex", "Paul", "Eric", "Oscar", "Tim", "Greg", "Arthur"),
    female=("Anna", "Mary", "Helen", "Olga", "Irene", "Nina", "Grace", "Daisy", "Emma", "Ruth"),
    last_male=("Baker", "Carter", "Dixon", "Ellis", "Foster", "Grant", "Hayes", "Irving", "Jones", "Kelly"),
    last_female=("Lewis", "Mason", "Norris", "Owens", "Parker", "Quinn", "Reed", "Stone", "Turner", "Walsh"),
)
STORIES = {"ru": RU, "en": EN}
