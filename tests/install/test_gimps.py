"""The plug-in in every GIMP: put in, confirmed by GIMP, taken out."""

import pytest

import install
from gimp_plugin import installation
from installer.gimps import install_plugins, remove_plugins
from installer.places import claim, environment_in


@pytest.fixture
def install_into(home, monkeypatch):
    """What install.py does about GIMP, in a home without anything else."""
    claim(home)
    monkeypatch.delenv("GIMP3_DIRECTORY")
    return lambda: install_plugins(environment_in(home), home)


def was_asked(tmp_path) -> bool:
    """Whether the fake GIMP has been asked since the last time."""
    mark = tmp_path / "programs/gimp-console-3.asked"
    asked = mark.exists()
    mark.unlink(missing_ok=True)
    return asked


def test_without_a_gimp_it_says_how_to_get_the_plugin(install_into, fake_gimp, capsys):
    install_into()
    assert "No GIMP 3 was found" in capsys.readouterr().out


def test_the_plugin_is_put_in_and_gimp_confirms_it(install_into, fake_gimp, capsys):
    plugins = fake_gimp()
    install_into()
    assert installation.is_there(plugins)
    assert "GIMP 3.0: Filters > Colorize… is there" in capsys.readouterr().out


def test_a_second_run_does_not_start_gimp_again(install_into, fake_gimp, tmp_path, capsys):
    fake_gimp()
    install_into()
    assert was_asked(tmp_path)
    install_into()
    assert not was_asked(tmp_path)
    assert capsys.readouterr().out.count("Filters > Colorize… is there") == 2


def test_a_damaged_plugin_is_mended_and_asked_for_again(install_into, fake_gimp, tmp_path):
    plugins = fake_gimp()
    install_into()
    was_asked(tmp_path)
    (plugins / "colorize/layers.py").unlink()
    install_into()
    assert (plugins / "colorize/layers.py").exists()
    assert was_asked(tmp_path)


def test_a_gimp_that_does_not_list_it_is_told_and_asked_again(
    install_into, fake_gimp, tmp_path, capsys
):
    fake_gimp(lists=False)
    install_into()
    assert "GIMP does not list it" in capsys.readouterr().out
    was_asked(tmp_path)
    install_into()
    assert was_asked(tmp_path)


def test_a_silent_gimp_does_not_fail_the_installation(install_into, fake_gimp, capsys):
    fake_gimp(answers=False)
    install_into()
    assert "did not answer" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_told(install_into, fake_gimp, capsys):
    plugins = fake_gimp()
    plugins.parent.mkdir(parents=True)
    plugins.touch()
    install_into()
    assert "could not be put into" in capsys.readouterr().out


def test_another_plugin_of_the_name_is_told_and_left_alone(install_into, fake_gimp, capsys):
    plugins = fake_gimp()
    (plugins / "colorize").mkdir(parents=True)
    (plugins / "colorize/colorize.py").write_text("somebody else's")
    install_into()
    assert "is another plug-in: move it away" in capsys.readouterr().out
    assert (plugins / "colorize/colorize.py").read_text() == "somebody else's"


def test_a_new_gimp_takes_over_the_settings_of_an_older_one_first(install_into, fake_gimp):
    """GIMP does that only when it makes its folder itself."""
    plugins = fake_gimp("gimp-console-3.2", "3.2.6")
    install_into()
    assert (plugins.parent / "taken-over").exists()
    assert installation.is_there(plugins)


def test_a_gimp_that_cannot_be_started_gets_no_folder(install_into, fake_gimp, capsys):
    plugins = fake_gimp(starts=False)
    install_into()
    assert "start it once, and run this again" in capsys.readouterr().out
    assert not plugins.parent.exists()


def test_what_an_interrupted_run_put_in_is_taken_out_of_a_gimp_that_is_gone(
    install_into, home, fake_gimp, tmp_path, mocker
):
    plugins = fake_gimp()
    plugins.parent.mkdir(parents=True)
    mocker.patch("installer.gimps.ask", side_effect=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        install_into()
    assert installation.is_there(plugins)
    (tmp_path / "programs/gimp-console-3.0").unlink()
    remove_plugins(home)
    assert not installation.is_there(plugins)


def test_uninstall_takes_it_out_of_gimps_that_are_gone_too(install_into, home, fake_gimp, tmp_path):
    plugins = fake_gimp()
    install_into()
    (tmp_path / "programs/gimp-console-3.0").unlink()
    assert install.main(["--uninstall"]) == 0
    assert not (plugins / "colorize").exists()
    assert not home.exists()


def test_uninstall_leaves_the_plugin_of_another_home(install_into, home, fake_gimp, tmp_path):
    plugins = fake_gimp()
    install_into()
    assert remove_plugins(tmp_path / "other home") == []
    assert installation.is_there(plugins)
