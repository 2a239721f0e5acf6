#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compiles the programs into build/programs of the checkout, those that have changed only:
#   test/programs/build.sh [SOURCE...]     sources relative to this folder, e.g. tasks/tree.c; none: all of this machine's
# Prints nothing when all went well. A program is remade when its source, any header or this script is newer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${STASIS_PROGRAMS_DIR:-$here/../../build/programs}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$here"

# Another machine's by its compiler: CC=aarch64-linux-gnu-gcc STASIS_PROGRAMS_DIR=DIR test/programs/build.sh
CC=${CC:-gcc}
if [ $# -gt 0 ]; then
  sources=$*
else
  machine=$($CC -dumpmachine | cut -d- -f1)
  # registers/MACHINE holds what is written in one machine's assembly.
  sources=$(find . -name '*.c' ! -path './registers/*/*' -o -path "./registers/$machine/*.c" | sed 's|^\./||' | sort)
fi
newest_header=$(ls -t build.sh ./*.h ./*/*.h ./registers/*/*.h | head -n 1)

# One build at a time: a program that another has just made may be running, and must not be replaced.
exec 9>"$out/.lock"
flock 9

stale=
for source in $sources; do
  program=$out/${source%.c}
  if [ ! -e "$program" ] || [ "$source" -nt "$program" ] || [ "$newest_header" -nt "$program" ]; then
    mkdir -p "$(dirname "$program")"
    stale="$stale $source"
  fi
done
[ -n "$stale" ] || exit 0

# Written beside and renamed: whoever does not wait for the lock finds a whole program or none.
export out CC
# shellcheck disable=SC2016,SC2086
printf '%s\n' $stale | xargs -P "$(nproc)" -I {} sh -eu -c '
  program=$out/${1%.c}
  $CC -std=gnu17 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -pthread -o "$program.$$" "$1" -lrt
  mv "$program.$$" "$program"
' sh {}
