"""What every end-to-end test shares: the built program and a directory of its own."""

import os
import pathlib
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def repository() -> pathlib.Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def punnet() -> pathlib.Path:
    """The program under test: PUNNET_BINARY, else the release build."""
    binary = pathlib.Path(os.environ.get("PUNNET_BINARY", REPOSITORY / "build" / "release" / "punnet"))
    if not binary.exists():
        pytest.fail(f"{binary} does not exist; run `make build`, or set PUNNET_BINARY")
    return binary


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """Spark with Delta. One for all tests of a process: a second one would go on in the JVM of the first, with its jars."""
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    jars = sorted(str(jar) for jar in (REPOSITORY / ".venv-tests" / "jars").glob("*.jar"))
    assert len(jars) == 2, f".venv-tests/jars holds {jars}; run `tools/setup --tests`"
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", ",".join(jars))
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> pathlib.Path:
    """An empty directory that becomes a shop: its topic, tables and files."""
    directory = tmp_path / "shop"
    directory.mkdir()
    return directory


@pytest.fixture
def run(punnet: pathlib.Path, tmp_path: pathlib.Path):
    """Runs punnet in the test's directory and checks its exit code: run("train", "--rank", 10, code=64)."""

    def run_punnet(*arguments, code: int = 0, timeout: float = 120, **options) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [punnet, *map(str, arguments)], capture_output=True, text=True, cwd=tmp_path, timeout=timeout,
            check=False, **options)
        assert done.returncode == code, f"{done.args} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run_punnet


@pytest.fixture
def start(punnet: pathlib.Path, tmp_path: pathlib.Path):
    """Starts punnet in the test's directory and goes on; what still runs when the test ends is killed."""
    processes = []

    def start_punnet(*arguments, **options) -> subprocess.Popen:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen([punnet, *map(str, arguments)], cwd=tmp_path, text=True, **options)
        processes.append(process)
        return process

    yield start_punnet
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _fail_instead_of_skip(report) -> None:
    if os.environ.get("PUNNET_CI") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"a skipped test is a failure here: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _fail_instead_of_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _fail_instead_of_skip(report)
    return report
