"""Every guarantee that is proven by trials. Another one is a file beside this one and its line here."""

from disk.crash_points import CrashPoints
from disk.disk_faults import DiskFaults
from disk.power_loss import PowerLoss
from proofs.all_sinks import AllSinks
from proofs.bad_models import BadModels
from proofs.broker_restart import BrokerRestart
from proofs.cassandra_node import CassandraNode
from proofs.compaction import Compaction
from proofs.corrupt_models import CorruptModels
from proofs.foreign_maintenance import ForeignMaintenance
from proofs.fuzzed_parsers import FuzzedParsers
from proofs.hdfs_daemons import HdfsDaemons
from proofs.model_swap import ModelSwap
from proofs.output_topic import OutputTopic
from proofs.planted_corruption import PlantedCorruption
from proofs.poison import Poison
from proofs.process_death import ProcessDeath
from proofs.proof import Proof
from proofs.rebalance_storm import RebalanceStorm
from proofs.replay import Replay
from proofs.side_by_side import SideBySide
from proofs.sigterm import Sigterm
from proofs.stalled_stores import StalledStores

PROOFS: dict[int, Proof] = {proof.number: proof for proof in sorted([
    ProcessDeath(),
    CrashPoints(),
    SideBySide(),
    PowerLoss(),
    DiskFaults(),
    PlantedCorruption(),
    BrokerRestart(),
    RebalanceStorm(),
    Poison(),
    StalledStores(),
    Sigterm(),
    Replay(),
    CassandraNode(),
    HdfsDaemons(),
    Compaction(),
    OutputTopic(),
    AllSinks(),
    ModelSwap(),
    CorruptModels(),
    BadModels(),
    FuzzedParsers(),
    ForeignMaintenance(),
], key=lambda proof: proof.number)}
