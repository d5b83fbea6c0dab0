import select, socket, sys, time

address, seconds = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3])
CROWD = 100
HALF = b"GET /metrics HTTP/1.1\r\nX-Slow: "
opened, closed, clients = 0, 0, []


def connect():
    global opened
    client = socket.create_connection(address, timeout=10)
    client.setblocking(False)
    kind = opened % 4
    first = {0: b"", 1: bytes(range(256)) * 16, 2: HALF, 3: b"GET /metrics HTTP/1.1\r\n\r\n" * 20}[kind]
    try:
        client.send(first)
    except OSError:
        pass
    opened += 1
    clients.append((client, kind))


def is_closed(client, kind, at_the_end=False):
    try:
        if kind == 2 and not at_the_end:
            client.send(b"x")
        # Whoever asked twenty times reads a little of the answer only.
        return client.recv(1 if kind == 3 and not at_the_end else 65536) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


end = time.monotonic() + seconds
print("begins", flush=True)
while time.monotonic() < end:
    while len(clients) < CROWD:
        connect()
    gone = [client for client in clients if is_closed(*client)]
    for client in gone:
        clients.remove(client)
        client[0].close()
        closed += 1
    select.select([], [], [], 0.02)
# None of those that are left is kept for long.
end = time.monotonic() + 10
while clients and time.monotonic() < end:
    clients = [client for client in clients if not is_closed(*client, True)]
    select.select([], [], [], 0.02)
print(f"opened {opened} closed {closed} left {len(clients)}")
