#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A pipeline of three processes: pipeline.sh REPORT. The first numbers lines as fast as it can, cat passes them on, the
# last (this shell itself) reads slowly, so that both pipes are full of unread lines most of the time.
# Speaks the protocol of the other programs (README.md); `ok N` is followed by the number of the last line.
# A wrong restore is noticed as a line that is missing, doubled, cut or out of order, or as lines that stop to come.
shopt -s lastpipe
report=$(realpath -m "$1")
read -r stat </proc/$$/stat
read -r _ _ _ session _ <<<"${stat##*) }"
if [ "$session" != $$ ]; then # a session of its own; setsid forks where this is a group's leader, so not needlessly
  exec setsid -w "$BASH" "$0" "$report"
fi
exec <>/dev/null >&0 2>&0
exec 8>>"$report"
exec 9<> <(:) # never written to: read -t from it sleeps without another process

produce() {
  exec 8>&- 9>&-
  local n=0
  while echo "line $((++n)) of many"; do :; done
}

consume() {
  local want=0 round=1 idle=0 waiting='' from=0 broken='' line
  while IFS= read -r line; do
    want=$((want + 1))
    if [ -n "$waiting" ] && [ -n "${STASIS_SABOTAGE:-}" ] && [ -z "$broken" ]; then IFS= read -r line; fi # one line lost
    [ "$line" = "line $want of many" ] || broken=${broken:-"expected 'line $want of many', is '$line'"}
    [ "$want" -eq 2000 ] && echo ready >&8
    if [ $((want % 50)) -eq 0 ]; then
      read -t 0.005 -r -u 9
      idle=$((idle + 1))
      if [ -e "$report.end" ] || [ ! -e "$report" ] || [ "$idle" -gt 60000 ]; then return; fi
      if [ -z "$waiting" ] && [ -e "$report.go-$round" ]; then
        waiting=yes from=$want idle=0
      fi
      # More than both pipes held have come since: whatever was unread at a dump has been judged.
      if [ -n "$waiting" ] && { [ $((want - from)) -gt 10000 ] || [ -n "$broken" ]; }; then
        if [ -n "$broken" ]; then echo "fail $round: $broken"; else echo "ok $round $want"; fi >&8
        round=$((round + 1)) waiting=''
      fi
    fi
  done
  echo "fail $round: the lines have ended after $want" >&8
}

produce | cat 8>&- 9>&- | consume
