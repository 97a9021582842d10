# Sentry's settings in the lab: PostgreSQL, Redis, a web server and a worker are real; there is no Kafka,
# ClickHouse or Relay; Snuba and GitHub are stubs.py. Read by Sentry's own Python 3.8.
import os

from sentry.conf.server import *

LAB = os.environ["SENTRY_LAB"]
PORT = int(os.environ["SENTRY_LAB_PORT"])
STUB = f"http://127.0.0.1:{PORT + 3}"
BROKER = f"redis://127.0.0.1:{PORT + 2}/1"  # database 0 holds the caches

DEBUG = False
SENTRY_SINGLE_ORGANIZATION = True
SENTRY_PROJECT = None  # Sentry's own errors stay in its log
SENTRY_USE_BIG_INTS = True

DATABASES = {
    "default": {
        "ENGINE": "sentry.db.postgres",
        "NAME": "sentry",
        "USER": "postgres",
        "HOST": "127.0.0.1",
        "PORT": str(PORT + 1),
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
    }
}
SENTRY_CACHE = "sentry.cache.redis.RedisCache"
BROKER_URL = BROKER  # with a real worker, so that commits and mails come later, as in production

SENTRY_SNUBA = STUB
SENTRY_SNUBA_CACHE_TTL_SECONDS = 0
SENTRY_EVENTSTREAM = "sentry.eventstream.base.EventStream"
SENTRY_RELEASE_HEALTH = "sentry.release_health.metrics.MetricsReleaseHealthBackend"

SENTRY_WEB_HOST = "127.0.0.1"
SENTRY_WEB_PORT = PORT
SENTRY_WEB_OPTIONS = {"workers": 2, "threads": 2}

EMAIL_FILE_PATH = f"{LAB}/mail"
SENTRY_OPTIONS.update(
    {
        "system.url-prefix": f"http://127.0.0.1:{PORT}",
        "system.secret-key": "a laboratory has no secrets",
        "system.admin-email": "admin@example.com",
        "beacon.anonymous": True,
        "redis.clusters": {"default": {"hosts": {0: {"host": "127.0.0.1", "port": PORT + 2}}}},
        "filestore.backend": "filesystem",
        "filestore.options": {"location": f"{LAB}/files"},
        "mail.backend": "django.core.mail.backends.filebased.EmailBackend",
        "mail.from": "sentry@example.com",
        "github-app.id": 1,
        "github-app.name": "lab",
    }
)

INSTALLED_APPS += ("lab_app.LabConfig",)
# A port where no server listens shows what an outage of GitHub does to Sentry.
LAB_GITHUB_API = os.environ.get("LAB_GITHUB_API", f"{STUB}/github")

# A server of one's own never limits requests; SENTRY_LAB_RATE=2 makes it answer 429 beyond two a second.
if os.environ.get("SENTRY_LAB_RATE"):
    SENTRY_SELF_HOSTED = False
    SENTRY_RATELIMITER = "sentry.ratelimits.redis.RedisRateLimiter"
    SENTRY_RATELIMITER_ENABLED = True
    SENTRY_RATELIMITER_DEFAULT = int(os.environ["SENTRY_LAB_RATE"])
    SENTRY_RATELIMITER_GROUP_CLI = SENTRY_RATELIMITER_DEFAULT
