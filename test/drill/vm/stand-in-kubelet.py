"""Plays a full disk to the stand-in kubelet, with a runtime in memory and a clock of its own; prints what happens, and when."""
import errno
import json
import sys
import types

sys.path.insert(0, sys.argv[1])
import kubelet
import pods

now = [1000.0]
kubelet.time = types.SimpleNamespace(monotonic=lambda: now[0])
said = []
kubelet.log = lambda severity, where, text: said.append(text)


class Runtime:
    """Containers by the uid of their pod, and images."""

    def __init__(self):
        self.running, self.images, self.full = set(), {'app-old', 'app-in-use', 'etcd'}, False

    def start(self, pod):
        if self.full:
            raise OSError(errno.ENOSPC, 'no space left on device')
        if pod.container == 'app' and 'app-in-use' not in self.images:
            raise OSError('image not found')
        self.running.add(pod.container)

    def kill(self, pod):
        was = pod.container in self.running
        self.running.discard(pod.container)
        return was

    def remove_unused_images(self):
        unused = {'app-old'} | (set() if 'app' in self.running else {'app-in-use'})
        gone, self.images = self.images & unused, self.images - unused
        return sorted(gone)


runtime = Runtime()
pods.start, pods.kill, pods.remove = runtime.start, runtime.kill, runtime.kill
pods.remove_unused_images = runtime.remove_unused_images
names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']
static = {name: pods.Pod(name, 'kube-system', name, [], static=True) for name in names}
uids = {pod.container: pod.uid for pod in [*static.values(), kubelet.WORKLOAD]}
pods.running_uids = lambda: {uids[name] for name in runtime.running}


class Node(kubelet.Kubelet):
    def read_manifests(self):
        self.static = static

    def probe(self):
        if not runtime.full:
            self.full_since, self.died = None, set()
        elif self.full_since is None:
            self.full_since = now[0]

    def under_pressure(self):
        return runtime.full

    def mark(self, text):
        self.nothing_left = text is not None

    def nothing_to_reclaim(self):
        return getattr(self, 'nothing_left', False)


def play(node, seconds):
    """@return when each container came or went"""
    changes, began, before = [], now[0], set(runtime.running)
    while now[0] - began < seconds:
        node.sync()
        for name in sorted(before ^ runtime.running):
            changes.append([now[0] - began, name, 'starts' if name in runtime.running else 'ends'])
        before = set(runtime.running)
        now[0] += 1
    return changes


node = Node()
result = {'started': play(node, 5)}
runtime.full = True
result['full'] = play(node, 250)
result['images'] = sorted(runtime.images)
result['said'] = sorted(set(said))
runtime.full = False
result['healed'] = play(node, 30)
result['restarted'] = play(Node(), 5)
print(json.dumps(result))
