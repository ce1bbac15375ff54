"""A web server of an agency that answers as the test says, and keeps what it was asked."""

import gzip
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Pages:
    """What stands at each path: status, headers and body, or a function of the request's headers that gives them."""

    def __init__(self, certificate=None, key=None):
        self.content, self.asked = {}, []
        self.scheme = "https" if certificate else "http"
        pages = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                pages.asked.append((self.path, dict(self.headers)))
                found = pages.content[self.path]
                status, headers, body = found(self.headers) if callable(found) else found
                self.send_response(status)
                headers = {"Content-Length": str(len(body)), **headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:  # who asked has seen enough
                    self.close_connection = True
                if int(headers["Content-Length"]) != len(body):
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.server.handle_error = lambda *_: None  # who asked may hang up at any moment
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = Thread(target=self.server.serve_forever, daemon=True)

    def url(self, path="/list"):
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}{path}"

    def show(self, body, path="/list", status=200, **headers):
        self.content[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def tagged(self, body, tag, path="/list"):
        """With an ETag; 304 for who knows it."""
        known = {"ETag": tag, "Last-Modified": "Wed, 01 Jul 2026 04:00:00 GMT"}
        self.content[path] = lambda headers: (304, {}, b"") if headers["If-None-Match"] == tag else (200, known, body)

    def asked_for(self, path="/list"):
        return [headers for each, headers in self.asked if each == path]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def bomb(size):
    """A few bytes that unpack to many."""
    return gzip.compress(bytes(size))
