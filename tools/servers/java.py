"""Java programs out of Maven Central, kept in the user's cache."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from servers.daemon import MissingTool, ServerError

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "punnet" / "servers"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies"

# A server of a test lives for minutes: the quick compiler alone and one collector thread start it
# sooner and leave the cores to others. One that is measured is to run as its users run it.
FRUGAL = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


def jars(name: str) -> pathlib.Path:
    """The directory with all jars that NAME.pom.xml pins; fetched when these pins are new."""
    pom = pathlib.Path(__file__).with_name(f"{name}.pom.xml")
    pins = hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    library = CACHE / f"{name}-{pins}"
    if library.exists():
        return library
    if shutil.which("mvn") is None:
        raise MissingTool(f"the jars of {name} are fetched by Maven, which is not here; run tools/setup --tests")
    print(f"cluster: fetching {name}", flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        fetched = pathlib.Path(scratch) / "lib"
        done = subprocess.run(
            ["mvn", "--batch-mode", "--quiet", "--file", pom, COPY, f"-DoutputDirectory={fetched}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise ServerError(f"Maven could not fetch the jars of {name}:\n{done.stdout}")
        try:
            fetched.rename(library)
        except OSError:
            # Another one was quicker.
            if not library.exists():
                raise
    return library


def java(library: pathlib.Path, main: str, *arguments: str, heap: str = "256m",
         options: tuple[str, ...] = (), class_path: str = "", frugal: bool = True) -> list[str]:
    """The command that runs `main` out of these jars, directories of `class_path` first."""
    if shutil.which("java") is None:
        raise MissingTool("there is no java; run tools/setup --tests")
    path = f"{class_path}:{library}/*" if class_path else f"{library}/*"
    return ["java", f"-Xmx{heap}", *(FRUGAL if frugal else []), *options, "-cp", path, main, *arguments]


def run_java(*arguments, **options) -> str:
    """Runs such a command to its end; what it printed."""
    done = subprocess.run(
        java(*arguments, **options), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServerError(f"{arguments[1]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
