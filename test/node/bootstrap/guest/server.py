"""What the node would reach in AWS and on the internet. Usage: server.py web|metadata|api|kubelet

web: 127.0.0.1:443, files of /srv/stand-in/web/HOST/PATH, and PUT to the signal, kept in signals
metadata: IMDSv2 on 169.254.169.254:80 from /srv/stand-in/metadata/PATH;  api: 127.0.0.1:6443, /livez and /version
kubelet: its health on 127.0.0.1:10248, without TLS
"""
import http.server
import os
import ssl
import sys
import urllib.parse

STATE = '/srv/stand-in'
TOKEN = 'imds-token-of-the-test'
kind = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'  # apt takes the end of a TLS connection without a farewell for an error

    def answer(self, status, body=b''):
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def file(self, path):
        if os.path.isfile(path):
            with open(path, 'rb') as file:
                self.answer(200, file.read())
        else:
            self.answer(404)

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlparse(self.path).path)
        if kind == 'api' and path == '/version':
            self.answer(200, b'{"gitVersion": "v1.36.3"}')
        elif kind in ('api', 'kubelet'):
            self.answer(200, b'ok')
        elif kind == 'web':
            self.file(f'{STATE}/web/{self.headers["Host"]}{path}')
        elif self.headers.get('X-aws-ec2-metadata-token') != TOKEN:
            self.answer(401)
        else:
            self.file(f'{STATE}/metadata{path}')

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', '0')))
        if kind == 'metadata':
            self.answer(200 if self.headers.get('X-aws-ec2-metadata-token-ttl-seconds') else 400, TOKEN.encode())
        elif self.headers.get('Content-Type'):
            self.answer(403)  # as S3: the signature is of an empty type
        else:
            with open(f'{STATE}/signals', 'ab') as signals:
                signals.write(body + b'\n')
            self.answer(200)

    def log_message(self, *arguments):
        pass


address = {
    'web': ('127.0.0.1', 443),
    'metadata': ('169.254.169.254', 80),
    'api': ('127.0.0.1', 6443),
    'kubelet': ('127.0.0.1', 10248),
}[kind]
server = http.server.ThreadingHTTPServer(address, Handler)
if kind in ('web', 'api'):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f'{STATE}/server.crt', f'{STATE}/server.key')
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
