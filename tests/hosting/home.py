"""An account on a shared host: a home directory, and an Apache that is the provider's."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from support.http import Client
from support.parallel import DEADLINE, eventually
from support.processes import processes_of
from support.stack import ROOT, free_port

BUILD_SECONDS = 300
MODULES = "/usr/lib/apache2/modules"
# What a provider's Apache has, and what it allows in .htaccess.
NAMES = """mpm_event authn_core authz_core authz_host alias autoindex dir env fcgid filter headers mime negotiation proxy proxy_http reqtimeout rewrite setenvif"""
APACHE = """
ServerRoot "{apache}"
DefaultRuntimeDir "{apache}"
PidFile apache.pid
Mutex "file:{apache}"
ServerName localhost
Listen 127.0.0.1:{port}
ErrorLog error.log
{modules}
FcgidIPCDir "{apache}/ipc"
FcgidProcessTableFile "{apache}/processes"
TypesConfig /etc/mime.types
DocumentRoot "{home}/public_html"
<Directory "/">
  Require all denied
</Directory>
<Directory "{home}/public_html">
  Require all granted
  AllowOverride AuthConfig FileInfo Indexes Limit Options=ExecCGI,Indexes,MultiViews,SymLinksIfOwnerMatch
</Directory>
<FilesMatch "^\\.ht">
  Require all denied
</FilesMatch>
"""
# Keeps what it is given, as cron's does.
CRONTAB = """#!/bin/sh
if [ "$1" = -l ]; then
	exec cat "$HOME/crontab"
fi
cat > "$HOME/crontab.new"
mv "$HOME/crontab.new" "$HOME/crontab"
"""


class Home:
    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="bookreq-home-", dir="/tmp"))
        self.path.chmod(0o755)
        self.host, self.port, self.websocket_port = "127.0.0.1", free_port(), free_port()
        self.running = []
        for name in ("public_html", "bin", "source", "apache"):
            (self.path / name).mkdir()
        (self.path / "bin/crontab").write_text(CRONTAB)
        (self.path / "bin/crontab").chmod(0o755)
        self.environment = {"HOME": str(self.path), "LOGNAME": "alice", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}

    @property
    def origin(self):
        return f"http://{self.host}:{self.port}"

    def build(self, commands):
        """The commands as the tests' user, in a directory outside the source, where ./configure is the source's."""
        commands = commands.replace("./configure", str(ROOT / "configure"))
        environment = {**self.environment, "PATH": os.environ["PATH"]}
        subprocess.run(["sh", "-e", "-c", commands], cwd=self.path / "source", env=environment, check=True, stdout=subprocess.DEVNULL, timeout=BUILD_SECONDS)
        self._give_away()

    def _give_away(self):
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            for path in [self.path, *self.path.rglob("*")]:
                os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)

    def _as_user(self):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []

    def shell(self, commands):
        """What the commands print, as typed at a prompt in the home directory: as the user who runs the site."""
        environment = {**self.environment, "PATH": f"{self.path}/bin:/usr/bin:/bin"}
        command = [*self._as_user(), "bash", "-e", "-o", "pipefail", "-c", commands]
        return subprocess.run(command, cwd=self.path, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=DEADLINE).stdout

    def start(self, *command):
        """In the background, with the little that cron or init give, in a session of its own."""
        with open(self.path / "started.log", "a") as log:
            self.running.append(
                subprocess.Popen([*self._as_user(), *command], cwd=self.path, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            )
        return self.running[-1]

    def start_apache(self):
        modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NAMES.split())
        (self.path / "apache/apache.conf").write_text(APACHE.format(apache=self.path / "apache", home=self.path, port=self.port, modules=modules))
        apache = self.start("/usr/sbin/apache2", "-D", "FOREGROUND", "-f", str(self.path / "apache/apache.conf"))

        def answers():
            assert apache.poll() is None, (self.path / "started.log").read_text()
            try:
                return Client(self).raw("GET", "/").status
            except ConnectionRefusedError:
                return False

        eventually(answers, "Apache answers")

    def cron(self, when):
        """The commands that cron runs at `when`."""
        return [line.removeprefix(when + " ") for line in (self.path / "crontab").read_text().splitlines() if line.startswith(when + " ")]

    def end(self, keep):
        for process in reversed(self.running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.running:
            process.wait(DEADLINE)
        eventually(lambda: not processes_of(self.path), "nothing is left running")
        if keep:
            print(f"\nthe home directory of the failed run: {self.path}")
        else:
            shutil.rmtree(self.path)
