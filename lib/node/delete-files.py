"""Chooses which files to delete. deleter.py is spliced before this and defines what is missing here.

Usage: python3 -I -c "$(cat deleter.py delete-files.py)" delete KIND ROOT KEEP_HOURS SECONDS LIST STEP
       python3 -I -c "$(cat deleter.py delete-files.py)" largest LIST COUNT

delete: KIND is one of KINDS below. Files younger than KEEP_HOURS stay, and it ends after SECONDS.
  Prints `COUNT BYTES WORDS...`: what was deleted, and what to report. Each deletion is a line of LIST: JSON with step, path, bytes
  and ageHours. Exit: 0 ended, 1 something could not be deleted, 124 cut.
largest: prints the COUNT largest entries of LIST, one JSON array a line.
"""
# ruff: noqa: F821
# Who signed in, became root or was locked out, what a firewall or a watcher saw, and audit trails: never deleted, nor their rotations.
SECURITY = re.compile(
    r'(auth(\.log|log)?|secure|[uwb]tmpx?|wtmpdb|lastb|lastlog2?|faillog|faillock|tallylog|sudo(\.log|log|-io)?|sulog|su\.log|sshd?|pacct|acct|account'
    r'|fail2ban(\.log)?|falco|tetragon|osquery|wazuh|aide|rkhunter(\.log)?|suricata|snort|zeek|crowdstrike|sssd|ufw(\.log)?|firewalld|iptables|nftables)([._-].*)?\Z|.*audit',
    re.IGNORECASE | re.DOTALL)
# With eight digits they are logrotate's under dateext: -20261129, or with the time behind it. app-20261129-1.log is a program's own.
ROTATED = re.compile(r'.*(\.(gz|xz|zst|old|\d\d?)|-20\d\d[01]\d[0-3]\d(-\d+)?)\Z', re.DOTALL)
UUID = r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
COMMAND = re.compile(UUID + r'\Z')
RUN = re.compile(r'20\d\d-\d\d-\d\d[^/]*\Z', re.DOTALL)
MACHINE = re.compile(r'[0-9a-f]{32}\Z')


def is_log(folders, name):
    if folders[:1] == ('pods',) and len(folders) == 3:  # NAMESPACE_POD_UID and CONTAINER may be called anything
        return '.log.' in name and not SECURITY.match(folders[1].split('_')[0])
    if folders[:1] == ('journal',) or any(SECURITY.match(part) for part in folders + (name,)):
        return False
    if folders == ('amazon', 'ssm') and re.search(r'\.log\.\d', name):
        return True
    return ROTATED.match(name) is not None


def is_dnf_cache(folders, name):
    return name.endswith(('.rpm', '.solv', '.solvx')) or folders[-1:] == ('repodata',)


def always(folders, name):
    return True


# start: the folder, below ROOT. matches(folders below start, name). depth: how many folders below it are entered, but for those whose
# name matches `never`.
Place = collections.namedtuple('Place', 'start matches depth never')
Place.__new__.__defaults__ = (None,)
KINDS = {
    'logs': [Place(('var', 'log'), is_log, DEEPEST, SECURITY)],
    'coredumps': [Place(('var', 'lib', 'systemd', 'coredump'), always, 0), Place(('var', 'crash'), always, 0)],
    'apt': [
        Place(('var', 'cache', 'apt'), lambda folders, name: name.endswith('.bin'), 0),
        Place(('var', 'cache', 'apt', 'archives'), lambda folders, name: name != 'lock', 1),
    ],
    'dnf': [Place(('var', 'cache', tool), is_dnf_cache, 4) for tool in ('dnf', 'yum', 'libdnf5')],
    'snap-cache': [Place(('var', 'lib', 'snapd', 'cache'), always, 0)],
    'journals': [],
    'agent': [],
}


def delete_journals(deleter):
    """What another machine's journald had open is not archived, so no vacuum takes it. Not what a process has open: systemd-nspawn
    can link a container's journal here."""
    folder = deleter.start(('var', 'log', 'journal'), private=True)
    path = deleter.prefix + '/var/log/journal/'
    try:
        try:
            with open(deleter.prefix + '/etc/machine-id') as lines:
                own = lines.read(64).strip().replace('-', '')
        except (OSError, ValueError):
            own = ''
        if not MACHINE.match(own):
            return
        for entry in deleter.names(folder):
            if not MACHINE.match(entry.name) or entry.name == own or not entry.is_dir(follow_symlinks=False):
                continue
            held = False
            for link in descriptors():
                deleter.in_time()
                if link.startswith(path + entry.name + '/'):
                    held = True
                    break
            if held:
                deleter.kept['open'] += 1
                continue
            machine = deleter.enter(folder, entry.name)
            try:
                if os.fstat(machine).st_uid == 0:
                    for file in deleter.names(machine):
                        if re.match(r'[^/]*\.journal~?\Z', file.name, re.DOTALL):
                            deleter.file(machine, 0, ('var', 'log', 'journal', entry.name), file.name, 0)
            finally:
                os.close(machine)
    finally:
        os.close(folder)


def busy_commands(deleter):
    """What a process of root was started with or has open is at work: a command may take 48 h. Others could name any folder."""
    busy = set()
    uuid = re.compile(UUID)
    for process in os.scandir('/proc'):
        if process.name.isdigit():
            try:
                if process.stat().st_uid != 0:
                    continue
                with open('/proc/%s/cmdline' % process.name, 'rb') as arguments:
                    text = arguments.read(65536).decode('ascii', 'replace')
            except OSError:
                continue
            if '/orchestration/' in text:
                busy.update(match.group() for match in uuid.finditer(text))
    for link in descriptors(uid=0):
        deleter.in_time()
        if '/orchestration/' in link:
            busy.update(match.group() for match in uuid.finditer(link))
    return busy


