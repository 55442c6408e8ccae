"""Downloads from a server on loopback that stops, lies, and is not there."""

import errno
import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from colorize_core.sharing import downloads
from colorize_core.sharing.downloads import DownloadError, download

CONTENT = os.urandom(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FETCH = """
import sys
from pathlib import Path
from colorize_core.sharing.downloads import download
print(download(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
"""
FAR_BELOW = 2.0  # seconds


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def begin(url, target, sha256, **keywords):
    line = [sys.executable, "-c", FETCH, url, str(target), sha256]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True, **keywords)


@pytest.fixture
def url(server):
    server.files["w.pth"] = CONTENT
    return f"{server.url}/files/w.pth"


def in_a_line(error):
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_file_arrives_and_is_told_of(url, tmp_path):
    told = []
    assert download(url, tmp_path / "a" / "w.pth", SHA256, lambda *one: told.append(one))
    assert (tmp_path / "a" / "w.pth").read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["w.pth", "w.pth.lock"]


def test_what_is_there_is_not_fetched_again(url, server, tmp_path):
    (tmp_path / "w.pth").write_bytes(CONTENT)
    assert not download(url, tmp_path / "w.pth", SHA256)
    assert server.asked == []


def test_a_killed_download_goes_on(server, tmp_path):
    content = os.urandom(100_000_000)
    server.files["large"], server.pause_at = content, 60_000_000
    sha256, target = hashlib.sha256(content).hexdigest(), tmp_path / "large"
    part = tmp_path / "large.part"
    process = begin(f"{server.url}/files/large", target, sha256)
    wait_until(lambda: part.exists() and part.stat().st_size == 60_000_000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    server.pause_at = 0
    assert download(f"{server.url}/files/large", target, sha256)
    assert server.gets("large")[-1][2] == "bytes=60000000-"
    assert server.sent <= 1.05 * len(content)
    assert hashlib.sha256(target.read_bytes()).hexdigest() == sha256


def test_a_broken_connection_is_taken_up_again(url, server, tmp_path, mocker):
    blocks = downloads._blocks
    cut = [True]

    def breaks_off_once(answer):
        for number, block in enumerate(blocks(answer)):
            if number and cut and cut.pop():
                raise downloads._BrokenOffError("gone")
            yield block

    mocker.patch.object(downloads, "_blocks", breaks_off_once)
    mocker.patch.object(downloads, "_BLOCK", 1000)
    assert download(url, tmp_path / "w.pth", SHA256)
    assert (tmp_path / "w.pth").read_bytes() == CONTENT
    assert server.gets("w.pth")[1][2].startswith("bytes=")


def test_a_file_that_has_changed_meanwhile_is_fetched_anew(url, server, tmp_path):
    (tmp_path / "w.pth.part").write_bytes(b"of another version")
    (tmp_path / "w.pth.part.of").write_text('"another"')
    assert download(url, tmp_path / "w.pth", SHA256)
    assert (tmp_path / "w.pth").read_bytes() == CONTENT


def test_bytes_whose_version_nobody_knows_are_fetched_anew(url, server, tmp_path):
    (tmp_path / "w.pth.part").write_bytes(b"of another version")
    assert download(url, tmp_path / "w.pth", SHA256)
    assert server.gets("w.pth")[0][2] == ""


def test_what_had_come_in_full_is_not_fetched_again(url, server, tmp_path):
    (tmp_path / "w.pth.part").write_bytes(CONTENT)
    assert download(url, tmp_path / "w.pth", SHA256)
    assert server.asked == []
    assert [path.name for path in tmp_path.glob("*.part*")] == []


def test_two_at_once_are_one_download(url, server, tmp_path):
    server.pause_at = 200_000
    both = [begin(url, tmp_path / "w.pth", SHA256) for _ in range(2)]
    wait_until(lambda: server.asked)
    threading.Timer(1.0, server.go_on.set).start()
    said = [process.communicate(timeout=60)[0].strip() for process in both]
    assert sorted(said) == ["False", "True"]
    assert len(server.gets("w.pth")) == 1


def test_a_flipped_bit_is_refused_and_removed_and_the_old_file_stays(url, server, tmp_path):
    (tmp_path / "w.pth").write_bytes(b"older")
    server.flipped = True
    with pytest.raises(DownloadError) as caught:
        download(url, tmp_path / "w.pth", SHA256)
    assert in_a_line(caught).startswith(f"{url}: refused and removed: its sha256 is ")
    assert (tmp_path / "w.pth").read_bytes() == b"older"
    assert [path.name for path in tmp_path.glob("*.part*")] == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "not there"), (401, "not allowed: it asks for a login"), (503, "Service Unavailable")],
)
def test_what_the_server_refuses_is_said_at_once(url, server, tmp_path, status, reason):
    server.status = status
    begun = time.monotonic()
    with pytest.raises(DownloadError) as caught:
        download(url, tmp_path / "w.pth", SHA256)
    assert time.monotonic() - begun < FAR_BELOW
    assert in_a_line(caught) == f"{url}: {reason} (HTTP {status})"


