"""What is cut short, by a signal or by a full disk, leaves what was there before and says so."""

import os
import pathlib
import re
import signal
import subprocess

import pytest


@pytest.fixture
def shop(run, tmp_path):
    run("generate", "raw", "--users", 60, "--items", 3000, "--lines", 4_000)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 60,
        "--time-column", "ts")
    run("split", "--by", "time")
    run("load")
    run("publish")
    run("train", "--rank", 4, "--no-validation")
    run("stream", "--max-offsets-per-trigger", 100, "--max-batches", 3, "--file-per-batch")
    return tmp_path / "shop"


def contents(directory: pathlib.Path):
    """All files with their bytes, temporaries included; of databases, which change inside, only the name."""
    return {path.relative_to(directory): b"" if ".db" in path.name else path.read_bytes()
            for path in directory.rglob("*") if path.is_file()}


def without_whole_copies(after: dict, source: str, target: str):
    """Drops what a copy of a directory had copied before it was stopped: each file of it must be whole."""
    return {path: content for path, content in after.items()
            if not path.is_relative_to(target)
            or content != after.get(pathlib.Path(source) / path.relative_to(target))}


def interrupted(punnet, arguments, directory):
    """Runs punnet with SIGINT waiting for it when it starts."""
    def wait_for_it():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        os.kill(os.getpid(), signal.SIGINT)
    return subprocess.run([punnet, *map(str, arguments)], cwd=directory, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, preexec_fn=wait_for_it, check=False)


@pytest.mark.parametrize("arguments", [
    ["prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv"],
    ["split"], ["load"], ["generate", "more", "--lines", 2_000_000], ["train", "--max-iter", 5000],
    ["train", "--max-iter", 5000, "--output", "mine"], ["retrain", "--max-iter", 5000], ["evaluate"],
    ["recommend", "--user", 1], ["publish", "--run-id", "other"], ["tail"], ["stream"],
    ["verify"], ["compact"], ["snapshot", "plain"], ["vacuum"], ["files", "get", "", "copy"],
    ["files", "put", "raw", "raw"], ["files", "rm", "-r", "prepared"], ["files", "ls"], ["files", "du"], ["doctor"],
    ["model", "list"], ["model", "promote", 1], ["config", "default"], ["config", "show"],
], ids=lambda arguments: " ".join(map(str, arguments[:2])))
def test_a_signal_at_the_start_leaves_everything_as_it_was(punnet, run, shop, tmp_path, arguments):
    before = contents(tmp_path)
    done = interrupted(punnet, arguments, tmp_path)
    # A command may be done before it looks.
    assert done.returncode in (0, 130), done.stderr
    if done.returncode == 130:
        assert done.stderr.count("punnet: error: ") == 1 and re.search("cancelled|stopped", done.stderr)
        after = contents(tmp_path)
        if arguments[:2] == ["files", "get"]:
            after = without_whole_copies(after, "shop", "copy")
        if arguments[:2] == ["files", "put"]:
            after = without_whole_copies(after, "raw", "shop/raw")
        # What was removed before the signal came does not come back.
        assert after == before or arguments[:2] == ["files", "rm"]
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]
    if arguments[:2] != ["files", "rm"]:
        run("verify")
        run("recommend", "--user", 1)


def on_a_small_disk(punnet, arguments, directory, kilobytes):
    """Runs punnet where no file may grow larger."""
    return subprocess.run(
        ["bash", "-c", f'ulimit -f {kilobytes}; trap "" XFSZ; exec "$0" "$@"', punnet, *map(str, arguments)],
        cwd=directory, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("arguments, part", [
    # The Parquet of these fits, the CSV that belongs to it does not.
    (["split", "--seed", 9], "for_topic"),
    (["prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 50], "items.csv"),
    (["train", "--rank", 200, "--max-iter", 1], "models/2"),
    (["train", "--rank", 200, "--max-iter", 1, "--output", "mine"], "mine"),
    (["generate", "raw", "--users", 60, "--items", 3000, "--lines", 8_000], "purchases.csv"),
], ids=lambda value: str(value[0]) if isinstance(value, list) else None)
def test_a_full_disk_leaves_what_was_there_before(punnet, shop, tmp_path, arguments, part):
    before = contents(tmp_path)
    done = on_a_small_disk(punnet, arguments, tmp_path, 44)
    assert done.returncode == 75, (done.returncode, done.stderr, done.stdout)
    assert part in done.stderr and done.stderr.count("\n") == 1
    after = contents(tmp_path)
    # The number of a model that failed is not used again.
    after.pop(pathlib.Path("shop/models/2/_punnet/writer"), None)
    assert after == before


@pytest.mark.parametrize("arguments", [
    ["--help"], ["--version"], ["train", "--help"], ["prepare", "--purchases", "raw/purchases.csv", "--products",
                                                     "raw/products.csv", "--dry-run"],
    ["split", "--dry-run"], ["load", "--dry-run"], ["train", "--dry-run", "--rank", 4], ["evaluate"],
    ["recommend", "--user", 1], ["model", "list"], ["files", "ls"], ["doctor"], ["config", "show"], ["verify"],
    ["tail", "--from-beginning", "--available-now"], ["retrain", "--dry-run", "--rank", 4],
    ["stream", "--available-now"],
], ids=lambda arguments: " ".join(map(str, arguments[:2])))
def test_standard_output_that_is_full_or_closed_is_told_once_or_not_at_all(punnet, shop, tmp_path, arguments):
    command = [punnet, *map(str, arguments)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 75, done.stderr
    assert done.stderr.count("punnet: error: ") == 1 and "standard output: No space left" in done.stderr
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
    os.close(writer)
    assert done.returncode == 0 and "error" not in done.stderr, done.stderr


def test_nothing_is_coloured(run, shop):
    for arguments in (["train", "--dry-run", "--rank", 4], ["doctor"], ["model", "list"], ["evaluate"]):
        done = run(*arguments, env={"NO_COLOR": "1", "TERM": "xterm-256color"})
        assert "\x1b" not in done.stdout + done.stderr
