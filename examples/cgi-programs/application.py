"""A WSGI application (PEP 3333), run by the CGI handler of the standard library. It blocks wherever it likes."""
import sys
import time
from wsgiref.handlers import CGIHandler

HEAD = [('Content-Type', 'text/plain; charset=utf-8'), ('X-Content-Type-Options', 'nosniff')]


def rows():
    """A generator that yields late: each row is sent when it is yielded."""
    for number in range(1, 4):
        yield f'row {number}\n'.encode()
        time.sleep(0.5)


def application(environ, start_response):
    write = start_response('200 OK', HEAD)
    if environ['REQUEST_METHOD'] in ('GET', 'HEAD'):
        return rows()
    # The write callable of PEP 3333: the sum so far is sent after each line that has arrived.
    total = 0
    for line in environ['wsgi.input']:
        total += int(line)
        write(f'{total}\n'.encode())
    return [b'That is the sum.\n']


class StrictHandler(CGIHandler):
    """As CGIHandler, which exits with 0 also if the application fails: a page that broke off would look complete."""

    def handle_error(self):
        had_begun = self.headers_sent
        super().handle_error()
        if had_begun:
            sys.exit(1)


if __name__ == '__main__':
    StrictHandler().run(application)
