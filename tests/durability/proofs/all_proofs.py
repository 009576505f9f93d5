"""Every guarantee that is proven by trials. Another one is a file beside this one and its line here."""

from proofs.bad_models import BadModels
from proofs.broker_restart import BrokerRestart
from proofs.compaction import Compaction
from proofs.foreign_maintenance import ForeignMaintenance
from proofs.model_swap import ModelSwap
from proofs.poison import Poison
from proofs.process_death import ProcessDeath
from proofs.proof import Proof
from proofs.replay import Replay
from proofs.side_by_side import SideBySide
from proofs.sigterm import Sigterm
from proofs.stalled_tables import StalledTables

PROOFS: dict[int, Proof] = {proof.number: proof for proof in sorted(
    [ProcessDeath(), SideBySide(), BrokerRestart(), Poison(), StalledTables(), Sigterm(), Replay(), Compaction(), ModelSwap(),
     BadModels(), ForeignMaintenance()], key=lambda proof: proof.number)}
