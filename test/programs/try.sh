#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs one program by hand: two rounds undisturbed, then one in which it breaks its own state (must say `fail`).
#   test/programs/try.sh SOURCE [ARGUMENT...]     e.g. try.sh memory/cow.c frames
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$1
shift
case $source in
*.c) "$here/build.sh" "$source" && command="$here/../../build/programs/${source%.c}" ;;
*.py) command="python3 $here/$source" ;;
*) command="bash $here/$source" ;;
esac

# wait_line FILE NUMBER: until the file has that many lines, for a minute at most.
wait_line() {
  for _ in $(seq 600); do
    [ "$(wc -l <"$1")" -ge "$2" ] && return
    sleep 0.1
  done
  echo "no answer"
}

for sabotage in '' 1; do
  folder=$(mktemp -d)
  report=$folder/report
  : >"$report"
  # shellcheck disable=SC2086
  if [ -n "$sabotage" ]; then
    STASIS_SABOTAGE=1 setsid $command "$report" "$@" &
  else
    setsid $command "$report" "$@" &
  fi
  pid=$!
  wait_line "$report" 1
  rounds='1 2'
  [ -z "$sabotage" ] || rounds=1
  [ "$(head -n 1 "$report")" = ready ] || rounds=
  for round in $rounds; do
    : >"$report.go-$round"
    wait_line "$report" $((round + 1))
  done
  : >"$report.end"
  code=0
  wait "$pid" || code=$?
  sed "s/^/${sabotage:+sabotaged: }/" "$report"
  echo "${sabotage:+sabotaged: }exit code $code"
  rm -rf "$folder"
done
