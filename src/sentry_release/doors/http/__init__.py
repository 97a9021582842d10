"""
The line to a server, for the doors to Sentry and to GitHub.

    line       one connection that is kept, and the time that a request on it may take
    reaching   making a connection, on a thread of its own
    straight   the way that is quick to import: no proxy, the authorities of the system
    way        every other way
    trust      whom to believe: certificate authorities and proxies
"""
