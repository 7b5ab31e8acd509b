#!/usr/bin/env python3
"""Stand-in for the kubelet: as much of it as the incident needs, on the real container runtime.

What it does on a full disk is what the kubelet of a kubeadm 1.36.3 control plane was seen to do on 2026-11-29:
its healthz is 200 throughout, and it never exits. Below the eviction thresholds it deletes every image that no
container uses and evicts the workload. The control plane's containers die in their order, and come back only
when their back-off is over, or the kubelet starts anew.

CRASH_LOOP_SECONDS (environment): what the back-off of a first failure is, as if there had been more. Default 10.
"""
import glob
import http.server
import json
import os
import re
import subprocess
import threading
import time

import pods

MANIFESTS = '/etc/kubernetes/manifests/*.yaml'
PROBE = '/var/lib/kubelet/probe'
NOTHING_TO_RECLAIM = '/run/kubelet-stand-in/nothing-to-reclaim'
SYNC_SECONDS = 2
RECONCILE_SECONDS = 60  # crictl is the most expensive thing that an idle node does in emulation

# How much faster than the real ones the containers below die. Back-off and all else take the real time.
DEATH_SPEEDUP = 4
# Seconds on a full disk after which a real one was gone.
DIES_AFTER_SECONDS = {'etcd': 40, 'kube-controller-manager': 60, 'kube-scheduler': 60, 'kube-apiserver': 75}

# kubernetes@v1.36.3 pkg/kubelet/kubelet.go MaxCrashLoopBackOff; observed: 10s, 20s ... 5m0s. Forgotten after twice the most.
BACK_OFF_MOST_SECONDS = 300
# kubernetes@v1.36.3 pkg/kubelet/kubelet.go backOffPeriod: a pod that could not be synced is tried no sooner.
TRY_AGAIN_SECONDS = 10
BACK_OFF_FIRST_SECONDS = int(os.environ.get('CRASH_LOOP_SECONDS', '10'))

# The kubelet's defaults: imagefs.available, which is / here, and nodefs.inodesFree.
EVICTION_AVAILABLE_SHARE = 0.15
EVICTION_INODES_SHARE = 0.05
PRESSURE_TRANSITION_SECONDS = 300

WORKLOAD = pods.Pod(
    'app', 'default', 'registry.invalid/app-in-use:1.0', ['/bin/busybox', 'sleep', '1000000000'], static=False
)


def log(severity, where, text):
    now = time.time()
    stamp = time.strftime('%m%d %H:%M:%S', time.localtime(now))
    print(f'{severity}{stamp}.{int(now % 1 * 1e6):06d} {os.getpid():7d} {where}] {text}', flush=True)


class BackOff:
    """Of one container: the time since it died that must have passed doubles with every try."""

    def __init__(self):
        self.seconds, self.died, self.tried = 0, None, None

    def wait(self):
        if self.tried is None or time.monotonic() - self.tried > 2 * BACK_OFF_MOST_SECONDS:
            return 0
        return max(self.tried + TRY_AGAIN_SECONDS, (self.died or 0) + self.seconds) - time.monotonic()

    def try_now(self):
        # One that never ran has nothing to wait for.
        if self.died is not None:
            self.seconds = min(BACK_OFF_MOST_SECONDS, self.seconds * 2 or BACK_OFF_FIRST_SECONDS)
        self.tried = time.monotonic()


