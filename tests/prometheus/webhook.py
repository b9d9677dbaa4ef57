"""Takes what the Alertmanager posts, and adds it to a file: webhook.py PORT FILE."""

import http.server
import sys


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[2], "ab") as log:
            log.write(body + b"\n")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


http.server.HTTPServer(("localhost", int(sys.argv[1])), Hook).serve_forever()
