"""
A Debian 12 of its own, with systemd as its first process and no network but loopback: a directory that debootstrap filled, run in new
namespaces. What its apt may install was fetched before.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from source import export, run
from support.parallel import eventually

BOOT = Path(__file__).with_name("boot.sh")
FETCH_SECONDS = 1500
COMMAND_SECONDS = 1800
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# As Debian's installer writes it, which debootstrap does not: without a localhost PostgreSQL has nowhere to listen.
HOSTS = """127.0.0.1\tlocalhost
127.0.1.1\t{name} {host}

::1     localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
"""
ENVIRONMENT = {"HOME": "/root", "PATH": PATH, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


class Failed(Exception):
    """A command in the machine ended with another code than 0."""


def mirror():
    """Where this machine's own apt gets Debian from."""
    sites = run("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages").splitlines()
    return next(line.split()[0] for line in sites if line.split()[1] == "bookworm")


class Machine:
    def __init__(self, root, name):
        """`name`: the machine's own, with its domain."""
        self.root = root
        self.name = name
        self.process = None

    def fill(self, *packages):
        """Makes the system, and fetches what it is to install later: these packages and the build dependencies of the source in /root/bookreq."""
        base = "systemd,systemd-sysv,dbus,ca-certificates"
        self._unshared(["debootstrap", "--variant=minbase", f"--include={base}", "bookworm", self.root, mirror()])
        host = self.name.partition(".")[0]
        (self.root / "etc/hostname").write_text(host + "\n")
        (self.root / "etc/hosts").write_text(HOSTS.format(name=self.name, host=host))
        export(self.root / "root/bookreq")
        (self.root / "etc/apt/apt.conf.d/90test").write_text('APT::Get::Assume-Yes "true";\n')
        script = f"""
            mount -t proc proc {self.root}/proc
            exec chroot {self.root} sh -ec '
                apt-get -q update
                apt-get -qy --download-only install {" ".join(packages)}
                cd /root/bookreq
                apt-get -qy --download-only build-dep ./'
        """
        self._unshared(["sh", "-ec", script])

    @staticmethod
    def _unshared(command):
        """A program whose mounts end with it."""
        result = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", *command],
            env={**ENVIRONMENT, **{name: value for name, value in os.environ.items() if name.endswith("_proxy")}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=FETCH_SECONDS,
        )
        assert result.returncode == 0, result.stdout[-4000:]

    def start(self):
        namespaces = ["--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--fork", "--kill-child"]
        with open(self.root.with_suffix(".log"), "w") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", *namespaces, BOOT, self.root], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.init = eventually(lambda: Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split(), "it has a first process")[0]
        eventually(lambda: self.answer("systemctl", "is-system-running", "--wait").strip() == "running", "it runs", seconds=300)

    def _nsenter(self, command):
        return ["nsenter", "--target", self.init, "--all", "env", "-i", *[f"{name}={value}" for name, value in ENVIRONMENT.items()], *command]

    def answer(self, *command):
        """What a command prints, however it ends."""
        result = subprocess.run(
            self._nsenter(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=COMMAND_SECONDS,
            start_new_session=True,  # a signal to its process group is not for the tests
        )
        self.code = result.returncode
        return result.stdout

    def run(self, *command):
        """What a command that succeeds prints."""
        output = self.answer(*command)
        if self.code != 0:
            raise Failed(f"{command}: exit {self.code}\n{output[-6000:]}")
        return output

    def shell(self, script, directory="/root"):
        """What a script prints, of which every command succeeds."""
        return self.run("bash", "-euo", "pipefail", "-c", f"cd {directory}\n{script}")

    def popen(self, *command, **arguments):
        """A process in the machine, with pipes."""
        return subprocess.Popen(self._nsenter(command), text=True, **arguments)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)
        shutil.rmtree(self.root)
