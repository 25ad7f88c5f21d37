"""A Dockerfile carried out without a Docker engine, and the result started as an engine would start it.

Every stage gets a root folder of its own. The base image is played by this machine: its /usr without
/usr/local, and in place of /usr/local a Python of the version that FROM names. Steps run under chroot in
mount and process namespaces of their own. What this cannot show: the base image's own files and size, layers,
and the engine's own seccomp and network.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.container.dockerfile import expand, read_context, read_stages

TOOLS = ["unshare", "nsenter", "setpriv", "chroot", "mount", "ldconfig", "useradd", "ip"]
BASE_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
PLAIN_ACCOUNTS = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
}
OF_THE_MACHINE = ["nsswitch.conf", "resolv.conf", "login.defs", "ld.so.conf"]
DEVICES = ["null", "zero", "full", "random", "urandom"]
MOUNTS = """
set -eu
mount --bind "$ROOT" "$ROOT"
for folder in $READ_ONLY; do
    mkdir -p "$ROOT$folder"; mount --bind "$folder" "$ROOT$folder"; mount -o remount,bind,ro "$ROOT$folder"
done
mount --bind "$PYTHON" "$ROOT/usr/local"; mount -o remount,bind,ro "$ROOT/usr/local"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
for device in $DEVICES; do : > "$ROOT/dev/$device"; mount --bind "/dev/$device" "$ROOT/dev/$device"; done
ln -s /proc/self/fd "$ROOT/dev/fd"; mkdir -m 1777 "$ROOT/dev/shm"
"""
FROZEN = """
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs "$ROOT/tmp"
mount --bind "$DATA" "$ROOT/data"
mount -o remount,bind,ro "$ROOT"
"""


class CannotReplay(Exception):
    """What this machine lacks."""


@dataclass
class Image:
    """What a stage has come to."""

    root: Path
    python: Path
    env: dict = field(default_factory=lambda: {"PATH": BASE_PATH})
    workdir: str = "/"
    user: str = "0:0"
    cmd: list = field(default_factory=list)
    healthcheck: list = field(default_factory=list)

    def folder(self, path):
        return self.root / path.lstrip("/")


def missing():
    """Why this machine cannot replay; empty when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs Linux and root"
    if absent := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"needs {', '.join(absent)}"
    tried = subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "may not make namespaces"


