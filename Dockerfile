FROM python:3.13-slim

# Output appears when it is written, not when the container ends.
ENV PYTHONUNBUFFERED=1

WORKDIR /action

COPY requirements.txt .
# Every job starts this image twice: what is compiled now is not compiled then.
RUN pip install --no-cache-dir --no-compile --root-user-action=ignore --require-hashes --only-binary=:all: -r requirements.txt \
 && python -m compileall -q -j 0 /usr/local/lib/python3.13 -x '/(test|tests|idlelib|ensurepip)/'

COPY entrypoint.py .
COPY src src
COPY templates templates
# One program, started under the name of the stage that it plays.
RUN python -m compileall -q src && ln -s entrypoint.py main && ln -s entrypoint.py post

ENTRYPOINT ["/action/main"]
