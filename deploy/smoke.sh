#!/bin/sh
# Proves an image, from inside: who it is, settings, doctor, start, healthcheck, a message through it, an orderly end.
#   podman run --rm --read-only --tmpfs /tmp --volume /var/lib/regionbus --entrypoint sh IMAGE -c "$(cat deploy/smoke.sh)"
set -eu
cd "$(mktemp -d)"
id
regionbus init cn-jiaxing >/dev/null
export REGIONBUS_CONFIG="$PWD/regionbus.toml" REGIONBUS_HTTP__HOST=127.0.0.1 REGIONBUS_HTTP__PORT="${PORT:-8080}"
cat >>regionbus.toml <<'END'

[[inlet]]
agency = "cn-jiaxing-emergency"
adapter = "cap"
http = "/in/emergency"
mode = "Exercise"

[[outlet]]
agency = "cn-jiaxing-fire"
adapter = "cap"
folder = "agencies/fire/out"
agencies = ["*"]
kinds = ["alert"]
modes = ["Exercise"]
END
regionbus doctor --json >doctor.json || { cat doctor.json; exit 1; }
python - <<'END'
import json
found = json.load(open("doctor.json"))
print("doctor:", len(found), "answers")
END
regionbus run >run.log 2>&1 &
hub=$!
trap 'kill "$hub" 2>/dev/null' EXIT
python - <<'END'
import http.client, os, time

port = int(os.environ["REGIONBUS_HTTP__PORT"])
ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>smoke-1</identifier><sender>cn-jiaxing-emergency</sender>
<sent>2026-07-01T12:00:00+08:00</sent><status>Exercise</status><msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language>
<category>Safety</category><event>演练</event><urgency>Future</urgency><severity>Minor</severity><certainty>Likely</certainty></info></alert>"""


def ask(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    connection.request(method, path, body, {"Content-Type": "application/xml"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def healthy(path):
    try:
        return ask("GET", path)[0] == 200
    except OSError:
        return False


began = time.monotonic()


def wait(done, what):
    while not done():
        assert time.monotonic() < began + 60, f"not {what}"
        time.sleep(0.1)
    print(f"{what} after {time.monotonic() - began:.1f} s")


wait(lambda: healthy("/health/live"), "alive")
status, body = ask("POST", "/in/emergency", ALERT.encode())
assert status == 202, (status, body)
print("posted:", status)
wait(lambda: os.path.isdir("agencies/fire/out") and os.listdir("agencies/fire/out"), "delivered")
files = os.listdir("agencies/fire/out")
text = open(f"agencies/fire/out/{files[0]}", encoding="utf-8").read()
assert "演练" in text and "<status>Exercise</status>" in text, text
print("came out:", files[0])
wait(lambda: healthy("/health/ready"), "ready")
print("metrics:", len(ask("GET", "/metrics")[1].splitlines()), "lines")
END
trap - EXIT
kill -TERM "$hub"
wait "$hub"
tail -n 1 run.log
echo "the image works"
