"""A real Dovecot for one test: own configuration, mail and port, nothing of the machine's own.

`with running_dovecot(imap_capability="...") as dovecot:` starts one, waits until it greets, and
stops it afterwards. Keyword arguments are settings of dovecot.conf. It must run as root, since
its master gives up its rights itself; `why_not()` says what is missing.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from imapclient import IMAPClient

from tests.integration.postfix import HOST, PATIENCE, await_condition, free_port

USER, PASSWORD = "triage", 'open "sesame" \\ now'

CONF = """
base_dir = {run}
state_dir = {run}
log_path = {directory}/dovecot.log
instance_name = triage-test-{port}
protocols = imap
listen = {host}
default_internal_user = dovecot
default_login_user = dovenull
default_vsz_limit = 0
mail_location = maildir:{directory}/mail/%u
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
shutdown_clients = yes
mailbox_idle_check_interval = 1 secs
ssl = yes
ssl_cert = <{directory}/certificate.pem
ssl_key = <{directory}/key.pem
ssl_dh =
auth_mechanisms = plain login
auth_failure_delay = 0
{settings}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
{passdb}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={directory}/mail/%u
}}
"""

PASSWORD_FILE = """
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {directory}/users
}}
"""


def why_not() -> str | None:
    """Why no Dovecot can be started here, or None."""
    if shutil.which("dovecot", path="/usr/sbin:/usr/bin") is None:
        return "dovecot is not installed (see .ci/install-servers)"
    if os.geteuid() != 0:
        return "dovecot needs root to start its own instance"
    return None


@dataclass
class Dovecot:
    """An instance. `port` speaks IMAP, `tls_port` IMAPS, certified by `ca_file`."""

    directory: Path
    port: int
    tls_port: int
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def ca_file(self) -> Path:
        """The certificate authority that its certificate comes from."""
        return self.directory / "ca.pem"

    @property
    def log(self) -> str:
        """What it has logged so far."""
        file = self.directory / "dovecot.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self) -> None:
        """Start it and wait until it greets."""
        conf = self.directory / "dovecot.conf"
        self.process = subprocess.Popen(
            [shutil.which("dovecot", path="/usr/sbin:/usr/bin") or "dovecot", "-c", conf, "-F"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        await_condition(self._greets, f"a greeting; log:\n{self.log}")

    def stop(self) -> None:
        """Stop it and what it started."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
            with suppress(ProcessLookupError):  # its children take ten seconds more to say goodbye
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process = None

    def _greets(self) -> bool:
        with suppress(OSError, IMAPClient.Error), IMAPClient(HOST, self.port, ssl=False, timeout=5):
            return True
        return False

    @contextmanager
    def session(self, password: str = PASSWORD) -> Iterator[IMAPClient]:
        """A logged-in client, as a person's mail program is one."""
        with IMAPClient(HOST, self.port, ssl=False, timeout=PATIENCE) as client:
            client.login(USER, password)
            yield client

    def deliver(self, raw: bytes, folder: str = "INBOX") -> None:
        """Put a message there, unseen."""
        with self.session() as client:
            client.append(folder, raw)

    def flags(self, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        """UID and flags of every message there."""
        with self.session() as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("ALL"), ["FLAGS"])
            return {uid: item[b"FLAGS"] for uid, item in found.items()}


@contextmanager
def running_dovecot(
    passdb: str = PASSWORD_FILE, oauth2: str = "", **settings: str
) -> Iterator[Dovecot]:
    """A Dovecot with `settings`, and `oauth2` in oauth2.conf; its files go when the block ends."""
    directory = Path(tempfile.mkdtemp(prefix="dovecot-"))
    directory.chmod(0o755)
    dovecot = Dovecot(directory, free_port(), free_port())
    try:
        _furnish(dovecot, passdb, settings)
        (directory / "oauth2.conf").write_text(oauth2)
        dovecot.start()
        yield dovecot
    finally:
        dovecot.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _furnish(dovecot: Dovecot, passdb: str, settings: dict[str, str]) -> None:
    directory = dovecot.directory
    authority = trustme.CA()
    certificate = authority.issue_cert(HOST, "localhost")
    authority.cert_pem.write_to_path(str(dovecot.ca_file))
    certificate.private_key_pem.write_to_path(str(directory / "key.pem"))
    for number, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(str(directory / "certificate.pem"), append=number > 0)
    (directory / "mail").mkdir()
    shutil.chown(directory / "mail", "nobody", "nogroup")
    (directory / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    (directory / "dovecot.conf").write_text(
        CONF.format(
            run=directory / "run",
            directory=directory,
            host=HOST,
            port=dovecot.port,
            tls_port=dovecot.tls_port,
            passdb=passdb.format(directory=directory),
            settings="\n".join(f"{name} = {value}" for name, value in settings.items()),
        )
    )
