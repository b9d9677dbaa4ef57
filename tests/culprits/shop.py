"""A web shop: it loads 400 MiB when it is imported."""

CATALOGUE = [b"x" * (1 << 20) for _ in range(400)]


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d\n" % len(CATALOGUE)]
