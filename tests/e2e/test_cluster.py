"""What tools/cluster starts, it takes away again."""

import pathlib
import socket

import pytest

import hdfs_cluster


def processes_of(directory):
    """The pids of everything that was started with this directory in its command line."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue
        if str(directory).encode() in command:
            found.append(path.parent.name)
    return found


def test_nothing_is_left_of_servers_that_were_taken_down(tmp_path):
    if not hdfs_cluster.can_run():
        pytest.skip("no Java, or no Maven to fetch Hadoop with; run tools/setup --tests")
    directory = tmp_path / "cluster"
    cluster = hdfs_cluster.HdfsCluster(directory)
    assert len(processes_of(directory)) == 2
    cluster.close()
    assert not processes_of(directory) and not directory.exists()
    for address in cluster.addresses.values():
        host, _, port = address.rpartition(":")
        with socket.socket() as asking:
            assert asking.connect_ex((host, int(port))) != 0
