# The base of the published image, by its digest; Dependabot updates it, and publish.yml builds on it.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
