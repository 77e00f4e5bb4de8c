#!/bin/sh
# dpkg says "remove", and rpm how many versions are left. An upgrade says something else.
set -e
case "$1" in
remove | 0)
    echo "Photos and the libraries of Semblance were left alone. A user's library is in ~/.local/share/Semblance by default."
    ;;
esac
