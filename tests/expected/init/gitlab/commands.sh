#!/bin/sh
# GitLab CI: one release name for every build of shop, and a deploy in Sentry.
#
# Run these commands in .gitlab-ci.yml. They need the secret variables SENTRY_AUTH_TOKEN (an
# organization token) and SENTRY_PROJECT, and Python 3.11 or newer.
# A complete example: https://github.com/appcrew/sentry-release-flutter/blob/main/docs/ci-hosts.md#gitlab
pip install --quiet https://github.com/appcrew/sentry-release-flutter/archive/refs/tags/v1.tar.gz
export SENTRY_ENVIRONMENT=production
: "${BUILD_NUMBER:?set it to the number of the build}"

eval "$(sentry-release release --build-number "$BUILD_NUMBER")" # creates the release, exports its name
sentry-release run --build-number "$BUILD_NUMBER" -- flutter build web --source-maps
sentry-release upload # source maps and debug files

./deploy.sh # replace it with your deployment; if it fails, no deploy is recorded
sentry-release deploy
