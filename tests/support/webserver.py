"""A second web server before a stack: an nginx with auth_basic for everything, which includes the shipped files."""

import base64
import http.client
import os
import socket
import subprocess
from contextlib import contextmanager

from support.http import Answer, Client
from support.live import Socket
from support.parallel import DEADLINE, eventually
from support.stack import free_port

PASSWORD = "secret"
CONFIGURATION = """
daemon off;
pid "{var}/nginx/basic.pid";
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  client_body_temp_path "{var}/nginx/client_body";
  proxy_temp_path "{var}/nginx/proxy";
  fastcgi_temp_path "{var}/nginx/fastcgi";
  uwsgi_temp_path "{var}/nginx/uwsgi";
  scgi_temp_path "{var}/nginx/scgi";
  include bookreq-upstream.conf;
  server {{
    listen 127.0.0.1:{port};
    listen unix:{var}/nginx/basic.sock;
    auth_basic "Books";
    auth_basic_user_file "{var}/nginx/users";
    include bookreq-server.conf;
  }}
}}
"""


def basic(name, password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


class WebServer:
    def __init__(self, stack):
        self.unix = stack.var / "nginx/basic.sock"
        self.host, self.port = "127.0.0.1", free_port()
        self.origin = f"http://{self.host}:{self.port}"
        self.users = stack.var / "nginx/users"
        self.users.write_text("")
        self.users.chmod(0o644)
        configuration = stack.var / "nginx/basic.conf"
        configuration.write_text(CONFIGURATION.format(var=stack.var, port=self.port))
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        command = [*user, "/usr/sbin/nginx", "-e", "stderr", "-p", stack.var / "nginx", "-c", configuration]
        with open(stack.var / "log/basic.log", "w") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self):
        def answers():
            assert self.process.poll() is None, "nginx has ended; see log/basic.log"
            try:
                return Client(self).raw("GET", "/healthz").status == 401
            except ConnectionRefusedError:
                return False

        eventually(answers, "nginx answers")

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE)

    def admit(self, name):
        """nginx lets that name in with PASSWORD, whoever it is."""
        with open(self.users, "a") as users:
            users.write(f"{name}:{{PLAIN}}{PASSWORD}\n")

    def client(self, name, password=PASSWORD, **headers):
        return Client(self, headers={**basic(name, password), "Sec-Fetch-Site": "same-origin", **headers})

    def socket(self, name, user_id, **headers):
        return Socket(self, {**basic(name), **headers}, origin=self.origin, user_id=user_id)

    def get_from_elsewhere(self, path, name):
        """As a client that has no loopback address: through a unix socket."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.settimeout(DEADLINE)
            connection.sock.connect(str(self.unix))
            connection.request("GET", path, headers=basic(name))
            return Answer(connection.getresponse())
        finally:
            connection.close()


@contextmanager
def web_server(stack):
    server = WebServer(stack)
    try:
        server.wait()
        yield server
    finally:
        server.stop()
