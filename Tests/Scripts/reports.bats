#!/usr/bin/env bats
# What deploy/report, deploy/test and .ci/run make of tests that pass, fail, or do not run at all.

load support
# Set by support.
calls=${calls:-}

setup() { sandbox deploy/report deploy/report.py deploy/test .ci/run; }

# A command that leaves a JUnit file with a case and ends with a status: leaves NAME BODY STATUS
leaves() {
  cat >"./command" <<LINES
#!/usr/bin/env bash
printf '<testsuite><testcase classname="Room" name="a case" time="0.5">%s</testcase></testsuite>' '$2' >.build/reports/$1.xml
exit $3
LINES
  chmod +x command
}

@test "a run that passes is summed up in a file and a last line" {
  leaves tests '' 0
  run deploy/report tests ./command
  [ "$status" -eq 0 ]
  [ "${lines[-1]}" = "1 passed, 0 failed" ]
  run python3 -c 'import json; found = json.load(open(".build/reports/tests.json")); print(found["status"], found["cases"][0]["duration"])'
  [ "$output" = "passed 0.5" ]
}

@test "a case that fails is named, and the status of the command stays" {
  leaves tests '<failure/>' 7
  run deploy/report tests ./command
  [ "$status" -eq 7 ]
  says "failed: Room a case"
  [ "${lines[-1]}" = "0 passed, 1 failed" ]
}

@test "a run of everything with too few cases of a kind has failed" {
  cat >./command <<'LINES'
#!/usr/bin/env bash
{
  printf '<testsuite>'
  for room in AcceptanceTests APIServerTests RedisTests StorageTests Tests.Agents; do
    for case in {1..25}; do printf '<testcase classname="%s" name="a search %d" time="0"/>' "$room" "$case"; done
  done
  printf '</testsuite>'
} >.build/reports/tests.xml
LINES
  chmod +x command
  run deploy/report tests ./command
  [ "$status" -eq 1 ]
  says "too few: 0 cases of the kind streaming, at least 5"
  [ "${lines[-1]}" = "125 passed, 5 failed" ]
  run python3 -c 'import json; print(json.load(open(".build/reports/tests.json"))["kinds"]["integration"])'
  [ "$output" = "50" ]
}

@test "a run that breaks off without a failed case has failed" {
  leaves tests '' 3
  run deploy/report tests ./command
  [ "$status" -eq 3 ]
  [ "${lines[-1]}" = "1 passed, 1 failed" ]
}

@test "a run without a case has failed, whatever its command says and an older run has left" {
  mkdir -p .build/reports
  leaves tests '' 0
  ./command
  run deploy/report tests true
  [ "$status" -ne 0 ]
  [ "${lines[-1]}" = "0 passed, 1 failed" ]
}

@test "each target of tests runs alone, those with servers one test at a time, two of them side by side, and the failed ones are named" {
  mkdir -p Tests/AlphaTests Tests/RedisTests Tests/StorageTests .build/tests/debug
  program .build/tests/debug/portolanPackageTests.xctest <<'LINES'
echo "Test run of $* ended."
case $* in
  *RedisTests*) for _ in {1..500}; do if [[ -e begun ]]; then exit 1; fi; sleep 0.02; done; echo "alone" ;;
  *StorageTests*) touch begun ;;
  *AlphaTests*) [[ -e begun ]] ;;
esac
LINES
  run deploy/test .build/tests
  [ "$status" -eq 1 ]
  says "tests failed in: RedisTests"
  grep -q -- '--parallel .*AlphaTests' "$calls"
  grep -q -- '--no-parallel .*RedisTests' "$calls"
  grep -q -- '--no-parallel .*StorageTests' "$calls"
}

@test "the pipeline runs everything after a failure, and its last line is the count of the tests" {
  program bin/make <<'LINES'
if [[ $1 == test ]]; then echo "41 passed, 1 failed"; exit 1; fi
echo "ran $1"
LINES
  run .ci/run
  [ "$status" -eq 1 ]
  says "ran lint"
  says "ran bundle"
  says "ci: make test failed with status 1"
  [ "${lines[-1]}" = "41 passed, 1 failed" ]
}

@test "a pipeline whose tests do not come to a count has failed" {
  program bin/make <<'LINES'
[[ $1 != test ]]
LINES
  run .ci/run
  [ "$status" -eq 1 ]
  [ "${lines[-1]}" = "0 passed, 1 failed" ]
}
