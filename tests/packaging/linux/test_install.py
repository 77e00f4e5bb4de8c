"""install.sh, which installs the program for one user."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from core.library.settings import default_library
from linux import archives
from linux.desktop_files import FILES

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = (
    *("cat", "chmod", "cp", "cut", "df", "dirname", "du", "find", "grep", "ln", "mkdir", "mv", "nohup", "readlink"),
    *("rm", "rmdir", "sed", "sh", "sleep", "sort", "touch"),
)


@dataclass
class User:
    """A user with an empty home folder, and an unpacked archive."""

    home: Path
    archive: Path
    environment: dict[str, str] = field(default_factory=dict)
    open_files: tuple[int, ...] = ()

    @property
    def program(self) -> Path:
        return self.home / ".local" / "lib" / "semblance"

    @property
    def command(self) -> Path:
        return self.home / ".local" / "bin" / "semblance"

    @property
    def menu_entry(self) -> Path:
        return self.home / ".local" / "share" / "applications" / "app.semblance.Semblance.desktop"

    def run(self, *command: Path | str) -> subprocess.CompletedProcess[str]:
        variables = {"HOME": str(self.home), "PATH": os.environ["PATH"], **self.environment}
        return subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, pass_fds=self.open_files
        )

    def install(self, *options: str) -> str:
        done = self.run(self.archive / "install.sh", *options)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def refusal(self, *options: str) -> str:
        done = self.run(self.archive / "install.sh", *options)
        assert done.returncode == 1
        return done.stderr

    def files(self) -> set[str]:
        return {file.relative_to(self.home).as_posix() for file in self.home.rglob("*")}


@pytest.fixture
def user(program: Path, share: Path, tmp_path: Path) -> User:
    home = tmp_path / "home of a user"
    home.mkdir()
    return User(home, archives.collect(program, share, tmp_path / "archive"))


@pytest.fixture
def tools(user: User, tmp_path: Path) -> Path:
    """Return the only folder in which the user's shell finds programs, so that a test can change one."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(str(shutil.which(name)))
    user.environment["PATH"] = str(folder)
    return folder


def replace(tool: Path, script: str) -> None:
    tool.unlink()
    tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    tool.chmod(0o755)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_scripts_of_the_installer_pass_shellcheck() -> None:
    subprocess.run(["shellcheck", *map(str, FILES.glob("*.sh"))], check=True)


def test_installed_program_runs_as_a_command_and_from_the_menu(user: User) -> None:
    user.install()
    assert user.run(user.command, "photo.jpg").stdout == "started photo.jpg\n"
    assert f'\nExec="{user.command}" %f\n' in user.menu_entry.read_text(encoding="utf-8")
    action = user.menu_entry.parent.parent / "nemo" / "actions" / "semblance.nemo_action"
    assert f'\nExec="{user.command}" %F\n' in action.read_text(encoding="utf-8")


def test_menu_of_kde_is_executable_without_which_kde_ignores_it(user: User) -> None:
    user.install()
    menu = user.menu_entry.parent.parent / "kio" / "servicemenus" / user.menu_entry.name
    assert os.access(menu, os.X_OK)


def test_every_shared_file_is_installed_in_the_chosen_data_folder(user: User, share: Path, tmp_path: Path) -> None:
    user.environment["XDG_DATA_HOME"] = str(tmp_path / "data")
    user.install()
    names = [file.relative_to(share) for file in share.rglob("*") if file.is_file()]
    assert len(names) > 10
    assert [name for name in names if not (tmp_path / "data" / name).is_file()] == []


@pytest.mark.parametrize("uninstall", [".local/lib/semblance/uninstall", "install.sh --uninstall"])
def test_uninstalling_removes_exactly_what_was_installed(uninstall: str, user: User) -> None:
    for other in ("icons/hicolor/16x16/apps/other.png", "applications/mimeinfo.cache"):
        file = user.home / ".local" / "share" / other
        file.parent.mkdir(parents=True)
        file.touch()
    (user.home / ".local" / "bin").mkdir()
    before = user.files()
    user.install()
    assert len(user.files() - before) > 20
    script, *options = uninstall.split()
    folder = user.home if script.startswith(".local") else user.archive
    assert user.run(folder / script, *options).returncode == 0
    assert user.files() == before


def test_uninstalling_leaves_the_library_alone_and_says_where_it_is(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(user.home))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    library = default_library({})
    user.install()
    library.mkdir()
    (library / "catalog.sqlite").write_text("photos", encoding="utf-8")
    assert f"The library is in {library}." in user.run(user.program / "uninstall").stdout
    assert (library / "catalog.sqlite").read_text(encoding="utf-8") == "photos"


def test_uninstalling_what_is_not_installed_is_refused(user: User) -> None:
    assert user.refusal("--uninstall") == f"Semblance is not installed in {user.program}.\n"


