#!/usr/bin/env python3
"""Writes container images as one docker-archive to standard output.

Usage: make-images.py PLAN ROOT SCRATCH
PLAN is the JSON of lib/drill/lab/images.ts. ROOT is the node's root filesystem, from which programs are taken with the
libraries that they load; SCRATCH a directory for the layers until they are written.
"""
import glob
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile

PLAN, ROOT, SCRATCH = sys.argv[1:4]


def libraries(program):
    """What the program loads: paths in ROOT, as ldd prints them; none for a static one."""
    listed = subprocess.run(['chroot', ROOT, 'ldd', program], capture_output=True, text=True, check=False)
    return re.findall(r'(/\S+) \(0x', listed.stdout)


def resolved(path):
    """The file behind a path's links, as the node itself follows them: an absolute link is not to lead out of ROOT."""
    return subprocess.run(['chroot', ROOT, 'realpath', '--canonicalize-existing', '--zero', path],
                          capture_output=True, text=True, check=True).stdout.rstrip('\0')


def entry(name, size=0, mode=0o755):
    member = tarfile.TarInfo(name.lstrip('/'))
    member.size, member.mode, member.mtime = size, mode, 1_700_000_000
    return member


def write_layer(file, layer):
    with tarfile.open(file, 'w') as archive:
        folders = set()

        def make_folders(path):
            parts = path.strip('/').split('/')[:-1]
            for depth in range(1, len(parts) + 1):
                folder = '/'.join(parts[:depth])
                if folder not in folders:
                    folders.add(folder)
                    member = entry(folder)
                    member.type = tarfile.DIRTYPE
                    archive.addfile(member)

        def add(source, target):
            make_folders(target)
            with open(source, 'rb') as content:
                archive.addfile(entry(target, os.path.getsize(source)), content)

        for target, source in sorted(layer.get('files', {}).items()):
            add(source, target)
        wanted = set()
        for pattern in layer.get('fromRoot', []):
            found = [path[len(ROOT):] for path in glob.glob(glob.escape(ROOT) + pattern)]
            if not found:
                sys.exit(f'the node has no {pattern}')
            for program in found:
                wanted.update([program, *libraries(program)])
        for path in sorted(wanted):
            add(ROOT + resolved(path), path)
        for link, target in sorted(layer.get('links', {}).items()):
            make_folders(link)
            member = entry(link)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    digest = hashlib.sha256()
    with open(file, 'rb') as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def main():
    with open(PLAN, encoding='utf-8') as file:
        plan = json.load(file)
    layers = {}
    for name, layer in plan['layers'].items():
        file = os.path.join(SCRATCH, f'{name}.tar')
        layers[name] = (file, write_layer(file, layer))
    manifest = []
    with tarfile.open(fileobj=sys.stdout.buffer, mode='w|') as archive:
        for number, image in enumerate(plan['images']):
            config = json.dumps({
                'architecture': 'amd64', 'os': 'linux',
                'config': {'Entrypoint': image['entrypoint'], 'Env': ['PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']},
                'rootfs': {'type': 'layers', 'diff_ids': [f'sha256:{layers[name][1]}' for name in image['layers']]},
                'history': [{'created_by': 'headroom drill'} for _ in image['layers']],
            }).encode()
            archive.addfile(entry(f'{number}.json', len(config), 0o644), io.BytesIO(config))
            manifest.append({'Config': f'{number}.json', 'RepoTags': [image['name']],
                             'Layers': [f'{name}.tar' for name in image['layers']]})
        for name, (file, _) in layers.items():
            with open(file, 'rb') as content:
                archive.addfile(entry(f'{name}.tar', os.path.getsize(file), 0o644), content)
        text = json.dumps(manifest).encode()
        archive.addfile(entry('manifest.json', len(text), 0o644), io.BytesIO(text))


main()
