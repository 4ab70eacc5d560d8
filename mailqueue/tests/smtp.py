"""A small mail server for the tests: it keeps what it is sent, and misbehaves as a test asks."""

from collections import deque
from email import message_from_bytes, policy
from socketserver import StreamRequestHandler, ThreadingTCPServer
from ssl import SSLContext
from threading import Event, Semaphore, Thread

# What the server does to one connection each; without an order it takes the mail.
REFUSES, BUSY, HANGS_UP = "refuses", "busy", "hangs up after the text"
HOLDS, MEETS = "holds until let go", "waits for a second connection"


class Conversation(StreamRequestHandler):
    def handle(self) -> None:
        fault = self.server.faults.popleft() if self.server.faults else ""
        self.server.met.set()
        if fault == HOLDS:
            self.server.let_go.wait(30)
        if fault == MEETS:
            self.wait_for_another()
        self.say("554 no" if fault == REFUSES else "220 here")
        for line in self.rfile:
            verb = line[:4].strip().upper().decode()
            if verb == "DATA":
                self.say("354 go on")
                self.keep()
                if fault == HANGS_UP:
                    return
            if verb == "RCPT" and fault == BUSY:
                self.say("450 later")
            else:
                self.say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                return

    def wait_for_another(self) -> None:
        """Let both connections go on once there are two; meanwhile the client hears that it is to wait."""
        if not self.server.is_first.acquire(blocking=False):
            self.server.both.set()
        while not self.server.both.wait(1):
            self.say("220-wait")

    def keep(self) -> None:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                self.server.taken.append(message_from_bytes(b"".join(lines), policy=policy.default))
                return
            lines.append(line[1:] if line.startswith(b"..") else line)
        # Whoever sent it died in the midst of it, so that nothing has arrived.

    def say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class Server(ThreadingTCPServer):
    """Listens on a free `port` of this machine while it is a context; what it took is in `taken`."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.port, self.taken, self.faults = self.server_address[1], [], deque()
        # With one, the server speaks TLS from the start.
        self.context: SSLContext | None = None
        self.met, self.let_go, self.both, self.is_first = Event(), Event(), Event(), Semaphore(1)

    def __enter__(self) -> "Server":
        Thread(target=self.serve_forever, args=[0.005], daemon=True).start()
        return self

    def get_request(self) -> tuple:
        client, address = super().get_request()
        return (self.context.wrap_socket(client, server_side=True) if self.context else client), address

    def __exit__(self, *error) -> None:
        self.shutdown()
        super().__exit__(*error)
