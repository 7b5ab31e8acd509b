"""Deletes by descriptor; delete-files.py, which is run with this in front of it, says what.

Other users may write where this deletes, and rename what is there at any moment. So no path is looked up twice: every folder is
opened relative to its parent without following a link (openat with O_NOFOLLOW), must be on the mount where ROOT is, and a file is
unlinked relative to its folder (unlinkat), which follows no link either.
It needs Python 3.6 and nothing but its standard library: docs/decisions/0015.
"""
import collections
import errno
import heapq
import json
import os
import re
import stat
import sys
import time

DEEPEST = 24  # folders below a start, each an open descriptor
MOST_ENTRIES = 4000000  # looked at in one run
LIST_BYTES = 16 * 1024 * 1024  # in memory, since /run is; what has no room is counted
LARGE_BYTES = 1024 * 1024  # these go first, so that a flood of small files does not use up their time


class Refused(Exception):
    """A start that is not where it should be, or that others can steer."""


class Cut(Exception):
    """No time, or no count, is left."""


def shown(path):
    """A path as text: bytes that are not UTF-8 and control characters become marks."""
    text = os.fsencode(path).decode('utf-8', 'replace')
    return ''.join(one if one.isprintable() else '\ufffd' for one in text)


def mount_of(descriptor):
    """Device and mount: a bind mount has the device of what it shows. mnt_id is in Linux from 3.15 on, proc(5)."""
    mount = ''
    try:
        with open('/proc/self/fdinfo/%d' % descriptor) as lines:
            for line in lines:
                if line.startswith('mnt_id:'):
                    mount = line.split()[1]
    except OSError:
        pass
    return os.fstat(descriptor).st_dev, mount


class Deleter:
    def __init__(self, root, keep_hours, seconds, record):
        self.root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.mount = mount_of(self.root)
        self.prefix = root.rstrip('/')
        self.keep_seconds = keep_hours * 3600
        self.until = time.monotonic() + seconds
        self.record = record
        self.count = self.bytes = self.failed = self.entries = 0
        self.kept = collections.Counter()
        self.large_until = None

    def in_time(self):
        self.entries += 1
        now = time.monotonic()
        if now >= self.until or self.entries > MOST_ENTRIES:
            raise Cut
        # Looking for large files alone takes at most half of the time.
        if self.large_until is not None and now >= self.large_until:
            raise Cut

    def enter(self, parent, name):
        """The folder NAME of PARENT, which is no link and on the same mount; OSError or Refused otherwise."""
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        if mount_of(folder) != self.mount:
            os.close(folder)
            raise Refused('on another filesystem')
        return folder

    def start(self, parts, private=False):
        """A descriptor of ROOT/PARTS. Up to it only root can put another folder in its place; PRIVATE: in it neither."""
        folder = os.dup(self.root)
        try:
            for index, part in enumerate(parts):
                below = self.enter(folder, part)
                os.close(folder)
                folder = below
                own = os.fstat(folder)
                last = index == len(parts) - 1
                # /var/log is root:syslog 0775 on Ubuntu, /var/crash has the sticky bit.
                if own.st_uid != 0 or (own.st_mode & 0o022 and (private or not last)):
                    raise Refused("/%s is not root's alone" % '/'.join(parts[:index + 1]))
            return folder
        except BaseException:
            os.close(folder)
            raise

    def names(self, folder):
        with os.scandir(folder) as entries:
            for entry in entries:
                self.in_time()
                yield entry

    def note(self, path, size, modified):
        self.count += 1
        self.bytes += size
        self.record(path, size, max(0, int((time.time() - modified) // 3600)))

    def place(self, place):
        """Large files first, then all. Listing a folder while it changes may miss some: again, until none is found."""
        began = time.monotonic()
        kept, failed = self.kept, self.failed
        for least in (LARGE_BYTES, 0, 0, 0):
            before = self.count
            self.kept, self.failed = collections.Counter(kept), failed
            self.large_until = began + (self.until - began) / 2 if least else None
            folder = self.start(place.start)
            try:
                self.walk(folder, place, (), least)
            except Cut:
                if self.large_until is None:
                    raise
            finally:
                os.close(folder)
            if least == 0 and self.count == before:
                break

    def walk(self, folder, place, folders, least):
        owner = os.fstat(folder).st_uid
        for entry in self.names(folder):
            try:
                if entry.is_dir(follow_symlinks=False):
                    if len(folders) >= place.depth or (place.never is not None and place.never.match(entry.name)):
                        continue
                    below = self.enter(folder, entry.name)
                    try:
                        self.walk(below, place, folders + (entry.name,), least)
                    finally:
                        os.close(below)
                elif entry.is_file(follow_symlinks=False) and place.matches(folders, entry.name):
                    self.file(folder, owner, place.start + folders, entry.name, least)
            except FileNotFoundError:
                pass  # another process was quicker
            except Refused as refusal:
                self.kept[str(refusal)] += 1
            except OSError as problem:
                if problem.errno in (errno.ENOTDIR, errno.ELOOP):
                    self.kept['changed meanwhile'] += 1  # a link or a file where a folder was
                else:
                    self.failed += 1

    def file(self, folder, owner, folders, name, least):
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
        size = info.st_blocks * 512
        if not stat.S_ISREG(info.st_mode) or size < least:
            return
        if info.st_nlink != 1:
            self.kept['hard-linked elsewhere'] += 1  # it would free nothing
        elif owner not in (0, info.st_uid):
            self.kept["another user's"] += 1  # the owner of a folder can move foreign files into it
        elif time.time() - info.st_mtime < self.keep_seconds:
            self.kept['too young'] += 1
        else:
            os.unlink(name, dir_fd=folder)
            self.note('/'.join((self.prefix,) + folders + (name,)), size, info.st_mtime)

    def tree(self, parent, name, depth=0):
        """Removes a folder and all that is in it; returns its bytes."""
        size = 0
        folder = self.enter(parent, name)
        try:
            for entry in self.names(folder):
                if entry.is_dir(follow_symlinks=False):
                    if depth >= DEEPEST:
                        raise Refused('too deep')
                    size += self.tree(folder, entry.name, depth + 1)
                else:
                    size += os.stat(entry.name, dir_fd=folder, follow_symlinks=False).st_blocks * 512
                    os.unlink(entry.name, dir_fd=folder)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=parent)
        return size


def descriptors(uid=None):
    """What each process (of this user) has open, as the kernel names it, without holding more than one name."""
    for process in os.scandir('/proc'):
        if not process.name.isdigit():
            continue
        try:
            if uid is not None and process.stat().st_uid != uid:
                continue
            with os.scandir('/proc/%s/fd' % process.name) as entries:
                for entry in entries:
                    try:
                        yield os.readlink(entry.path)
                    except OSError:
                        pass  # closed meanwhile
        except OSError:
            pass  # ended meanwhile


class DeletedList:
    """JSON, one deletion a line, in a file that only root reads."""

    def __init__(self, path, step):
        self.step = step
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self.room = LIST_BYTES - os.fstat(self.file).st_size
        self.unlisted = collections.Counter()
        self.lines = []

    def add(self, path, size, hours):
        line = json.dumps({'step': self.step, 'path': shown(path), 'bytes': size, 'ageHours': hours}) + '\n'
        self.room -= len(line)
        if self.room < 0:
            self.unlisted.update(count=1, bytes=size)
            return
        self.lines.append(line)
        if len(self.lines) >= 256:
            self.flush()

    def flush(self):
        try:
            os.write(self.file, ''.join(self.lines).encode('ascii'))
        except OSError:
            pass  # /run is full: the counts remain
        self.lines = []
