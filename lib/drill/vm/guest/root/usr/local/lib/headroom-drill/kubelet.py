#!/usr/bin/env python3
"""Stand-in for the kubelet: as little of it as the incident needs, on the real container runtime.

Every 2 s it writes etc-hosts of each pod under /var/lib/kubelet/pods. When that fails it is unhealthy on
127.0.0.1:10248/healthz; after 3 failures in a row it stops the static pods and exits with 1, for systemd to
start it again. Pods are kept running through crictl: one workload, and one per static-pod manifest.
"""
import glob
import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time

PODS_DIRECTORY = '/var/lib/kubelet/pods'
MANIFESTS = '/etc/kubernetes/manifests/*.yaml'
SCRATCH = '/run/kubelet-stand-in'
SYNC_SECONDS = 2
RECONCILE_SECONDS = 60  # crictl is the most expensive thing that an idle node does in emulation
FAILURES_BEFORE_EXIT = 3
WORKLOAD = {
    'name': 'app',
    'namespace': 'default',
    'image': 'registry.invalid/app-in-use:1.0',
    'command': ['/bin/busybox', 'sleep', '1000000000'],
    'static': False,
}
state = {'problem': 'the first sync is not done'}


def log(severity, text):
    now = time.time()
    stamp = time.strftime('%m%d %H:%M:%S', time.localtime(now))
    print(f'{severity}{stamp}.{int(now % 1 * 1e6):06d} {os.getpid():7d} kubelet.go:1] {text}', flush=True)


def static_pods():
    for path in sorted(glob.glob(MANIFESTS)):
        with open(path, encoding='utf-8') as manifest:
            text = manifest.read()
        image = re.search(r'^\s*image:\s*(\S+)', text, re.M)
        command = re.search(r'^\s*command:\s*(\[.*\])', text, re.M)
        name = os.path.splitext(os.path.basename(path))[0]
        if not image:
            log('E', f'"Could not process manifest file" path="{path}" err="no image"')
            continue
        yield {
            'name': name,
            'namespace': 'kube-system',
            'image': image.group(1),
            'command': json.loads(command.group(1).replace("'", '"')) if command else [],
            'static': True,
        }


def uid(pod):
    return hashlib.md5(f"{pod['namespace']}/{pod['name']}".encode()).hexdigest()


def write_etc_hosts(pod):
    directory = f'{PODS_DIRECTORY}/{uid(pod)}'
    path = f'{directory}/etc-hosts'
    try:
        os.makedirs(directory, mode=0o750, exist_ok=True)
        # A new file each time, and on the disk: rewriting in place would reuse the old block and hide a full disk.
        with open(f'{path}.new', 'w', encoding='utf-8') as hosts:
            hosts.write('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n' + '#' * 4096 + '\n')
            hosts.flush()
            os.fsync(hosts.fileno())
        os.replace(f'{path}.new', path)
        return None
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        return f'"Failed to write etc-hosts" err="open {path}: {what}" pod="{pod["namespace"]}/{pod["name"]}"'


def crictl(*arguments):
    return subprocess.run(
        ['crictl', *arguments], check=True, timeout=90, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ).stdout.strip()


def reason(error):
    return (getattr(error, 'stderr', '') or str(error)).strip().replace('\n', ' ')[-250:]


def start_pod(pod):
    for old in crictl('pods', '--quiet', '--label', f'drill-pod={uid(pod)}').split():
        crictl('rmp', '--force', old)
    os.makedirs(SCRATCH, exist_ok=True)
    logs = f'/var/log/pods/{pod["namespace"]}_{pod["name"]}_{uid(pod)}'
    sandbox = {
        'metadata': {'name': pod['name'], 'namespace': pod['namespace'], 'uid': uid(pod), 'attempt': 0},
        'labels': {'drill-pod': uid(pod)},
        'log_directory': logs,
        'linux': {
            'cgroup_parent': 'kubepods-besteffort.slice',
            'security_context': {'namespace_options': {'network': 2}},  # the node's network: no CNI here
        },
    }
    container = {
        'metadata': {'name': pod['name'], 'attempt': 0},
        'image': {'image': pod['image']},
        'command': pod['command'],
        'labels': {'drill-pod': uid(pod)},
        'log_path': f'{pod["name"]}.log',
        'linux': {},
    }
    files = []
    for kind, content in (('sandbox', sandbox), ('container', container)):
        files.append(f'{SCRATCH}/{pod["name"]}-{kind}.json')
        with open(files[-1], 'w', encoding='utf-8') as file:
            json.dump(content, file)
    sandbox_id = crictl('runp', files[0])
    container_id = crictl('create', sandbox_id, *reversed(files))
    crictl('start', container_id)
    log('I', f'"Started pod" pod="{pod["namespace"]}/{pod["name"]}" image="{pod["image"]}"')


def running(pod):
    return crictl('ps', '--quiet', '--state', 'Running', '--label', f'drill-pod={uid(pod)}')


def reconcile_for_ever():
    seen, next_time = None, 0
    while True:
        time.sleep(1)
        pods = [WORKLOAD, *static_pods()]
        names = [pod['name'] for pod in pods]
        if state['problem']:
            next_time = 0
            continue
        if names == seen and time.monotonic() < next_time:
            continue
        seen, next_time = names, time.monotonic() + RECONCILE_SECONDS
        for pod in pods:
            try:
                if not running(pod):
                    start_pod(pod)
            except (OSError, subprocess.SubprocessError) as error:
                log('E', f'"Error syncing pod" pod="{pod["namespace"]}/{pod["name"]}" err="{reason(error)}"')


def stop_static_pods():
    for pod in static_pods():
        try:
            for container in running(pod).split():
                pid = json.loads(crictl('inspect', container))['info']['pid']
                os.kill(pid, 9)
                log('E', f'"Stopped static pod" pod="{pod["namespace"]}/{pod["name"]}"')
        except (OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
            log('E', f'"Could not stop static pod" pod="{pod["name"]}" err="{reason(error)}"')


class Healthz(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        problem = state['problem'] if self.path == '/healthz' else 'not found'
        body = (problem or 'ok').encode()
        self.send_response(200 if not problem else 500)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def main():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 10248), Healthz)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=reconcile_for_ever, daemon=True).start()
    failures = 0
    while True:
        problems = [problem for problem in map(write_etc_hosts, [WORKLOAD, *static_pods()]) if problem]
        for problem in problems:
            log('E', problem)
        state['problem'] = problems[0] if problems else None
        failures = failures + 1 if problems else 0
        if failures >= FAILURES_BEFORE_EXIT:
            stop_static_pods()
            sys.exit(1)
        time.sleep(SYNC_SECONDS)


main()
