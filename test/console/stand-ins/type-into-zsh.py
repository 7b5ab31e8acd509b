"""Types lines into an interactive zsh, Tab behind each, and prints what each one became. Arguments: the script, then the lines."""
import json
import os
import pty
import select
import sys
import time

SECONDS = 30

process, terminal = pty.fork()
if process == 0:
    os.environ.update(TERM="dumb", PS1="")
    os.execvp("zsh", ["zsh", "-f", "-i"])


def read_until(mark: bytes) -> bytes:
    seen = b""
    end = time.time() + SECONDS
    while mark not in seen:
        if time.time() > end:
            sys.exit(f"zsh printed no {mark!r} in {SECONDS} s, but {seen!r}")
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536)
    return seen


script, *lines = sys.argv[1:]
setup = [
    "autoload -Uz compinit; compinit -u -D",
    f"source {script}",
    # Control-X prints the line that is edited.
    'show() { print -r -- "<<$BUFFER>>" }; zle -N show; bindkey "^X" show',
    "print RE''ADY",
]
os.write(terminal, ("; ".join(setup) + "\n").encode())
read_until(b"READY\r\n")
completed = []
for line in lines:
    os.write(terminal, f"{line}\t\x18".encode())
    completed.append(read_until(b">>").split(b"<<")[1].split(b">>")[0].decode())
    os.write(terminal, b"\x15")
os.write(terminal, b"exit\n")
print(json.dumps(completed))
