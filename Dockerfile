FROM python:3.13-slim AS made

# What needs a compiler to be installed, or is only needed by one, stays away: docs/adr/0015-start-up.md.
COPY requirements-image.txt /
RUN pip install --no-cache-dir --no-compile --no-deps --require-hashes --only-binary=:all: --root-user-action=ignore \
    --target "/made$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" -r /requirements-image.txt

WORKDIR /made/action
COPY entrypoint.py .
COPY src src
COPY templates templates
# One program, started under the name of the stage that it plays.
RUN ln -s entrypoint.py main && ln -s entrypoint.py post

COPY scripts/image/compiled.py /
RUN find /made/usr/local -name '*.pyi' -delete -o -name '*.po*' -delete -o -name '*.[chx]' -delete -o -path '*/site-packages/bin/*' -delete \
 && python /compiled.py /made

FROM python:3.13-slim

WORKDIR /action
COPY --from=made /made /

ENTRYPOINT ["/action/main"]
