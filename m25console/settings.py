"""Django settings. Everything that differs between deployments comes from the environment."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from m25console.env import (
    database_settings,
    env,
    env_bool,
    env_keys,
    env_list,
    env_named_keys,
    env_number,
    env_or,
    env_word,
    mailer_settings,
)
from m25console.runtime import addresses

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = addresses.data_dir()

DEBUG = env_bool("M25_DEBUG", "false")
# Without a key of its own an installation gets a random one, kept in its data directory.
SECRET_KEY = env_or("M25_SECRET_KEY", lambda: addresses.secret_key(DATA_DIR))
if not DEBUG and len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("M25_SECRET_KEY must have at least 32 characters.")
# The first seals the secrets that must be read again, each opens them.
CREDENTIAL_MASTER_KEYS = env_keys(
    "CREDENTIAL_MASTER_KEY", otherwise=lambda: addresses.master_key(DATA_DIR)
)
# By their ids: the first signs other systems' short-lived tokens, each verifies. None: no such.
SERVICE_KEYS = env_named_keys("M25_SERVICE_KEYS")
ALLOWED_HOSTS = env_list("M25_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
# Set when a TLS-terminating proxy stands in front; cookies and redirects then insist on HTTPS.
BEHIND_TLS = env_bool("M25_BEHIND_TLS", "false")

INSTALLED_APPS = [
    "m25console",
    "loops",
    "integrations",
    "django_htmx",
    "m25console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "m25console.middleware.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "m25console.middleware.SignInRequiredMiddleware",
    "m25console.middleware.ViewersZoneMiddleware",
    "m25console.middleware.SameTenantMiddleware",
    "m25console.middleware.DatabaseAwayMiddleware",
    "m25console.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "m25console.urls"
WSGI_APPLICATION = "m25console.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "m25console.context.console",
            ],
            # Every page's: translations, and the forms' note of the tenant they were made for.
            "builtins": ["django.templatetags.i18n", "m25console.templatetags.origin"],
        },
    },
]

DATABASE_URL = env_or("DATABASE_URL", lambda: addresses.database_url(DATA_DIR))
REDIS_URL = env_or("REDIS_URL", lambda: addresses.redis_url(DATA_DIR))
# Connections shared by the threads of a web process; 0: one for each thread, kept open.
DATABASE_POOL = int(env_number("M25_DATABASE_POOL", "0", minimum=0, maximum=100))
DATABASES = {"default": database_settings(DATABASE_URL, pool=DATABASE_POOL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "m25console.User"
AUTHENTICATION_BACKENDS = ["m25console.backends.MembersBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_NAME = "__Host-sid" if BEHIND_TLS else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if BEHIND_TLS else "csrf"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "m25console.sessions"
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
CSRF_FAILURE_VIEW = "m25console.views.frame.forbidden"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Who may read /metrics from elsewhere than this machine. Empty: nobody.
METRICS_TOKEN = env("M25_METRICS_TOKEN", "")

# Where browsers reach the event streams. Empty: the same origin (behind a proxy).
LIVE_URL = env("M25_LIVE_URL", "")
# The origins whose pages may read the event streams when those are served from another port.
WEB_ORIGINS = env_list("M25_WEB_ORIGINS", "")
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF, *([LIVE_URL] if LIVE_URL else [])],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# One language as yet; every text of the frame is marked for more. A language is a folder here.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Serve from static/ directly when nobody ran collectstatic (a laptop, the demo, the tests).
if not STATIC_ROOT.exists():
    WHITENOISE_USE_FINDERS = True
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# Celery carries hints, never facts: a lost or doubled message changes nothing.
CELERY_BROKER_URL = addresses.broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "visibility_timeout": 3600,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# No soft limit: raised inside a stage, it would be blamed on whichever loop was under way.
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "loops"

# Where links in messages lead. `up` knows; elsewhere it is the first host the console answers to.
BASE_URL = env_or(
    "M25_BASE_URL",
    lambda: f"{'https' if BEHIND_TLS else 'http'}://{(ALLOWED_HOSTS or ['localhost'])[0]}",
).rstrip("/")
SMTP_URL = env("M25_SMTP_URL", "")
MAIL_CONFIGURED = bool(SMTP_URL)
MAIL_FROM = env("M25_MAIL_FROM", "m25console@localhost")
MAILERS = {"default": mailer_settings(SMTP_URL)}
# A console without a mail server is whole: its e-mail channels say that nothing can be sent.
SILENCED_SYSTEM_CHECKS = [] if MAIL_CONFIGURED else ["mail.E001"]

# The loop's switches, by the names of loop mechanics 1.0.0.
INTEGRATION_LOOP_ENABLED = env_bool("INTEGRATION_LOOP_ENABLED", "true")
BRIDGES_ENABLED = tuple(env_bool(f"BRIDGE_{n}_ENABLED", "true") for n in range(1, 6))
POLICY_CONFIRMATIONS = int(env_number("POLICY_CONFIRMATIONS", "3", minimum=1, maximum=20))
MAX_ROUTING_DELTA = env_number("MAX_ROUTING_DELTA", "0.20", minimum=0.01, maximum=1)

# The runtime audit contract: whether it is enforced, and how strictly runs are watched.
RAC_ENABLED = env_bool("RAC_ENABLED", "true")
GOVERNANCE_PROFILE = env_word(
    "GOVERNANCE_PROFILE", "STANDARD", allowed=("STRICT", "STANDARD", "OBSERVE_ONLY")
)

# Loops that may be due at once before a tenant that crowds the others is told to wait.
MAX_BACKLOG = int(env_number("M25_MAX_BACKLOG", "100000", minimum=1, maximum=10_000_000))

# How long an applied recovery is watched for a recurrence.
VERIFICATION_HOURS = env_number("M25_VERIFICATION_HOURS", "24", minimum=0.01, maximum=720)
# Whether what was applied without a person may call the tenant's endpoint.
RECOVERY_AUTO_EXECUTE = env_bool("RECOVERY_AUTO_EXECUTE", "false")
# Hosts with ports that the console may call although they are private or without TLS.
OUTBOUND_ALLOW = frozenset(one.lower() for one in env_list("M25_OUTBOUND_ALLOW", ""))
# Folders of this machine under which tenants may have sources; without any, nowhere.
FILE_ROOTS = tuple(env_list("M25_FILE_ROOTS", ""))
# Whether a reference may name a variable of this process; on a developer's machine only.
CREDENTIALS_FROM_ENVIRONMENT = DEBUG

# Where tenants' new secrets are kept; `env` keeps none, for processes that must not.
CREDENTIAL_VAULT_PROVIDER = env_word(
    "CREDENTIAL_VAULT_PROVIDER", "sealed", allowed=("sealed", "env", "hashicorp", "aws_secrets")
)
VAULT_ADDR = env("VAULT_ADDR", "http://localhost:8200")
VAULT_TOKEN = env("VAULT_TOKEN", "")
VAULT_NAMESPACE = env("VAULT_NAMESPACE", "")
VAULT_MOUNT = env("VAULT_MOUNT", "secret")
AWS_REGION = env("AWS_REGION", "us-east-1")
# Between the product's name and the tenant's in the names of secrets at AWS.
SECRETS_ENVIRONMENT = env("AOS_ENVIRONMENT", "dev")
