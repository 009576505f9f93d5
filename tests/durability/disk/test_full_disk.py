import pytest

from disk.full_disk import fill_up


@pytest.mark.parametrize("scenario", ["publish", "stream", "compact", "train", "split", "load"])
def test_work_goes_on_when_there_is_room_again(lab, scenario):
    too_small = [free for free in (0, 8, 24, 64, 128) if fill_up(lab, scenario, free)]
    assert too_small, "there was always room enough"
