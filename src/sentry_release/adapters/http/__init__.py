"""Requests over urllib3: one kept connection, TLS and proxies, time limits."""
