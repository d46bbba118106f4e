"""Sends what the OpenAPI document allows, and what it forbids, to a service as each role: no answer may be a 5xx or one that
the document doesn't name, and `verify` finds nothing afterwards.

    python3 -m venv .venv && .venv/bin/pip install schemathesis
    .venv/bin/python scripts/schemathesis.py target/debug/huiying                      SQLite, in a folder that is thrown away
    .venv/bin/python scripts/schemathesis.py target/debug/huiying --database postgres://…/empty --examples 5 --roles leader
"""
import argparse, json, os, subprocess, sys, tempfile, time, urllib.error, urllib.request

ROLES = ["admin", "analyst", "department", "publicity", "supervision", "leader", "auditor"]
PASSWORD = "correct horse battery"
POSTS = [
    "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，环保局到底管不管",
    "郎溪县十字镇的工地拖欠农民工工资七个月了，四十多个人一分钱没拿到，劳动监察也不管",
    "绩溪县城一栋居民楼坍塌，已致 12 人死亡，仍有人被困，家属在现场哭喊，太惨了",
]
# Would end the session, change the password or the role with which the run goes on, or never end.
LEFT_OUT = ["/api/v1/session", "/api/v1/session/password", "/api/v1/events", "/api/v1/users/{id}"]
ACTS = "/api/v1/incidents/{id}/acts"

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
asked.add_argument("binary")
asked.add_argument("--database", help="the address of an empty database; SQLite without it")
asked.add_argument("--port", type=int, default=8095)
asked.add_argument("--examples", type=int, default=10, help="of each endpoint; of the acts ten times as many")
asked.add_argument("--roles", default=",".join(ROLES))
asked = asked.parse_args()
binary, base, roles = os.path.abspath(asked.binary), f"http://127.0.0.1:{asked.port}", asked.roles.split(",")
folder = tempfile.mkdtemp(prefix="huiying-schemathesis-")
rules = ["--rules", os.path.join(root, "rules")]
environment = dict(os.environ, HUIYING_DATABASE__URL=asked.database or f"sqlite:{folder}/office.db")


def huiying(*arguments, **more):
    return subprocess.run([binary, *arguments], text=True, env=environment, cwd=folder, capture_output=True, **more)


def request(path, session=None, body=None):
    headers = {"content-type": "application/json"}
    if session:
        headers |= {"cookie": session[0], "x-csrf-token": session[1]}
    data = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(urllib.request.Request(base + path, data, headers))


def log_in(role):
    answer = request("/api/v1/session", body={"user": f"u-{role}", "password": PASSWORD})
    return answer.headers["set-cookie"].split(";")[0], json.load(answer)["csrf"]


def wait_for(what, seconds=120):
    for _ in range(seconds * 2):
        try:
            if found := what():
                return found
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.5)
    sys.exit(f"waited {seconds} s in vain; see {folder}")


for role in {*roles, "analyst"}:
    body = ["--body", "ecology"] if role == "department" else []
    made = huiying("user", "add", f"u-{role}", "--name", f"u-{role}", "--role", role, *body, "--password-stdin", *rules, input=PASSWORD + "\n")
    if made.returncode:
        sys.exit(made.stderr)
server = subprocess.Popen([binary, "serve", "--listen", f"127.0.0.1:{asked.port}", *rules], env=environment, cwd=folder,
                          stdout=open(f"{folder}/out", "w"), stderr=open(f"{folder}/err", "w"))
try:
    wait_for(lambda: request("/healthz"))
    analyst = log_in("analyst")
    request("/api/v1/mentions", analyst, [{"id": str(n), "source": "t", "channel": "weibo", "text": text} for n, text in enumerate(POSTS)])

    def opened():
        found = json.load(request("/api/v1/incidents?view=all", analyst))["items"]
        return found if len(found) >= len(POSTS) else None

    incidents = [item["id"] for item in wait_for(opened)]
    for incident in incidents[:2]:
        request(f"/api/v1/incidents/{incident}/acts", analyst, {"do": "assign", "department": "ecology", "role": "lead"})
    request("/api/v1/posts", analyst, {"concerns": ["jixi", "ecology"]})
    post = json.load(request("/api/v1/posts", analyst))["items"][0]["id"]
    # Ids that exist, so that requests reach a case.
    document = json.load(request("/api/v1/openapi.json"))
    for path, item in document["paths"].items():
        known = incidents if "/incidents/{id}" in path else [post] if "/posts/{id}" in path else None
        for operation in item.values():
            for parameter in operation.get("parameters", []) if known and isinstance(operation, dict) else []:
                if parameter.get("name") == "id":
                    parameter["schema"] = {"type": "string", "enum": [*known, "nothing"]}
    json.dump(document, open(f"{folder}/openapi.json", "w"))
    bad = 0
    for role in roles:
        others = [word for path in [ACTS, *LEFT_OUT] for word in ("--exclude-path", path)]
        for name, paths, examples in (("acts", ["--include-path", ACTS], asked.examples * 10), ("others", others, asked.examples)):
            cookie, csrf = log_in(role)
            run = subprocess.run(
                [os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run", f"{folder}/openapi.json", "--url", base,
                 "-H", f"Cookie: {cookie}", "-H", f"X-CSRF-Token: {csrf}", "--checks", "not_a_server_error,status_code_conformance",
                 "--max-examples", str(examples), "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--seed", "1",
                 "--no-color", *paths], cwd=folder, capture_output=True, text=True)
            lines = run.stdout.splitlines()
            counted = [line.strip() for line in lines if "generated" in line or " passed" in line or " failed" in line]
            print(f"{role} {name}: exit {run.returncode}; {'; '.join(counted[-3:])}", flush=True)
            if run.returncode:
                bad += 1
                open(f"{folder}/{role}-{name}.txt", "w").write(run.stdout + run.stderr)
                print("\n".join(lines[-40:]), flush=True)
finally:
    server.terminate()
    server.wait()
verified = huiying("verify", *rules)
errors = sum("ERROR" in line for line in open(f"{folder}/err"))
print(f"verify: exit {verified.returncode}; {verified.stdout.strip()} {verified.stderr.strip()[-500:]}\nerrors in its log: {errors}; folder {folder}")
sys.exit(1 if bad or verified.returncode else 0)
