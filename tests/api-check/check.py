"""A service with a small school and one lesson, in a folder of its own, on loopback; and schemathesis, which asks it.

The ids are those that the description gives as examples, so that examples are answered with what is there.
"""

import hashlib
import hmac
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

BINARY, SCHEMATHESIS, *MORE = sys.argv[1:]
BINARY, SCHEMATHESIS = (str(pathlib.Path(file).absolute()) for file in (BINARY, SCHEMATHESIS))
HERE = pathlib.Path(__file__).parent.absolute()
SECRET = "api-check"
PATIENCE = 30

SCHOOL = {
    "users.csv": "sourcedId,status,enabledUser,role,givenName,familyName,email\n"
    "s-ana,active,true,student,Ana,Ávila,ana@school.example\n"
    "s-ben,active,true,student,=Ben,<b>Bao</b>,ben@school.example\n"
    "s-tom,active,true,teacher,Tom,Teacher,tom@school.example\n",
    "classes.csv": "sourcedId,status,title\nc-maths,active,Maths 9/2\n",
    "enrollments.csv": "sourcedId,status,classSourcedId,userSourcedId,role\n"
    "e-1,active,c-maths,s-ana,student\ne-2,active,c-maths,s-ben,student\n",
    "meetings.csv": "zoom_meeting_id,title,class_sourced_id\n85512340977,Maths,c-maths\n",
}


def event(kind, **more):
    setting = {
        "id": "85512340977",
        "uuid": "/8+Tz1//WQ6qvR3sYpHdA==",
        "topic": "Maths",
        "start_time": "2026-10-05T08:00:00Z",
        "timezone": "UTC",
        "duration": 50,
    }
    payload = {"account_id": "a", "object": setting | more}
    return json.dumps({"event": f"meeting.{kind}", "event_ts": 1791190813877, "payload": payload})


def person(name, **more):
    return {"participant_uuid": name, "user_id": name, "user_name": name} | more


ANA = person("A1", email="ana@school.example")
GUEST = person("G1")
LESSON = [
    event("started"),
    event("participant_joined", participant=ANA | {"join_time": "2026-10-05T08:02:00Z"}),
    event("participant_joined", participant=GUEST | {"join_time": "2026-10-05T08:03:00Z"}),
    event("participant_left", participant=ANA | {"leave_time": "2026-10-05T08:40:00Z"}),
    event("ended", end_time="2026-10-05T08:50:00Z"),
]


def ask(url, body=None, **headers):
    data = body.encode() if body else None
    request = urllib.request.Request(url, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def until(what, found):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.05)
    sys.exit(f"api-check: {what} does not come about")


def main(folder):
    environment = {
        "PATH": os.environ["PATH"],
        "ROLLCALL_ENV": "production",
        "DATABASE_URL": f"sqlite://{folder}/rollcall.db?mode=rwc",
        "ZOOM_WEBHOOK_SECRET": SECRET,
        "ROLLCALL__HTTP__ADDR": "127.0.0.1:0",
        "ROLLCALL__ADMIN__ADDR": "127.0.0.1:0",
        "ROLLCALL__LOG__FORMAT": "json",
        "RUST_LOG": "info",
    }

    def command(*arguments):
        run = subprocess.run(
            [BINARY, *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
        return run.stdout

    for name, text in SCHOOL.items():
        folder.joinpath(name).write_text(text)
    command("import", ".")
    # A named token: the wrong ones that are tried must not make it wait.
    token = command("tokens", "create", "api-check", "--role", "admin").split()[0]
    log = folder / "log"
    with log.open("w") as out:
        service = subprocess.Popen([BINARY, "serve"], cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        lines = lambda: [json.loads(line) for line in log.read_text().splitlines()]
        at = lambda: {line["listener"]: line["addr"] for line in lines() if line.get("message") == "listening"}
        listeners = until("the service", lambda: (found := at()) if len(at()) == 2 else None)
        public, admin = (f"http://{listeners[name]}" for name in ("public", "admin"))
        play(public)
        marks = f"{admin}/api/v1/attendance"
        until("attendance", lambda: json.loads(ask(marks, Authorization=f"Bearer {token}"))["items"])
        bury(folder)
        status = check(folder, admin, token)
        if (ended := service.poll()) is not None:
            sys.exit(f"api-check: the service ended with {ended}\n{log.read_text()[-2000:]}")
        panics = [line for line in log.read_text().splitlines() if "panicked" in line]
        if panics:
            sys.exit(f"api-check: it panicked: {panics[0]}")
        return status
    finally:
        service.terminate()
        service.wait(PATIENCE)


def play(public):
    for body in LESSON:
        now = str(int(time.time()))
        signature = hmac.new(SECRET.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256)
        headers = {"x-zm-request-timestamp": now, "x-zm-signature": f"v0={signature.hexdigest()}"}
        ask(f"{public}/api/zoom/webhook", body, **headers, **{"Content-Type": "application/json"})


def bury(folder):
    """Makes the fourth event a dead one, as if applying it had failed."""
    with sqlite3.connect(folder / "rollcall.db", timeout=PATIENCE) as database:
        now = "2026-10-05 08:50:00+00:00"
        row = {
            "seq": 4,
            "occurrence": "/8+Tz1//WQ6qvR3sYpHdA==",
            "meeting": "85512340977",
            "kind": "left",
            "reason": "fold",
            "attempts": 1,
            "received_at": now,
            "died_at": now,
            "redriven": False,
        }
        values = ", ".join(f":{name}" for name in row)
        database.execute(f"INSERT INTO dead_events ({', '.join(row)}) VALUES ({values})", row)


def check(folder, admin, token):
    settings = ["--config-file", str(HERE / "schemathesis.toml")]
    run = ["run", f"{admin}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}", *MORE]
    return subprocess.run([SCHEMATHESIS, *settings, *run], cwd=folder).returncode


with tempfile.TemporaryDirectory(prefix="rollcall-api-check-") as folder:
    sys.exit(main(pathlib.Path(folder)))
