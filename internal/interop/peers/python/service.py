"""The echo application as one writes it with spyne, on wsgiref's web server."""
import argparse
import json
import logging
import signal
import socketserver
import sys
import threading
import time
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from spyne import Application, Fault, Integer, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11, Soap12
from spyne.server.wsgi import WsgiApplication

NS = "http://example.org/rm/echo"

calls = {}  # what was called, in order: {"Ping": ["0 the quick...", "1 the quick..."]}
lock = threading.Lock()


def record(operation, text=None):
    """Notes a call and returns how many there were of that operation."""
    with lock:
        calls.setdefault(operation, []).append((text or "")[:40])
        return len(calls[operation])


def stats():
    with lock:
        return json.dumps(calls)


class Echo(ServiceBase):
    @rpc(Unicode, _returns=Unicode, _out_variable_name="text")
    def echoString(ctx, text):
        record("echoString", text)
        return text

    @rpc(_returns=Integer, _out_variable_name="number")
    def next(ctx):
        return record("next")

    @rpc(Unicode, _returns=Unicode, _out_variable_name="text")
    def fail(ctx, text):
        record("fail", text)
        raise Fault("Client", text, detail={"why": "asked"})

    @rpc(Unicode)
    def Ping(ctx, text):
        record("Ping", text)


def soap(protocol):
    return WsgiApplication(Application([Echo], NS, in_protocol=protocol(validator="lxml"), out_protocol=protocol()))


def application(slow):
    """Serves SOAP 1.2 at paths with "soap12" in them, and SOAP 1.1 at all others."""
    soap11, soap12 = soap(Soap11), soap(Soap12)

    def serve(environ, start_response):
        if environ["PATH_INFO"] == "/stats":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [stats().encode()]
        if environ["REQUEST_METHOD"] == "POST":
            time.sleep(slow)
        return (soap12 if "soap12" in environ["PATH_INFO"] else soap11)(environ, start_response)

    return serve


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


def main(args):
    options = argparse.ArgumentParser(prog="pythonpeer serve")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--slow", type=float, default=0, help="seconds that an operation takes")
    o = options.parse_args(args)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger("spyne.application.client").setLevel(logging.CRITICAL)  # faults that are wanted
    server = make_server("127.0.0.1", o.port, application(o.slow), server_class=Server, handler_class=Quiet)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print("listening http=127.0.0.1:%d" % server.server_port, flush=True)
    server.serve_forever(poll_interval=0.05)
    print(stats())
