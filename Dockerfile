FROM python:3.13-slim AS made

# What needs a compiler to be installed, or is only needed by one, stays away: docs/adr/0017-plain-start.md.
COPY requirements-image.txt /
RUN pip install --no-cache-dir --no-compile --no-deps --require-hashes --only-binary=:all: --root-user-action=ignore \
    --target "/made$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" -r /requirements-image.txt

WORKDIR /made/action
COPY entrypoint.py .
COPY src src
COPY templates templates
# One program, started under the name of the stage or action.
RUN for name in main post upload deploy health doctor; do ln -s entrypoint.py $name; done

RUN find /made/usr/local -name '*.pyi' -delete -o -name '*.po*' -delete -o -name '*.[chx]' -delete -o -path '*/site-packages/bin/*' -delete -o -path '*/apprise/assets/*' -delete \
 && python -m compileall -q --invalidation-mode unchecked-hash -s /made /made

FROM python:3.13-slim

WORKDIR /action
COPY --from=made /made /
# The base image has no bytecode of the standard library: importing everything once writes what is needed of it.
RUN python -W ignore -c "import sys, pkgutil; sys.path.append('src'); \
    [__import__(one.name) for one in pkgutil.walk_packages(['src/sentry_release'], 'sentry_release.') if '__main__' not in one.name]; \
    import apprise.plugins.custom_json, dotenv, encodings.idna, requests, traceback, github; github.Github()"


ENTRYPOINT ["/action/main"]
