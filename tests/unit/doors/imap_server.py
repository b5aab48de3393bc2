"""An IMAP server on loopback that misbehaves as told: for what a sound server cannot be made to do.

`with ImapServer() as server:` listens; its public attributes may be changed at any time.
"""

import base64
import re
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class ImapServer(socketserver.ThreadingTCPServer):
    """One folder. `commands` are all that were received, upper case, without tags."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.messages: dict[int, bytes] = {}
        self.validity: int | None = 7
        self.uidnext: int | None = 1
        self.capabilities = "IMAP4rev1 IDLE AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER"
        self.refused: set[int] = set()  # UIDs: a FETCH of these is answered NO
        self.withheld: set[int] = set()  # left out of the answer
        self.nil: set[int] = set()  # given as NIL
        self.deadly: set[int] = set()  # the connection ends
        self.dates: dict[int, str] = {}  # INTERNALDATE, where it matters
        self.sizes: dict[int, int] = {}  # what RFC822.SIZE says instead of the truth
        self.silent_on: str | None = None  # a command that is never answered; "" is the greeting
        self.idle = "after"  # where news of IDLE stand: with the +, "before" it, or "refused"
        self.accepts: Callable[[str, bytes], bool] = lambda mechanism, response: True
        self.commands: list[str] = []
        self.sasl: list[tuple[str, bytes]] = []
        self.released = threading.Event()
        self.changed = threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

    def deliver(self, uid: int, raw: bytes) -> None:
        """Put a message there and tell whoever idles."""
        with self.changed:
            self.messages[uid] = raw
            self.uidnext = None if self.uidnext is None else max(self.uidnext, uid + 1)
            self.changed.notify_all()

    def received(self, start: str) -> list[str]:
        """The commands that begin so."""
        return [command for command in self.commands if command.startswith(start)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        with self.changed:
            self.changed.notify_all()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Session(socketserver.StreamRequestHandler):
    server: ImapServer

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        with suppress(OSError):
            if self.server.silent_on == "":
                self.server.released.wait()
                return
            self.say("* OK ready")
            while line := self.rfile.readline().decode().strip():
                tag, _, command = line.partition(" ")
                self.server.commands.append(command.upper())
                if self.server.silent_on and command.upper().startswith(self.server.silent_on):
                    self.server.released.wait()
                    return
                if not self.answer(tag, command):
                    return

    def answer(self, tag: str, command: str) -> bool:
        word = command.upper()
        if word.startswith("CAPABILITY"):
            self.say(f"* CAPABILITY {self.server.capabilities}")
        elif word.startswith("AUTHENTICATE"):
            return self.authenticate(tag, word.split()[1])
        elif word.startswith("EXAMINE"):
            self.examine()
        elif word.startswith("UID SEARCH"):
            found = [str(uid) for uid in sorted(self.server.messages) if self.matches(word, uid)]
            self.say(" ".join(["* SEARCH", *found]))
        elif word.startswith("UID FETCH"):
            return self.fetch(tag, word)
        elif word == "IDLE":
            return self.be_idle(tag)
        self.say(f"{tag} OK done")
        return True

    def authenticate(self, tag: str, mechanism: str) -> bool:
        self.say("+ ")
        response = base64.b64decode(self.rfile.readline())
        self.server.sasl.append((mechanism, response))
        if self.server.accepts(mechanism, response):
            self.say(f"{tag} OK welcome")
            return True
        if mechanism != "PLAIN":
            self.say("+ " + base64.b64encode(b'{"status":"invalid_token"}').decode())
            self.server.sasl.append((mechanism, base64.b64decode(self.rfile.readline())))
        self.say(f"{tag} NO [AUTHENTICATIONFAILED] no")
        return True

    def examine(self) -> None:
        self.say(f"* {len(self.server.messages)} EXISTS")
        if self.server.validity is not None:
            self.say(f"* OK [UIDVALIDITY {self.server.validity}] valid")
        if self.server.uidnext is not None:
            self.say(f"* OK [UIDNEXT {self.server.uidnext}] next")

    def matches(self, search: str, uid: int) -> bool:
        newest = max(self.server.messages)
        for part in search.rpartition(" ")[2].split(","):
            low, _, high = part.partition(":")
            ends = [newest if end == "*" else int(end) for end in (low, high or low)]
            if min(ends) <= uid <= max(ends):
                return True
        return False

    def fetch(self, tag: str, word: str) -> bool:
        server = self.server
        wanted = re.split(r"[ ]", word)[2]
        uids = [uid for uid in sorted(server.messages) if self.matches(wanted, uid)]
        is_body = "BODY" in word
        if is_body and server.deadly & set(uids):
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        if is_body and server.refused & set(uids):
            self.say(f"{tag} NO [SERVERBUG] internal error")
            return True
        for number, uid in enumerate(uids, 1):
            raw = server.messages[uid]
            if "INTERNALDATE" in word:
                date = server.dates.get(uid, "02-Nov-2026 08:00:00 +0000")
                self.say(f'* {number} FETCH (UID {uid} INTERNALDATE "{date}")')
            elif not is_body:
                size = server.sizes.get(uid, len(raw))
                self.say(f"* {number} FETCH (UID {uid} RFC822.SIZE {size})")
            elif uid in server.nil:
                self.say(f"* {number} FETCH (UID {uid} BODY[] NIL)")
            elif uid not in server.withheld:
                self.say(f"* {number} FETCH (UID {uid} BODY[] {{{len(raw)}}}")
                self.wfile.write(raw + b")\r\n")
        self.say(f"{tag} OK fetched")
        return True

    def be_idle(self, tag: str) -> bool:
        server = self.server
        if server.idle == "refused":
            self.say(f"{tag} NO not today")
            return True
        seen = max(server.messages, default=0)
        if server.idle == "before":
            self.say(f"* {len(server.messages)} EXISTS")
        # One packet, so that the news is in the reader's buffer and not in the socket.
        news = f"* {len(server.messages)} EXISTS\r\n" if server.idle == "with" else ""
        self.wfile.write(f"+ idling\r\n{news}".encode())
        watcher = threading.Thread(target=self.tell, args=(seen,), daemon=True)
        if server.idle == "after":
            watcher.start()
        self.rfile.readline()
        if server.silent_on == "DONE":
            server.released.wait()
            return False
        self.say(f"{tag} OK idled")
        return True

    def tell(self, seen: int) -> None:
        server = self.server
        with server.changed, suppress(OSError):
            server.changed.wait_for(
                lambda: server.released.is_set() or max(server.messages, default=0) > seen
            )
            if not server.released.is_set():
                self.say(f"* {len(server.messages)} EXISTS")
