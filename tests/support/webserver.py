"""
A second web server before a stack, with Basic authentication for everything, which includes the shipped files; as the stack's, nginx or Apache. It
speaks HTTPS, too.
"""

import base64
import hashlib
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
ELSEWHERE = "192.0.2.7"
NGINX = """
daemon off;
pid "{directory}/basic.pid";
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  client_body_temp_path "{directory}/client_body";
  proxy_temp_path "{directory}/proxy";
  fastcgi_temp_path "{directory}/fastcgi";
  uwsgi_temp_path "{directory}/uwsgi";
  scgi_temp_path "{directory}/scgi";
  include bookreq-upstream.conf;
  server {{
    listen 127.0.0.1:{port};
    listen 127.0.0.1:{elsewhere} proxy_protocol;
    listen 127.0.0.1:{secure} ssl;
    ssl_certificate "{directory}/certificate.pem";
    ssl_certificate_key "{directory}/key.pem";
    set_real_ip_from 127.0.0.1;
    real_ip_header proxy_protocol;
    auth_basic "Books";
    auth_basic_user_file "{users}";
    include bookreq-server.conf;
  }}
}}
"""
# In dev's own configuration, instead of its virtual host.
APACHE = """
Listen 127.0.0.1:{elsewhere}
Listen 127.0.0.1:{secure}
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule remoteip_module {modules}/mod_remoteip.so
<Location "/">
  AuthType Basic
  AuthName "Books"
  AuthUserFile "{users}"
  Require valid-user
</Location>
<VirtualHost 127.0.0.1:{port}>
  Include "{directory}/bookreq-server.conf"
</VirtualHost>
<VirtualHost 127.0.0.1:{elsewhere}>
  RemoteIPProxyProtocol On
  Include "{directory}/bookreq-server.conf"
</VirtualHost>
<VirtualHost 127.0.0.1:{secure}>
  SSLEngine on
  SSLCertificateFile "{directory}/certificate.pem"
  SSLCertificateKeyFile "{directory}/key.pem"
  Include "{directory}/bookreq-server.conf"
</VirtualHost>
"""


def basic(name, password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def make_certificate(directory):
    """One that nobody trusts."""
    key = directory / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", directory / "certificate.pem"], check=True, capture_output=True)
    key.chmod(0o644)


class WebServer:
    def __init__(self, stack):
        self.stack, self.server = stack, stack.server
        self.host, self.port, self.elsewhere, self.secure = "127.0.0.1", free_port(), free_port(), free_port()
        self.origin = f"http://{self.host}:{self.port}"
        self.directory = stack.var / self.server
        self.users = self.directory / "users"
        self.users.write_text("")
        self.users.chmod(0o644)
        make_certificate(self.directory)
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        with open(stack.var / "log/basic.log", "w") as log:
            self.process = subprocess.Popen([*user, *self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def command(self):
        names = dict(directory=self.directory, port=self.port, elsewhere=self.elsewhere, secure=self.secure, users=self.users, modules="/usr/lib/apache2/modules")
        path = self.directory / "basic.conf"
        if self.server == "nginx":
            path.write_text(NGINX.format(**names))
            return ["/usr/sbin/nginx", "-e", "stderr", "-p", str(self.directory), "-c", str(path)]
        text = (self.directory / "apache.conf").read_text().partition("<VirtualHost")[0]
        text = text.replace("PidFile apache.pid", "PidFile basic.pid").replace(f"Listen 127.0.0.1:{self.stack.port}", f"Listen 127.0.0.1:{self.port}")
        path.write_text(text + APACHE.format(**names))
        return ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", str(path)]

    def wait(self):
        def answers():
            assert self.process.poll() is None, f"{self.server} has ended; see log/basic.log"
            try:
                return Client(self).raw("GET", "/healthz").status == 401
            except ConnectionRefusedError:
                return False

        eventually(answers, f"{self.server} answers")

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE)

    def admit(self, name):
        """The web server lets that name, text or bytes, in with PASSWORD, whoever it is."""
        name = name if isinstance(name, bytes) else name.encode()
        with open(self.users, "ab") as users:
            users.write(name + b":{SHA}" + base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()) + b"\n")

    def client(self, name, password=PASSWORD, **headers):
        return Client(self, headers={**basic(name, password), "Sec-Fetch-Site": "same-origin", **headers})

    def socket(self, name, user_id, **headers):
        return Socket(self, {**basic(name), **headers}, origin=self.origin, user_id=user_id)

    def get_from_elsewhere(self, path, name):
        """As a client at another address: as told by a proxy before the web server (the PROXY protocol)."""
        with socket.create_connection((self.host, self.elsewhere), DEADLINE) as plain:
            plain.sendall(f"PROXY TCP4 {ELSEWHERE} {self.host} 40000 {self.elsewhere}\r\n".encode())
            connection = http.client.HTTPConnection("localhost")
            connection.sock = plain
            connection.request("GET", path, headers=basic(name))
            return Answer(connection.getresponse())


@contextmanager
def web_server(stack):
    server = WebServer(stack)
    try:
        server.wait()
        yield server
    finally:
        server.stop()