def find_python(version):
    """The folder of a Python ``version`` ("3.12") on this machine that can stand for /usr/local; else our own."""
    known = shutil.which(f"python{version}")
    candidates = [*Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*")]
    candidates += [Path(known).resolve().parents[1]] if known else []
    candidates += [Path(sys.base_prefix)]
    for folder in candidates:
        python = folder / "bin/python3"
        if folder != Path("/usr") and python.exists() and (folder / "bin/python").exists():
            said = subprocess.run([python, "-V"], capture_output=True, text=True, check=False)
            if said.returncode == 0:
                return folder, said.stdout.split()[1]
    raise CannotReplay("no Python with a folder of its own")


def build(project, target):
    """Carry out the Dockerfile of ``project`` under ``target``: (the last stage's image, Python's version)."""
    stages = read_stages((project / "Dockerfile").read_text(encoding="utf-8"))
    context = list(read_context(project, (project / ".dockerignore").read_text(encoding="utf-8")))
    built, images = {}, []
    for number, stage in enumerate(stages):
        python, version = find_python(re.search(r":(\d+\.\d+)", stage.base)[1])
        image = Image(make_root(target / f"stage{number}"), python)
        run(image, ["ldconfig"])
        for step in stage.steps:
            perform(image, step, project=project, context=context, built=built)
        built[stage.name] = image
        images.append(image)
    return images[-1], version


def make_root(root):
    for name in ("proc", "dev", "tmp", "etc", "usr", "root", "run", "var"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    for name, text in PLAIN_ACCOUNTS.items():
        (root / "etc" / name).write_text(text)
    for name in OF_THE_MACHINE:
        if (Path("/etc") / name).exists():
            shutil.copy(Path("/etc") / name, root / "etc" / name)
    (root / "etc/ld.so.conf").write_text("/usr/local/lib\n" + (root / "etc/ld.so.conf").read_text())
    if Path("/etc/ld.so.conf.d").exists():
        shutil.copytree("/etc/ld.so.conf.d", root / "etc/ld.so.conf.d")
    (root / "etc/hosts").write_text("127.0.0.1 localhost db\n")  # “db” is compose.yaml's name for the database
    (root / "tmp").chmod(0o1777)
    return root


def perform(image, step, *, project, context, built):
    """One step, with the meaning that the Dockerfile reference gives it."""
    match step.word:
        case "RUN":
            run(image, step.exec_form or ["/bin/sh", "-c", step.text])
        case "COPY":
            copy(image, step, project=project, context=context, built=built)
        case "ENV":
            image.env |= {key: expand(value, image.env) for key, value in step.pairs().items()}
        case "WORKDIR":
            image.workdir = os.path.join(image.workdir, expand(step.text, image.env))
            image.folder(image.workdir).mkdir(parents=True, exist_ok=True)
        case "USER":
            image.user = step.text
        case "CMD":
            image.cmd = step.exec_form
        case "HEALTHCHECK":
            image.healthcheck = read_healthcheck(step)
        case "LABEL" | "EXPOSE" | "STOPSIGNAL":
            pass
        case other:
            raise CannotReplay(f"does not know {other}")


def read_healthcheck(step):
    return type(step)(step.line, "CMD", step.text.removeprefix("CMD").strip()).exec_form


def copy(image, step, *, project, context, built):
    *sources, target = (expand(word, image.env) for word in step.text.split())
    into = target.endswith("/")
    place = image.folder(os.path.join(image.workdir, target))
    for source in sources:
        if "from" in step.options:
            shutil.copytree(built[step.options["from"]].folder(source), place, symlinks=True, dirs_exist_ok=True)
            continue
        names = [name for name in context if name.as_posix() == source or Path(source) in name.parents]
        if not names:
            raise FileNotFoundError(f"line {step.line}: {source} is not in the build context")
        for name in names:
            within = name.relative_to(source)
            to = place / (name.name if into else within) if (project / source).is_file() else place / within
            to = place if (project / source).is_file() and not into else to
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / name, to)


def run(image, arguments):
    """A RUN step: as the stage's user, in its folder and environment, with the network and pip's own settings."""
    pip, folders = pip_settings()
    lent = [folder for folder in folders if not image.folder(folder).exists()]
    done = subprocess.run(
        entering(image, arguments, env=image.env | pip, extra=folders, user=image.user),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CalledProcess(f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    for folder in lent:  # only the mount points are left of them
        os.removedirs(image.folder(folder))


class CalledProcess(Exception):
    """A step that failed, with what it said."""


def pip_settings():
    """Where this machine's pip gets packages from, as variables, and the folders that these name."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    names = {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    settings = {k: v for k, v in os.environ.items() if k.upper() in names or k.startswith("PIP_")}
    for key, value in re.findall(r"^(?:global|install)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE):
        settings.setdefault("PIP_" + key.upper().replace("-", "_"), value)
    named = {Path(path) for value in settings.values() for path in re.findall(r"(?:file://|^)(/[^\s]+)", value)}
    folders = {path.parent if path.name == "simple" else path for path in named}  # an index has its files beside it
    return settings, [str(folder) for folder in sorted(folders) if folder.is_dir()]


def entering(image, arguments, *, env, extra=(), user, frozen_with=None):
    """The command that runs ``arguments`` inside the image, as process 1 of its namespaces."""
    script = MOUNTS + (FROZEN if frozen_with else "") + 'cd "$ROOT"; exec chroot "$ROOT" /usr/bin/env -i "$@"'
    outside = {
        "ROOT": image.root,
        "PYTHON": image.python,
        "READ_ONLY": " ".join(["/usr", "/etc/ssl", *extra]),
        "DEVICES": " ".join(DEVICES),
        "DATA": frozen_with or "",
    }
    return [
        *("/usr/bin/env", *(f"{name}={value}" for name, value in outside.items())),
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"),
        *inside(image, arguments, env=env, user=user, harmless=bool(frozen_with)),
    ]


def inside(image, arguments, *, env, user, harmless):
    uid, gid = user.split(":")
    limits = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"] if harmless else []
    lower = ["/usr/bin/setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *limits, "--"]
    return ["-C", image.workdir, *(f"{name}={value}" for name, value in env.items()), *lower, *arguments]


class Container:
    """A started image: process 1 of its own namespaces, everything read-only but /data and /tmp."""

    def __init__(self, image, process, env, network):
        self.image, self.process, self.env, self.network = image, process, env, network
        self.pid = self._until_inside()

    def _until_inside(self):
        """The service's process as this machine counts (unshare stands before it), once it sees only the image."""
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            for pid in children_of(self.process.pid):
                if os.readlink(f"/proc/{pid}/root") != "/":
                    return pid
            time.sleep(0.01)
        raise CannotReplay(f"no container: {self.log()}")

    def enter(self, arguments):
        """As `docker exec`: the same user, environment and view."""
        within = inside(self.image, arguments, env=self.env, user=self.image.user, harmless=True)
        command = ["nsenter", "-t", str(self.pid), "-m", "-p", "-r", "/usr/bin/env", "-i", *within]
        return subprocess.run(self.network.of(command), capture_output=True, text=True, timeout=30, check=False)

    def until_healthy(self, *, seconds=60):
        """Ask as the engine would ask, until HEALTHCHECK's own command exits 0: the seconds that took."""
        begin = time.monotonic()
        while time.monotonic() < begin + seconds:
            if self.process.poll() is not None:
                raise CalledProcess(f"ended with {self.process.returncode}: {self.log()}")
            if self.enter(self.image.healthcheck).returncode == 0:
                return time.monotonic() - begin
            time.sleep(0.1)
        raise TimeoutError(self.log())

    def stop(self, told, *, grace):
        """As `docker stop`: the signal to process 1, and its exit status within the grace period."""
        os.kill(self.pid, told)
        return self.process.wait(grace)

    def log(self):
        self.process.stderr.seek(0)
        return self.process.stderr.read()


def children_of(pid):
    """The processes that ``pid`` has started; none once it has ended."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


class Network:
    """A network with nothing in it but what the tests start there, so that port 8000 and “db” are theirs."""

    def __init__(self, holder):
        self._holder = str(holder)

    def of(self, command):
        """``command`` run in this network."""
        return ["nsenter", "-t", self._holder, "-n", "--", *(str(word) for word in command)]


@contextmanager
def network():
    alone = "ip link set lo up; echo; exec sleep 3600"
    with subprocess.Popen(["unshare", "--net", "sh", "-c", alone], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        yield Network(holder.pid)
        holder.terminate()


@contextmanager
def started(image, data, net, **environment):
    """The image's own CMD in the network ``net``, with ``data`` as /data."""
    env = image.env | environment
    with tempfile.TemporaryFile("w+") as log:
        command = entering(image, image.cmd, env=env, user=image.user, frozen_with=data)
        process = subprocess.Popen(net.of(command), stdout=log, stderr=log)
        process.stderr = log
        try:
            yield Container(image, process, env, net)
        finally:
            # Process 1 itself, and all of the container ends: unshare's --kill-child is lost with the change of user.
            for pid in children_of(process.pid) if process.poll() is None else []:
                os.kill(pid, signal.SIGKILL)
            process.wait(10)
