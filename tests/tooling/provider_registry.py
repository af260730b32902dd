"""A registry of providers on this machine, whose packages Terraform verifies as it does all others.

It speaks the provider registry protocol of Terraform's documentation. Its packages are a few bytes
each, as Terraform neither runs nor reads what it installs.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tooling.plugin_mirror import AWS_PROVIDER_VERSION

HOST = "registry.terraform.io"
PROGRAM = f"terraform-provider-aws_v{AWS_PROVIDER_VERSION}"
CREATED = (1_700_000_000).to_bytes(4, "big")


def package(content: str) -> bytes:
    """A package of the provider."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(PROGRAM)
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, content)
    return buffer.getvalue()


class Signer:
    """A key, and what it signs, in the form of OpenPGP (RFC 4880)."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        self._public = b"\x04" + CREATED + b"\x01" + _integer(numbers.n) + _integer(numbers.e)
        hashed = b"\x99" + len(self._public).to_bytes(2, "big") + self._public
        self._hashed = hashed
        self._id = hashlib.sha1(hashed, usedforsecurity=False).digest()[-8:]

    @property
    def key(self) -> dict[str, str]:
        """The public key as the registry gives it."""
        user = b"Registry of a test"
        signed = self._hashed + b"\xb4" + len(user).to_bytes(4, "big") + user
        certification = self._signature(signed, kind=0x13)
        packets = _packet(6, self._public) + _packet(13, user) + certification
        name = "PGP PUBLIC KEY BLOCK"
        text = base64.encodebytes(packets).decode()
        armor = f"-----BEGIN {name}-----\n\n{text}-----END {name}-----\n"
        return {"key_id": self._id.hex().upper(), "ascii_armor": armor}

    def sign(self, content: bytes) -> bytes:
        """A detached signature."""
        return self._signature(content, kind=0x00)

    def _signature(self, content: bytes, *, kind: int) -> bytes:
        created, may_sign = b"\x05\x02" + CREATED, b"\x02\x1b\x03"
        hashed = created + may_sign
        head = bytes([4, kind, 1, 8]) + len(hashed).to_bytes(2, "big") + hashed
        signed = content + head + b"\x04\xff" + len(head).to_bytes(4, "big")
        digest = hashlib.sha256(signed).digest()
        value = self._key.sign(signed, padding.PKCS1v15(), SHA256())
        issuer = b"\x09\x10" + self._id
        tail = len(issuer).to_bytes(2, "big") + issuer + digest[:2]
        return _packet(2, head + tail + _integer(int.from_bytes(value, "big")))


class Registry:
    """The packages that the registry has, by their platforms; they may be replaced."""

    def __init__(self, packages: dict[str, bytes]) -> None:
        self.packages = packages
        self.asked: list[str] = []
        self.url = ""
        self._signer = Signer()

    def configure(self, path: Path) -> Path:
        """Write a configuration that leads Terraform here."""
        services = f'services = {{ "providers.v1" = "{self.url}/v1/providers/" }}'
        path.write_text(f'host "{HOST}" {{\n  {services}\n}}\n')
        return path

    def answer(self, path: str) -> bytes | None:
        """The content that stands at a path."""
        self.asked.append(path)
        provider = "/v1/providers/hashicorp/aws"
        if path == f"{provider}/versions":
            platforms = [self._platform(name) for name in self.packages]
            version = {
                "version": AWS_PROVIDER_VERSION,
                "protocols": ["5.0"],
                "platforms": platforms,
            }
            return json.dumps({"versions": [version]}).encode()
        if path.startswith(f"{provider}/{AWS_PROVIDER_VERSION}/download/"):
            return self._download("_".join(path.split("/")[-2:]))
        if path == "/sums":
            return self._sums()
        if path == "/signature":
            return self._signer.sign(self._sums())
        return self.packages.get(path.removeprefix("/packages/"))

    def _download(self, platform: str) -> bytes:
        found = {
            **self._platform(platform),
            "protocols": ["5.0"],
            "filename": f"{platform}.zip",
            "download_url": f"{self.url}/packages/{platform}",
            "shasums_url": f"{self.url}/sums",
            "shasums_signature_url": f"{self.url}/signature",
            "shasum": _sum(self.packages[platform]),
            "signing_keys": {"gpg_public_keys": [self._signer.key]},
        }
        return json.dumps(found).encode()

    def _sums(self) -> bytes:
        lines = (f"{_sum(content)}  {name}.zip\n" for name, content in self.packages.items())
        return "".join(lines).encode()

    def _platform(self, name: str) -> dict[str, str]:
        system, machine = name.split("_")
        return {"os": system, "arch": machine}


@contextmanager
def running(registry: Registry) -> Iterator[Registry]:
    """Serve a registry."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = registry.answer(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()


def _integer(value: int) -> bytes:
    length = value.bit_length()
    return length.to_bytes(2, "big") + value.to_bytes((length + 7) // 8, "big")


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + len(body).to_bytes(4, "big") + body


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
