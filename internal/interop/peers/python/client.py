"""The echo application's client as one writes it with zeep: it knows nothing but the WSDL."""
import argparse
import logging
import os
import sys
import time

import zeep
from requests import Session

WSDL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../metro/src/main/resources/echo.wsdl")


class Failed(Exception):
    pass


def want(got, wanted):
    if got != wanted:
        raise Failed("%r instead of %r" % (got, wanted))


def echo(service, n, text):
    want(service.echoString(text=text), text)


def next(service, n, text):
    want(service.next(), n + 1)


def ping(service, n, text):
    service.Ping(text=text)


def fail(service, n, text):
    try:
        service.fail(text=text)
    except zeep.exceptions.Fault as fault:
        if text not in fault.message:
            raise
    else:
        raise Failed("fail succeeds")


def main(args):
    options = argparse.ArgumentParser(prog="pythonpeer")
    options.add_argument("scenario", choices=["echo", "next", "ping", "fail"])
    options.add_argument("--url", help="instead of what the WSDL says")
    options.add_argument("--wsdl", default=WSDL)
    options.add_argument("--soap", choices=["11", "12"], default="11")
    options.add_argument("--count", type=int, default=10)
    options.add_argument("--size", type=int, default=0)
    o = options.parse_args(args)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    began = time.monotonic()
    try:
        session = Session()
        session.trust_env = False  # no proxy between
        client = zeep.Client(o.wsdl, transport=zeep.Transport(session=session, operation_timeout=60))
        binding = [name for name, b in client.wsdl.bindings.items()
                   if isinstance(b, zeep.wsdl.bindings.Soap12Binding if o.soap == "12" else zeep.wsdl.bindings.Soap11Binding)][0]
        if o.url:
            service = client.create_service(binding, o.url)
        else:
            service = next_port(client, binding)
        for n in range(o.count):
            globals()[o.scenario](service, n, ("%d the quick <brown> & fox jumps over grüße 😀" % n).ljust(o.size, "."))
    except Exception as e:
        code = "%s: " % e.code if isinstance(e, zeep.exceptions.Fault) else ""
        print("failed %s: %s: %s%s" % (o.scenario, type(e).__name__, code, " ".join(str(e).split())))
        sys.exit(1)
    seconds = time.monotonic() - began
    print("ok %s count=%d seconds=%.3f rate=%.1f" % (o.scenario, o.count, seconds, o.count / seconds))


def next_port(client, binding):
    """The port of the WSDL with that binding, at the address that it names there."""
    for service in client.wsdl.services.values():
        for name, port in service.ports.items():
            if port.binding.name.text == binding:
                return client.bind(service.name, name)
    raise Failed("no port with " + binding)
