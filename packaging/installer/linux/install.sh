#!/bin/sh
# Installs Semblance for one user, without root. The copy of this file that is called "uninstall" removes it.
set -eu

usage="usage: install.sh [--start | --uninstall]
Install Semblance in ~/.local for you alone, or replace an older version. Root is not needed.
  --start      then start it, if there is a screen
  --uninstall  remove it, but no photos and no library"

program=${HOME:-}/.local/lib/semblance
command=${HOME:-}/.local/bin/semblance
target=../lib/semblance/semblance
list=installed-files
case ${XDG_DATA_HOME:-} in
/*) data=$XDG_DATA_HOME ;;
*) data=${HOME:-}/.local/share ;;
esac

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

check_system() {
    [ -z "${SUDO_USER:-}" ] || fail "Run this without sudo. It installs Semblance for you alone."
    [ -d "${HOME:-}" ] || fail "HOME is not a folder. Set it to your home folder, and try again."
    case $HOME$data in
    *[\"\$\`\\%\&\|]*) fail "Menus cannot start a program in $HOME, because of a character in that name." ;;
    esac
    for tool in cat chmod cp cut df dirname du find grep ln mkdir mv nohup readlink rm rmdir sed sleep sort touch; do
        command -v "$tool" >/dev/null || fail "The program $tool is missing. Install it, and try again."
    done
    # A program that was just closed may take a moment to end.
    for _ in 1 2 3 4 5; do
        is_running || return 0
        sleep 1
    done
    fail "Semblance is running. Close it, and try again."
}

is_running() {
    [ -d "$program" ] || return 1
    # Busybox reads only one link at once.
    for link in /proc/[0-9]*/exe; do readlink "$link" || true; done | grep -Fxq "$(cd "$program" && pwd -P)/semblance"
}

check_place() {
    [ -w "$HOME" ] || fail "Semblance cannot be installed, because $HOME cannot be written."
    if [ -e "$program" ] && [ ! -e "$program/$list" ]; then
        fail "$program is not an installation of Semblance. Move it away, and try again."
    fi
    if [ -L "$command" ] || [ -e "$command" ]; then
        [ "$(readlink "$command")" = "$target" ] || fail "$command is another program. Move it away, and try again."
    fi
    needed=$(($(du -sk "$source" | cut -f 1) / 1024 + 1))
    free=$(($(df -Pk "$HOME" | sed -n '$s/.* \([0-9][0-9]*\)  *[0-9]*% .*/\1/p') / 1024))
    [ "$free" -ge "$needed" ] ||
        fail "Semblance needs $needed MB in $HOME, where only $free MB are free. Make room, and try again."
}

# Prints the files to install outside of the program's folder, and the folders to create.
contents() {
    files=$(
        (cd "$source/share" && find . -type f) | sed "s|^\.|$data|"
        printf '%s\n' "$command"
        cache=$data/applications/mimeinfo.cache
        [ -e "$cache" ] && ! was_installed "$cache" || printf '%s\n' "$cache"
    )
    printf '%s\n' "$files" "$program" | while IFS= read -r file; do
        folder=${file%/*}
        while [ ! -d "$folder" ] || was_installed "$folder"; do
            printf '%s\n' "$folder"
            folder=${folder%/*}
        done
    done
    printf '%s\n' "$files"
}

was_installed() {
    printf '%s\n' "$before" | grep -Fxq "$1"
}

# An interrupted installation leaves the old version in place.
restore() {
    rm -rf "$program.new"
    [ -e "$program" ] || [ ! -e "$program.old" ] || mv "$program.old" "$program"
}

install_program() {
    if ! {
        mkdir -p "${program%/*}" "${command%/*}" "$data" &&
            cp -RP "$source/program" "$program.new" &&
            cp "$source/install.sh" "$program.new/uninstall" &&
            printf '%s\n' "$after" >"$program.new/$list"
    }; then
        fail "Semblance cannot be installed, because $HOME/.local cannot be written."
    fi
    "$program.new/semblance" --help >/dev/null ||
        fail "Semblance does not run on this computer. It needs the kind of processor that the file is named for, and glibc 2.34 or newer."
    [ ! -e "$program/pytorch" ] || had_pytorch=yes
    [ ! -e "$program" ] || mv "$program" "$program.old"
    mv "$program.new" "$program"
    rm -rf "$program.old"
    ln -sf "$target" "$command"
}

install_share() {
    cp -RP "$source/share/." "$data"
    menu=kio/servicemenus/app.semblance.Semblance.desktop
    for file in applications/app.semblance.Semblance.desktop "$menu" nemo/actions/semblance.nemo_action; do
        # The menus of a desktop may not know ~/.local/bin.
        sed "s|^Exec=semblance|Exec=\"$command\"|" "$source/share/$file" >"$data/$file"
    done
    chmod +x "$data/$menu" # or KDE ignores it in the home folder
    update_caches
}

update_caches() {
    if command -v update-desktop-database >/dev/null && [ -n "$(find "$data/applications" -name '*.desktop')" ]; then
        update-desktop-database "$data/applications" || true
    fi
    icons=$data/icons/hicolor
    [ ! -d "$icons" ] || touch "$icons"
    if command -v gtk-update-icon-cache >/dev/null && [ -e "$icons/icon-theme.cache" ]; then
        gtk-update-icon-cache --quiet --force --ignore-theme-index "$icons" || true
    fi
}

# Removes the files that standard input lists, and the folders that are empty then.
remove() {
    LC_ALL=C sort -r | while IFS= read -r path; do
        if [ -d "$path" ] && [ ! -L "$path" ]; then
            rmdir "$path" 2>/dev/null || true
        else
            rm -f "$path"
        fi
    done
}

install() {
    source=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
    restore
    check_place
    before=$(cat "$program/$list" 2>/dev/null || true)
    after=$(contents | LC_ALL=C sort -u)
    trap restore EXIT
    trap 'exit 130' INT TERM HUP
    install_program
    install_share
    printf '%s\n' "$before" | grep -Fxv "$after" | remove
    echo "Semblance is installed. It is in the menu, and $command starts it."
    echo "$program/uninstall removes it."
    [ -z "${had_pytorch:-}" ] ||
        echo "PyTorch of the older version was removed. For other models, unpack that of this version in $program."
    case ${SHELL:-} in
    */zsh) echo "For completion in zsh, add this to ~/.zshrc before compinit: fpath+=($data/zsh/site-functions)" ;;
    esac
}

uninstall() {
    [ -e "$program/$list" ] || fail "Semblance is not installed in $program."
    before=$(cat "$program/$list")
    rm -rf "$program" "$program.new" "$program.old"
    printf '%s\n' "$before" | remove
    [ ! -d "$data/applications" ] || update_caches
    library=$data/Semblance
    echo "Semblance was removed. Your photos and libraries were left alone."
    [ ! -d "$library" ] || echo "The library is in $library. Without Semblance, you can delete that folder."
}

start() {
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        cd "$HOME"
        nohup "$command" >/dev/null 2>&1 &
    fi
}

[ "${0##*/}" != uninstall ] || set -- --uninstall
# What comes last counts: the file that runs by itself always says --start.
action=install
for option in "$@"; do
    case $option in
    --start | --uninstall) action=${option#--} ;;
    *) fail "$usage" ;;
    esac
done
check_system
case $action in
uninstall) uninstall ;;
*) install ;;
esac
[ "$action" != start ] || start
