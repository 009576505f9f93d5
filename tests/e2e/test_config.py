"""Settings: where they come from, what they print, and how mistakes in them are told."""

import json
import subprocess

import pytest


def test_every_default_is_written_with_its_meaning_and_loads_back_equal(run, tmp_path):
    text = run("config", "default").stdout
    (tmp_path / "all.toml").write_text(text)
    lines = text.splitlines()
    for above, line in zip(lines, lines[1:]):
        if " = " in line and not line.startswith("#"):
            assert above.startswith("# "), f"{line} is not explained"
    assert run("config", "check", "all.toml").stdout == "all.toml: fine\n"
    shown = json.loads(run("config", "show", "--config", "all.toml", "--output", "json").stdout)
    default = json.loads(run("config", "show", "--output", "json").stdout)
    assert {key: field["value"] for key, field in shown.items()} == {
        key: field["value"] for key, field in default.items()}


def test_flags_lie_over_environment_over_file(run, tmp_path):
    (tmp_path / "punnet.toml").write_text('[stream]\nk = 7\ntrigger = "1s"\n[training]\nrank = 20\n')
    shown = json.loads(
        run("config", "show", "--output", "json", "--conf", "stream.k=9",
            env={"PUNNET__STREAM__K": "8", "PUNNET__STREAM__TRIGGER": "2s"}).stdout)
    assert shown["stream.k"] == {"value": 9, "origin": "--conf"}
    assert shown["stream.trigger"] == {"value": "2s", "origin": "environment PUNNET__STREAM__TRIGGER"}
    assert shown["training.rank"] == {"value": 20, "origin": "punnet.toml:5:8"}
    assert shown["training.alpha"] == {"value": None, "origin": "default"}


@pytest.mark.parametrize("text, complaint", [
    ("[straem]\nk = 1\n", "punnet.toml:1:2: unknown section [straem]; the nearest known one is [stream]"),
    ("[stream]\nkk = 1\n", 'unknown key "kk" in [stream]; the nearest known one is "k"'),
    ("[stream]\nk = 0\n", "punnet.toml:2:5: stream.k: 0 is not between 1 and 1000"),
    ("[stream]\ntrigger = 60\n", 'expected a duration such as "60s" or "500ms", found 60'),
    ("[stream\n", "punnet.toml:1:8: "),
    ('[events]\nuri = "kafka://localhost:9092/topic"\n', "expected kafka://HOST:PORT[,HOST:PORT], and the topic in events.topic"),
    ('[files]\nuri = "hdfs://namenode:9000"\n', "expected hdfs://HOST:PORT/PATH"),
    ('[tables]\nuri = "cassandra://localhost"\n', "expected cassandra://HOST:PORT[,HOST:PORT]/KEYSPACE"),
])
def test_a_mistake_in_the_file_is_named_with_its_place(run, tmp_path, text, complaint):
    (tmp_path / "punnet.toml").write_text(text)
    for arguments in (["config", "check", "punnet.toml"], ["files", "ls"]):
        done = run(*arguments, code=78)
        assert done.stderr.startswith("punnet: error: ") and complaint in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stdout == ""


def test_a_file_that_is_not_there_or_is_a_directory_is_a_config_error(run, tmp_path):
    assert "no config file nope.toml" in run("files", "ls", "--config", "nope.toml", code=78).stderr
    assert "is a directory" in run("files", "ls", "--config", tmp_path, code=78).stderr


@pytest.mark.parametrize("arguments, complaint", [
    (["tran"], 'unknown command "tran"; the nearest is "train"'),
    (["config", "shwo"], 'unknown command "shwo"; the nearest is "show"'),
    (["train", "--rnak", "3"], "unknown option --rnak; the nearest is --rank"),
    (["train", "--rank", "many"], "--rank: training.rank: expected a whole number"),
    (["train", "--rank", "0"], "--rank: training.rank: 0 is not between 1 and 1024"),
    (["stream", "--trigger", "60"], "--trigger: stream.trigger: expected a duration"),
    (["stream", "--output", "xml"], '--output: expected table or json, found "xml"'),
    (["recommend"], "--user is required"),
    (["recommend", "--user", "abc"], "--user"),
    (["publish", "--rate", "fast"], "--rate fast: expected a rate such as 500/s"),
    (["tail", "--from-beginning", "--offset", "3"], "cannot both be given"),
    (["split", "--conf", "split.seeed=1"], "the nearest is split.seed"),
    (["split", "--conf", "split.seed"], "expected SECTION.KEY=VALUE"),
    (["split", "extra"], 'unexpected argument "extra"'),
    ([], "no command given"),
])
def test_a_mistake_of_usage_ends_with_64_and_one_line(run, arguments, complaint):
    done = run(*arguments, code=64)
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1 and done.stdout == ""


def test_help_names_every_command_with_examples(run):
    overview = run("--help").stdout
    for command in ("generate", "prepare", "split", "load", "publish", "tail", "stream", "train", "retrain",
                    "evaluate", "recommend", "verify", "compact", "vacuum", "snapshot", "doctor"):
        assert f"\n  {command} " in overview
        text = run(command, "--help").stdout
        assert f"Usage: punnet {command}" in text
        assert "Examples:\n  punnet " in text


def test_version_names_the_libraries(run):
    text = run("--version").stdout
    assert text.startswith("punnet ")
    for library in ("Arrow", "SQLite", "Boost"):
        assert f"\n{library} " in text


def test_a_reader_that_goes_away_is_no_failure(punnet, tmp_path):
    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$0" config default | head -n 1', punnet], cwd=tmp_path, check=False,
        capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


def test_a_full_disk_behind_standard_output_is_told(punnet, tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [punnet, "config", "default"], stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 75
    assert "writing standard output: No space left on device" in done.stderr


def test_logs_are_json_when_asked_for(run, tmp_path):
    (tmp_path / "raw").mkdir()
    run("generate", "raw", "--users", 50, "--items", 60, "--lines", 2000)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 50)
    run("split")
    done = run("train", "--log-level", "debug", "--log-format", "json", "--max-iter", 2)
    entries = [json.loads(line) for line in done.stderr.splitlines()]
    assert entries and all({"ts", "level", "msg", "logger"} <= entry.keys() for entry in entries)
    assert any(entry["logger"] == "train" and entry["loss"] > 0 for entry in entries)
