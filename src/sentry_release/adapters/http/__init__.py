"""Requests over urllib3: kept connections, TLS and proxies, time limits."""