def test_without_a_network_it_is_said_at_once(tmp_path):
    begun = time.monotonic()
    with pytest.raises(DownloadError) as caught:
        download("http://127.0.0.1:9/w.pth", tmp_path / "w.pth", SHA256)
    assert time.monotonic() - begun < FAR_BELOW
    assert in_a_line(caught) == "http://127.0.0.1:9/w.pth: cannot be reached: Connection refused"


def test_other_addresses_than_the_webs_are_refused(tmp_path):
    with pytest.raises(DownloadError, match="not an address of the web"):
        download("file:///etc/passwd", tmp_path / "w.pth", SHA256)


def test_what_does_not_fit_is_refused_before_it_comes(url, tmp_path, mocker):
    usage = mocker.Mock(free=1000)
    mocker.patch("colorize_core.sharing.downloads.shutil.disk_usage", return_value=usage)
    with pytest.raises(OSError, match="no space") as caught:
        download(url, tmp_path / "w.pth", SHA256)
    assert caught.value.errno == errno.ENOSPC
    assert not (tmp_path / "w.pth").exists()


def test_a_disk_that_becomes_full_is_named_and_what_came_is_kept(url, server, tmp_path):
    def little_space():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    target = tmp_path / "w.pth"
    process = begin(url, target, SHA256, preexec_fn=little_space, stderr=subprocess.PIPE)
    last = process.communicate(timeout=60)[1].strip().splitlines()[-1]
    assert f"{target}.part: cannot write the 0 MB: File too large; what has come is kept" in last
    assert download(url, target, SHA256)
    assert server.gets("w.pth")[-1][2] == "bytes=100000-"


def test_a_login_is_not_sent_on_to_another_server():
    from urllib.request import Request

    asked = Request("http://hub.example/w", headers={"Authorization": "Bearer secret"})
    redirects = downloads._Redirects()
    rest = (None, 302, "Found", {})
    elsewhere = redirects.redirect_request(asked, *rest, "http://store.example/w")
    assert not elsewhere.has_header("Authorization")
    assert redirects.redirect_request(asked, *rest, "http://hub.example/x").has_header(
        "Authorization"
    )


def test_a_file_that_is_given_must_be_the_right_one(tmp_path):
    (tmp_path / "given").write_bytes(b"another")
    with pytest.raises(ValueError, match=r"given: another file: its sha256 is "):
        downloads.place(tmp_path / "given", tmp_path / "w.pth", SHA256)
    with pytest.raises(FileNotFoundError, match=r"absent: no such file"):
        downloads.place(Path(tmp_path / "absent"), tmp_path / "w.pth", SHA256)
    assert not (tmp_path / "w.pth").exists()
