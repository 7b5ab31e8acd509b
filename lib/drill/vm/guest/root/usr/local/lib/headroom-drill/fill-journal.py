#!/usr/bin/env python3
"""Makes the journal as big as a busy node's: argument 1 is the size in MiB. Few, large entries, to be quick."""
import base64
import os
import socket
import sys

ENTRY_BYTES = 128 * 1024
text = base64.b64encode(os.urandom(ENTRY_BYTES))
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * ENTRY_BYTES)
for number in range(int(sys.argv[1]) * 1024 * 1024 // len(text)):
    message = b'%08d ' % number + text  # unlike the one before: journald stores equal fields once
    journal.sendto(b'SYSLOG_IDENTIFIER=busy-app\nPRIORITY=6\nMESSAGE=' + message + b'\n', '/run/systemd/journal/socket')
