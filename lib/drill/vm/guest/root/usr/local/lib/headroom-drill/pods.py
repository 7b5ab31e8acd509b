"""Pods on the real container runtime, through crictl, with the labels that a kubelet gives them."""
import hashlib
import json
import os
import socket
import subprocess

SCRATCH = '/run/kubelet-stand-in'
NODE = socket.gethostname()


class Pod:
    def __init__(self, name, namespace, image, command, static):
        self.container = name
        # A static pod's name ends with its node's.
        self.name = f'{name}-{NODE}' if static else name
        self.namespace, self.image, self.command, self.static = namespace, image, command, static
        self.uid = hashlib.md5(f'{namespace}/{self.name}'.encode()).hexdigest()

    def __str__(self):
        return f'{self.namespace}/{self.name}'


def crictl(*arguments):
    return subprocess.run(
        ['crictl', *arguments], check=True, timeout=90, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ).stdout.strip()


def reason(error):
    return (getattr(error, 'stderr', '') or str(error)).strip().replace('\n', ' ')[-250:]


def label(pod):
    return f'io.kubernetes.pod.uid={pod.uid}'


def running_uids():
    """The uids of pods with a running container."""
    listed = json.loads(crictl('ps', '--state', 'Running', '--output', 'json'))['containers']
    return {container['labels'].get('io.kubernetes.pod.uid') for container in listed}


def write(pod, kind, content):
    os.makedirs(SCRATCH, exist_ok=True)
    path = f'{SCRATCH}/{pod.name}-{kind}.json'
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(content, file)
    return path


def start(pod):
    """A new container, in the pod's sandbox where that still runs. Dead containers but the last are removed, as a kubelet does."""
    earlier = json.loads(crictl('ps', '--all', '--output', 'json', '--label', label(pod)))['containers']
    earlier.sort(key=lambda container: int(container['createdAt']), reverse=True)
    dead = [container['id'] for container in earlier if container['state'] == 'CONTAINER_EXITED']
    if dead[1:]:
        crictl('rm', *dead[1:])
    # Counted on by a kubelet that starts anew, too: the runtime has a container's name, which ends with it, once only.
    attempt = 1 + max((container['metadata'].get('attempt', 0) for container in earlier), default=-1)
    labels = {
        'io.kubernetes.pod.name': pod.name,
        'io.kubernetes.pod.namespace': pod.namespace,
        'io.kubernetes.pod.uid': pod.uid,
    }
    sandbox = write(pod, 'sandbox', {
        'metadata': {'name': pod.name, 'namespace': pod.namespace, 'uid': pod.uid, 'attempt': 0},
        'labels': labels,
        'log_directory': f'/var/log/pods/{pod.namespace}_{pod.name}_{pod.uid}',
        'linux': {
            'cgroup_parent': 'kubepods-besteffort.slice',
            'security_context': {'namespace_options': {'network': 2}},  # the node's network: no CNI here
        },
    })
    container = write(pod, 'container', {
        'metadata': {'name': pod.container, 'attempt': attempt},
        'image': {'image': pod.image},
        'command': pod.command,
        'labels': {**labels, 'io.kubernetes.container.name': pod.container},
        'log_path': f'{pod.container}/{attempt}.log',
        'linux': {},
    })
    found = crictl('pods', '--quiet', '--state', 'Ready', '--label', label(pod)).split()
    if not found:
        remove(pod)
        found = [crictl('runp', sandbox)]
    created = crictl('create', found[0], container, sandbox)
    crictl('start', created)


def kill(pod):
    """As a process that ends by itself. @return whether there was one"""
    containers = crictl('ps', '--quiet', '--state', 'Running', '--label', label(pod)).split()
    for container in containers:
        os.kill(json.loads(crictl('inspect', container))['info']['pid'], 9)
    return bool(containers)


def remove(pod):
    for sandbox in crictl('pods', '--quiet', '--label', label(pod)).split():
        crictl('rmp', '--force', sandbox)


def remove_unused_images():
    """All that no container uses, dead ones included; not the pinned one. @return their names"""
    said = crictl('rmi', '--prune')
    return [line.removeprefix('Deleted: ') for line in said.splitlines() if line.startswith('Deleted: ')]