class Kubelet:
    def __init__(self):
        self.static = {}
        self.running = set()
        self.back_offs = {}
        self.next_look = 0
        self.full_since = None
        self.died = set()
        self.pressure_until = None
        self.workload_evicted = False
        self.said = {}

    def read_manifests(self):
        found = {}
        for path in sorted(glob.glob(MANIFESTS)):
            with open(path, encoding='utf-8') as manifest:
                text = manifest.read()
            image = re.search(r'^\s*image:\s*(\S+)', text, re.M)
            command = re.search(r'^\s*command:\s*(\[.*\])', text, re.M)
            name = os.path.splitext(os.path.basename(path))[0]
            if not image:
                self.say('E', 'file.go:182', f'"Could not process manifest file" path="{path}" err="no image"', path)
                continue
            words = json.loads(command.group(1).replace("'", '"')) if command else []
            pod = pods.Pod(name, 'kube-system', image.group(1), words, static=True)
            if name not in self.static:
                self.next_look = 0
            found[name] = pod
        for name in self.static.keys() - found.keys():
            pods.remove(self.static[name])
        self.static = found

    def say(self, severity, where, text, key):
        """Not the same again within 10 s."""
        if time.monotonic() - self.said.get((key, text), -10) >= 10:
            self.said[(key, text)] = time.monotonic()
            log(severity, where, text)

    def probe(self):
        """Whether anything can be written: a new file, and on the disk."""
        try:
            with open(PROBE, 'w', encoding='utf-8') as file:
                file.write('#' * 4096)
                file.flush()
                os.fsync(file.fileno())
            os.remove(PROBE)
            self.full_since, self.died = None, set()
        except OSError as error:
            if self.full_since is None:
                self.full_since = time.monotonic()
            what = f'open {PROBE}: {(error.strerror or str(error)).lower()}'
            self.say('E', 'kubelet_node_status.go:398', f'"Error updating node status, will retry" err="{what}"', 'probe')

    def let_die(self):
        full = 0 if self.full_since is None else time.monotonic() - self.full_since
        for name, seconds in DIES_AFTER_SECONDS.items():
            if name in self.static and name not in self.died and full >= seconds / DEATH_SPEEDUP > 0:
                self.died.add(name)
                if pods.kill(self.static[name]):
                    self.next_look = 0
                    log('I', 'generic.go:358', f'"Generic (PLEG): container finished" pod="{self.static[name]}"')

    def under_pressure(self):
        root = os.statvfs('/')
        return (
            root.f_bavail < root.f_blocks * EVICTION_AVAILABLE_SHARE
            or root.f_files > 0
            and root.f_favail < root.f_files * EVICTION_INODES_SHARE
        )

    def evict(self):
        if not self.under_pressure():
            self.mark(None)
            return
        if self.pressure_until is None:
            log('I', 'eviction_manager.go:376', '"Eviction manager: attempting to reclaim" resourceName="ephemeral-storage"')
        self.pressure_until = time.monotonic() + PRESSURE_TRANSITION_SECONDS
        if self.nothing_to_reclaim():
            return
        for image in pods.remove_unused_images():
            log('I', 'image_gc_manager.go:487', f'"Removing image to free bytes" imageID="{image}"')
        if self.under_pressure() and not self.workload_evicted:
            self.workload_evicted = True
            log('I', 'eviction_manager.go:387', f'"Eviction manager: must evict pod(s) to reclaim" pods=["{WORKLOAD}"]')
            pods.remove(WORKLOAD)
            pods.remove_unused_images()
        for pod in self.static.values():
            log('E', 'eviction_manager.go:614', f'"Eviction manager: cannot evict a critical pod" pod="{pod}"')
        self.mark('')

    def nothing_to_reclaim(self):
        return os.path.exists(NOTHING_TO_RECLAIM)

    def mark(self, text):
        """Lets what fills a disk wait until nothing more is freed."""
        os.makedirs(pods.SCRATCH, exist_ok=True)
        if text is None and os.path.exists(NOTHING_TO_RECLAIM):
            os.remove(NOTHING_TO_RECLAIM)
        if text is not None:
            with open(NOTHING_TO_RECLAIM, 'w', encoding='utf-8') as file:
                file.write(text)

    def wanted(self):
        """No workload is admitted under pressure, nor for some minutes after it."""
        pressed = self.pressure_until is not None and time.monotonic() < self.pressure_until
        workload = [] if self.workload_evicted and pressed else [WORKLOAD]
        return [*workload, *self.static.values()]

    def reconcile(self):
        wanted = self.wanted()
        missing = [pod for pod in wanted if pod.uid not in self.running]
        if time.monotonic() >= self.next_look:
            self.next_look = time.monotonic() + RECONCILE_SECONDS
            before, self.running = self.running, pods.running_uids()
            missing = [pod for pod in wanted if pod.uid not in self.running]
            for pod in missing:
                if pod.uid in before:
                    self.back_offs.setdefault(pod.uid, BackOff()).died = time.monotonic()
        for pod in missing:
            self.restart(pod)

    def restart(self, pod):
        back_off = self.back_offs.setdefault(pod.uid, BackOff())
        left = back_off.wait()
        name = f'pod="{pod}" podUID="{pod.uid}"'
        if left > 0 and back_off.seconds == 0:
            return
        if left > 0:
            said = f'back-off {duration(back_off.seconds)} restarting failed container={pod.container} pod={pod.name}'
            self.sync_error(pod, f'CrashLoopBackOff: \\"{said}\\"" {name}')
            return
        back_off.try_now()
        try:
            pods.start(pod)
            self.running.add(pod.uid)
            log('I', 'kubelet.go:2537', f'"SyncLoop (PLEG): event for pod" pod="{pod}" event=ContainerStarted')
        except (OSError, subprocess.SubprocessError) as error:
            said = pods.reason(error).replace('"', '')
            self.sync_error(pod, f'CreateContainerError: \\"{said}\\"" {name}')

    def sync_error(self, pod, text):
        start = f'"Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"{pod.container}\\" with '
        self.say('E', 'pod_workers.go:1324', start + text, pod.uid)

    def sync(self):
        for act in (self.read_manifests, self.probe, self.let_die, self.evict, self.reconcile):
            try:
                act()
            except (OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
                self.say('E', 'kubelet.go:2460', f'"Skipping pod synchronization" err="{pods.reason(error)}"', act.__name__)


def duration(seconds):
    """As Go prints it: 10s, 1m20s, 5m0s."""
    return f'{seconds}s' if seconds < 60 else f'{seconds // 60}m{seconds % 60}s'


class Healthz(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == '/healthz'
        body = b'ok' if found else b'404 page not found'
        self.send_response(200 if found else 404)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def main():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 10248), Healthz)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kubelet = Kubelet()
    while True:
        kubelet.sync()
        time.sleep(SYNC_SECONDS)


if __name__ == '__main__':
    main()
