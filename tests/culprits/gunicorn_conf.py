# gunicorn imports the shop once and then forks; each worker adds 20 MiB of its own
import os

chdir = "/srv/culprits"
bind = "localhost:8000"
preload_app = True
workers = 12
timeout = 600
carts = []


def post_worker_init(worker):
    carts.extend(b"x" * (1 << 20) for _ in range(20))
    open(f"/run/culprits/{os.getpid()}", "w").close()
