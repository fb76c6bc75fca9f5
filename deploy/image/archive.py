#!/usr/bin/env python3
"""Packs a folder as the only layer of a container image, in Docker's format, without a container engine.

    deploy/image/archive.py ROOT --name agent-runtime:1 --output agent-runtime.tar --entrypoint /usr/local/bin/start --user 10001:10001

Owners and modes are those of the folder. `docker load -i`, `ctr -n k8s.io images import` and `skopeo copy docker-archive:` read the archive, and k3s what
lies in its folder for images.
"""

import argparse
import hashlib
import io
import json
import platform
import sys
import tarfile
import tempfile
from pathlib import Path

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def architecture() -> str:
    """This machine's, as images call it."""
    if platform.machine() not in ARCHITECTURES:
        sys.exit(f"There is no image for {platform.machine()} machines.")
    return ARCHITECTURES[platform.machine()]


def digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write(layer: Path, name: str, config: dict, created: str, created_by: str, output: Path) -> None:
    """Writes an image of one layer (a tar file). `config` is what a container is started with: User, Entrypoint, Env and so on."""
    digest = digest_of(layer)
    document = json.dumps({
        "architecture": architecture(),
        "os": "linux",
        "created": created,
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": created, "created_by": created_by}],
    }, sort_keys=True).encode()
    document_name = hashlib.sha256(document).hexdigest() + ".json"
    manifest = json.dumps([{"Config": document_name, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]}]).encode()
    output.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(output, "w") as tar:
        for path, content in ((document_name, document), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        tar.add(layer, arcname=f"{digest}/layer.tar")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--name", required=True, help="name and tag")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--entrypoint", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--workdir", default="/")
    parser.add_argument("--env", action="append", default=[], help="NAME=VALUE; more than once for more")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="stackagent-archive-") as work:
        layer = Path(work) / "layer.tar"
        with tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as tar:
            for path in sorted(arguments.root.iterdir()):
                tar.add(path, arcname=path.name)
        config = {"User": arguments.user, "Entrypoint": [arguments.entrypoint], "WorkingDir": arguments.workdir, "Env": arguments.env}
        write(layer, arguments.name, config, "1970-01-01T00:00:00Z", "deploy/image/archive.py", arguments.output)


if __name__ == "__main__":
    main()
