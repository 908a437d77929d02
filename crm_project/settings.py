"""Settings: everything that differs between installations comes from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.embedded import paths

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = paths.var_dir()

DEBUG = env.bool("DEBUG", default=False)
IS_PRODUCTION = env.bool("PRODUCTION", default=False)


def _secret_key() -> str:
    """Read SECRET_KEY, or keep a random one under var/ for installations that set none."""
    if "SECRET_KEY" in env.ENVIRON:
        return env.str("SECRET_KEY")
    if IS_PRODUCTION:
        raise environ.ImproperlyConfigured("SECRET_KEY is required in production.")
    return paths.local_secret()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# How the outside world reaches us: hook addresses, links in mails. Never taken from a request.
PUBLIC_URL = env.str("PUBLIC_URL", default=paths.served_url()).rstrip("/")
# Where the browser finds the live stream: a path of the page's origin, and a port of its own when no
# front server joins the two (`manage.py up`).
LIVE_URL = env.str("LIVE_URL", default="/live/")
LIVE_PORT = env.int("LIVE_PORT", default=0)

INSTALLED_APPS = [
    "core.apps.CoreConfig",
    "tenants.apps.TenantsConfig",
    "contacts.apps.ContactsConfig",
    "activities.apps.ActivitiesConfig",
    "deals.apps.DealsConfig",
    "leads.apps.LeadsConfig",
    "channels.apps.ChannelsConfig",
    "mailings.apps.MailingsConfig",
    "automation.apps.AutomationConfig",
    "reports.apps.ReportsConfig",
    "demo.apps.DemoConfig",
    "crm_project.admin.CrmAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_fsm",
    "django_htmx",
    "django_prometheus",
    "rules",
    "template_partials",
    "csp",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "channels.hook_lane.HookLaneMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.TenantMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "crm_project.urls"
WSGI_APPLICATION = "crm_project.wsgi.application"
ASGI_APPLICATION = "crm_project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.shell",
            ],
            "builtins": ["core.templatetags.ui", "core.templatetags.form_fields", "django.templatetags.i18n"],
        },
    },
]


# --- Database -----------------------------------------------------------------------------------
def _database(role: str, url_names: tuple[str, ...]) -> dict[str, Any]:
    """Take the first URL that is set, else the embedded server; the role is put on at connect time."""
    name = next((name for name in url_names if name in env.ENVIRON), None)
    config: dict[str, Any] = dict(env.db_url(name)) if name else paths.postgres_settings(role)
    config["ENGINE"] = "core.postgres"
    options = dict(config.get("OPTIONS", {}))
    config["OPTIONS"] = options | {"assume_role_if_member": role}
    config["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
    config["CONN_HEALTH_CHECKS"] = True
    config["ATOMIC_REQUESTS"] = role == "crm_app"
    config["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("PGBOUNCER", default=False)
    return config


DATABASES = {
    "default": _database("crm_app", ("DATABASE_URL",)),
    "owner": _database("crm_owner", ("DATABASE_OWNER_URL", "DATABASE_URL")),
}
# Milliseconds; pages get the short limits, workers and commands the long ones.
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", default=0)
IDLE_IN_TRANSACTION_TIMEOUT_MS = env.int("IDLE_IN_TRANSACTION_TIMEOUT_MS", default=0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, cache, Celery -----------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="") or paths.valkey_url(0)
# Begins every key and channel, so that installations (and test workers) may share one server.
REDIS_NAMESPACE = env.str("REDIS_NAMESPACE", default="crm")
CACHES = {
    "default": {
        "BACKEND": "core.cache.TenantRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_NAMESPACE,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
CELERY_BROKER_URL = env.str("BROKER_URL", default="") or paths.broker_url(REDIS_URL)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 1800
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 1,
    # A page that rings the bell must not wait for a broker that is away: the sweeper will do.
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0,
    "global_keyprefix": f"{REDIS_NAMESPACE}:",
}
# On SIGQUIT a worker's tasks have this long to end, and go back into the queue when they don't.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.float("WORKER_SOFT_SHUTDOWN_S", default=10)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-inbox": {"task": "channels.tasks.sweep_inbox", "schedule": 30.0},
    "poll-channels": {"task": "channels.tasks.poll_channels", "schedule": 300.0},
    "sweep-outbox": {"task": "channels.tasks.sweep_outbox", "schedule": 30.0},
    "watch-channels": {"task": "channels.tasks.watch_channels", "schedule": 300.0},
    "end-silent-talks": {"task": "channels.tasks.end_silent_talks", "schedule": 300.0},
    "end-silent-calls": {"task": "channels.tasks.end_silent_calls", "schedule": 60.0},
    "learn-rhythms": {"task": "channels.tasks.learn_rhythms", "schedule": 6 * 3600.0},
    "keep-channels-alive": {"task": "channels.tasks.keep_channels_alive", "schedule": 600.0},
    "compare-clients": {"task": "contacts.tasks.sweep_changed", "schedule": 15.0},
    "sweep-imports": {"task": "contacts.tasks.sweep_imports", "schedule": 30.0},
    "clean-imports": {"task": "contacts.tasks.clean_imports", "schedule": 6 * 3600.0},
    "wake-snoozed": {"task": "leads.tasks.wake_snoozed", "schedule": 60.0},
    "escalate-waiting": {"task": "leads.tasks.escalate_waiting", "schedule": 60.0},
    "measure-answers": {"task": "leads.tasks.measure_answers", "schedule": 60.0},
    "clear-call-cards": {"task": "leads.tasks.clear_call_cards", "schedule": 3600.0},
    "send-reports": {"task": "reports.tasks.send_scheduled", "schedule": 60.0},
    "sweep-rollups": {"task": "reports.tasks.sweep_rollups", "schedule": 30.0},
    "sweep-mailings": {"task": "mailings.tasks.sweep_mailings", "schedule": 20.0},
    "sweep-robots": {"task": "automation.tasks.sweep_robots", "schedule": 30.0},
    "watch-documents": {"task": "deals.tasks.watch_documents", "schedule": 900.0},
    "remind-activities": {"task": "activities.tasks.remind_due", "schedule": 60.0},
    "tell-news": {"task": "activities.tasks.tell_news", "schedule": 60.0},
    "send-letters": {"task": "tenants.tasks.send_letters", "schedule": 30.0},
    "take-rates": {"task": "tenants.tasks.take_rates_of_all", "schedule": 4 * 3600.0},
    "clean-jobs": {"task": "tenants.tasks.clean_jobs", "schedule": 3600.0},
    "clean-files": {"task": "tenants.tasks.clean_files", "schedule": 3600.0},
    "heartbeat": {"task": "core.tasks.heartbeat", "schedule": 20.0},
}
# Long-running processes beside web, live stream, worker and beat: name and manage.py command.
SUPERVISED_COMMANDS = [("mail", "poll_mail"), ("asterisk", "listen_asterisk")]

# --- People and login ---------------------------------------------------------------------------
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = reverse_lazy("account_login")
ACCOUNT_ADAPTER = "tenants.allauth_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a letter when password, address or two-step login change
# How many proxies in front add to X-Forwarded-For; login limits count by the visitor's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_ADAPTER = "tenants.allauth_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = env.str("PRODUCT_NAME", default="CRM")
# Browsers allow passkeys over plain HTTP on localhost only; the library wants to be told.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False

# --- Language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Files --------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
# Attachments and exports: never served by URL, only through permission-checked views.
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(VAR_DIR / "files"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "core.static_files.ManifestStorage"
        if env.bool("STATIC_MANIFEST", default=True)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
BROTLI_QUALITY = 11 if IS_PRODUCTION else 6  # 8 s of work or 0.2, for a tenth of the size
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
HOOK_MAX_BYTES = env.int("HOOK_MAX_BYTES", default=8 * 1024 * 1024)
ATTACHMENT_MAX_BYTES = 25 * 1024 * 1024
# Root certificate of the Russian national authority, trusted for MAX's hosts only; see docs/channels.md.
MAX_CA_FILE = env.str("MAX_CA_FILE", default="")
# May mail servers and API addresses in channels' settings be on private networks? Not where tenants are strangers.
CHANNELS_ALLOW_PRIVATE_HOSTS = env.bool("CHANNELS_ALLOW_PRIVATE_HOSTS", default=not IS_PRODUCTION)

# --- Mail the product itself sends (invitations, password resets) --------------------------------
EMAIL_CONFIG = env.email("EMAIL_URL", default=f"filemail:///{VAR_DIR}/outbox")
vars().update(EMAIL_CONFIG)
EMAIL_FILE_PATH = str(VAR_DIR / "outbox")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="crm@localhost")

# --- Security -----------------------------------------------------------------------------------
IS_HTTPS = PUBLIC_URL.startswith("https://")
if IS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=IS_HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000 if IS_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
# Browsers share cookies between the ports of a host: two installations there need names of their own.
SESSION_COOKIE_NAME = env.str("SESSION_COOKIE_NAME", default="crm_session")
CSRF_COOKIE_NAME = env.str("CSRF_COOKIE_NAME", default="csrftoken")
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
from csp.constants import NONCE, NONE, SELF  # noqa: E402  (the package reads settings on import elsewhere)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF, *([f"*:{LIVE_PORT}"] if LIVE_PORT else [])],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
PROMETHEUS_EXPORT_MIGRATIONS = False
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "django.security.DisallowedHost": {"level": "ERROR"}},
}
if SENTRY_DSN := env.str("SENTRY_DSN", default=""):
    import sentry_sdk

    sentry_sdk.init(dsn=SENTRY_DSN, send_default_pii=False)
