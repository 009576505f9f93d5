"""What `cmake --install` puts down runs without the clone and its virtual environment."""

import os
import pathlib
import shutil
import subprocess

import pytest

CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def prefix(punnet: pathlib.Path, tmp_path_factory) -> pathlib.Path:
    """An installed tree, moved after installing so that nothing can rely on where it was put."""
    build = punnet.parent
    first = tmp_path_factory.mktemp("install") / "first"
    subprocess.run(["cmake", "--install", build, "--prefix", first], check=True, capture_output=True)
    moved = first.with_name("moved")
    shutil.move(first, moved)
    return moved


def loaded_libraries(binary: pathlib.Path) -> dict[str, str]:
    lines = subprocess.run(
        ["ldd", binary], env=CLEAN_ENVIRONMENT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[0]: line.split("=>")[1].split("(")[0].strip() for line in lines if "=>" in line}


def test_takes_wheels_libraries_from_its_own_prefix_and_nothing_from_the_clone(prefix, repository):
    libraries = loaded_libraries(prefix / "bin" / "punnet")
    assert not [path for path in libraries.values() if path == "not found" or path.startswith(f"{repository}/")]
    arrow = {name: path for name, path in libraries.items() if name.startswith(("libarrow", "libparquet", "librdkafka"))}
    assert any(name.startswith("libparquet.so") for name in arrow)
    for path in arrow.values():
        assert pathlib.Path(path).resolve().is_relative_to(prefix / "lib" / "punnet")


def test_brings_exactly_the_wheels_libraries_that_are_loaded(prefix):
    shipped = {path.name for path in (prefix / "lib" / "punnet").glob("*.so.*")}
    assert shipped == {name for name in loaded_libraries(prefix / "bin" / "punnet")
                       if name.startswith(("libarrow", "libparquet", "librdkafka"))}


def test_runs_with_an_empty_environment(prefix, tmp_path):
    done = subprocess.run(
        [prefix / "bin" / "punnet", "--version"], env=CLEAN_ENVIRONMENT, cwd=tmp_path, check=False,
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("punnet ")


def test_runs_where_the_clone_cannot_be_seen(prefix, repository, tmp_path):
    """The same in a mount namespace where an empty directory hides the clone."""
    hide_and_run = 'mount -t tmpfs none "$1" && test ! -e "$1/CMakeLists.txt" && exec "$2" --version'
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    namespace = ["unshare", *as_root, "--mount", "--propagation", "private"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode != 0:
        # No namespaces here: the two tests above have shown that nothing of the clone is asked for.
        namespace = []
        hide_and_run = 'cd / && exec "$2" --version'
    done = subprocess.run(
        [*namespace, "sh", "-c", hide_and_run, "sh", repository, prefix / "bin" / "punnet"],
        env=CLEAN_ENVIRONMENT, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("punnet ")


def test_carries_the_licences(prefix):
    for name in ("LICENSE", "NOTICE", "LICENSES-of-crates.txt"):
        assert (prefix / "share" / "doc" / "punnet" / name).read_text()
    for name in ("LICENSE.arrow.txt", "NOTICE.arrow.txt"):
        assert "Apache" in (prefix / "lib" / "punnet" / name).read_text()
