"""Certificates for servers and clients of tests, made by openssl."""

import pathlib
import subprocess

from servers.daemon import MissingTool, ServerError

STORE_PASSWORD = "store secret"


def _openssl(directory: pathlib.Path, *arguments: str) -> None:
    try:
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise MissingTool("there is no openssl; run tools/setup --tests") from None
    except subprocess.CalledProcessError as error:
        raise ServerError(f"openssl {arguments[0]}: {error.stderr}") from None


def _authority(directory: pathlib.Path, name: str) -> None:
    _openssl(directory, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", f"/CN={name}",
             "-addext", "keyUsage=critical,keyCertSign", "-keyout", f"{name}.key", "-out", f"{name}.pem")


def _certificate(directory: pathlib.Path, name: str, whose: str) -> None:
    _openssl(directory, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-addext",
             f"subjectAltName={whose}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    _openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "365",
             "-copy_extensions", "copy", "-out", f"{name}.crt")
    parts = [(directory / f"{name}.{kind}").read_text() for kind in ("key", "crt")]
    (directory / f"{name}.pem").write_text("".join(parts) + (directory / "ca.pem").read_text())


def make(directory: pathlib.Path) -> None:
    """Makes ca.pem, other-ca.pem, server.pem (for localhost), node.pem (for 127.0.0.1), client.pem and the
    stores truststore.p12, node.p12 and client.p12, unless they are there."""
    if (directory / "client.p12").exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    _authority(directory, "ca")
    _authority(directory, "other-ca")
    _certificate(directory, "server", "DNS:localhost")
    _certificate(directory, "node", "IP:127.0.0.1")
    _certificate(directory, "client", "DNS:client")
    password = f"pass:{STORE_PASSWORD}"
    _openssl(directory, "pkcs12", "-export", "-nokeys", "-in", "ca.pem", "-passout", password, "-out",
             "truststore.p12")
    for name in ("node", "client"):
        _openssl(directory, "pkcs12", "-export", "-inkey", f"{name}.key", "-in", f"{name}.crt", "-certfile", "ca.pem",
                 "-passout", password, "-out", f"{name}.p12")