def test_upgrade_replaces_the_program_and_removes_files_that_the_new_version_lacks(user: User) -> None:
    old_page = user.archive / "share" / "doc" / "old page"
    old_page.parent.mkdir()
    old_page.touch()
    (user.archive / "program" / "old library").touch()
    before = user.files()
    user.install()
    shutil.rmtree(old_page.parent)
    (user.archive / "program" / "old library").unlink()
    executable = user.archive / "program" / "semblance"
    executable.unlink()
    executable.write_text("#!/bin/sh\necho new\n", encoding="utf-8")
    executable.chmod(0o755)
    user.install()
    assert user.run(user.command).stdout == "new\n"
    assert not [name for name in user.files() if "old" in name]
    user.run(user.program / "uninstall")
    assert user.files() == before


def test_upgrade_says_that_it_removed_the_pytorch_of_the_older_version(user: User) -> None:
    assert "PyTorch" not in user.install()
    (user.program / "pytorch").mkdir()
    assert "PyTorch of the older version was removed." in user.install()
    assert "PyTorch" not in user.install()


def test_new_version_that_does_not_run_leaves_the_old_one_in_place(user: User) -> None:
    user.install()
    before = user.files()
    executable = user.archive / "program" / "semblance"
    executable.unlink()
    executable.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    executable.chmod(0o755)
    assert "does not run on this computer" in user.refusal()
    assert user.run(user.command).stdout == "started \n"
    assert user.files() == before


def test_installation_that_was_killed_halfway_is_repaired_by_the_next_one(user: User) -> None:
    user.install()
    user.program.rename(user.program.with_name("semblance.old"))
    user.program.with_name("semblance.new").mkdir()
    user.install()
    assert user.run(user.command).stdout == "started \n"
    assert [folder.name for folder in user.program.parent.iterdir()] == ["semblance"]


@pytest.mark.parametrize("tool", ["du", "sed"])
def test_missing_tool_is_named_and_nothing_is_installed(tool: str, user: User, tools: Path) -> None:
    (tools / tool).unlink()
    assert user.refusal() == f"The program {tool} is missing. Install it, and try again.\n"
    assert user.files() == set()


def test_full_disk_is_noticed_before_anything_is_written(user: User, tools: Path) -> None:
    replace(tools / "df", "echo Filesystem; echo '/dev/my disk 9000000 8900000 0 100% /home/my folder'")
    assert "where only 0 MB are free. Make room, and try again." in user.refusal()
    assert user.files() == set()


def test_home_that_cannot_be_written_is_named(user: User) -> None:
    (user.home / ".local").touch()
    assert f"because {user.home}/.local cannot be written." in user.refusal()


def test_home_that_does_not_exist_is_refused(user: User) -> None:
    user.home.rmdir()
    assert user.refusal() == "HOME is not a folder. Set it to your home folder, and try again.\n"


def test_sudo_is_refused(user: User) -> None:
    user.environment["SUDO_USER"] = "somebody"
    assert user.refusal() == "Run this without sudo. It installs Semblance for you alone.\n"


def test_command_of_another_program_is_not_replaced(user: User) -> None:
    user.command.parent.mkdir(parents=True)
    user.command.write_text("mine", encoding="utf-8")
    assert user.refusal() == f"{user.command} is another program. Move it away, and try again.\n"
    assert user.command.read_text(encoding="utf-8") == "mine"


def test_folder_that_is_no_installation_is_not_replaced(user: User) -> None:
    (user.program / "photos").mkdir(parents=True)
    assert user.refusal() == f"{user.program} is not an installation of Semblance. Move it away, and try again.\n"
    assert (user.program / "photos").is_dir()


@pytest.mark.parametrize("options", [(), ("--uninstall",)])
def test_running_program_is_not_replaced_or_removed(options: tuple[str, ...], user: User, tools: Path) -> None:
    user.install()
    replace(tools / "readlink", f"echo '{user.program / 'semblance'}'")
    replace(tools / "sleep", "")
    assert user.refusal(*options) == "Semblance is running. Close it, and try again.\n"
    assert (user.program / "semblance").exists()


@pytest.mark.parametrize(
    ("screen", "starts"), [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "w"}, True)]
)
def test_program_starts_after_the_installation_if_there_is_a_screen(
    screen: dict[str, str], starts: bool, user: User, tools: Path
) -> None:
    reader, writer = os.pipe()
    replace(tools / "nohup", f'echo "$1" >/dev/fd/{writer}')
    user.open_files = (writer,)
    user.environment |= screen
    user.install("--start")
    os.close(writer)
    with os.fdopen(reader) as output:  # ends when no process has the pipe any more
        assert output.read() == (f"{user.command}\n" if starts else "")


def test_unknown_option_shows_the_usage(user: User) -> None:
    assert user.refusal("--help").startswith("usage: install.sh")
