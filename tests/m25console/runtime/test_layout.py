from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from m25console.runtime import account, addresses, layout


def test_many_that_start_at_once_make_the_folders_together(data_dir: Path) -> None:
    owner = account.of_servers()
    together = Barrier(8)

    def start(number: int) -> None:
        for turn in range(20):
            together.wait(timeout=10)
            layout.make_folders(data_dir / str(turn), account=owner)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, range(8)))

    assert all(addresses.socket_dir(data_dir / str(turn)).is_dir() for turn in range(20))
