"""train --engine spark: the real spark-submit, on threads of this machine and on a standalone master with a worker."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pyspark
import pytest

SPARK_HOME = pathlib.Path(pyspark.__file__).parent
ENVIRONMENT = {
    **os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(SPARK_HOME), "SPARK_DAEMON_MEMORY": "256m",
    "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable,
}
ON_SPARK = (
    "--engine", "spark", "--spark-submit", SPARK_HOME / "bin" / "spark-submit", "--spark-arguments",
    "--driver-memory 1g --executor-memory 768m --conf spark.ui.enabled=false --conf spark.driver.host=127.0.0.1 "
    "--conf spark.driver.bindAddress=127.0.0.1 --conf spark.sql.shuffle.partitions=2")


@pytest.fixture
def shop_of(run, tmp_path):
    run("generate", "raw", "--users", 100, "--items", 150, "--lines", 6000, "--seed", 7)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--time-column", "ts")
    run("split")
    return tmp_path / "shop"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def master(tmp_path):
    """The address of a standalone master that has one worker."""
    port, web = free_port(), free_port()
    deploy = "org.apache.spark.deploy"
    daemons = []

    def start(*arguments):
        log = open(tmp_path / f"daemon-{len(daemons)}.log", "w")
        daemons.append((subprocess.Popen(
            [SPARK_HOME / "bin" / "spark-class", *map(str, arguments)], env=ENVIRONMENT, stdout=log, stderr=log,
            start_new_session=True), log))

    start(f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", port, "--webui-port", web)
    start(f"{deploy}.worker.Worker", "--cores", 1, "--memory", "1g", "--host", "127.0.0.1", "--port", free_port(),
          "--webui-port", free_port(), "--work-dir", tmp_path / "work", f"spark://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 90
        while True:
            assert all(daemon.poll() is None for daemon, _ in daemons), (tmp_path / "daemon-0.log").read_text()
            assert time.monotonic() < deadline, "the master has no worker after 90 s"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{web}/json/", timeout=5) as page:
                    if json.load(page)["aliveworkers"] == 1:
                        break
            except OSError:
                pass
            time.sleep(0.2)
        yield f"spark://127.0.0.1:{port}"
    finally:
        for daemon, log in daemons:
            try:
                os.killpg(daemon.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            daemon.wait()
            log.close()


def left_behind(shop):
    return [path for path in (shop / "training_jobs").rglob("*") if path.is_file()]


def precision(provenance):
    return provenance["metrics"]["held_out"]["tracks"][0]["scores"][0]["metrics"]["precision"]["mean"]


def test_trains_as_well_as_the_native_engine_and_publishes_alike(run, shop_of):
    parameters = ("--rank", 8, "--max-iter", 3, "--output", "json", "--gate", "report")
    native = json.loads(run("train", *parameters).stdout)
    done = run("train", *ON_SPARK, "--master", "local[2]", *parameters, env=ENVIRONMENT, timeout=400)
    spark = json.loads(done.stdout)
    assert spark["model_version"] == "2" and spark["provenance"]["engine"] == "spark"
    assert native["provenance"]["engine"] == "native"
    assert spark["provenance"]["counts"] == native["provenance"]["counts"]
    assert precision(spark["provenance"]) == pytest.approx(precision(native["provenance"]), rel=0.25)
    assert "on local[2]" in done.stderr and "saving the model" in done.stderr
    assert left_behind(shop_of) == []
    inspected = json.loads(run("model", "inspect", "--output", "json").stdout)
    assert inspected["model_version"] == "2" and inspected["served"]


def test_trains_on_a_standalone_cluster(run, shop_of, master):
    done = run(
        "train", *ON_SPARK, "--master", master, "--recipe", "original", "--rank", 4, "--max-iter", 2, "--no-validation",
        env=ENVIRONMENT, timeout=400)
    assert f"on {master}" in done.stderr
    assert "Model 1 is served" in done.stdout
    assert left_behind(shop_of) == []


def test_says_what_is_missing_and_keeps_no_half_model(run, shop_of):
    original = ("--recipe", "original", "--rank", 4, "--max-iter", 1, "--no-validation")
    absent = run("train", "--engine", "spark", "--spark-submit", "no-such-submit", *original, code=69)
    assert "no-such-submit" in absent.stderr and "training.spark_submit" in absent.stderr
    no_java = run("train", *ON_SPARK, *original, env={**ENVIRONMENT, "JAVA_HOME": "/nonexistent"}, code=69)
    assert "JAVA_HOME" in no_java.stderr
    no_master = run("train", *ON_SPARK, "--master", "nonsense", *original, env=ENVIRONMENT, code=69, timeout=120)
    assert "training on nonsense failed" in no_master.stderr
    assert left_behind(shop_of) == []
    assert not (shop_of / "models").exists()


def test_takes_the_job_with_it_when_it_is_interrupted(start, shop_of):
    process = start(
        "train", *ON_SPARK, "--master", "local[2]", "--recipe", "original", "--max-iter", 1000, "--no-validation",
        env=ENVIRONMENT)
    for line in process.stderr:
        if "training on" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    mine = str(shop_of).encode()
    assert not [p for p in pathlib.Path("/proc").glob("[0-9]*/cmdline") if mine in read(p)]
    assert left_behind(shop_of) == []
    assert not (shop_of / "models").exists()


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""
