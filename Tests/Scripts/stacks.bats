#!/usr/bin/env bats
# Scripts that start a stack: it is stopped whatever happens, and what they were told from outside does not leak into it.
# Commands of documents stand here as they are written there.
# shellcheck disable=SC2016

load support
# Set by support.
calls=${calls:-}

setup() { sandbox deploy/rehearse deploy/compatibility deploy/up; }

@test "a rehearsal runs the marked blocks in their order, and stops the stacks" {
  mkdir docs
  printf '%s\n' 'text' '```sh' 'echo unmarked >>"$calls"' '```' '<!-- rehearse -->' '```sh' 'portolan first "$STATE"' '```' \
    '<!-- rehearse -->' '```sh' 'portolan second' 'env | grep -c "^PORTOLAN_TOKEN=" >>"$calls" || true' '```' >docs/disaster-recovery.md
  program portolan </dev/null
  PORTOLAN_TOKEN=of-somebody-else run deploy/rehearse portolan
  [ "$status" -eq 0 ]
  says "every command of docs/disaster-recovery.md did what it says"
  [[ $(sed -n 1p "$calls") == "portolan first /tmp/portolan-rehearsal-"*"/state" ]]
  [ "$(sed -n 2p "$calls")" = "portolan second" ]
  [ "$(sed -n 3p "$calls")" = 0 ]
  [ "$(grep -c 'portolan down' "$calls")" -eq 2 ]
  [ "$(grep -c unmarked "$calls")" -eq 0 ]
}

@test "a rehearsal ends with the first command that fails, and removes its folder" {
  mkdir docs
  printf '%s\n' '<!-- rehearse -->' '```sh' 'portolan broken "$STATE"' 'portolan never' '```' >docs/disaster-recovery.md
  program portolan <<'LINES'
[[ $1 != broken ]] || { echo "$2" >"${calls%/*}/state"; exit 5; }
LINES
  run deploy/rehearse portolan
  [ "$status" -eq 5 ]
  [ "$(grep -c never "$calls")" -eq 0 ]
  [ ! -e "$(dirname "$(cat state)")" ]
}

# A binary that answers as it is told and knows where its state is.
stack() {
  program "$1" <<'LINES'
case $1 in
up) for word; do [[ ${last:-} != --state ]] || folder=$word; last=$word; done
  mkdir -p "$folder"; echo 'PORTOLAN_URL=http://x PORTOLAN_TOKEN=y' >"$folder/client.env" ;;
docs) echo "${ANSWER-Harbor}" ;;
esac
LINES
}

@test "two releases are proven on each other's schema and data, in both directions" {
  stack old
  stack new
  run deploy/compatibility old new
  [ "$status" -eq 0 ]
  [ "$(grep -oE '^(old|new) (up|down|ingest|docs)' "$calls" | tr '\n' ',')" = \
    "new up,new down,old up,old ingest,old docs,old down,new up,new docs,new ingest,new down,new down," ]
}

@test "a release that does not find what it wrote is told by the status, and the stack is stopped" {
  stack old
  stack new
  ANSWER=nothing run deploy/compatibility old new
  [ "$status" -ne 0 ]
  [ "$(tail -n 1 "$calls" | cut -d' ' -f1,2)" = "new down" ]
}

@test "a stack whose first question fails is stopped" {
  program .build/release/portolan <<'LINES'
trap 'echo "stopped" >>"$calls"; exit 0' TERM
echo "runs" >>"$calls"
while :; do sleep 0.05; done
LINES
  program tools/venv/bin/python <<'LINES'
until grep -q '^runs$' "$calls"; do sleep 0.05; done
exit 1
LINES
  PORTOLAN_TOOLS_DIR=$PWD/tools SOURCE=https://docs.example.org/ run deploy/up
  [ "$status" -eq 1 ]
  grep -q 'portolan up --source https://docs.example.org/' "$calls"
  grep -q '^stopped$' "$calls"
}