def delete_agent(deleter):
    """The Systems Manager agent's folders: a command's id, and below an association's id one folder a run (amazon-ssm-agent 3.3,
    agent/framework/docmanager/docmanager.go). What it has not ended is in state/pending or state/current."""
    parts = ('var', 'lib', 'amazon', 'ssm')
    ssm = deleter.start(parts, private=True)
    busy = busy_commands(deleter)
    try:
        for instance in deleter.names(ssm):
            try:
                document = deleter.start(parts + (instance.name, 'document'), private=True)
            except (OSError, Refused):
                continue
            try:
                for state in ('pending', 'current'):
                    try:
                        listed = deleter.start(parts + (instance.name, 'document', 'state', state), private=True)
                    except (OSError, Refused):
                        continue
                    busy.update(entry.name[:36] for entry in deleter.names(listed))
                    os.close(listed)
                delete_runs(deleter, parts + (instance.name, 'document', 'orchestration'), busy)
            finally:
                os.close(document)
    finally:
        os.close(ssm)


def delete_runs(deleter, parts, busy):
    try:
        folder = deleter.start(parts, private=True)
    except FileNotFoundError:
        return
    except (OSError, Refused) as refusal:
        deleter.kept[why_refused('/'.join(parts[-1:]), refusal)] += 1
        return
    try:
        for entry in deleter.names(folder):
            if not COMMAND.match(entry.name) or entry.name in busy or not entry.is_dir(follow_symlinks=False):
                continue
            if not delete_run(deleter, folder, parts, entry.name):
                association = deleter.enter(folder, entry.name)
                try:
                    for run in deleter.names(association):
                        if RUN.match(run.name) and run.is_dir(follow_symlinks=False):
                            delete_run(deleter, association, parts + (entry.name,), run.name)
                finally:
                    os.close(association)
    finally:
        os.close(folder)


def delete_run(deleter, parent, parts, name):
    info = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if info.st_uid != 0 or time.time() - info.st_mtime < deleter.keep_seconds:
        return False
    try:
        size = deleter.tree(parent, name)
        deleter.note('/'.join((deleter.prefix,) + parts + (name,)), size, info.st_mtime)
    except Refused as refusal:
        deleter.kept[str(refusal)] += 1
    except OSError:
        deleter.failed += 1
    return True


def package_tool_at_work(deleter, kind):
    """apt holds a lock on a file (apt-pkg/cdrom and fileutl use fcntl), dnf writes its process id into one."""
    if kind == 'apt':
        import fcntl
        try:
            folder = deleter.start(('var', 'cache', 'apt', 'archives'))
            lock = os.open('lock', os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        except (OSError, Refused):
            return False  # no lock, no holder
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until this program ends
        except OSError:
            return True
        return False
    if kind == 'dnf':
        for tool in ('dnf', 'yum'):
            try:
                folder = deleter.start(('var', 'cache', tool))
            except (OSError, Refused):
                continue
            for name in ('metadata_lock.pid', 'download_lock.pid'):
                try:
                    lock = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
                    process = os.read(lock, 20).strip()
                    os.close(lock)
                except OSError:
                    continue
                if process.isdigit() and os.path.exists('/proc/%d' % int(process)):
                    return True
            os.close(folder)
    return False


def why_refused(what, refusal):
    """A link in place of a folder gives ENOTDIR or ELOOP."""
    if isinstance(refusal, Refused):
        return str(refusal) if str(refusal).startswith('/') else '%s %s' % (what, refusal)
    return '%s: %s' % (what, os.strerror(refusal.errno))


def delete(kind, root, keep_hours, seconds, path, step):
    listed = DeletedList(path, step)
    deleter = Deleter(root, int(keep_hours), int(seconds), listed.add)
    words = []
    cut = False
    found = False
    try:
        if package_tool_at_work(deleter, kind):
            words.append('%s is running' % kind)
        else:
            for place in KINDS[kind]:
                try:
                    deleter.place(place)
                    found = True
                except FileNotFoundError:
                    pass
                except (Refused, OSError) as refusal:
                    words.append(why_refused('/' + '/'.join(place.start), refusal))
            if kind == 'journals':
                delete_journals(deleter)
            elif kind == 'agent':
                delete_agent(deleter)
    except FileNotFoundError:
        pass
    except (Refused, OSError) as refusal:
        words.append(why_refused(kind, refusal))
    except Cut:
        cut = True
        words.append('cut after %s s' % seconds)
    listed.flush()
    for why, count in sorted(deleter.kept.items()):
        words.append('%d kept: %s' % (count, why))
    if deleter.failed:
        words.append('%d could not be deleted' % deleter.failed)
    if listed.unlisted:
        words.append('%d unlisted' % listed.unlisted['count'])
    print(deleter.count, deleter.bytes, ', '.join(words))
    return 124 if cut else 1 if deleter.failed else 0


def largest(path, count):
    def entries():
        try:
            with open(path, encoding='ascii', errors='replace') as lines:
                for line in lines:
                    try:
                        entry = json.loads(line)
                        yield entry['bytes'], entry['step'], entry['path'], entry['ageHours']
                    except (ValueError, KeyError, TypeError):
                        pass  # a line that was cut
        except OSError:
            pass  # nothing was deleted
    for size, step, name, hours in heapq.nlargest(int(count), entries(), key=lambda entry: entry[0]):
        name = name if len(name) <= 60 else name[:24] + '...' + name[-33:]
        print(json.dumps([step, name, size, hours], ensure_ascii=True, separators=(',', ':')))
    return 0


if __name__ == '__main__':
    if sys.argv[1] == 'delete':
        sys.exit(delete(*sys.argv[2:8]))
    sys.exit(largest(*sys.argv[2:4]))
