# SPDX-License-Identifier: GPL-2.0-only
# Run by the only shell of a system that has nothing else: dumps and restores /data/target by the bundle, by builtins alone.
# Prints a line for each step; the last one is the target's own word for its state.
answer() { # LINE: the target's line of that number, when it is there. There is no sleep(1) to wait with.
  last=$((SECONDS + 60))
  while [ $SECONDS -lt $last ]; do
    count=0
    while read -r line; do
      [ $count -eq "$1" ] && { echo "$line"; return; }
      count=$((count + 1))
    done </data/report
  done
  echo 'no answer'
}
set -e
echo "shell: $(echo /system/bin/*) $(echo /*)"
/data/stasis/stasis check | { read -r line; echo "check: $line"; }
: >/data/report
/data/target /data/report "$@" </dev/null >/dev/null 2>&1 &
pid=$!
echo "target: $(answer 0)"
/data/stasis/stasis dump "$pid" --images-dir /data/images >/data/said 2>&1 || { echo "dump: $(</data/said)"; exit 1; }
wait "$pid" || echo "ended: $?"
/data/stasis/stasis restore --images-dir /data/images --detach >/data/said 2>&1 || { echo "restore: $(</data/said)"; exit 1; }
: >/data/report.go-1
echo "restored: $(answer 1)"
