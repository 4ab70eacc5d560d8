"""A small mail server for the tests: it keeps what it is sent, and misbehaves as it is told."""

from collections import deque
from email import message_from_bytes, policy
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Barrier, Event, Thread

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
            self.server.pair.wait(30)
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

    def keep(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        text = b"".join(line[1:] if line.startswith(b"..") else line for line in lines)
        self.server.taken.append(message_from_bytes(text, policy=policy.default))

    def say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class Server(ThreadingTCPServer):
    """Listens on a free `port` of this machine while it is a context; what it took is in `taken`."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.port, self.taken, self.faults = self.server_address[1], [], deque()
        self.met, self.let_go, self.pair = Event(), Event(), Barrier(2)

    def __enter__(self) -> "Server":
        Thread(target=self.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        self.shutdown()
        super().__exit__(*error)
