"""Pages of other sites get nothing from a studio, whatever name leads to it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from served import API, Caller, Served, photo

from gradio_demo.headers import page_policy, scripts_of
from gradio_demo.logins import Tries
from gradio_demo.strangers import Hosts

EVIL = "evil.example"


def every_kind(caller: Caller) -> list[httpx.Request]:
    """Requests of every kind."""
    path = caller.upload()["path"]
    body = {"data": [], "fn_index": 0, "session_hash": "a1"}
    build = caller.client.build_request
    return [
        build("GET", "/"),
        build("GET", "/config"),
        build("GET", "/health"),
        build("POST", f"{API}/upload", files={"files": ("a.png", photo())}),
        build("POST", f"{API}/queue/join", json=body),
        build("POST", f"{API}/call/colorize", json=body),
        build("GET", f"{API}/queue/data", params={"session_hash": "a1"}),
        build("GET", f"{API}/heartbeat/a1"),
        build("GET", f"{API}/file={path}"),
        build("POST", "/login", data={"username": "a", "password": "b"}),
        build("OPTIONS", f"{API}/queue/join", headers={"Access-Control-Request-Method": "POST"}),
    ]


def answered(caller: Caller, headers: dict[str, str]) -> list[int]:
    """The status of each kind of request with these headers; none may be let in by CORS."""
    found = []
    for request in every_kind(caller):
        request.headers.update(headers)
        answer = caller.client.send(request, stream=True)
        answer.close()
        assert "access-control-allow-origin" not in answer.headers, request.url
        assert answer.headers["x-content-type-options"] == "nosniff"
        found.append(answer.status_code)
    return found


@pytest.fixture
def caller(alone: Served) -> Caller:
    return Caller(alone.url)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": EVIL, "Origin": f"http://{EVIL}"},
        {"Host": EVIL},
        {"Host": f"{EVIL}:7860"},
        {"Host": f"127.0.0.1@{EVIL}"},
        {"Host": "192.168.1.7"},
        {"Host": "localhost.evil.example"},
        {"Host": ""},
        {"X-Forwarded-Host": EVIL},
    ],
)
def test_another_name_is_not_answered(alone, caller, headers):
    before = alone.files()
    assert set(answered(caller, headers)) == {421}
    assert len(alone.files()) == len(before) + 1  # what the test itself has sent


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": f"http://{EVIL}"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_pages_of_other_origins_are_not_answered(alone, caller, headers):
    before = alone.files()
    assert set(answered(caller, headers)) == {403}
    assert len(alone.files()) == len(before) + 1


def test_the_studios_own_page_is_answered(alone):
    own = Caller(alone.url, headers={"Origin": alone.url, "Sec-Fetch-Site": "same-origin"})
    assert own.call(own.door("palette"), own.upload())[0]


def test_a_link_from_elsewhere_may_be_followed(alone):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert httpx.get(alone.url, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("listens", "names", "good", "bad"),
    [
        ("127.0.0.1", (), "localhost 127.0.0.1 127.0.0.9 ::1", f"192.168.1.2 0.0.0.0 {EVIL}"),
        ("localhost", (), "localhost 127.0.0.1 ::1", "192.168.1.2"),
        ("192.168.1.2", (), "192.168.1.2", "192.168.1.3 localhost"),
        ("::1", (), "::1 127.0.0.1 localhost", "::2"),
        ("0.0.0.0", (), "10.0.0.1 127.0.0.1 localhost fd00::1", f"{EVIL} 10.0.0.1.nip.io"),
        ("::", (), "10.0.0.1 ::1 localhost", EVIL),
        ("127.0.0.1", ("Photos.Example.",), "photos.example localhost", "example"),
    ],
)
def test_names_that_a_studio_goes_by(listens, names, good, bad):
    hosts = Hosts(listens, names)
    assert [name for name in good.split() if name not in hosts] == []
    assert [name for name in bad.split() if name in hosts] == []


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/config", "/nothing", "/gradio_api/file=/a", "/health"])
    def test_every_answer_has_them(self, alone, path):
        headers = httpx.get(alone.url + path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"

    def test_scripts_within_the_page_run_by_their_hash(self):
        page = "<script>one()</script><script type=module src='a.js'></script><script a>2</script>"
        assert scripts_of(page) == ["one()", "2"]
        assert page_policy(["one()"]).count("'sha256-") == 1
        assert "'unsafe-inline'" not in page_policy([]).partition("style-src")[0]

    def test_foreign_script_does_not_run_in_the_page(self, page):
        page.evaluate(
            """() => {
                document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='seen = 1'>");
                const script = document.createElement("script");
                script.textContent = "seen = 2";
                document.body.append(script);
            }"""
        )
        page.wait_for_timeout(500)
        assert page.evaluate("typeof seen") == "undefined"

    def test_no_frame_shows_the_studio(self, browser, studio):
        page = browser.new_page()
        page.set_content(f"<iframe src='{studio.url}'></iframe>")
        page.wait_for_timeout(1500)
        (frame,) = page.frames[1:]
        assert frame.url == "chrome-error://chromewebdata/"
        page.close()


class TestLogins:
    def test_each_wrong_one_doubles_the_wait(self):
        clock = 0.0
        tries = Tries(lambda: clock)
        waits = []
        for _ in range(10):
            pause = tries.pause("a")
            waits.append(pause)
            clock += pause
        assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]
        assert tries.pause("b") == 0
        tries.right("a")
        assert tries.pause("a") == 0

    def test_many_at_once_are_refused(self):
        tries = Tries(lambda: 0.0)
        waits = [tries.pause("a") for _ in range(100)]
        assert len([wait for wait in waits if wait is not None]) < 10
        assert waits[-1] is None

    def test_wrong_ones_are_forgotten_in_time_and_addresses_are_not_kept(self):
        clock = 0.0
        tries = Tries(lambda: clock)
        for _ in range(6):
            tries.pause("a")
        clock = 2000.0
        assert [tries.pause("a") for _ in range(3)] == [0, 0, 0]
        for number in range(30_000):
            clock += 1
            tries.pause(str(number))
        assert len(tries._tries) <= 10_001

    def test_a_studio_with_a_password_and_a_name(self, start):
        studio = start(auth=("ann", "secret"), names=("photos.example",))
        client = httpx.Client(base_url=studio.url, headers={"Host": "photos.example"}, timeout=120)

        def log_in(password: str, patience: float = 60.0) -> httpx.Response:
            data = {"username": "ann", "password": password}
            return client.post("/login", data=data, timeout=patience)

        def is_refused(_: int) -> bool:
            try:
                return log_in("wrong", 1.0).status_code == 429
            except httpx.ReadTimeout:  # it waits for its turn
                return False

        started = time.monotonic()
        assert [log_in("wrong").status_code for _ in range(4)] == [400] * 4
        assert time.monotonic() - started > 1
        with ThreadPoolExecutor(20) as pool:
            assert any(pool.map(is_refused, range(12)))
        assert client.get("/config").status_code == 401
        upload = client.post(f"{API}/upload", files={"files": ("a.png", photo())})
        assert upload.status_code == 401

    def test_the_right_password_opens(self, start):
        studio = start(auth=("ann", "secret"))
        client = httpx.Client(base_url=studio.url, timeout=120)
        data = {"username": "ann", "password": "secret"}
        assert client.post("/login", data=data).status_code == 200
        upload = client.post(f"{API}/upload", files={"files": ("a.png", photo())})
        assert upload.status_code == 200
