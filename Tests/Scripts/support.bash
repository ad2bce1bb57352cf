# A copy of some scripts with nothing around them, and programs that only write down how they were called.

# Copies scripts into a folder that looks like the repository, and goes there: sandbox SCRIPT…
sandbox() {
  root=$BATS_TEST_DIRNAME/../..
  cd "$BATS_TEST_TMPDIR" || return
  for script in "$@"; do
    mkdir -p "$(dirname -- "$script")"
    cp "$root/$script" "$script"
  done
  mkdir -p bin
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
  calls=$BATS_TEST_TMPDIR/calls
  export calls
  : >"$calls"
}

# Makes a program that notes its arguments, and then does what its lines say: program NAME <<'LINES'
program() {
  mkdir -p "$(dirname -- "$1")"
  # shellcheck disable=SC2016
  { printf '#!/usr/bin/env bash\nprintf "%%s\\n" "${0##*/} $*" >>"$calls"\n' && cat; } >"$1"
  chmod +x "$1"
}

# Fails with what was said when it is not what was wanted: says TEXT
says() {
  # shellcheck disable=SC2154
  [[ $output == *"$1"* ]] || {
    printf 'wanted: %s\ngot: %s\n' "$1" "$output"
    return 1
  }
}
